"""What is to be done to one distribution, before it is known whether it may be done now."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Step


@dataclass(frozen=True, slots=True)
class Change:
    """A step with what it needs.

    Args:
        step: the step.
        starts: the version as which Linux is started for it; 0 for none.
        stops: the distribution in which it ends what runs; empty for none.
        asks: whether it is asked right before whether that may be; False for one that asks by itself.
        driver: whether it needs the driver of WSL 1.
        lack: why the laptop's release of WSL cannot do it; None where it can.
        first: whether all that comes after depends on it.
        name: the distribution that it imports; empty for any other change.
        room: as which purpose room for it was looked for; empty where it needs none.

    """

    step: Step
    starts: int = 0
    stops: str = ""
    asks: bool = True
    driver: bool = False
    lack: Failure | None = None
    first: bool = False
    name: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The changes, in order; what is impossible; warnings; and what is so already."""

    changes: tuple[Change, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    noop: str = ""
