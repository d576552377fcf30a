"""Where a file comes from: a path here, an ``https://`` address or a share's path, pinned by its SHA-256."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pyinfra_wsl.core import credentials, show
from pyinfra_wsl.core.problem import Path, Problem

_WAY = (
    "put the file beside the fleet file or on a share (\\\\server\\share\\path), "
    "or take an address that needs neither account nor query; "
    "connection.password_from is for connections only"
)


def is_address(source: str) -> bool:
    """Whether it is fetched from the web."""
    return source.lower().startswith("https://")


def basename(source: str) -> str:
    """Return a source's file name."""
    path = urlsplit(source).path if is_address(source) else source
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1]


def shown(source: str) -> str:
    """Return a source as it may be shown: an address without what may be secret in it, the account and the query."""
    return show.address(source)


def secret(value: str, *, command: bool = False) -> str:
    """Return what in a text would be a secret, as an address with an account or a query; "" for nothing.

    Args:
        value: any text of a declaration.
        command: whether it is a command; what it may hold is in docs/safety.md.

    """
    return credentials.held(value, command=command)


_COMMAND = "command"
_NAMED = ("hosts", "groups", "wsl_distros", "windows_features")
"""Below these stand names that people or Microsoft chose, which may sound like a secret and are none."""


def secrets(value: Any, path: Path = ()) -> Iterator[Problem]:
    """Yield where a declaration holds a secret: a key that is called like one, or an address; what it is, is not shown.

    Args:
        value: a declaration, or a part of it.
        path: where the part stands.

    """
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _under(str(key), one, (*path, key), named=path[-1:] and path[-1] in _NAMED)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from secrets(one, (*path, number))
    elif isinstance(value, str) and (what := secret(value, command=_is_command(path))):
        yield Problem(path, f"is {what}, and secrets do not belong here", _WAY)


def _is_command(path: Path) -> bool:
    return path[-1:] == (_COMMAND,) or (path[-2:-1] == (_COMMAND,) and isinstance(path[-1], int))


def _under(key: str, value: Any, path: Path, *, named: object) -> Iterator[Problem]:
    if what := secret(key):
        yield Problem(path, f"has a name that is {what}, and secrets do not belong here", _WAY)
    elif not named and credentials.is_called_secret(key):
        yield Problem(path, "secrets do not belong here", "use connection.password_from")
    else:
        yield from secrets(value, path)


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
