"""Thousands of documents, and those of one laptop that would hide or drown the others': nothing is lost without a word."""

import errno
import json
from datetime import timedelta
from pathlib import Path

import pytest
from published import NOW
from test_collecting import document

from pyinfra_wsl.pull import collect as collecting
from pyinfra_wsl.report import heard, history


@pytest.fixture
def back(tmp_path):
    def put(host, number, value=None):
        path = tmp_path / "back" / host / f"{number:06}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document(host, number) if value is None else value))
        return tmp_path / "back"

    return put


def collect(place, tmp_path, run):
    return collecting.collect([str(place)], tmp_path / "results", None, NOW + timedelta(days=9), run)


def stored(tmp_path):
    return sorted(one["run"]["id"] for _, documents in history.read(tmp_path / "results").runs for one in documents)


def test_what_is_too_much_for_once_is_told_and_taken_the_next_time(back, tmp_path, monkeypatch):
    monkeypatch.setattr(collecting, "_LAYERS", 4)
    for number in range(10):
        place = back("LT-1", number)
    back("LT-2", 3)
    first = collect(place, tmp_path, "0a0b0c01")
    assert [one["run"]["id"][-1] for one in first.documents if one["host"] == "LT-1"] == list("6789")  # the newest word first
    assert any(one.startswith("LT-1: 6 older documents") for one in first.problems)
    assert len([one for one in first.documents if one["host"] == "LT-2"]) == 1
    assert any("2 older documents" in one for one in collect(place, tmp_path, "0a0b0c02").problems)
    last = collect(place, tmp_path, "0a0b0c03")
    assert (len(last.documents), last.problems) == (2, [])
    assert stored(tmp_path) == sorted([*(f"{number:08x}" for number in range(10)), f"{3:08x}"])


def test_as_many_as_are_taken_at_once_are_all_kept(back, tmp_path):
    for number in range(256):
        place = back("LT-1", number)
    found = collect(place, tmp_path, "0a0b0c01")
    assert (len(found.documents), found.problems) == (256, [])
    assert len(list((tmp_path / "results").glob("*/*.json"))) == 256


def test_a_place_is_the_same_however_it_is_named(back, tmp_path, monkeypatch):
    place = back("LT-1", 1)
    assert len(collect(place, tmp_path, "0a0b0c01").documents) == 1
    monkeypatch.chdir(tmp_path)
    for number, same in enumerate([f"{place}/", "back", "./back/../back"]):
        found = collect(same, tmp_path, f"0a0b0c1{number}")
        assert (len(found.documents), found.known) == (0, 1)
    (tmp_path / "other" / "back" / "LT-1").mkdir(parents=True)
    (tmp_path / "other" / "back" / "LT-1" / "000001.json").write_text(json.dumps(document("LT-1", 2)))
    monkeypatch.chdir(tmp_path / "other")
    assert len(collect("back", tmp_path, "0a0b0c20").documents) == 1


def test_problems_of_one_laptop_hide_no_others(back, tmp_path):
    for number in range(300):
        back("LT-1", number, "x")
    found = collect(back("LT-9", 0, "x"), tmp_path, "0a0b0c01")
    assert any(one.startswith("LT-9/") for one in found.problems)
    assert len(found.problems) < 20


@pytest.mark.parametrize("host", ["a b", "nl\nx", "\x1b[31m", "..x", "a&b", "n" * 250])
def test_a_folder_that_is_no_laptops_is_named_and_left(back, tmp_path, host):
    back("LT-1", 1)
    found = collect(back(host, 1), tmp_path, "0a0b0c01")
    assert [one["host"] for one in found.documents] == ["LT-1"]
    assert "called so" in found.problems[0]


def test_what_one_machine_alone_says_of_a_serial_is_told_and_strangers_say_nothing(tmp_path, back, call, monkeypatch):
    stranger = document("LT-9", pull={"serial": 10**15})
    words = heard.last_words(["LT-1", "LT-2"], [document("LT-1"), document("LT-2"), stranger], NOW)
    assert [one.behind for one in words] == [0, 0]
    monkeypatch.setenv("PYINFRA_WSL_RESULTS", str(tmp_path / "results"))
    back("LT-1", 1, document("LT-1", pull={"serial": 10**15}))
    back("LT-2", 1)
    call("collect", back("LT-3", 1))
    (tmp_path / "fleet.yml").write_text("hosts: {LT-1: {}, LT-2: {}, LT-3: {}}")
    assert f"serial {10**15} is said by LT-1 alone" in call("report", "--heard", tmp_path / "fleet.yml")
    (tmp_path / "fleet.yml").write_text("hosts: {LT-2: {}, LT-3: {}}")
    assert "alone" not in call("report", "--heard", tmp_path / "fleet.yml")


@pytest.mark.parametrize("after", [1, 3, 5])
def test_what_a_full_disk_cut_short_is_taken_once_all_the_same(back, tmp_path, monkeypatch, after):
    """Some of it was written, and nowhere that it was: the next time all of it would stand there twice."""
    for number in range(3):
        place = back("LT-1", number)
    write, written = Path.write_bytes, []

    def full(path, data):
        written.append(path)
        if len(written) >= after:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    def none(_path, _data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        patched.setattr(collecting.files, "write", none)
        with pytest.raises(OSError, match="No space left"):
            collect(place, tmp_path, "0a0b0c01")
    assert stored(tmp_path) == []
    assert len(collect(place, tmp_path, "0a0b0c02").documents) == 3
    assert stored(tmp_path) == [f"{number:08x}" for number in range(3)]
