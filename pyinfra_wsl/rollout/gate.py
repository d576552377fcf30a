"""Whether a ring's gate is open, and what it waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pyinfra_wsl.rollout.model import Gate, RingStanding, Snapshot, Standing
from pyinfra_wsl.rollout.rings import bare
from pyinfra_wsl.rollout.words import are, count, listed, moment, needed, share, span

_LOST = frozenset({"failed", "given up"})
_FINAL = _LOST | {"converged"}
_AGAIN = "see why, mend it, then pyinfra-wsl rollout resume tries them again"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a gate stands.

    Args:
        open: whether the next ring may begin.
        ready_since_ok: whether all is true but for the wait and a person's word: where it is, `RingStanding.ready` is to be the
            time since when, else None.
        waits: for what, a sentence each; empty where it is open.
        never: why it can no longer open by itself; empty where it can.

    """

    open: bool
    ready_since_ok: bool
    waits: tuple[str, ...] = ()
    never: str = ""


def judge(snapshot: Snapshot, number: int, now: datetime) -> Verdict:
    """Return how the gate of a ring stands.

    It is never open while a laptop of the ring was not tried, or is being tried. The first ring has none before it to compare its
    failures with, and behind the last one nothing waits for a person's word or for time. A ring without laptops is done.

    Args:
        snapshot: how all stands.
        number: the ring's, from 0.
        now: the time.

    """
    ring = snapshot.rings[number]
    if ring.passed is not None:
        return Verdict(open=True, ready_since_ok=True)
    if ring.opened is None:
        return Verdict(open=False, ready_since_ok=False, waits=("has not begun",))
    members = [one for one in snapshot.laptops.values() if one.ring == number]
    new = _new_kinds(snapshot, number) if ring.ring.gate.new_failures else {}
    few, unlike = tuple(_share(ring.ring.gate, members)), tuple(_new(new))
    moving = () if few else tuple(_moving(members))  # else they are counted among those that are not converged
    last = number == len(snapshot.rings) - 1
    waits = (*few, *unlike, *moving, *(() if last else _person_and_time(ring, bool(members), now)))
    ready = not few and not unlike and not any(map(_is_first_try, members))
    return Verdict(not waits, ready, waits, _never(ring.ring.gate, members, new))


def known(laptop: Standing) -> bool:
    """Whether it is known how a laptop took what is rolled out: it came to an end once, or is given up."""
    return laptop.state in _FINAL or bool(laptop.outcome)


def _is_first_try(laptop: Standing) -> bool:
    """Whether a laptop has not come through a first try, as one that is being verified; later ones do not put a clock back."""
    return not known(laptop) or (laptop.state == "at work" and laptop.outcome == "converged" and laptop.tries <= 1)


def is_final(laptop: Standing) -> bool:
    """Whether nothing more is done with a laptop by itself."""
    return laptop.state in _FINAL


def is_good(gate: Gate, laptop: Standing) -> bool:
    """Whether a laptop counts for a gate: it is converged, and was verified where that is asked."""
    return laptop.state == "converged" and (laptop.verified is True or not gate.verify)


def _share(gate: Gate, members: Sequence[Standing]) -> Iterator[str]:
    """Yield that too few are converged, with what the others are."""
    least, good = needed(gate.share, len(members)), sum(is_good(gate, one) for one in members)
    if good < least:
        others = Counter(_called(one) for one in members if not is_good(gate, one))
        told = ", ".join(f"{number} {state}" for state, number in others.most_common())
        missing = len(members) - good
        yield f"{missing} of {len(members)} {are(missing)} not {_wanted(gate)}: {told}; {_least(gate, least)} must be"


def _wanted(gate: Gate) -> str:
    return "converged and verified" if gate.verify else "converged"


def _least(gate: Gate, least: int) -> str:
    return "all" if gate.share == 1 else f"{least} ({share(gate.share)})"


def _called(laptop: Standing) -> str:
    """Return what a laptop is that does not count."""
    if laptop.state == "converged":
        return "not verified yet" if laptop.verified is None else "not as declared when verified"
    return laptop.state if known(laptop) or laptop.state == "at work" else "not tried yet"


def _new(kinds: Mapping[str, Sequence[Standing]]) -> Iterator[str]:
    """Yield what failed in a way of which the rings before knew nothing."""
    for kind, laptops in sorted(kinds.items()):
        names = listed(sorted(bare(one.laptop.name) for one in laptops))
        yield f"{count(len(laptops))} failed in a way that no ring before knew: {kind} ({names})"


def _new_kinds(snapshot: Snapshot, number: int) -> dict[str, list[Standing]]:
    """Return the kinds of failure that no ring before has, each with who has it; none where no ring before has laptops."""
    tried = [one for one in snapshot.laptops.values() if one.outcome and one.outcome != "offline" and one.state != "offline"]
    if not any(one.ring < number for one in tried):
        return {}
    before = {kind for one in tried if one.ring < number for kind in one.kinds}
    found: dict[str, list[Standing]] = {}
    for one in (one for one in tried if one.ring == number):
        for kind in set(one.kinds) - before:
            found.setdefault(kind, []).append(one)
    return found


def _moving(members: Sequence[Standing]) -> Iterator[str]:
    """Yield who has not been tried, and who is at work."""
    untried = [one for one in members if not known(one)]
    at_work = Counter(one.outcome == "converged" for one in members if known(one) and one.state == "at work")
    if untried:
        busy = sum(one.state == "at work" for one in untried)
        now = f", {busy} of them at work" if busy else ""
        yield f"{len(untried)} of {len(members)} {'has' if len(untried) == 1 else 'have'} not been tried to the end{now}"
    for number, what in ((at_work[True], "verified"), (at_work[False], "tried again")):
        if number:
            yield f"{count(number)} {are(number)} being {what}"


def _person_and_time(ring: RingStanding, waited: bool, now: datetime) -> Iterator[str]:
    """Yield that a person's word is missing, or that all has not been true for long enough; without laptops time says nothing."""
    gate = ring.ring.gate
    if gate.approve and not ring.approved:
        yield f"waits for a person's word: pyinfra-wsl rollout approve {ring.ring.name}"
    if waited and gate.wait and (ring.ready is None or now < ring.ready + gate.wait):
        until = f", until {moment(ring.ready + gate.wait)}" if ring.ready else ""
        yield f"all this must have been so for {span(gate.wait)}{until}"


def _never(gate: Gate, members: Sequence[Standing], new: Mapping[str, Sequence[Standing]]) -> str:
    """Return why a gate cannot open unless a person does something; empty where it can."""
    for kind, laptops in sorted(new.items()):
        if any(one.state in _LOST for one in laptops):
            return f"{kind} is a failure that no ring before knew, on {_named(laptops)}; {_AGAIN}"
    least = needed(gate.share, len(members))
    if all(map(is_final, members)):
        lost = [one for one in members if not is_good(gate, one)]
    else:
        lost = [one for one in members if one.state in _LOST or _is_refuted(gate, one)]
    if len(members) - len(lost) >= least:
        return ""
    return f"{_least(gate, least)} of {len(members)} must be {_wanted(gate)}, and {_named(lost)} will not be; {_AGAIN}"


def _is_refuted(gate: Gate, laptop: Standing) -> bool:
    return gate.verify and laptop.state == "converged" and laptop.verified is False


def _named(laptops: Sequence[Standing]) -> str:
    return f"{count(len(laptops))} ({listed(sorted(bare(one.laptop.name) for one in laptops))})"
