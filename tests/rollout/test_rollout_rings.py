"""Which laptop belongs to which ring: the same each time, as many as declared, each once."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.rollout import rings
from pyinfra_wsl.rollout.model import Laptop, Ring, Rollout

NAMES = st.lists(st.text("ABC-019", min_size=1, max_size=6), unique=True, max_size=40)
GROUPS = ("it", "sales", "dev")


@st.composite
def fleets(draw):
    return [Laptop(name, tuple(draw(st.lists(st.sampled_from(GROUPS), max_size=2, unique=True)))) for name in draw(NAMES)]


@st.composite
def declared(draw):
    ring = st.one_of(
        st.builds(lambda one: {"groups": (one,)}, st.sampled_from(GROUPS)),
        st.builds(lambda one: {"percent": one}, st.sampled_from([0.5, 1, 10, 33.3, 50])),
        st.builds(lambda one: {"size": one}, st.integers(1, 20)),
    )
    found = draw(st.lists(ring, max_size=4))
    return Rollout((*(Ring(f"r{n}", **one) for n, one in enumerate(found)), Ring("rest")), seed=draw(st.sampled_from(["", "a"])))


def numbered(count, **more):
    return [Laptop(f"@winssh/LT-{n:04}", **more) for n in range(count)]


def sizes(rollout, laptops):
    found = Counter(rings.deal(rollout, laptops).values())
    return [found[number] for number in range(len(rollout.rings))]


@given(declared(), fleets(), st.randoms())
def test_every_laptop_is_dealt_once_whatever_the_order(rollout, laptops, dice):
    dealt = rings.deal(rollout, laptops)
    assert sorted(dealt) == sorted(one.name for one in laptops)
    assert all(0 <= number < len(rollout.rings) for number in dealt.values())
    shuffled = list(laptops)
    dice.shuffle(shuffled)
    assert rings.deal(rollout, shuffled) == dealt


@given(declared(), fleets(), st.text("xyz", min_size=1, max_size=3))
def test_a_laptop_that_is_added_moves_at_most_one_other_at_each_border(rollout, laptops, name):
    """Exact numbers cannot be had without that: the ring that takes the new one lets another go."""
    before, after = rings.deal(rollout, laptops), rings.deal(rollout, [*laptops, Laptop(name)])
    moved = [one for one in before if before[one] != after[one]]
    assert len(moved) < len(rollout.rings)


@given(declared(), fleets())
def test_a_laptop_of_a_group_is_in_its_first_ring_that_nobody_took_it_from(rollout, laptops):
    dealt = rings.deal(rollout, laptops)
    for one in laptops:
        first = next((n for n, ring in enumerate(rollout.rings) if set(ring.groups) & set(one.groups)), None)
        assert first is None or dealt[one.name] <= first


@pytest.mark.parametrize(
    ("percent", "of", "expected"),
    [(10, 7, 1), (10, 15, 2), (10, 200, 20), (10, 1, 1), (0.5, 100, 1), (0.5, 1000, 5), (33.3, 10, 3), (100, 7, 7), (50, 3, 2)],
)
def test_a_percentage_is_of_the_whole_fleet_and_one_at_least(percent, of, expected):
    assert sizes(Rollout((Ring("a", percent=percent), Ring("rest"))), numbered(of)) == [expected, of - expected]


def test_a_percentage_is_of_all_laptops_also_behind_a_group():
    laptops = [*numbered(90), *(Laptop(f"P{n}", ("it",)) for n in range(10))]
    rollout = Rollout((Ring("pilot", groups=("it",)), Ring("early", percent=10), Ring("broad", size=30), Ring("rest")))
    assert sizes(rollout, laptops) == [10, 10, 30, 50]


def test_only_percentages_of_all_take_all():
    rings = (Ring("a", size=1), Ring("b", percent=99), Ring("rest"))
    assert sizes(Rollout(rings), numbered(1000)) == [1, 990, 9]
    assert sizes(Rollout(rings[1:]), numbered(1000)) == [990, 10]


@pytest.mark.parametrize("parts", [(33, 33, 34), (10,) * 10, (50, 50), (33.3, 33.3, 33.4)])
@pytest.mark.parametrize("count", [1, 3, 7, 10, 101])
def test_percentages_that_are_all_leave_nobody(parts, count):
    rollout = Rollout((*(Ring(str(n), percent=one) for n, one in enumerate(parts)), Ring("never")))
    assert sizes(rollout, numbered(count))[-1] == 0


def test_a_laptop_of_the_groups_of_two_rings_belongs_to_the_first():
    rollout = Rollout((Ring("a", groups=("sales",)), Ring("b", groups=("it",)), Ring("rest")))
    assert rings.deal(rollout, [Laptop("A", ("it", "sales")), Laptop("B", ("it",)), Laptop("C")]) == {"A": 0, "B": 1, "C": 2}


@pytest.mark.parametrize("name", ["LT-0003", "@winssh/LT-0003"])
def test_hosts_are_named_with_or_without_their_connector(name):
    dealt = rings.deal(Rollout((Ring("a", hosts=(name,)), Ring("rest"))), numbered(5))
    assert [one for one, number in dealt.items() if number == 0] == ["@winssh/LT-0003"]


def test_a_ring_of_which_nobody_is_left_is_empty():
    rollout = Rollout((Ring("a", size=10), Ring("b", percent=50), Ring("c", groups=("it",)), Ring("rest")))
    assert sizes(rollout, numbered(5)) == [5, 0, 0, 0]


def test_who_is_in_no_ring_belongs_to_the_last():
    assert sizes(Rollout((Ring("a", size=1), Ring("b", size=1))), numbered(5)) == [1, 4]


def test_another_seed_deals_others():
    one, other = (rings.deal(Rollout((Ring("a", size=50), Ring("rest")), seed=seed), numbered(100)) for seed in ("", "2026-q4"))
    assert one != other


def test_another_connector_deals_alike():
    rollout, laptops = Rollout((Ring("a", percent=30), Ring("rest"))), numbered(20)
    other = [Laptop(one.name.replace("winssh", "psrp")) for one in laptops]
    assert list(rings.deal(rollout, other).values()) == list(rings.deal(rollout, laptops).values())


def test_a_deal_is_what_it_was():
    """The order is part of what people have seen in a plan: another hash would deal others without a word."""
    dealt = rings.deal(Rollout((Ring("a", size=3), Ring("rest"))), numbered(20))
    assert sorted(name for name, number in dealt.items() if number == 0) == [
        "@winssh/LT-0000",
        "@winssh/LT-0003",
        "@winssh/LT-0009",
    ]
