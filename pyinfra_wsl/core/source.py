"""Where a file comes from: a path here, an ``https://`` address or a share's path, pinned by its SHA-256."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Path, Problem

# A password that is not encoded may hold a slash: what stands behind a port is then no path, but the rest of the password.
_ACCOUNT = re.compile(r"(?:[^/?#\s]*|[^/?#\s@]*:(?!\d+(?:[/?#]|$))[^@\s]*)@")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30})://", re.IGNORECASE)
_LONGEST, _MANY = 1000, 100  # characters of an address that are looked at, and addresses of one text: no person writes more
_WEB = ("http", "https", "ftp", "ftps")
_NAMES = re.compile(
    r"(?:^|[-_.])(?:sig|se|sp|sv|sr|st|spr|pw|code|policy|expires|hmac|hdn\w*|sas)(?:$|[-_.])"
    r"|signature|token|auth|key|secret|pass|pwd|credential|session|jwt|bearer|ticket|amz|goog|signed",
    re.IGNORECASE,
)
"""Names of parameters that sign or open something: those of Amazon's, Google's and Azure's signed addresses, and common ones."""
_RANDOM = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
"""What no parameter for people is: that long without a break."""
_WAY = (
    "put the file beside the fleet file or on a share (\\\\server\\share\\path), or take an address that needs no account; "
    "connection.password_from is for connections only"
)


def is_address(source: str) -> bool:
    """Whether it is fetched from the web."""
    return source.lower().startswith("https://")


def basename(source: str) -> str:
    """Return a source's file name; of what is no address after all, that of a path."""
    try:
        path = urlsplit(source).path if is_address(source) else source
    except ValueError:
        path = source
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def shown(source: str) -> str:
    """Return a source as it may be shown: an address without what may be secret in it, the account and the query."""
    return show.address(source)


def secret(value: str) -> str:
    """Return what in a text would be a secret, as an address with an account or a signed query; "" for nothing."""
    for number, scheme in enumerate(_SCHEME.finditer(value)):
        if number == _MANY:
            return "more addresses than can be looked through"
        rest = re.split(r"\s", value[scheme.end() : scheme.end() + _LONGEST], maxsplit=1)[0]
        account = _ACCOUNT.match(rest)
        if account and (":" in account[0] or (account[0] != "@" and scheme[1].lower() in _WEB)):
            return "an address with an account"
        if _opens(rest[account.end() if account else 0 :]):
            return "an address with a token or a signature"
    return ""


def _opens(more: str) -> bool:
    """Whether a query or fragment holds what opens something: by a parameter's name, or because it looks like a token."""
    for part in re.split(r"[?#&;]", more)[1:]:
        name, _, value = unquote(unquote(part)).partition("=")
        if value and _NAMES.search(name):
            return True
        if any(_RANDOM.fullmatch(one) for one in (name, value)):
            return True
    return False


def secrets(value: Any, path: Path = ()) -> Iterator[Problem]:
    """Yield the texts of a declaration that hold a secret in an address; what it is, is not shown."""
    below = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from secrets(one, (*path, key))
    if isinstance(value, str) and (what := secret(value)):
        yield Problem(path, f"is {what}, and secrets do not belong here", _WAY)


def pair(values: Mapping[str, Any], path: Path, source: str) -> Iterator[Problem]:
    """Yield what is wrong with a source and its SHA-256, of which neither is any good without the other.

    Args:
        values: the mapping in which both stand.
        path: where it stands.
        source: the source's key.

    """
    if source in values and "sha256" not in values:
        yield Problem((*path, "sha256"), "is missing", f"learn it with: {checksum_command(values[source])}")
    if "sha256" in values and source not in values:
        yield Problem((*path, source), "is missing, though sha256 is declared", f"add {source}, or remove sha256")


def checksum_command(source: str) -> str:
    """Return the command by which a person learns the SHA-256 of a file, a share's file or an address."""
    if is_address(source):
        return f"curl -fsSL '{shown(source)}' | sha256sum"
    return f'certutil -hashfile "{source}" SHA256' if source.startswith("\\\\") else f"sha256sum '{source}'"
