"""When laptops may be begun, by their own clocks: over midnight, and over the days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standings import DAY, HERE, HOUR, MINUTE, NOW, window

from pyinfra_wsl.rollout import windows
from pyinfra_wsl.rollout.model import Laptop, Ring, Rollout, Window

BERLIN, APIA, LORD_HOWE = (ZoneInfo(one) for one in ("Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe"))
ZONES = [BERLIN, LORD_HOWE, *map(ZoneInfo, ("UTC", "America/St_Johns", "Asia/Kolkata", "Africa/Casablanca", "America/Havana"))]
TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))
WINDOWS = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), TIMES, TIMES)
# Around the days on which clocks change in Europe, North America and on Lord Howe.
MOMENTS = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, *one, tzinfo=UTC) for one in ((3, 7), (3, 28), (4, 4), (10, 3), (10, 24), (10, 31), (7, 1))]),
    st.integers(0, 3 * 24 * 60),
)


def at(text, zone=BERLIN, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def rollout(*found):
    return Rollout((Ring("rest"),), found)


def is_open(one, moment, zone=BERLIN):
    return windows.covered([one], zone, moment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27 17:59", False), ("2026-11-27 18:00", True), ("2026-11-27 21:59:59", True), ("2026-11-27 22:00", False),
        ("2026-11-28 19:00", False), ("2026-11-30 19:00", True),
    ],
)  # fmt: skip
def test_a_window_holds_its_begin_and_not_its_end(text, expected):
    assert is_open(window(), at(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27 21:59", False), ("2026-11-27 22:00", True), ("2026-11-28 00:00", True), ("2026-11-28 05:59", True),
        ("2026-11-28 06:00", False), ("2026-11-28 22:30", False), ("2026-11-27 05:00", False),
    ],
)  # fmt: skip
def test_a_window_over_midnight_is_of_the_day_on_which_it_begins(text, expected):
    assert is_open(window("4", "22:00", "06:00"), at(text)) is expected


@pytest.mark.parametrize("text", ["2026-11-27 09:00", "2026-11-27 23:59", "2026-11-28 08:59"])
def test_a_window_that_ends_when_it_begins_is_of_a_whole_day(text):
    assert is_open(window("4", "09:00", "09:00"), at(text))
    assert not is_open(window("4", "09:00", "09:00"), at(text) + DAY)


def test_an_hour_that_the_clocks_leave_out_is_in_no_window():
    """In Berlin clocks go from 02:00 to 03:00 on 29 March 2026."""
    lost = window("6", "02:00", "03:00")
    assert not any(is_open(lost, at("2026-03-29 00:00") + n * MINUTE) for n in range(24 * 60))
    assert windows.opening([lost], BERLIN, at("2026-03-28 12:00")) == at("2026-04-05 02:00")


def test_a_window_whose_begin_the_clocks_leave_out_opens_when_they_go_on():
    assert windows.opening([window("6", "02:30", "05:00")], BERLIN, at("2026-03-28 12:00")) == at("2026-03-29 03:00")


def test_an_hour_that_comes_twice_is_in_its_window_both_times():
    """In Berlin clocks go from 03:00 back to 02:00 on 25 October 2026."""
    twice = window("6", "02:15", "02:45")
    first, second = at("2026-10-25 02:15"), at("2026-10-25 02:15", fold=1)
    assert second - first == HOUR
    assert windows.opening([twice], BERLIN, first - HOUR) == first
    assert not is_open(twice, first + 40 * MINUTE)
    assert windows.opening([twice], BERLIN, first + 40 * MINUTE) == second
    early = window("6", "01:00", "02:15")
    assert windows.opening([early], BERLIN, at("2026-10-25 02:20")) == at("2026-10-25 02:00", fold=1)


def test_a_day_that_is_left_out_has_no_windows():
    """In Apia Thursday 29 December 2011 was followed by Saturday."""
    friday = window("4", "09:00", "10:00")
    assert windows.opening([friday], APIA, at("2011-12-29 12:00", APIA)) == at("2012-01-06 09:00", APIA)


@settings(max_examples=60, deadline=None)
@given(st.lists(WINDOWS, min_size=1, max_size=2), st.sampled_from(ZONES), MOMENTS)
def test_the_next_opening_is_the_first_minute_that_is_in_a_window(found, zone, now):
    opening = windows.opening(found, zone, now)
    minutes = (now + n * MINUTE for n in range(15 * 24 * 60))
    assert opening == next((one for one in minutes if windows.covered(found, zone, one)), None)


def test_laptops_are_begun_by_their_own_clocks():
    found = rollout(window())
    moment = at("2026-11-27 18:30")
    assert windows.open_at(found, Laptop("A", zone="Europe/Berlin"), moment, HERE)
    assert not windows.open_at(found, Laptop("B", zone="Asia/Tokyo"), moment, HERE)
    assert windows.open_at(found, Laptop("C"), moment, HERE)
    assert not windows.open_at(found, Laptop("C"), moment, ZoneInfo("America/New_York"))
    assert windows.next_open(found, Laptop("B", zone="Asia/Tokyo"), moment, HERE) == at(
        "2026-11-30 18:00", ZoneInfo("Asia/Tokyo")
    )


def test_without_windows_laptops_may_always_be_begun():
    assert windows.open_at(rollout(), Laptop("A", zone="Nowhere/Atall"), NOW, HERE)
    assert windows.next_open(rollout(), Laptop("A", zone="Nowhere/Atall"), NOW, HERE) == NOW


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "Europe", "", "../UTC"])
def test_a_laptop_whose_time_zone_is_not_known_is_never_begun_where_there_are_windows(zone):
    found = rollout(window("0123456", "00:00", "00:00"))
    assert not windows.open_at(found, Laptop("A", zone=zone), NOW, HERE)
    assert windows.next_open(found, Laptop("A", zone=zone), NOW, HERE) is None


def test_no_day_means_never():
    assert windows.next_open(rollout(window("")), Laptop("A"), NOW, HERE) is None
