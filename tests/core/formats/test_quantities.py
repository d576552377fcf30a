"""Spans, times of day, days and percentages: as people write them, and what they are told where they write them otherwise."""

from contextlib import suppress
from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core.formats import quantities
from pyinfra_wsl.core.formats.quantities import MeantError

READERS = (quantities.span, quantities.of_day, quantities.ending, quantities.days, quantities.percent, quantities.share)
ANY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text())
)


def wrong(read, value):
    with pytest.raises(MeantError) as caught:
        read(value)
    return caught.value


@pytest.mark.parametrize("read", READERS)
@given(ANY)
def test_anything_is_read_or_refused_with_the_right_form(read, value):
    with suppress(MeantError):
        read(value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("4h", 14400), ("7d", 604800), ("1h30m", 5400), ("1d 2h", 93600), (0, 0), ("0s", 0)],
)
def test_a_span_is_a_number_and_its_unit(text, seconds):
    assert quantities.span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (2, "write 2s, 2m, 2h or 2d"),
        ("2 hours", "write 2h"),
        ("10min", "write 10m"),
        ("2w", "write 14d"),
        ("1.5h", "as 90s, 10m"),
        ("", "as 90s, 10m"),
        ("-1h", "as 90s, 10m"),
        ("10M", "write 10m"),
        (True, "as 90s, 10m"),
        ("366d", "the most is 365d"),
    ],
)
def test_what_is_no_span_is_told_as_one(value, right):
    assert right in wrong(quantities.span, value).remedy


@given(st.integers(0, 365 * 86400))
def test_every_span_can_be_written(seconds):
    days, rest = divmod(seconds, 86400)
    assert quantities.span(f"{days}d{rest // 3600}h{rest % 3600 // 60}m{rest % 60}s") == timedelta(seconds=seconds)


def test_times_of_day():
    assert quantities.of_day("18:00") == quantities.of_day("18:00") == time(18)
    assert quantities.of_day("8:05") == time(8, 5)
    assert quantities.ending("24:00") == time(0)
    assert wrong(quantities.of_day, "24:00")


@given(st.integers(0, 23), st.integers(0, 59))
def test_what_yaml_1_1_makes_of_a_time_is_understood(hours, minutes):
    """18:00 without quotes is 1080 there, and 18:30 is 1110, which no reader can tell from 11:10."""
    error = wrong(quantities.of_day, hours * 60 + minutes)
    assert "is a number, where a time of day is meant" in error.message
    assert error.remedy.endswith(", in quotes")
    if minutes == 0 and hours in (18, 8):
        assert error.remedy == f'write "{hours:02}:00", in quotes'


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("6pm", "18:00"),
        ("6:30 PM", "18:30"),
        ("12am", "00:00"),
        ("12 p.m.", "12:00"),
        ("18.30", "18:30"),
        ("18h", "18:00"),
        (1800, "18:00"),
        (18, "18:00"),
        ("25:00", "18:00"),
        ("noon", "18:00"),
        (1320, "18:00"),
    ],
)
def test_what_is_no_time_of_day_is_told_as_one(value, right):
    assert wrong(quantities.of_day, value).remedy == f'write "{right}", in quotes'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["mon", "tue"], {0, 1}),
        ("mon-fri", range(5)),
        ("fri-mon", {4, 5, 6, 0}),
        ("Weekend", {5, 6}),
        (["Monday", "sun"], {0, 6}),
        ("mon, wed", {0, 2}),
        ("daily", range(7)),
        ("weekdays", range(5)),
        ("tue-tue", {1}),
        ("Mon–Fri", range(5)),
        (["mon-tue", "sat"], {0, 1, 5}),
    ],
)
def test_days_are_words(value, expected):
    assert quantities.days(value) == set(expected)


@pytest.mark.parametrize("value", ["mo", 1, [1], "", "mon-", "-fri", "weekdays-sat", "mon-weekend", ["mon", None]])
def test_what_is_no_day_is_told_the_words(value):
    assert wrong(quantities.days, value).remedy == "write mon, tue, wed, thu, fri, sat, sun, or mon-fri"


@pytest.mark.parametrize("value", [10, "10", "10%", "10 %", 10.0])
def test_a_percentage_has_its_sign_or_none(value):
    assert quantities.percent(value) == quantities.share(value) == 10


def test_less_than_one_percent_needs_its_sign():
    assert quantities.percent("0.5%") == quantities.share("0.5%") == Decimal("0.5")
    assert wrong(quantities.percent, 0.1).remedy == "write 10%, or 0.1% where that is meant"
    assert wrong(quantities.share, 0.95).remedy == "write 95%, or 0.95% where that is meant"


def test_a_share_of_one_is_not_one_percent():
    """Of a gate it would be the opposite of what is meant."""
    assert wrong(quantities.share, 1).remedy == "write 100%, or 1% where that is meant"
    assert wrong(quantities.share, 1.0).remedy == "write 100%, or 1.0% where that is meant"
    assert quantities.share("1%") == quantities.percent(1) == 1
    assert quantities.share(0) == 0


@pytest.mark.parametrize("value", [101, -1, "101%", "ten", True, "10%%", "1e1", [], 100.5])
def test_what_is_no_percentage_is_told_as_one(value):
    assert wrong(quantities.percent, value).remedy == "write a number from 0 to 100, as 10 or 10%"
