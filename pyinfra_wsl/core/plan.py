"""What is to be done and why: steps, what waits, and what cannot be done. Every resource's ``plan`` returns a `Plan`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pyinfra_wsl.core import mask
from pyinfra_wsl.core.acts import Act
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.talk import Run, Talk

WHAT_FAILED = "what failed"
"""What a resource waits for that needs another one which could not be brought about in this run."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """A change that is wanted but may not happen now: the change, what it waits for, and why in a sentence."""

    sentence: str
    waits_for: str
    reason: str


Does = Callable[[Run], Talk[Deferred | None]] | tuple[Act, ...]
"""What a step does: given the run, a talk that makes the change, raises `StepError`, and returns for what its effect still waits,
None for nothing; or acts, one after the other."""

Render = Callable[..., str]
"""Fills in a template by its name; a plan is given it, because files are read elsewhere."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change, in words and as what is done.

    Args:
        sentence: the change in the words of the thing itself: ``.wslconfig [wsl2] memory: 8GB → 4GB``.
        does: how it is made.
        note: what a person should know: what it interrupts, when it takes effect.
        diff: lines of a unified diff, for ``--diff``.
        ends: how many containers it ends; None is unknown.
        free: paths at which nothing may stand, and something of it stands once it is made; the step itself sees to that right
            before, and before anything of its plan is done it is looked at too.
        frees: paths at which nothing stands any more once it is made.
        where: the key by which somebody chose these paths; empty where nobody did.
        parts: the change setting by setting, where it makes several: each ``what: from → to``.

    """

    sentence: str
    does: Does
    note: str = ""
    diff: tuple[str, ...] = ()
    ends: int | None = 0
    free: tuple[str, ...] = ()
    frees: tuple[str, ...] = ()
    where: str = ""
    parts: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """The sentence with its note."""
        return f"{self.sentence} ({self.note})" if self.note else self.sentence


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a resource, in order; what is deferred; what is impossible; warnings; and, with no steps, why not.

    What cannot be proved now, although it is set or will be, is `unproved`: a sentence for each.

    What is impossible is known before anything is changed: with a failure no step is carried out. What is left alone since it
    would be in vain or dangerous on this machine is `foreseen`: the rest goes on, and what rests on it knows the same.

    Failures that only say how another resource is are `owed` to it, by its name: where that could not be brought about in this
    run, they would be the same thing told twice.
    """

    steps: tuple[Step, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    noop: str = field(default="as declared")
    unproved: tuple[str, ...] = ()
    foreseen: tuple[Failure, ...] = ()
    owed: str = ""


def without_secrets(plan: Plan) -> Plan:
    """Return a plan in whose words nothing stands that may open something, whatever a file or program of the host says.

    What its steps do is not touched.
    """

    def failures(those: tuple[Failure, ...]) -> tuple[Failure, ...]:
        return tuple(replace(one, cause=mask.text(one.cause), remedy=mask.text(one.remedy)) for one in those)

    return replace(
        plan,
        steps=tuple(_shown(step) for step in plan.steps),
        deferred=tuple(Deferred(mask.text(one.sentence), one.waits_for, mask.text(one.reason)) for one in plan.deferred),
        failures=failures(plan.failures),
        foreseen=failures(plan.foreseen),
        warnings=tuple(map(mask.text, plan.warnings)),
        unproved=tuple(map(mask.text, plan.unproved)),
        noop=mask.text(plan.noop),
    )


def named(plan: Plan, person: str) -> Plan:
    """Return a plan whose words begin with the name of the person for whom it is, where there is one."""
    if not person:
        return plan

    def failures(those: tuple[Failure, ...]) -> tuple[Failure, ...]:
        return tuple(replace(one, cause=f"{person}: {one.cause}") for one in those)

    return replace(
        plan,
        steps=tuple(replace(step, sentence=f"{person}: {step.sentence}") for step in plan.steps),
        deferred=tuple(replace(one, sentence=f"{person}: {one.sentence}") for one in plan.deferred),
        failures=failures(plan.failures),
        foreseen=failures(plan.foreseen),
        warnings=tuple(f"{person}: {one}" for one in plan.warnings),
        unproved=tuple(f"{person}: {one}" for one in plan.unproved),
    )


def _shown(step: Step) -> Step:
    sentence, note, diff = mask.text(step.sentence), mask.text(step.note), tuple(map(mask.text, step.diff))
    return replace(step, sentence=sentence, note=note, diff=diff)


def held_up(obstacle: Deferred | Failure | None) -> Plan:
    """Return the plan of a resource of which nothing can be done now: why, as a value.

    Raises:
        LookupError: nobody knows why; no plan is better than an empty one, which would pass for "as declared".

    """
    if obstacle is None:
        raise LookupError("nothing can be done, and nobody knows why")
    if isinstance(obstacle, Deferred):
        return Plan(deferred=(obstacle,), noop=obstacle.reason)
    return Plan(failures=(obstacle,))
