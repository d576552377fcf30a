"""The parts of a fleet file that become ``.wslconfig`` and ``wsl.conf``, checked by the tables of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.formats.ini.check import Problem
from pyinfra_wsl.fleet.merge import Path
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf
from pyinfra_wsl.resources.wslconfig import plan as wslconfig


def check(document: Any) -> dict[Path, str]:
    """Return by path what is wrong with settings, with the right form; parts that are no mappings are the schemas' business.

    Args:
        document: a fleet file's values without nulls, of any form.

    """
    found: dict[Path, str] = {}
    for place, values in _parts(document):
        for path, problems in _settings(values, place):
            for problem in problems:
                if not problem.warning:
                    # Many messages say themselves what is read; then the right form would only repeat it.
                    right = f"; write {problem.right_form}" if problem.right_form not in problem.message else ""
                    found.setdefault((*path, *problem.path), problem.message + right)
    return found


def _items(value: Any, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    below = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(below, Mapping):
        yield from ((name, one) for name, one in below.items() if isinstance(one, Mapping))


def _parts(document: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if isinstance(document, Mapping) and isinstance(document.get("defaults"), Mapping):
        yield ("defaults",), document["defaults"]
    for part in ("groups", "hosts"):
        yield from (((part, name), one) for name, one in _items(document, part))


def _settings(values: Mapping[str, Any], place: Path) -> Iterator[tuple[Path, list[Problem]]]:
    if isinstance(settings := values.get("wslconfig"), Mapping):
        yield (*place, "wslconfig"), wslconfig.check(settings)
    for name, distro in _items(values, "wsl_distros"):
        if isinstance(settings := distro.get("wsl_conf"), Mapping):
            yield (*place, "wsl_distros", name, "wsl_conf"), wsl_conf.check(settings)
