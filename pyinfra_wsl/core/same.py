"""An object as a key: what is made of one is found again where the very same is asked for, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from typing_extensions import override


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    """An object that nobody changes, and that is known again by its identity; who keeps this keeps it.

    Args:
        one: the object.

    """

    one: Any

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.one is self.one

    @override
    def __hash__(self) -> int:
        return id(self.one)
