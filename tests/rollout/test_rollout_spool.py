"""What runners have told stays until it was taken down, whole or not at all."""

import stat
import subprocess
import sys

import pytest

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Ended, Verified
from pyinfra_wsl.rollout.spool import Spool


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "deep" / "spool")


def keep(spool, number, event, shard="s1"):
    name = spool.name(shard, number, type(event).__name__.lower())
    spool.keep(name, wire.line({"id": shard, "kept": name, **wire.event(event)}))
    return name


def test_what_is_kept_is_left_until_it_is_dropped(spool):
    events = [Ended("LT-1", {"outcome": "converged"}), Verified("LT-1", True)]
    names = [keep(spool, 0, one) for one in events]
    assert list(spool.left()) == [(name, "s1", event) for name, event in zip(names, events, strict=True)]
    spool.drop(names[0])
    spool.drop(names[0])
    assert [name for name, _shard, _event in spool.left()] == names[1:]


def test_it_is_for_its_owner_alone(spool):
    name = keep(spool, 0, Verified("h", None))
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((spool.folder / name).stat().st_mode) == 0o600


def test_a_shard_of_any_name_has_its_files_there(spool):
    name = keep(spool, 7, Verified("h", None), shard="../../etc/x")
    assert (spool.folder / name).parent == spool.folder
    assert [shard for _name, shard, _event in spool.left()] == ["../../etc/x"]
    spool.drop("../../etc/passwd")


def test_what_is_broken_is_passed_over(spool):
    good = keep(spool, 1, Verified("h", None))
    (spool.folder / "a.told").write_bytes(b"{")
    (spool.folder / "b.told").mkdir()
    (spool.folder / "c.told.new").write_bytes(b"{}")
    assert [name for name, _shard, _event in spool.left()] == [good]


def test_a_folder_that_is_not_there_holds_nothing_and_is_idle(spool):
    assert list(spool.left()) == []
    assert spool.is_idle()


def test_whoever_may_still_write_is_seen_until_they_are_gone(spool):
    held = f"from pyinfra_wsl.rollout.spool import Spool; from pathlib import Path; s = Spool(Path({str(spool.folder)!r}))"
    text = f"{held}\nwith s.at_work(): print('there', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"there\n"
        assert not spool.is_idle()
        with spool.at_work():
            assert not spool.is_idle()
        process.kill()
        process.wait()
        assert spool.is_idle(10)
