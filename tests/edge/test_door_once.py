"""What many hosts declare is held to the rules once, and nothing is taken for another declaration that only looks the same."""

import hashlib
from pathlib import Path

import pytest

from pyinfra_wsl import registry
from pyinfra_wsl.edge import door

REBOOT, DISTRO = (registry.of(name) for name in ("reboot", "wsl_distro"))


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": 1}, {"a": True}), ({"a": 1}, {"a": 1.0}), ({"a": 0.0}, {"a": -0.0}), ({1: "a"}, {"1": "a"}), ({"a": []}, {"a": ()})],
    ids=str,
)
def test_what_is_not_the_same_is_not_taken_for_it(one, other):
    assert door.spelled(one) != door.spelled(other)
    assert door.unspelled(door.spelled(one)) == one


@pytest.mark.parametrize("value", [Path("x"), object(), {"a": door.NoName(1)}, type("Text", (str,), {})("x")], ids=str)
def test_what_is_of_another_kind_is_read_each_time(value):
    assert door.spelled({"a": value}) is None


def test_the_same_is_checked_once(monkeypatch):
    asked, real = [], door._checked
    monkeypatch.setattr(door, "_checked", lambda *given: asked.append(given) or real(*given))
    found = [door.enter(REBOOT, {"reboot": {"policy": "window", "window": "01:23-04:56"}}) for _host in range(3)]
    assert found[0] == found[1] == found[2]
    assert len(asked) == 2  # its form, and with whole paths


def test_what_is_refused_is_refused_each_time():
    for _host in range(3):
        with pytest.raises(door.RefusedError, match="policy"):
            door.enter(REBOOT, {"reboot": {"policy": "sometimes"}})


def test_a_file_is_looked_at_each_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    declared = {"wsl_distros": {"U": {"source": "u.tar", "sha256": "0" * 64}}}
    with pytest.raises(door.RefusedError, match="is not there"):
        door.enter(DISTRO, declared)
    (tmp_path / "u.tar").write_bytes(b"x")
    with pytest.raises(door.RefusedError, match="another SHA-256"):
        door.enter(DISTRO, declared)
    declared["wsl_distros"]["U"]["sha256"] = hashlib.sha256(b"x").hexdigest()
    values, _want = door.enter(DISTRO, declared)
    assert values["wsl_distros"]["U"]["source"] == str((tmp_path / "u.tar").resolve())
    (tmp_path / "u.tar").unlink()
    with pytest.raises(door.RefusedError, match="is not there"):
        door.enter(DISTRO, declared)
