"""What is wrong with machines' values, found out once for all that declare the same: in a fleet nearly all do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any

from pyinfra_wsl import sources
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.fleet import contradictions
from pyinfra_wsl.fleet import rules as fleet_rules
from pyinfra_wsl.fleet.contradiction import Contradiction

_OWN = ("address",)
"""What each machine has for itself, and what no rule is about but `rules.address`: it is not shown to them."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of some values: what is wrong with them, the paths of the sources that they name, and their contradictions."""

    problems: tuple[Problem, ...]
    sources: tuple[Path, ...]
    contradictions: tuple[Contradiction, ...]


class Checks:
    """Looks at the values of machines.

    Args:
        folder: the fleet file's, to which sources are relative.

    """

    def __init__(self, folder: File) -> None:
        """Begin with nothing seen."""
        self._folder = folder
        self._said: dict[bytes, Said] = {}
        self.locate = cache(lambda source: sources.locate(source, folder))
        """The place of a source, looked up once."""

    def of(self, values: Mapping[str, Any], gone: Sequence[Path]) -> Said:
        """Return what is said of a machine's values.

        Args:
            values: after inheritance, before its sources are located; their form is right.
            gone: paths of values that were left out because something else is wrong with them.

        """
        shared = {key: value for key, value in values.items() if key not in _OWN}
        key = hashlib.sha256(repr((shared, gone)).encode("utf-8", "surrogatepass")).digest()
        if key not in self._said:
            self._said[key] = Said(
                tuple(self._problems(shared, gone)),
                tuple(path for path, _holder, _key in sources.named(shared)),
                tuple(contradictions.find(shared)),
            )
        return self._said[key]

    def _problems(self, values: Mapping[str, Any], gone: Sequence[Path]) -> Iterator[Problem]:
        yield from fleet_rules.check(values, gone)
        yield from sources.check(values, self._folder)
