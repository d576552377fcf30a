"""What a scenario is, and the table of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.lab.machine.machine import Machine

Result = Literal["converged", "deferred", "failed", "offline"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which laptop is wanted.

    Args:
        name: its name.
        seed: makes it differ from others, and be the same each time.
        declared: what the fleet file wants of it, resolved.
        pace: seconds that a second of lab time takes.
        person: who is at its screen, where a scenario names nobody; empty for alice.

    """

    name: str
    seed: int = 0
    declared: Mapping[str, Any] = field(default_factory=dict)
    pace: float = 0.02
    person: str = ""


@dataclass(frozen=True, slots=True)
class Expect:
    """What a run makes of it: the result, and words that its reason holds."""

    result: Result
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario by name, in one line, with what to expect of the first run and of the next one, and how it is built."""

    name: str
    describe: str
    expect: Expect
    then: Expect
    build: Callable[[Wish], Machine]
    offline: bool = False


SCENARIOS: dict[str, Scenario] = {}
CONVERGED = Expect("converged")
Builder = Callable[[Wish], Machine]


def scenario(
    name: str, describe: str, expect: Expect = CONVERGED, then: Expect | None = None, *, offline: bool = False
) -> Callable[[Builder], Builder]:
    """Enter a function as a scenario; without `then` the next run ends as the first."""

    def enter(build: Builder) -> Builder:
        SCENARIOS[name] = Scenario(name, describe, expect, then or expect, build, offline)
        return build

    return enter
