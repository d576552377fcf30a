"""How values from outside are shown: in one line, short, and without what may be secret in an address."""

from __future__ import annotations

import re

from pyinfra_wsl.core import credentials

LONGEST = 80
"""Characters of a value that are shown."""

_LONGEST_LINE = 2000
_LONGEST_NUMBER = 10**60  # Python refuses to write numbers with thousands of digits
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,19}://", re.IGNORECASE)
# A password that is not encoded may hold a slash: what stands behind a port is then no path, but the rest of the password.
_ACCOUNT = re.compile(r"://(?:[^/]*|[^/?#\s@]{0,300}:(?!\d{1,5}(?:[/?#]|$))[^@\s]{0,500})@")
_PORT = re.compile(r"(://[^/?#\s:@\[\]'\"]*):(?!\d{1,5}(?:[/?#\s'\",;)]|$)|[/?#\s'\",;)…]|$)[^/?#\s'\"]*")
_PARTS = re.compile(r"([^\s'\"]+)")
_QUERY = re.compile(r"[?#]")
_LONG_WORD = re.compile(r"\S{300,}")
_QUERY_IN_TEXT = re.compile(r"(://[^?#\s'\"]*)[?#][^\s'\"]*")
_WORDS = {None: "null", True: "true", False: "false"}


def address(text: str) -> str:
    """Return a text without the account of any address in it, and without what follows the address: its query or fragment.

    Where that is not all that may open something, nothing of the text is left but an ellipsis.
    """
    plain = _ACCOUNT.sub("://", text)
    if (scheme := _SCHEME.match(plain)) is not None:
        plain = scheme[0].lower() + plain[scheme.end() :]
    begin = plain.find("://")
    query = _QUERY.search(plain, begin) if begin >= 0 else None
    plain = _PORT.sub(rf"\1:{credentials.HIDDEN}", plain[: query.start()] if query else plain)
    return credentials.HIDDEN if credentials.held(plain) else plain


def short(text: str) -> str:
    """Return a text of at most `LONGEST` characters; where it is cut stands an ellipsis."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}…"


def name(text: str) -> str:
    """Return a name, or a part of a path, as it may stand in a line: without quotes unless it needs them."""
    plain = address(text)
    return short(plain if plain.isprintable() else repr(plain))


def value(one: object) -> str:
    """Return a value as YAML has it, in quotes where it is text; of a mapping or a list only what it is."""
    if one is None or isinstance(one, bool):
        return _WORDS[one]
    if isinstance(one, dict):
        return "a mapping"
    if isinstance(one, list | tuple):
        return "a list"
    if isinstance(one, int) and abs(one) >= _LONGEST_NUMBER:
        return f"a number of about {one.bit_length() * 3 // 10} digits"
    if not isinstance(one, str):
        return short(repr(one))
    plain = address(one)
    return short(f"'{plain}'" if plain.isprintable() else repr(plain))


def line(text: str) -> str:
    """Return a whole message as it may be printed, whatever it was made of: in one line, bounded, without addresses' secrets."""
    plain = _LONG_WORD.sub(lambda word: short(word[0]), _ACCOUNT.sub("://", text))
    plain = plain if len(plain) <= _LONGEST_LINE else f"{plain[: _LONGEST_LINE - 1]}…"
    plain = _PORT.sub(rf"\1:{credentials.HIDDEN}", _QUERY_IN_TEXT.sub(r"\1", plain))
    plain = _PARTS.sub(lambda word: credentials.HIDDEN if credentials.held(word[0]) else word[0], plain)
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in plain)
