"""A laptop as it was seen, or as it will be: the machine, the person whose it is, and the state of each resource by its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.outlook import Outlook
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.whose import Nobody

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Target:
    """What a snapshot looks at.

    Args:
        user: whose WSL and Docker Desktop: ``console``, a name, or None for the account as which we are connected.
        inside: names of the distributions that are looked into; a stopped one is started for that.
        paths: of files that are looked for, with the rights of the person whose laptop it is.
        distros: names of those of which anything is declared, whose file systems are looked for.
        visit: whether the person may be asked in their own session; without it they are as if logged off.
        keys: of the fleet file, of which anything is declared.
        copied: whether the registry of that person is read from a copy of their hive, while they are logged off.

    """

    user: str | None = None
    inside: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    distros: tuple[str, ...] = ()
    visit: bool = True
    keys: tuple[str, ...] = field(default=(), metadata=HIDDEN)
    copied: bool = field(default=False, metadata=HIDDEN)

    def within(self, other: Target) -> bool:
        """Whether a snapshot of another target tells all that one of this would."""
        return (
            (self.user, self.visit, self.copied) == (other.user, other.visit, other.copied)
            and set(self.inside) <= set(other.inside)
            and set(self.paths) <= set(other.paths)
            and set(self.distros) <= set(other.distros)
            and set(self.keys) <= set(other.keys)
        )


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Laptop:
    """Everything known of a laptop.

    Args:
        target: what was looked at.
        windows: the machine.
        user: the person whose laptop it is; None where that is nobody, or not known.
        states: of the resources, by type.
        faults: what could not be read, and what rests on it: why, by the names of the resources.
        nobody: why there is no such person.
        foreseen: whether it is a laptop as planned changes would leave it: what they bring is then known in part only.
        outlook: what of all that is declared for it cannot come about on it.

    """

    target: Target
    windows: Windows
    user: User | None
    states: Mapping[type[Any], Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    foreseen: bool = False
    nobody: Nobody | None = None
    outlook: Outlook = field(default_factory=Outlook)

    def of(self, state: type[S]) -> S:
        """Return the state of a resource by its type: ``laptop.of(wsl.State)``.

        Raises:
            LookupError: it was not looked at: the resource that asks does not say that it needs it.

        """
        try:
            found: S = self.states[state]
        except KeyError:
            raise LookupError(f"{state.__module__} was not looked at") from None
        return found

    def first(self, state: type[S]) -> S:
        """Return what questions rest on of a state: while the person's own is still to be asked no more of it is read than that.

        Raises:
            LookupError: as of `of`.

        """
        glimpse: Callable[[type[S]], S] = getattr(self.states, "first", self.of)
        return glimpse(state)

    def having(self, *states: object) -> Laptop:
        """Return the laptop with other states in the place of its own."""
        return replace(self, states={**self.states, **{type(one): one for one in states}})
