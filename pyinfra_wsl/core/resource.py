"""What a resource is: declared once, in the ``resource.py`` of its folder, and found there; nothing else knows it by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Literal, TypeVar

from pyinfra_wsl.core.adopted import Adopted
from pyinfra_wsl.core.problem import Path, Problem

System = Literal["windows", "linux"]
Values = Mapping[str, Any]
"""What a host declares, by the keys of the fleet file."""

W = TypeVar("W")
"""What is wanted: a declaration, read once."""
S = TypeVar("S")
"""What there is: a state."""

HIDDEN: Mapping[str, bool] = {"hidden": True}
"""The ``metadata`` of a state's field that no fact and no result shows."""

_AS_IT_IS, _SEVERAL = frozenset({str, int, float, bool, type(None)}), frozenset({tuple, list, dict})


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared value: its resource, its place in the declaration, the value, and what stands beside it.

    Prints as in the fleet file: ``wsl_distros.Ubuntu-24.04.default``.
    """

    resource: str
    path: tuple[str, ...]
    value: Any
    beside: Values = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        """Return its place, with dots."""
        return ".".join(self.path)


def nothing(*_anything: Any) -> tuple[()]:
    """Return nothing: what a resource has that has none of something."""
    return ()


def plain(value: Any) -> Any:
    """Return a state as plain values, without the fields that are `HIDDEN`."""
    kind: Any = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind in _SEVERAL and not value:
        return kind()
    if (names := _shown(kind)) is not None:
        return {name: one if type(one := getattr(value, name)) in _AS_IT_IS else plain(one) for name in names}
    if isinstance(value, list | tuple):
        return kind([one if type(one) in _AS_IT_IS else plain(one) for one in value])
    if isinstance(value, dict | Mapping):
        return {name: one if type(one) in _AS_IT_IS else plain(one) for name, one in value.items()}
    return value


@cache
def _shown(kind: Any) -> tuple[str, ...] | None:
    """Return the names of a state's fields that are shown; None for what is no state."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple(one.name for one in dataclasses.fields(kind) if not one.metadata.get("hidden"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource(Generic[W, S]):
    """One kind of thing that a fleet file declares.

    Args:
        name: its name, which is its folder's too: ``wsl_distro``.
        words: what it is called in the table of a run, as people call it: ``distributions``.
        system: for which of the two it is.
        state: the type of its state.
        want: reads a declaration that `check` finds nothing wrong with.
        key: the key of the fleet file that is its own; empty where it is declared inside another resource's.
        shared: whether groups with hosts of both systems may say it; it means nothing to those of the other one.
        schema: the JSON Schema of the value of `key`; the one of its name in ``schemas/`` unless given.
        form: yields what is wrong with the form of values, where it can say that better than the schema; of any form.
        check: yields what is wrong with a host's values beyond their form: what they need, exclude or contradict.
        complete: yields what a fleet file must say besides, since a host on which nothing is there yet could not be brought to
            it; for an operation its plan decides that, which sees what is there.
        settings: yields what of a host's values can be looked up on the host, one by one.
        sources: yields the paths of the files that a host's values name.
        needs: names of the resources on which its plan rests: what it looks at, and without which it cannot be brought about.
        waits: for what a change of it may have to wait.
        unset: the places in a declaration below which None is a value, and takes a key out of what the host has.
        show: returns its state as its fact and the results have it.
        adopt: yields how what is there is declared, so that a run of it changes nothing: given the laptop, or a Linux host's
            state.

    """

    name: str
    words: str
    system: System
    state: type[S]
    want: Callable[[Values], W]
    key: str = ""
    shared: bool = False
    schema: Values | None = None
    form: Callable[[Values], Iterable[Problem]] = nothing
    check: Callable[[Values], Iterable[Problem]] = nothing
    complete: Callable[[Values], Iterable[Problem]] = nothing
    settings: Callable[[Values], Iterable[Setting]] = nothing
    sources: Callable[[Values], Iterable[Path]] = nothing
    needs: frozenset[str] = frozenset()
    waits: frozenset[str] = frozenset()
    unset: frozenset[Path] = frozenset()
    show: Callable[[S], Any] = plain
    adopt: Callable[[Any], Iterable[Adopted]] = nothing
