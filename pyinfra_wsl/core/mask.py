r"""What may open something, masked in words and values that are shown, as dockerd masks it: ``http://xxxxx:xxxxx@proxy:3128``.

moby masks the account of every proxy's address with ``xxxxx:xxxxx`` in what it logs and tells (``config.MaskCredentials``), so a
person who compares our words with its own finds the same. What else may open something (`credentials`) becomes ``xxxxx`` too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pyinfra_wsl.core import credentials

HIDDEN = "xxxxx"
_ACCOUNT = f"{HIDDEN}:{HIDDEN}@"
_LONGEST_WORD = 2000
_MANY = 100
"""Addresses of one text that are looked at; of more nothing is shown, as in `credentials`."""

# As in `show`: a password that is not encoded may hold a slash, and then no port stands before it.
_IN_ADDRESS = re.compile(r"(?<=:)([/\\]{1,2})(?:[^/?#\s'\"]{0,2000}|[^/?#\s@'\"]{0,300}:(?!\d{1,5}(?:[/?#]|$))[^@\s'\"]{0,500})@")
_QUERY = re.compile(r"(:[/\\]{1,2}[^?#\s'\"]*)([?#])[^\s'\"]+")
_PORT = re.compile(
    rf"(:[/\\]{{2}}(?:{_ACCOUNT})?[^/?#\s:@\[\]'\"]*):(?!\d{{1,5}}(?:[/?#\s'\",;:.)]|$)|[/?#'\",;)\s…]|$|{HIDDEN}@)[^/?#\s'\"]*"
)
_NAMED = re.compile(
    r"((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|credential|private[_-]?key)[\w.-]{0,40}"
    r"(?:=['\"]?|\\?['\"]\s*:\s*\\?['\"]))(?![$%<{])[^\s'\",;}\\]+",
    re.IGNORECASE,
)
_HEADER = re.compile(r"((?:authorization:\s*)?\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}", re.IGNORECASE)
_WORDS = re.compile(r"[^\s'\"]+")
_OURS = re.compile(rf"{_ACCOUNT}|[?#]{HIDDEN}|:{HIDDEN}(?=[/?#]|$)|={HIDDEN}")
_BARE = re.compile(r"[^\s/\\:@=,]+:[^\s]+@")
_MARKS = ":.,;)…"
"""What may follow an address in a sentence."""
_AUTHS = frozenset({"auth", "identitytoken", "registrytoken"})
"""Keys of ``~/.docker/config.json`` that hold an account in base64 (docker/cli, cli/config/types)."""


def text(said: str) -> str:
    """Return words without what may open something in them.

    Args:
        said: what a program or a file says, or a sentence that holds it.

    """
    if said.count(":/") > _MANY or said.count("@") > _MANY:
        return HIDDEN
    plain = _IN_ADDRESS.sub(rf"\1{_ACCOUNT}", said)
    plain = _QUERY.sub(rf"\1\2{HIDDEN}", plain)
    plain = _PORT.sub(rf"\1:{HIDDEN}", plain)
    plain = _HEADER.sub(rf"\1{HIDDEN}", _NAMED.sub(rf"\1{HIDDEN}", plain))
    plain = _WORDS.sub(lambda word: _word(word[0]), plain)
    return HIDDEN if "-----BEGIN" in plain and credentials.held(plain) else plain


def _word(word: str) -> str:
    if len(word) > _LONGEST_WORD:
        return HIDDEN if credentials.held(word[:_LONGEST_WORD]) else word
    end = word[len(word.rstrip(_MARKS)) :]
    word = word[: len(word) - len(end)]
    if not _opens(word):
        return word + end
    masked = _BARE.sub(_ACCOUNT, word, count=1)
    return (HIDDEN if _opens(masked) else masked) + end


def _opens(word: str) -> bool:
    return bool(credentials.held(_OURS.sub("", word)))


def value(one: Any, key: str = "") -> Any:
    """Return a value of JSON without what may open something: in its texts, in names, and below keys that say so.

    Args:
        one: a value.
        key: the key below which it stands; empty for none.

    """
    if isinstance(one, Mapping):
        return {text(name): value(below, name) for name, below in one.items()}
    if isinstance(one, list | tuple):
        return [value(below, key) for below in one]
    if one is None or isinstance(one, bool):
        return one
    if key and (credentials.is_called_secret(key) or key.lower() in _AUTHS):
        return HIDDEN
    if not isinstance(one, str):
        return one
    masked = text(one)
    return HIDDEN if _opens(masked) else masked
