"""What is to be done and why: steps, what waits, and what cannot be done. Every noun's ``plan`` returns a `Plan`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pyinfra_wsl.core.talk import Run, Talk

WaitsFor = Literal[
    "user logon",
    "reboot",
    "maintenance window",
    "vm idle",
    "docker desktop idle",
    "host offline",
    "guests stopped",
    "containers stopped",
]
"""What a deferred change waits for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change, in words and as a talk.

    Args:
        sentence: the change in the words of the thing itself: ``.wslconfig [wsl2] memory: 8GB → 4GB``.
        talk: given the run, the talk that makes the change; raises `StepError`.
        note: what a person should know: what it interrupts, when it takes effect.
        diff: lines of a unified diff, for ``--diff``.

    """

    sentence: str
    talk: Callable[[Run], Talk[None]]
    note: str = ""
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferred:
    """A change that is wanted but may not happen now: the change, what it waits for, and why in a sentence."""

    sentence: str
    waits_for: WaitsFor
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What makes the wanted state impossible now: the cause and a person's next step."""

    cause: str
    remedy: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a noun, in order; what is deferred; what is impossible; warnings; and, with no steps, why not.

    Steps never depend on what failed: they are carried out first, then a failure ends the laptop's run.
    """

    steps: tuple[Step, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    noop: str = field(default="as declared")
