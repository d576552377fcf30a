"""What is wrong with a declaration: where, what, and the right form; and the ways in which such problems are said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyinfra_wsl.core.failure import Failure

Path = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a declaration.

    Args:
        path: where; empty for the declaration as a whole.
        message: what is wrong, never a secret.
        remedy: the right form, or the next step; empty where nothing can be said.

    """

    path: Path
    message: str
    remedy: str = ""

    @property
    def said(self) -> str:
        """Problem and remedy as one line."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message

    def below(self, *path: str | int) -> Problem:
        """Return the problem as it stands below another path."""
        return replace(self, path=(*path, *self.path))


def dotted(path: Path) -> str:
    """Write a path as a person does: ``hosts.LT-0001.wsl_distros.Ubuntu-24.04.source``, ``hosts.LT-0001.groups[0]``."""
    named = (part if isinstance(part, int) or part.isprintable() else repr(part) for part in path)
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in named).removeprefix(".")


def failures(problems: Iterable[Problem]) -> tuple[Failure, ...]:
    """Return problems as what makes a plan impossible, for those who do not come by way of a fleet file."""
    return tuple(
        Failure(f"{dotted(one.path)}: {one.message}", one.remedy or "correct it, then run again", "declaration") for one in problems
    )


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
    if source.startswith("https://"):
        return f"curl -fsSL '{source}' | sha256sum"
    return f'certutil -hashfile "{source}" SHA256' if source.startswith("\\\\") else f"sha256sum '{source}'"
