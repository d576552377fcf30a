"""The fleet file without its file: how defaults, groups and hosts become one machine's values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.problem import Path, Problem

_ADDRESSING = ("groups",)


@dataclass(slots=True)
class Merged:
    """Values of one machine after inheritance, and where in the file each of them stands.

    Args:
        data: the values.
        origins: place in the file of each value, by its path in `data`.
        unset: the places below which None is a value of its own.

    """

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path, Path] = field(default_factory=dict)
    unset: Collection[Path] = ()

    def lay(self, layer: Mapping[str, Any], place: Path) -> None:
        """Lay the values that stand at `place` over those that are there: mappings merge, the rest replaces, None removes."""
        self._lay(self.data, layer, (), place)

    def _lay(self, base: dict[str, Any], layer: Mapping[str, Any], path: Path, place: Path) -> None:
        for key, value in layer.items():
            here, there = (*path, key), (*place, key)
            if value is None:
                self._forget(here, base.pop(key, None))
                if any(here[: len(one)] == one != here for one in self.unset):
                    base[key], self.origins[here] = None, there
                continue
            if isinstance(value, Mapping):
                if not isinstance(base.get(key), dict):
                    self.origins.pop(here, None)
                    base[key] = {}
                self._lay(base[key], value, here, there)
            else:
                self._forget(here, base.get(key))
                base[key] = value
            self.origins[here] = there

    def _forget(self, path: Path, value: Any) -> None:
        """Forget where a value that is replaced or removed stands, and what stands below it."""
        self.origins.pop(path, None)
        for key, below in value.items() if isinstance(value, dict) else ():
            self._forget((*path, key), below)

    def origin(self, path: Path) -> Path:
        """Return where in the file a value stands, or the nearest thing above it; empty where nothing is known."""
        while path:
            if path in self.origins:
                return self.origins[path]
            path = path[:-1]
        return ()


def layers(document: Mapping[str, Any], host: str) -> list[tuple[Path, Mapping[str, Any]]]:
    """Return what a machine inherits, in the order in which it is laid down, each with its place in the file."""
    own: Mapping[str, Any] = document["hosts"][host] or {}
    groups = document.get("groups") or {}
    found: list[tuple[Path, Mapping[str, Any]]] = [(("defaults",), document.get("defaults") or {})]
    found += [(("groups", name), groups[name] or {}) for name in own.get("groups") or () if name in groups]
    return [*found, (("hosts", host), {key: value for key, value in own.items() if key not in _ADDRESSING})]


def resolve(
    document: Mapping[str, Any], host: str, keys: Mapping[str, Collection[str]], unset: Collection[Path] = ()
) -> tuple[Merged, list[Problem]]:
    """Return one machine's values, and a problem for each value of another operating system than its own.

    Defaults may speak of both systems, since they are for all machines; what is not meant for this one is left out. A group or
    a machine that speaks of the other system is a mistake.

    Args:
        document: a fleet file whose form is right.
        host: name of the machine.
        keys: those that are for one system only, by its name.
        unset: the places below which None does not only remove what is inherited, but is a value.

    """
    merged, problems = Merged(unset=unset), []
    stack = layers(document, host)
    for place, layer in stack:
        merged.lay(layer, place)
    system = merged.data.setdefault("os", "windows")
    foreign = {key for other, names in keys.items() if other != system for key in names}
    for place, layer in stack[1:]:
        for key in (key for key in layer if key in foreign and layer[key] is not None):
            problems.append(Problem((*place, key), f"is not for {host}, whose os is {system}", "remove it, or change os"))
    merged.data = {key: value for key, value in merged.data.items() if key not in foreign}
    return merged, problems


def without(document: Any, paths: Sequence[Path]) -> Any:
    """Return a copy of a document without what stands at the given paths; list items that go leave no gap."""
    gone = set(paths)

    def copy(value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            return {key: copy(one, (*path, key)) for key, one in value.items() if (*path, key) not in gone}
        if isinstance(value, list):
            return [copy(one, (*path, index)) for index, one in enumerate(value) if (*path, index) not in gone]
        return value

    return copy(document, ())


def without_nulls(value: Any) -> Any:
    """Return a copy of a mapping without its keys whose value is None, at any depth: what is left is checked for its form."""
    if isinstance(value, Mapping):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value
