"""A mapping that is made once somebody looks into it: much of what a plan may ask for it asks for where it changes something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from typing_extensions import override

K = TypeVar("K")
V = TypeVar("V")


class Later(Mapping[K, V]):
    """A mapping.

    Args:
        make: returns it; called once, whatever it raises is raised for who looks.

    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Mapping[K, V]]) -> None:
        """Make nothing yet."""
        self._make = make
        self._made: Mapping[K, V] | None = None

    @property
    def _whole(self) -> Mapping[K, V]:
        if self._made is None:
            self._made = self._make()
        return self._made

    @override
    def __getitem__(self, key: K) -> V:
        return self._whole[key]

    @override
    def __iter__(self) -> Iterator[K]:
        return iter(self._whole)

    @override
    def __len__(self) -> int:
        return len(self._whole)
