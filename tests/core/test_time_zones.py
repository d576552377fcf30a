"""Time zones by their names: of the IANA database; Windows' own names are answered with those."""

import zoneinfo
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core.windows import zone
from pyinfra_wsl.core.windows.zone_names import IANA


def wrong(name):
    with pytest.raises(zone.ZoneError) as caught:
        zone.find(name)
    return caught.value


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+12"])
def test_a_zone_is_found_by_its_name(name):
    assert zone.find(name).key == name


def test_every_zone_of_windows_is_one_that_is_known():
    assert len(IANA) > 130
    for windows, name in IANA.items():
        assert zone.find(name).key == name
        if windows != "UTC":
            assert wrong(windows).remedy == f"write {name}"


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("W. Europe Standard Time", "write Europe/Berlin"),
        ("w. europe standard time", "write Europe/Berlin"),
        ("Tokyo Standard Time", "write Asia/Tokyo"),
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Berlin", "did you mean Europe/Berlin?"),
        ("New York", "did you mean America/New_York?"),
        ("CEST", "write a name of the IANA database, as Europe/Berlin"),
        ("Europe", "write a name of the IANA database, as Europe/Berlin"),
        ("+01:00", "write a name of the IANA database, as Europe/Berlin"),
        ("localtime", "leave it out for that of the machine from which it is rolled out"),
        ("../../etc/passwd", "write a name of the IANA database, as Europe/Berlin"),
        ("", "write a name of the IANA database, as Europe/Berlin"),
    ],
)
def test_what_is_no_zone_is_told_the_right_one(name, right):
    assert wrong(name).remedy == right


@given(st.text(max_size=400))
def test_any_text_is_a_zone_or_refused(name):
    with suppress(zone.ZoneError):
        assert zone.find(name).key == name


@pytest.fixture
def without_zones(monkeypatch):
    """A machine without the database, as Windows and small containers are."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(())
    for one in (zone._find, zone._why):
        one.cache_clear()
    zoneinfo.ZoneInfo.clear_cache()
    monkeypatch.setattr(zoneinfo, "available_timezones", set)
    monkeypatch.setitem(__import__("sys").modules, "tzdata", None)
    yield
    zoneinfo.reset_tzpath(before)
    for one in (zone._find, zone._why):
        one.cache_clear()


@pytest.mark.usefixtures("without_zones")
def test_a_machine_without_zones_is_told_to_get_them():
    error = wrong("Europe/Berlin")
    assert error.message == "'Europe/Berlin' cannot be looked up: this machine has no time zones"
    assert error.remedy == "pip install tzdata"
    assert wrong("W. Europe Standard Time").remedy == "write Europe/Berlin"
