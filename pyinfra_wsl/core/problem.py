"""What is wrong with a declaration: where, what, and the right form; and the ways in which such problems are said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyinfra_wsl.core import show
from pyinfra_wsl.core.failure import Failure

_LONGEST = 400  # characters of a path that are shown
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
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{show.name(part)}" for part in path).removeprefix(".")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"


def failures(problems: Iterable[Problem]) -> tuple[Failure, ...]:
    """Return problems as what makes a plan impossible, for those who do not come by way of a fleet file."""
    again = "correct it, then run again"
    return tuple(Failure(f"{dotted(one.path)}: {one.message}", one.remedy or again, "declaration") for one in problems)
