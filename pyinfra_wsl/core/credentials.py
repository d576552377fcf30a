r"""Addresses that hold an account, a token or anything else that opens something: known, and shown without it.

What an address is made of: RFC 3986, 3. Nobody can know a secret by its look; so this asks where one may stand. A share's server
may have a port behind an ``@`` (``\\server@SSL@8443\path``: Microsoft, "WebDAV Redirector"), and so stands an image's digest
(``name:tag@sha256:…``: Open Container Initiative, "Distribution Specification").
"""

from __future__ import annotations

import re
from urllib.parse import unquote

ACCOUNT = "an address with an account"
OPENS = "an address with a token or a signature"
QUERY = "an address with a query or a fragment, in which a token may stand"
NO_PORT = "an address with something that is no port, which may be a password"
ASSIGNED = "a text with a password or token in it"
TOO_MANY = "more addresses than can be looked through"

HIDDEN = "…"
"""What stands in the place of a text of which no part can be shown."""

_LONGEST, _MANY = 1000, 100  # characters of an address that are looked at, and addresses of one text: no person writes more
_MARKS = re.compile(r"[@:=%]|\\\\|-----BEGIN")
_SCHEME = re.compile(r"(?<![a-z0-9+.-])([a-z0-9+.-]{2,}):[/\\]{2,}", re.IGNORECASE)
# A password that is not encoded may hold a slash: what stands behind a port is then no path, but the rest of the password.
_USER = re.compile(r"(?:[^/?#\s]*|[^/?#\s@]*:(?!\d+(?:[/?#]|$))[^@\s]*)@")
_PORT = re.compile(r"[^/?#\s@\[\]:]*:(?!\d{1,5}(?:[/?#'\",;)]|$)|[/?#'\",;)\s…]|$)(?P<port>[^/?#\s]*)")
_LOOSE = re.compile(r"[^\s/\\:@]*:(?P<rest>[^\s]+)")
_DRIVE_OR_PORT = re.compile(r"(?:^|[^A-Za-z0-9])[A-Za-z]:[\\/][^:]*$|:\d{1,5}/[^:]*$")
_SHARE = re.compile(r"^\\\\[^\\/\s]*@(?!(?:SSL|\d{1,5})(?:[@\\/]|$))[^\\/\s]*[\\/]", re.IGNORECASE)
_DIGEST = re.compile(r"sha(?:256|512):[0-9a-f]")
_WORDS = re.compile(r"[^\s/\\:@]+:[^\s@/\\][^@]*@")
_LOGINS = ("ssh", "sftp", "scp", "git+ssh", "ssh+git")
"""By these schemes an account without a password is a name, and no token."""

_NAMES = re.compile(
    r"(?:^|[-_.])(?:sig|se|sp|sv|sr|st|spr|pw|code|policy|expires|hmac|hdn\w*|sas)(?:$|[-_.])"
    r"|signature|token|auth|key|secret|pass|pwd|credential|session|jwt|bearer|ticket|amz|goog|signed",
    re.IGNORECASE,
)
"""Names of parameters that sign or open something: those of Amazon's, Google's and Azure's signed addresses, and common ones."""

_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
"""What no parameter for people is: that long without a break."""

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")
_SECRET = re.compile(r"pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential(?!s?_?(helper|store))", re.IGNORECASE)
_SET = re.compile(
    r"(?:^|[^A-Za-z])(?:pass(?:word|wd|phrase)?|pwd|secret|(?:access[_-]?)?token|api[_-]?key)=(?![$/~%<{`]|[\"'][$/~%<{`]|\s)[^\s,;]"
    r"|authorization:\s*(?:bearer|basic)\s+(?![$<{`])[^\s\"']",
    re.IGNORECASE,
)


def is_called_secret(key: str) -> bool:
    """Whether a key's name says that its value is a secret; ``password_from`` says where one comes from."""
    return key != "password_from" and bool(_SECRET.search(key))


def held(text: str, *, command: bool = False) -> str:
    """Return what in a text may open something, as words for a person; empty for nothing.

    Args:
        text: any text of a declaration.
        command: whether it is a command, in which an address may have a query and be made of variables.

    """
    if not _MARKS.search(text):
        return ""
    tried = text
    for _ in range(3):
        if what := _held(tried, command=command):
            return what
        if (plain := unquote(tried)) == tried:
            return ""
        tried = plain
    return TOO_MANY


def _held(text: str, *, command: bool) -> str:
    schemes = list(_SCHEME.finditer(text))
    if len(schemes) > _MANY or text.count("@") > _MANY:
        return TOO_MANY
    for scheme in schemes:
        if what := _of_address(scheme[1].lower(), _word(text, scheme.end()), command=command):
            return what
    if any(_loose(text, one.start()) for one in re.finditer("@", text)) or _SHARE.search(text):
        return ACCOUNT
    if _SET.search(text) or _PRIVATE_KEY.search(text):
        return ASSIGNED
    return ACCOUNT if not command and _spaced(text) else ""


def _word(text: str, begin: int) -> str:
    return re.split(r"\s", text[begin : begin + _LONGEST], maxsplit=1)[0]


def _of_address(scheme: str, rest: str, *, command: bool) -> str:
    """Return what opens something in an address behind its scheme."""
    account = None if scheme == "file" else _USER.match(rest)
    if account and (":" in account[0] or (account[0] != "@" and scheme not in _LOGINS)):
        return ACCOUNT
    more = rest[account.end() if account else 0 :]
    if _opens(more):
        return OPENS
    if command:
        return ""
    if re.search(r"[?#].", more):
        return QUERY
    return NO_PORT if scheme != "file" and _PORT.match(more) else ""


def _opens(more: str) -> bool:
    """Whether a query or fragment holds what opens something: by a parameter's name, or because it looks like a token."""
    for part in re.split(r"[?#&;]", more)[1:]:
        name, _, value = unquote(unquote(part)).partition("=")
        if value and _NAMES.search(name):
            return True
        if any(_RANDOM.fullmatch(one) for one in (name, value)):
            return True
    return False


def _spaced(text: str) -> bool:
    """Whether a text as a whole is an account whose password has spaces."""
    found = _WORDS.match(text)
    return found is not None and not _DRIVE_OR_PORT.search(text[: found.end() - 1]) and not _DIGEST.match(text, found.end())


def _loose(text: str, at: int) -> bool:
    """Whether what stands before an ``@`` is an account with a password, without a scheme or behind one that was misspelled."""
    word = re.split(r"[\s'\"]", text[max(0, at - _LONGEST) : at])[-1]
    if (scheme := _SCHEME.search(word)) is not None and scheme[1].lower() != "file":
        return False  # that is an address
    found = _LOOSE.search(word[scheme.end() :] if scheme else word)
    return bool(found) and not _DRIVE_OR_PORT.search(word) and not _DIGEST.match(text, at + 1)
