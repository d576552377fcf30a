"""What is next: rings after one another, nobody twice at once, nobody outside their window, never too many of a site."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standings import DAY, HERE, HOUR, MINUTE, NOW, PLAIN, Control, begun, snapshot, standing, window

from pyinfra_wsl.rollout import schedule
from pyinfra_wsl.rollout.model import Gate, Laptop, Retry, Ring, Rollout

WEEK = Retry(10 * MINUTE, 4 * HOUR, 7 * DAY)


def told(found, free=2, now=NOW, **more):
    return schedule.next(found, now, HERE, free, **more)


def named(count, **more):
    return [Laptop(f"LT-{n:02}", **more) for n in range(count)]


def due(count, first=0, **more):
    return [standing(f"LT-{first + n:02}", state="due", **more) for n in range(count)]


def one_ring(laptops, opened=1, **declared):
    return snapshot(laptops, declared=Rollout((Ring("rest", gate=PLAIN),), **declared), opened=opened)


@st.composite
def rollouts(draw):
    gate = st.builds(
        Gate,
        st.sampled_from([0.0, 0.5, 1.0]),
        st.booleans(),
        st.booleans(),
        st.just(False),
        st.sampled_from([timedelta(0), HOUR]),
    )
    rings = [
        Ring(f"r{n}", **one, gate=draw(gate))
        for n, one in enumerate(draw(st.lists(st.sampled_from([{"groups": ("it",)}, {"percent": 30}, {"size": 2}]), max_size=3)))
    ]
    windows = draw(st.sampled_from([(), (window(),), (window("5", "22:00", "02:00"), window("13", "09:00", "09:30"))]))
    return Rollout(
        (*rings, Ring("rest", gate=draw(gate))), windows, draw(st.sampled_from([WEEK, Retry(HOUR, DAY, HOUR)])),
        draw(st.sampled_from([None, 1, 3])), draw(st.sampled_from([1, 3, 50])),
    )  # fmt: skip


LAPTOPS = st.lists(
    st.tuples(
        st.sampled_from([(), ("it",)]), st.sampled_from([None, "fra", "tyo"]), st.sampled_from([None, "Asia/Tokyo", "No/Zone"])
    ),
    max_size=14,
)
OUTCOMES = st.sampled_from(
    [["converged"], ["converged", "offline"], ["converged", "offline", "failed", "deferred", "lost"], ["offline"], ["failed"]]
)


@settings(max_examples=200, deadline=None)
@given(rollouts(), LAPTOPS, OUTCOMES, st.integers(0, 10**6), st.integers(1, 4))
def test_a_rollout_always_comes_to_an_end_and_never_breaks_a_rule(declared, laptops, outcomes, seed, workers):
    """`Control.look` holds the rules at each step: sites, windows, rings, nobody twice."""
    fleet = [Laptop(f"LT-{n:02}", *one) for n, one in enumerate(laptops)]
    control = Control(begun(declared, fleet), outcomes, seed, workers)
    last = control.run()
    found = control.found
    assert found.stage in ("ended", "stuck"), (found.stage, last)
    assert found.why
    assert not any(one.state == "at work" for one in found.laptops.values())
    if found.stage == "ended":
        assert all(one.state in ("converged", "failed", "given up") for one in found.laptops.values())
    if outcomes == ["converged"] and not (declared.windows and any(one.zone == "No/Zone" for one in fleet)):
        assert found.stage == "ended"
        assert all(one.state == "converged" and one.tries == 1 for one in found.laptops.values())


def test_the_first_ring_is_opened_first():
    assert told(begun(Rollout((Ring("a", size=1), Ring("rest"))), named(3))) == schedule.Next(open_ring=0)


def test_a_ring_opens_when_the_gate_before_it_does():
    found = told(snapshot([standing("A"), standing("B", 1, "waiting")], PLAIN, PLAIN))
    assert (found.pass_ring, found.open_ring, found.deal, found.stage) == (0, 1, (), None)


def test_no_ring_opens_beyond_the_last_that_was_asked_for():
    found = told(snapshot([standing("A"), standing("B", 1, "waiting")], PLAIN, PLAIN), until=0)
    assert (found.pass_ring, found.open_ring, found.stage) == (0, None, None)


def test_a_ring_opens_where_its_gate_passed_and_the_control_was_killed_before():
    found = snapshot([standing("A"), standing("B", 1, "waiting")], PLAIN, PLAIN)
    found = replace(found, rings=(replace(found.rings[0], passed=NOW), found.rings[1]))
    assert (told(found).pass_ring, told(found).open_ring) == (None, 1)


def test_laptops_are_dealt_in_equal_shards_of_no_more_than_declared():
    assert [len(one) for one in told(one_ring(due(10)), free=3).deal] == [4, 4, 2]
    assert [len(one) for one in told(one_ring(due(20), shard=5), free=3).deal] == [5, 5, 5]
    assert told(one_ring(due(3)), free=0).deal == ()
    assert told(one_ring(due(3)), free=0).waits[-1] == "3 laptops wait for a worker"
    assert told(one_ring(due(3), shard=1), free=1).waits[-1] == "2 laptops wait for a worker"
    assert told(one_ring(due(2), shard=1), free=1).waits[-1] == "1 laptop waits for a worker"
    assert not any("worker" in one for one in told(one_ring(due(2)), free=1).waits)


def test_who_was_not_tried_comes_before_who_is_tried_again():
    again = [standing(f"A{n}", state="offline", again=NOW - MINUTE) for n in range(3)]
    assert told(one_ring([*again, *due(2)], shard=2), free=1).deal == (("LT-00", "LT-01"),)


def test_no_more_of_a_site_are_at_work_than_declared():
    at_work = [standing(f"W{n}", state="at work", site="fra") for n in range(3)]
    found = told(one_ring([*at_work, *due(5, site="fra"), *due(2, first=10, site="muc"), *due(1, first=20)], per_site=4), free=1)
    assert found.deal == (("LT-00", "LT-10", "LT-11", "LT-20"),)
    assert "4 laptops wait for others of the same site to end (per_site: 4)" in found.waits


def test_laptops_without_a_site_are_not_counted_together():
    assert [len(one) for one in told(one_ring(due(5), per_site=1), free=1).deal] == [5]


def test_nobody_is_begun_outside_their_window():
    laptops = [standing("A", state="due", zone="Europe/Berlin"), standing("B", state="due", zone="Asia/Tokyo")]
    found = told(one_ring(laptops, windows=(window(),)), now=NOW)
    assert found.deal == (("A",),)
    assert found.waits[-1] == "1 laptop waits for a window, the first until Mon 2026-11-30 10:00 (Europe/Berlin)"
    assert found.wake == NOW + timedelta(days=2, hours=16)


def test_who_is_in_an_unknown_zone_is_not_begun_and_given_up_in_the_end():
    found = one_ring([standing("A", state="due", zone="No/Zone")], windows=(window(),))
    assert told(found).waits[-1] == "1 laptop is in a time zone that is not known here, or in no window, and cannot be begun"
    assert told(found).wake == NOW - HOUR + 7 * DAY
    assert told(found, now=NOW + 7 * DAY).give_up == ("A",)


def test_who_did_not_answer_is_tried_when_their_time_has_come():
    found = one_ring([standing("A", state="offline", again=NOW + MINUTE), standing("B", state="deferred", again=NOW)])
    assert told(found).deal == (("B",),)
    assert told(found).wake == NOW + MINUTE
    assert told(found).waits[-1] == "1 laptop is offline, and tried again from Fri 2026-11-27 18:01 (Europe/Berlin) on"
    assert told(found, now=NOW + MINUTE).deal == (("B",), ("A",))


def test_who_is_not_to_be_tried_again_is_given_up():
    assert told(one_ring([standing("A", state="offline")])).give_up == ("A",)


def test_a_deadline_gives_up_who_was_tried_and_nobody_else():
    """After a week's pause those who were never tried are not thrown away."""
    late = NOW + 8 * DAY
    tried = standing("A", state="offline", again=late + MINUTE)
    assert told(one_ring([tried, *due(1)]), now=late).give_up == ("A",)
    assert told(one_ring(due(1)), now=late).deal == (("LT-00",),)
    assert told(one_ring([replace(tried, again=late - MINUTE)]), now=late).deal == (("A",),)


@pytest.mark.parametrize("stage", ["paused", "aborted", "ended", "stuck"])
def test_where_a_rollout_does_not_run_nothing_is_to_be_done(stage):
    found = replace(one_ring(due(3)), stage=stage, why="as ada said")
    assert told(found) == schedule.Next(waits=(f"{stage}: as ada said",))


def test_a_rollout_is_stuck_when_all_were_tried_and_the_gate_cannot_open():
    found = snapshot([standing("A", state="failed"), standing("B", 1, "waiting")], PLAIN, PLAIN)
    assert told(found).stage == "stuck"
    assert told(found).why.startswith("the gate of r0 cannot open: all of 1 must be converged, and 1 laptop (A) will not be; ")


@pytest.mark.parametrize("state", ["due", "at work"])
def test_a_rollout_is_not_stuck_while_others_have_not_been_tried(state):
    found = snapshot([standing("A", state="failed"), standing("B", state=state), standing("C", 1, "waiting")], PLAIN, PLAIN)
    assert told(found).stage is None
    assert "cannot open" in told(found).waits[-1]


def test_a_rollout_is_stuck_also_where_some_would_be_tried_again_in_vain():
    laptops = [standing("A", state="failed"), standing("B", state="offline", again=NOW + HOUR), standing("C", 1, "waiting")]
    assert told(snapshot(laptops, PLAIN, PLAIN)).stage == "stuck"


def test_whom_a_person_wants_tried_again_is_tried_before_a_rollout_is_stuck_once_more():
    again = standing("B", state="due", outcome="failed")
    found = told(snapshot([standing("A", state="failed"), again, standing("C", 1, "waiting")], PLAIN, PLAIN))
    assert (found.stage, found.deal) == (None, (("B",),))


def test_a_ring_of_which_all_are_offline_ends_as_stuck_after_its_deadline():
    declared = Rollout((Ring("a", size=3, gate=PLAIN), Ring("rest")), retry=WEEK)
    control = Control(begun(declared, named(5)), ["offline"], 1)
    control.run()
    assert control.found.stage == "stuck"
    assert timedelta(days=6, hours=20) < control.now - NOW <= timedelta(days=7, hours=1)
    assert {one.state for one in control.found.laptops.values()} <= {"given up", "offline", "waiting"}


def test_empty_rings_are_passed_at_once():
    declared = Rollout((Ring("a", groups=("none",), gate=Gate(wait=DAY)), Ring("b", hosts=("x",)), Ring("rest", gate=PLAIN)))
    control = Control(begun(declared, named(2)), ["converged"], 1)
    control.run()
    assert control.found.stage == "ended"
    assert control.begun[0][0] == NOW


def test_a_fleet_without_laptops_is_rolled_out_at_once():
    control = Control(begun(Rollout((Ring("rest"),)), []), ["converged"], 1)
    control.run()
    assert (control.found.stage, control.found.why) == ("ended", "all 0 laptops are converged")


def test_a_gate_that_waits_is_woken_for():
    laptops = [standing("A"), standing("B", 1, "waiting")]
    found = snapshot(laptops, Gate(wait=HOUR), PLAIN)
    assert told(found).verdict.ready_since_ok
    found = replace(found, rings=(replace(found.rings[0], ready=NOW), found.rings[1]))
    assert told(found).wake == NOW + HOUR
    assert told(found, now=NOW + HOUR).open_ring == 1


def test_a_persons_word_is_waited_for_without_an_end():
    found = snapshot([standing("A"), standing("B", 1, "waiting")], Gate(approve=True), PLAIN)
    assert (told(found).wake, told(found).stage) == (None, None)
    assert told(found).waits == ("gate of r0: waits for a person's word: pyinfra-wsl rollout approve r0",)


def test_the_end_says_who_is_not_converged():
    found = told(one_ring([standing("A"), standing("B", state="failed"), standing("C", state="given up")]))
    assert (found.stage, found.why) == ("ended", "2 of 3 laptops are not converged: 1 failed, 1 given up")
    assert told(one_ring([standing("A")])).pass_ring == 0
