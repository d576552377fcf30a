"""What a run makes of something, as a verdict: by the plans that ``deploy.py`` would carry out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pyinfra_wsl.core.plan import WHAT_FAILED, Plan
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.doctor.line import Line, fault, note, ok

_SAID = 3
"""So many steps of one resource are named; a dry run names them all."""
NOT_DECLARED = "does nothing, since nothing of it is declared"

CANNOT = "cannot, as long as this is so"


def _beside(evidence: str, cause: str) -> str:
    """Return what was seen, unless the cause says it already."""
    return "" if evidence in cause else evidence


def will(plans: Collection[Plan]) -> str:
    """Return what ``deploy.py`` does, or for what it waits; empty where it does nothing."""
    steps = [f"would: {step.said}" for plan in plans for step in plan.steps]
    deferred = [one for plan in plans for one in plan.deferred]
    waits = [f"waits for {one.waits_for}: {one.sentence} ({one.reason})" for one in deferred if one.waits_for != WHAT_FAILED]
    held = dict.fromkeys(one.sentence for one in deferred if one.waits_for == WHAT_FAILED)
    told = [*steps[:_SAID], *([f"and {len(steps) - _SAID} more"] if len(steps) > _SAID else [])]
    told += [*waits[:_SAID], *([f"and {len(waits) - _SAID} more that wait"] if len(waits) > _SAID else [])]
    return "; ".join([*told, *([f"does not try what needs that: {', '.join(held)}"] if held else [])])


def judged(found: Found, check: str, cause: str, *resources: str, evidence: str = "", fine: bool = True) -> Iterator[Line]:
    """Yield how something stands by what a run would make of it.

    Args:
        found: the host.
        check: what was looked at.
        cause: how it stands.
        resources: whose plans tell what a run makes of it.
        evidence: what was seen.
        fine: whether it is well where no plan has anything to do; what is not declared may not be.

    """
    plans = found.of(*resources)
    failures = list(dict.fromkeys(one for plan in plans for one in (*plan.failures, *plan.foreseen)))
    does = will(plans)
    for failure in failures:
        yield fault(check, failure, _beside(evidence or cause, failure.cause), CANNOT)
    if does:
        yield note(check, cause, evidence, deploy=does)
    elif not failures and fine:
        yield ok(check, cause, evidence)
    elif not failures:
        yield note(check, cause, evidence, deploy="" if plans else NOT_DECLARED)
    for warning in dict.fromkeys(one for plan in plans for one in plan.warnings):
        yield note(check, warning)
    for what in dict.fromkeys(one for plan in plans for one in plan.unproved):
        yield note(check, f"cannot be proved now: {what}")
