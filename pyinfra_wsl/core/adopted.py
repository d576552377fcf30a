"""How what is there is declared: a value at a place of the fleet file, or why it is not declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.core.problem import Path


@dataclass(frozen=True, slots=True)
class Adopted:
    """One thing of a host, as a fleet file says it.

    Args:
        path: its place among a host's values: ``("wslconfig", "wsl2", "memory")``.
        value: what is declared; None where it is not.
        note: why it is not declared, or what a person should add; empty for nothing.

    """

    path: Path
    value: Any = None
    note: str = ""


def kept(path: Path, value: Any, made: Plan, note: str = "") -> Adopted:
    """Return a value as declared where its plan would change nothing, else why it is left out.

    Args:
        path: its place.
        value: what would be declared.
        made: the plan of it, on the host as it is.
        note: what a person should add to it.

    """
    why = next(iter(hindrances(made)), "")
    return Adopted(path, None, why) if why else Adopted(path, value, note)


def hindrances(made: Plan) -> list[str]:
    """Return what of a plan is more than "as declared", each in a sentence."""
    return [
        *(failure.cause for failure in (*made.failures, *made.foreseen)),
        *(f"{one.sentence}: {one.reason}" if one.sentence else one.reason for one in made.deferred),
        *(f"a run would change it: {step.sentence}" for step in made.steps),
    ]
