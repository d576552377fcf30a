"""Where a file comes from: a path here, an ``https://`` address or a share's path, pinned by its SHA-256."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Path, Problem


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
