"""The clock of a rollout: what passes and what is set are two things."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pyinfra_wsl.rollout import clock

BEGUN = datetime(2026, 11, 27, 16, tzinfo=UTC)


class Hands:
    def __init__(self):
        self.wall, self.passed = BEGUN.timestamp(), 100.0

    def clock(self):
        return clock.Clock(lambda: self.wall, lambda: self.passed)

    def go(self, passed, wall=None):
        self.passed += passed
        self.wall += passed if wall is None else wall


def test_time_passes():
    hands = Hands()
    found = hands.clock()
    hands.go(60)
    assert found.look() == timedelta(0)
    assert found.now() == BEGUN + timedelta(seconds=60)


@pytest.mark.parametrize("by", [3600, -3600, 86400 * 365, 31, -31])
def test_a_clock_that_is_set_is_told_once(by):
    hands = Hands()
    found = hands.clock()
    hands.go(10, 10 + by)
    assert found.now() == BEGUN + timedelta(seconds=10)  # until it is looked at
    assert found.look() == timedelta(seconds=by)
    assert found.now() == BEGUN + timedelta(seconds=10 + by)
    assert found.look() == timedelta(0)


def test_corrections_are_taken_and_not_told_however_many():
    hands = Hands()
    found = hands.clock()
    for _ in range(100):
        hands.go(1, 1.5)
        assert found.look() == timedelta(0)
    assert found.now() == BEGUN + timedelta(seconds=150)


@pytest.mark.parametrize(("told", "name"), [("Europe/Vienna", "Europe/Vienna"), (":Asia/Tokyo", "Asia/Tokyo")])
def test_the_time_zone_of_this_machine_is_as_its_environment_says(monkeypatch, told, name):
    monkeypatch.setenv("TZ", told)
    assert clock.here() == ZoneInfo(name)


@pytest.mark.parametrize("told", ["", "nowhere/at/all", "../../etc/passwd", "CET-1CEST,M3.5.0,M10.5.0/3"])
def test_one_that_is_not_known_is_looked_up_or_utc(monkeypatch, tmp_path, told):
    monkeypatch.setenv("TZ", told)
    monkeypatch.setattr(clock, "_LOCALTIME", tmp_path / "none")
    assert clock.here() == ZoneInfo("UTC")
    link = tmp_path / "zoneinfo" / "Europe"
    link.mkdir(parents=True)
    (link / "Vienna").touch()
    (tmp_path / "localtime").symlink_to(link / "Vienna")
    monkeypatch.setattr(clock, "_LOCALTIME", tmp_path / "localtime")
    assert clock.here() == ZoneInfo("Europe/Vienna")
