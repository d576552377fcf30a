"""Laptops in the hands of strangers: what one of them hands back costs the others nothing, and speaks for nobody else."""

import json
import os
import random
import threading

import pytest
from published import NOW
from test_collecting import document

from pyinfra_wsl.pull import collect as collecting
from pyinfra_wsl.pull.collect import LARGEST, collect


@pytest.fixture
def put(tmp_path):
    def made(host, name, value):
        folder = tmp_path / "back" / host
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
        return folder / name

    return made


@pytest.fixture
def take(tmp_path):
    number = iter(range(100))

    def taken(hosts=None):
        return collect([str(tmp_path / "back")], tmp_path / "results", hosts, NOW, f"{next(number):08x}")

    return taken


def test_a_folder_that_differs_in_case_only_does_not_speak_for_a_laptop(put, take):
    put("LT-1", "a.json", document("LT-1", 1))
    put("lt-1", "b.json", document("lt-1", 2, outcome="failed"))
    put("Lt-2", "c.json", document("Lt-2", 3))
    found = take(["LT-1", "LT-2"])
    assert sorted((one["host"], one["run"]["id"]) for one in found.documents) == [("LT-1", "00000001"), ("LT-2", "00000003")]
    assert [one for one in found.problems if "look who has made the other" in one] == found.problems
    assert len(found.problems) == 1


def test_one_that_hands_back_a_gigabyte_is_taken_bit_by_bit(put, take, monkeypatch):
    monkeypatch.setattr(collecting, "_ROOM", 30_000)
    for number in range(9):
        put("LT-1", f"2026-{number}.json", document("LT-1", number, warnings=[{"resource": "x", "text": "y" * 10_000}]))
    put("LT-2", "a.json", document("LT-2"))
    counts = []
    for _ in range(5):
        found = take()
        counts.append(len([one for one in found.documents if one["host"] == "LT-1"]))
        assert all("older documents are left for the next time" in one for one in found.problems)
        if not found.problems:
            break
    assert counts[:4] == [2, 2, 2, 2]
    assert sum(counts) == 9


def test_a_folder_that_cannot_be_listed_is_told_hides_no_other_and_is_not_taken_twice_later(put, take, monkeypatch):
    """Its rights are the laptop's to change where it hands back over a share; or the disk under it has gone bad."""
    put("LT-1", "a.json", document("LT-1", 1))
    for number in range(2, 30):
        put(f"LT-{number}", "a.json", document(f"LT-{number}"))
    assert len(take().documents) == 29
    for number in range(1, 30):
        put(f"LT-{number}", "b.json", document(f"LT-{number}", 2))
    scandir = os.scandir

    def closed(path="."):
        if str(path).rpartition("/LT-1")[1]:  # LT-1, and ten after it
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", closed)
        found = take()
    assert len(found.documents) == 18
    assert found.problems[0] == "LT-1/: the folder cannot be listed: Permission denied"
    assert len(found.problems) == 11
    again = take()
    assert (len(again.documents), again.known, again.problems) == (11, 47, [])


@pytest.mark.parametrize("kind", ["a pipe", "a device", "a folder", "a link out", "a link to itself"])
def test_what_is_no_file_is_not_waited_for_and_not_read(put, take, tmp_path, kind):
    put("LT-2", "a.json", document("LT-2"))
    place = put("LT-1", "a.json", b"")
    place.unlink()
    (tmp_path / "secret.json").write_text(json.dumps(document("LT-1")))
    {
        "a pipe": lambda: os.mkfifo(place),
        "a device": lambda: place.symlink_to("/dev/zero"),
        "a folder": place.mkdir,
        "a link out": lambda: place.symlink_to(tmp_path / "secret.json"),
        "a link to itself": lambda: place.symlink_to(place),
    }[kind]()
    done = []
    worker = threading.Thread(target=lambda: done.append(take()), daemon=True)
    worker.start()
    worker.join(10)
    assert [one["host"] for one in done[0].documents] == ["LT-2"]
    assert ["no file" in one for one in done[0].problems] == [True]


def test_what_becomes_a_link_between_two_looks_is_not_followed(put, take, tmp_path, monkeypatch):
    place = put("LT-1", "a.json", document("LT-1"))
    place.rename(tmp_path / "secret.json")
    place.symlink_to(tmp_path / "secret.json")
    monkeypatch.setattr("pathlib.Path.is_symlink", lambda _path: False)
    found = take()
    assert (found.documents, len(found.problems)) == ([], 1)


def test_what_grows_while_it_is_read_is_bounded(put, take):
    put("LT-1", "a.json", b'"' + b"x" * LARGEST + b'"')
    assert ["larger than 1 MiB" in one for one in take().problems] == [True]


WEIRD = [
    *(None, True, -1, 2**63 - 1, 1.5, 1e308, "", [], {}, "x" * 3000, "\x1b[2J\x07", "\u202e", [[]], [{}], {"a": [1]}, ["a"]),
    *(
        {"text": "x"},
        "9999-12-31T23:59:59+14:00",
        "0001-01-01T00:00:00-23:59",
        [{"resource": 1}],
        "<script>",
        "=cmd|' /C calc'!A0",
    ),
]


def places(value, path=()):
    """Yield the ways to all values within a value."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def spoiled(draw, one):
    """Return a document with some of its values replaced by what nobody expects there."""
    made = json.loads(json.dumps(one))
    for _ in range(draw.randrange(1, 4)):
        *way, last = draw.choice(list(places(made)))
        holder = made
        for key in way:
            holder = holder[key]
        holder[last] = draw.choice(WEIRD)
    return made


WAYS = (
    *(["--failed"], ["--json"], ["--csv"], ["--changes", "--by", "host"], ["--by", "cause"], ["--history"]),
    *(["--host", "LT-*", "--history"], ["--since", "2000-01-01"], ["--heard", "fleet.yml"], ["--heard", "fleet.yml", "--json"]),
)
ENTRY = {
    "resource": "wsl",
    "words": "WSL",
    "sentence": "s",
    "cause": "c",
    "remedy": "r",
    "code": "x",
    "text": "t",
    "waits_for": "reboot",
    "reason": "why",
}


def test_no_document_that_is_taken_ends_a_report_of_all(put, take, call, tmp_path, monkeypatch):
    """Of one laptop, that is: whoever owns it writes what they like, and all others must still be told."""
    draw = random.Random(17)  # noqa: S311 - what is spoiled
    lists = {name: [ENTRY, ENTRY] for name in ("changes", "deferred", "failures", "warnings", "not_proved")}
    more = {"left_out": ["wsl"], "not_reached": ["wsl"], "people": {"user 1": {"outcome": "failed"}}}
    whole = document("LT-1", outcome="failed", **more, **lists)
    for number in range(150):
        host = f"LT-{number:03}"
        put(host, "a.json", spoiled(draw, {**whole, "host": host}))
    put("LT-GOOD", "a.json", document("LT-GOOD"))
    found = take()
    assert 30 < len(found.documents) < 150
    monkeypatch.setenv("PYINFRA_WSL_RESULTS", str(tmp_path / "results"))
    monkeypatch.chdir(tmp_path)
    names = ", ".join(f"{one['host']}: {{}}" for one in found.documents)
    (tmp_path / "fleet.yml").write_text(f"hosts: {{{names}}}")
    for words in WAYS:
        said = call("report", *words)
        assert "LT-GOOD" in said or words in (["--failed"], ["--history"], ["--by", "cause"])
        assert "\x1b[2J" not in said


def test_names_that_are_none_make_no_document(put, take):
    put("LT-1", "a.json", document("LT-1", left_out=[{"a": 1}]))
    assert ["right left_out" in one for one in take().problems] == [True]
