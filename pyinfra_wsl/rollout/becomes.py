"""What becomes of a laptop in a rollout: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import causes
from pyinfra_wsl.rollout import retry
from pyinfra_wsl.rollout.model import Retry, Standing, State, Verified

LOCKED = "locked"
"""The code of a failure where another run is at work on the laptop."""

LOST_AT_ONCE = 2
"""So often a laptop is given to the next worker at once where its worker was lost; from then on as one that did not answer: it
may be what ends them."""


BROKEN_AT_MOST = 2
"""So often in a row a laptop is tried again whose connection broke off in the middle: a lid was closed, or it was restarted.

Until it comes through, its gate knows that failure; from then on it may be what is rolled out that cuts it off: a person looks.
"""

_CONNECTION = "connection"
"""The code of a failure where the other side was lost (`core.failure.LostError`), and the resource where it was never reached."""


@dataclass(frozen=True, slots=True)
class Times:
    """By which it is decided whether, and when, a laptop is tried again.

    Args:
        retry: as it is declared.
        now: the time.
        opened: when the laptop's ring opened.

    """

    retry: Retry
    now: datetime
    opened: datetime


_LONGEST = 300  # characters of a reason; the whole stands in the result
_KINDS = 20


def ended(one: Standing, document: dict[str, Any], times: Times, *, verify: bool) -> Standing:
    """Return how a laptop stands after it came to its end.

    Args:
        one: how it stood.
        document: its result, as `report.reading.document` has looked it over.
        times: see there.
        verify: whether it is verified, too; it is at work until it was.

    """
    outcome = document["outcome"]
    found = replace(
        one, outcome=outcome, verified=None, kinds=tuple(causes.kinds(document)[:_KINDS]), why=_why(document), losses=0,
        again=None, changed=times.now,
    )  # fmt: skip
    if outcome == "converged":
        return replace(found, kinds=(), state="at work" if verify else "converged")
    if outcome == "offline":
        return later(replace(found, kinds=()), "offline", times)
    if outcome == "failed":
        codes = {failure.get("code") for failure in document["failures"]}
        if LOCKED in codes:
            return later(replace(found, kinds=()), "deferred", times)
        if _broke_off(document) and one.losses < BROKEN_AT_MOST:
            return later(replace(found, losses=one.losses + 1), "deferred", times)
        return replace(found, state="failed")
    return later(found, "deferred", times)


def _broke_off(document: dict[str, Any]) -> bool:
    """Whether nothing failed but the connection, and that in the middle of the work."""
    return all(one.get("code") == _CONNECTION and one.get("resource") != _CONNECTION for one in document["failures"])


def verified(one: Standing, said: Verified | None, times: Times) -> Standing:
    """Return how a converged laptop stands after it was verified.

    Args:
        one: how it stood.
        said: what was found; None where its worker ended without a word of it.
        times: see there.

    """
    found = None if said is None else said.found
    words = escape("; ".join(said.said), _LONGEST) if said is not None else ""
    if found:
        return replace(one, state="converged", verified=True, why="", changed=times.now)
    if found is None:
        why = f"could not be verified{f': {words}' if words else ''}"
        return later(replace(one, verified=None, why=why), "deferred", times)
    kinds = ("verify: not as declared",)
    return replace(one, state="failed", verified=False, kinds=kinds, why=f"not as declared: {words}", changed=times.now)


def lost(one: Standing, why: str, times: Times) -> Standing:
    """Return how a laptop stands whose worker is gone before it told what became of it."""
    found = replace(one, state="due", losses=one.losses + 1, why=escape(why, _LONGEST), again=None, changed=times.now)
    return found if found.losses <= LOST_AT_ONCE else later(found, "deferred", times)


def left(one: Standing, now: datetime) -> Standing:
    """Return how a laptop stands that was given to a worker and not begun, or of which nobody knows."""
    return replace(one, state="due", again=None, changed=now)


def later(one: Standing, state: State, times: Times) -> Standing:
    """Return a laptop that is tried again when that is declared; given up where its time is over."""
    again = retry.again(times.retry, one.tries, times.now, times.opened)
    return replace(one, state=state if again else "given up", again=again, changed=times.now)


def _why(document: dict[str, Any]) -> str:
    """Return why a laptop is not converged: the first reason of its result."""
    if document["failures"]:
        first = document["failures"][0]
        remedy = f". Next: {first['remedy']}" if first["remedy"] else ""
        return escape(f"{first['cause']}{remedy}", _LONGEST)
    if document["deferred"]:
        first = document["deferred"][0]
        return escape(f"waits for {first['waits_for']}: {first['reason']}", _LONGEST)
    if document["outcome"] in ("unfinished", "not looked at"):
        return "the run ended before all was reached"
    return ""
