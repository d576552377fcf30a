"""How a declared setting is broken by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyinfra_wsl.lab.machine.machine import Machine


class NothingThereError(Exception):
    """What shall be broken is not on the laptop."""


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a declared setting.

    Args:
        name: the setting's path in the fleet file: ``wslconfig.wsl2.memory``.
        describe: what somebody has done, in a few words.
        act: does it; raises NothingThereError where there is nothing to break.
        repairable: whether a run repairs it without consent to a loss of data.

    """

    name: str
    describe: str
    act: Callable[[Machine], None]
    repairable: bool = True
