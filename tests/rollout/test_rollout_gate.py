"""Whether a ring's gate is open: never while anything is unknown, and always with a sentence for what it waits for."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standings import DAY, HOUR, MINUTE, NOW, PLAIN, snapshot, standing

from pyinfra_wsl.rollout.gate import Verdict, is_good, judge
from pyinfra_wsl.rollout.model import Gate, State
from pyinfra_wsl.rollout.words import needed

STATES = get_args(State)
NEXT = Gate()


def laptops(first=0, ring=0, **counts):
    """Return so many laptops of each state: ``laptops(converged=3, given_up=1)``."""
    names = iter(range(first, 10_000))
    return [
        standing(f"LT-{next(names):02}", ring, state.replace("_", " ")) for state, count in counts.items() for _ in range(count)
    ]


def judged(found, gate=PLAIN, **more):
    return judge(snapshot(found, gate, NEXT, **more), 0, NOW)


def ring(found, number, **more):
    rings = list(found.rings)
    rings[number] = replace(rings[number], **more)
    return replace(found, rings=tuple(rings))


def test_a_gate_is_open_where_all_is_as_declared():
    assert judged(laptops(converged=3)) == Verdict(open=True, ready_since_ok=True)


def test_a_ring_without_laptops_is_done():
    assert judged([], Gate(wait=HOUR)).open
    assert judged([], Gate(approve=True)).waits == ("waits for a person's word: pyinfra-wsl rollout approve r0",)


def test_a_ring_that_has_not_begun_has_no_open_gate():
    assert judged(laptops(converged=3), opened=0) == Verdict(False, False, ("has not begun",))


def test_a_gate_that_has_opened_stays_open():
    found = ring(snapshot(laptops(failed=3), PLAIN, NEXT), 0, passed=NOW)
    assert judge(found, 0, NOW) == Verdict(True, True)


def test_who_is_missing_is_said_in_one_sentence():
    verdict = judged(laptops(converged=37, offline=2, failed=1), Gate(0.95, verify=False))
    assert verdict.waits == ("3 of 40 are not converged: 2 offline, 1 failed; 38 (95 %) must be",)
    assert not verdict.never
    assert judged(laptops(offline=1), PLAIN).waits == ("1 of 1 is not converged: 1 offline; all must be",)


@pytest.mark.parametrize(("converged", "expected"), [(37, False), (38, True), (40, True)])
def test_a_share_is_met_or_not(converged, expected):
    assert judged(laptops(converged=converged, offline=40 - converged), Gate(0.95, verify=False)).open is expected


@pytest.mark.parametrize(("share", "of", "expected"), [(0.07, 100, 7), (0.95, 7, 7), (1.0, 3, 3), (0.0, 5, 0), (0.29, 100, 29)])
def test_a_share_is_what_it_says_and_not_what_floating_point_makes_of_it(share, of, expected):
    assert needed(share, of) == expected


@pytest.mark.parametrize("state", ["waiting", "due", "at work"])
def test_a_gate_waits_for_who_was_not_tried_also_where_the_share_is_met(state):
    verdict = judged(laptops(converged=99, **{state.replace(" ", "_"): 1}), Gate(0.9, verify=False))
    assert not verdict.open
    assert not verdict.ready_since_ok
    assert verdict.waits == ("1 of 100 has not been tried to the end" + (", 1 of them at work" if state == "at work" else ""),)


def test_who_is_tried_again_keeps_a_gate_shut_but_not_its_clock_from_running():
    """Else a gate that waits for longer than tries are apart would never open."""
    again = replace(standing("Z", state="offline"), state="at work")
    verdict = judged([*laptops(converged=99), again], Gate(0.9, verify=False, wait=HOUR))
    assert verdict.ready_since_ok
    assert verdict.waits == ("1 laptop is being tried again", "all this must have been so for 1 h")


def test_who_is_being_verified_keeps_a_gate_shut():
    now = replace(standing("Z"), state="at work", verified=None)
    verdict = judged([*laptops(converged=9), now], Gate(0.9))
    assert verdict == Verdict(False, False, ("1 laptop is being verified",))
    assert judged([*laptops(converged=9), replace(now, tries=2)], Gate(0.9)).ready_since_ok


@pytest.mark.parametrize("state", ["deferred", "offline"])
def test_who_is_tried_later_and_came_to_no_end_is_not_known(state):
    """So stands who was lost with each worker that was given it."""
    lost = replace(standing("Z", state=state), outcome="")
    assert judged([*laptops(converged=9), lost], Gate(0.9)).waits == ("1 of 10 has not been tried to the end",)


@given(st.lists(st.tuples(st.sampled_from(STATES), st.booleans(), st.sampled_from([None, True, False])), max_size=12), st.data())
def test_a_gate_never_opens_on_what_is_not_known(found, data):
    gate = Gate(data.draw(st.sampled_from([0.0, 0.5, 0.95, 1.0])), data.draw(st.booleans()), new_failures=False)
    members = [
        standing(f"L{n}", 0, state, outcome="offline" if tried else "", verified=verified)
        for n, (state, tried, verified) in enumerate(found)
    ]
    verdict = judged(members, gate)
    final = ("converged", "failed", "given up")
    unknown = [one for one in members if one.state == "at work" or (one.state not in final and not one.outcome)]
    good = [one for one in members if is_good(gate, one)]
    assert verdict.open is (not unknown and len(good) >= needed(gate.share, len(members)))
    assert verdict.open is not bool(verdict.waits)
    assert all("\n" not in one for one in verdict.waits)
    assert not (verdict.open and verdict.never)


@given(st.lists(st.sampled_from(STATES), min_size=1, max_size=12), st.sampled_from([0.5, 0.95, 1.0]))
def test_never_is_said_where_no_result_could_open_a_gate_and_only_there(states, share):
    gate = Gate(share, verify=False, new_failures=False)
    members = [standing(f"L{n}", 0, state) for n, state in enumerate(states)]
    best = [
        replace(one, state="converged", outcome="converged") if one.state not in ("failed", "given up") else one
        for one in members
    ]
    assert bool(judged(members, gate).never) is not judged(best, gate).open


def test_a_gate_that_cannot_open_says_why_and_what_to_do():
    verdict = judged(laptops(converged=35, failed=3, given_up=1, offline=1), Gate(0.95, verify=False))
    assert verdict.never.startswith("38 (95 %) of 40 must be converged, and 4 laptops (LT-35, LT-36, LT-37, LT-38) will not be; ")
    assert "pyinfra-wsl rollout" in verdict.never


def test_a_ring_of_which_all_are_offline_waits_until_they_are_given_up():
    assert judged(laptops(offline=5)).never == ""
    assert judged(laptops(offline=5)).waits == ("5 of 5 are not converged: 5 offline; all must be",)
    assert "5 laptops (LT-00, LT-01, LT-02 and 2 more) will not be" in judged(laptops(given_up=5)).never


VERIFIED = Gate(1.0, verify=True, new_failures=False)


@pytest.mark.parametrize(
    ("verified", "told", "never"), [(None, "1 not verified yet", True), (False, "1 not as declared when verified", True)]
)
def test_who_was_not_verified_does_not_count(verified, told, never):
    found = [standing("A"), standing("B", verified=verified)]
    verdict = judged(found, VERIFIED)
    assert verdict.waits == (f"1 of 2 is not converged and verified: {told}; all must be",)
    assert bool(verdict.never) is never
    assert judged(found, PLAIN).open


def test_who_may_still_be_verified_while_others_move_is_not_given_up():
    found = [standing("A"), standing("B", verified=None), standing("C", state="at work")]
    assert not judged(found, VERIFIED).never


def test_who_is_not_as_declared_when_verified_is_lost_while_others_move():
    found = [standing("A"), standing("B", verified=False), standing("C", state="at work")]
    assert judged(found, VERIFIED).never.startswith("all of 3 must be converged and verified, and 1 laptop (B) will not be; ")
    assert judged(found, VERIFIED).waits == (
        "2 of 3 are not converged and verified: 1 not as declared when verified, 1 at work; all must be",
    )


def failing(name, ring, *kinds, state="failed"):
    return standing(name, ring, state, kinds=kinds)


def second(*found, gate=None, **more):
    return judge(snapshot(found, PLAIN, gate or Gate(0.5, verify=False), NEXT, opened=2, **more), 1, NOW)


def test_a_new_kind_of_failure_keeps_a_gate_shut():
    verdict = second(standing("A"), standing("B", 1), failing("C", 1, "disk full"))
    assert verdict.waits == ("1 laptop failed in a way that no ring before knew: disk full (C)",)
    assert verdict.never.startswith("disk full is a failure that no ring before knew, on 1 laptop (C); ")


def test_a_kind_of_failure_that_was_there_before_does_not():
    assert second(failing("A", 0, "disk full"), standing("B", 1), failing("C", 1, "disk full")).open


def test_that_laptops_are_offline_is_no_new_kind_of_failure():
    assert second(standing("A"), standing("B", 1), failing("C", 1, "offline", state="offline")).open


def test_a_new_failure_of_a_laptop_that_is_tried_again_may_pass():
    verdict = second(standing("A"), standing("B", 1), failing("C", 1, "disk full", state="deferred"))
    assert verdict.waits
    assert not verdict.never


def test_the_first_ring_has_none_to_be_compared_with():
    assert judged([*laptops(converged=9), failing("Z", 0, "disk full")], Gate(0.9, verify=False)).open


def test_a_ring_before_of_which_nothing_is_known_is_none_to_be_compared_with():
    assert second(standing("A", 0, "offline"), standing("B", 1), failing("C", 1, "disk full")).open


def test_new_failures_may_be_declared_to_mean_nothing():
    gate = Gate(0.5, verify=False, new_failures=False)
    assert second(standing("A"), standing("B", 1), failing("C", 1, "disk full"), gate=gate).open


def test_a_gate_waits_for_a_persons_word():
    found = snapshot(laptops(converged=2), Gate(approve=True), NEXT)
    verdict = judge(found, 0, NOW)
    assert verdict == Verdict(False, True, ("waits for a person's word: pyinfra-wsl rollout approve r0",))
    assert judge(ring(found, 0, approved="ada"), 0, NOW).open


def test_a_persons_word_opens_no_gate_that_is_shut_for_more():
    found = ring(snapshot(laptops(converged=1, failed=1), Gate(approve=True), NEXT), 0, approved="ada")
    assert not judge(found, 0, NOW).open


def test_a_gate_waits_for_a_while():
    found = snapshot(laptops(converged=2), Gate(wait=2 * HOUR), NEXT)
    assert judge(found, 0, NOW).waits == ("all this must have been so for 2 h",)
    since = ring(found, 0, ready=NOW - HOUR)
    assert judge(since, 0, NOW).waits == ("all this must have been so for 2 h, until Fri 2026-11-27 18:00 (UTC)",)
    assert judge(since, 0, NOW + HOUR).open
    assert not judge(since, 0, NOW + HOUR - MINUTE).open
    assert not judge(ring(found, 0, ready=NOW + DAY), 0, NOW).open, "a clock that was put back"


def test_behind_the_last_ring_nothing_waits_for_a_word_or_for_time():
    assert judge(snapshot(laptops(converged=2), Gate(approve=True, wait=HOUR)), 0, NOW).open
