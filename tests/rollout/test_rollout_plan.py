"""What a plan says would happen when; it contacts nobody."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from standings import DAY, HERE, HOUR, NOW, PLAIN, window

from pyinfra_wsl.rollout import plan
from pyinfra_wsl.rollout.form import NONE
from pyinfra_wsl.rollout.model import Gate, Laptop, Retry, Ring, Rollout
from pyinfra_wsl.rollout.words import count, listed, moment, share, span, week


def fleet(size, it=0):
    return [
        Laptop(f"@winssh/LT-{n:04}", ("it",) if n < it else (), "fra" if n % 2 else "ber", "Asia/Tokyo" if n == 0 else None)
        for n in range(size)
    ]


def test_a_plan_says_what_would_happen_when():
    rings = (
        Ring("pilot", groups=("it",), gate=Gate(1.0, approve=True)),
        Ring("early", percent=10, gate=Gate(wait=2 * HOUR)),
        Ring("none", hosts=("LT-0000",)),
        Ring("rest", gate=PLAIN),
    )
    assert plan.lines(Rollout(rings, (window(),), per_site=20), fleet(60, it=3), NOW, HERE) == [
        "60 laptops in 4 rings; times are the earliest, as of Fri 2026-11-27 18:00 (Europe/Berlin)",
        "windows: Mon-Fri 18:00-22:00, by each laptop's own clock",
        "at once: 20 of a site at most",
        "tried again: who does not answer or waits, after 10 min, each wait twice the one before up to 4 h, until 7 d after its "
        "ring began",
        "",
        "1. pilot, group it: 3 laptops: LT-0000, LT-0001, LT-0002",
        "   begun from Fri 2026-11-27 18:00 (Europe/Berlin) on, the last of them at Mon 2026-11-30 10:00 (Europe/Berlin)",
        "   sites: ber 2, fra 1",
        "   then early begins, when all are converged and verified and a person says so (pyinfra-wsl rollout approve pilot)",
        "",
        "2. early, 10 % of 60: 6 laptops",
        "   begun from Mon 2026-11-30 18:00 (Europe/Berlin) on",
        "   sites: fra 4, ber 2",
        "   then none begins, when 95 % are converged and verified, no failure is of a new kind and this has been so for 2 h",
        "",
        "3. none, 1 by name: 0 laptops",
        "   nobody is left for it",
        "   then rest begins at once",
        "",
        "4. rest, all that are left: 51 laptops",
        "   begun from Mon 2026-11-30 20:00 (Europe/Berlin) on",
        "   sites: ber 26, fra 25; 2 turns at the largest, 20 at a time",
    ]


def test_a_fleet_that_declares_nothing_is_begun_at_once():
    assert plan.lines(NONE, fleet(2), NOW, HERE)[-3:] == [
        "1. rest, all that are left: 2 laptops: LT-0000, LT-0001", "   begun at once", "   sites: ber 1, fra 1",
    ]  # fmt: skip


def test_who_can_never_be_begun_is_named_and_what_comes_of_it():
    laptops = [Laptop("A", zone="No/Zone"), Laptop("B")]
    found = plan.lines(Rollout((Ring("a", size=2, gate=PLAIN), Ring("rest")), (window(),)), laptops, NOW, HERE)
    assert "   1 laptop is in a time zone that is not known here, and never begun: A" in found
    assert "   nobody is left for it" in found
    laptops += [Laptop("C")]
    found = plan.lines(Rollout((Ring("a", hosts=("A",), gate=PLAIN), Ring("rest")), (window(),)), laptops, NOW, HERE)
    assert found[-1] == "   does not begin before somebody sees to the ring before"


@given(
    st.lists(st.sampled_from([{"groups": ("it",)}, {"percent": 30.0}, {"size": 2}, {"hosts": ("LT-0001",)}]), max_size=4),
    st.integers(0, 12),
    st.sampled_from([(), (window(),)]),
    st.sampled_from([None, 1, 3]),
    st.sampled_from([Retry(), Retry(until=0 * DAY)]),
)
def test_any_rollout_has_a_plan_that_names_each_ring_once(kinds, size, windows, per_site, retry):
    rings = (*(Ring(f"ring{n}", **one) for n, one in enumerate(kinds)), Ring("rest"))
    found = plan.lines(Rollout(rings, windows, retry, per_site), fleet(size, it=2), NOW, HERE)
    heads = [one for one in found if one[:1].isdigit()][1:]
    assert [one.partition(",")[0] for one in heads] == [f"{n + 1}. {ring.name}" for n, ring in enumerate(rings)]
    assert sum(int(one.rpartition(" laptop")[0].rpartition(" ")[2]) for one in heads) == size


def test_words():
    assert [count(0), count(1), count(2, "ring")] == ["0 laptops", "1 laptop", "2 rings"]
    assert [share(one) for one in (0.95, 1.0, 0.005, 0.0, 0.975)] == ["95 %", "100 %", "0.5 %", "0 %", "97.5 %"]
    assert [span(timedelta(seconds=one)) for one in (0, 90, 5400, 100_000, 604_800)] == [
        "0 s",
        "1 min 30 s",
        "1 h 30 min",
        "1 d 3 h",
        "7 d",
    ]
    assert moment(NOW) == "Fri 2026-11-27 17:00 (UTC)"
    assert [listed("abcd"), listed("abcde"), listed("")] == ["a, b, c, d", "a, b, c and 2 more", ""]
    assert [week(one) for one in ({0, 1, 2, 3, 4}, {5, 6}, {0, 2, 3, 4, 6}, range(7), {6}, set())] == [
        "Mon-Fri", "Sat, Sun", "Mon, Wed-Fri, Sun", "every day", "Sun", "",
    ]  # fmt: skip
