"""A pull that is killed, or whose disk is full, at any write: no change without a document, nothing twice, the next goes on."""

from contextlib import suppress

import pytest
from cut import STEPS, KilledError, Laptop, filling, killing

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.pull import files, outcome
from pyinfra_wsl.pull.collect import collect

ONCE = dict.fromkeys(STEPS, 1)


@pytest.fixture
def laptop(at, monkeypatch):
    at.publish()
    return Laptop(at, monkeypatch)


def fresh_start(laptop):
    """Have a laptop that has nothing yet, and whose folder is new."""
    at = laptop.at
    for path in [*at.home.rglob("*"), *at.folder.glob(".home.newest"), *at.folder.glob("back/**/*")]:
        if path.is_file() and path.name not in ("pull.yml", "trust"):
            path.unlink()
    laptop.done.clear()


@pytest.mark.parametrize("when", ["before", "middle", "after"])
def test_whichever_write_kills_a_pull_the_next_ones_do_the_rest_and_nothing_twice(laptop, monkeypatch, when):
    which = 0
    while True:
        which += 1
        fresh_start(laptop)
        write, seen = killing(which, when)
        with monkeypatch.context() as patch, suppress(KilledError):
            patch.setattr(files, "write", write)
            laptop.pull()
        assert set(laptop.done) <= laptop.told()
        ended = laptop.pull()
        assert (ended.outcome, dict(laptop.done), laptop.told()) == ("converged", ONCE, set(STEPS))
        assert laptop.pull().document["changes"] == []
        assert not [path for path in laptop.at.home.rglob(".*") if path.name.endswith("0123abcd")]
        if len(seen) < which:
            break
    assert which > 10


def test_who_is_killed_again_and_again_comes_to_an_end_too(laptop, monkeypatch):
    """Each start is killed a write later than the one before."""
    for which in range(1, 20):
        write, _seen = killing(which, "after")
        with monkeypatch.context() as patch, suppress(KilledError):
            patch.setattr(files, "write", write)
            laptop.pull()
        assert set(laptop.done) <= laptop.told()
    laptop.pull()
    assert (laptop.pull().outcome, dict(laptop.done)) == ("converged", ONCE)


def test_whichever_write_meets_a_full_disk_it_is_said_in_a_sentence_and_the_next_pull_goes_on(laptop, monkeypatch):
    which = 0
    while True:
        which += 1
        fresh_start(laptop)
        write, seen = filling(which)
        with monkeypatch.context() as patch:
            patch.setattr(files, "write", write)
            ended = laptop.pull()
        assert set(laptop.done) <= laptop.told()
        if len(seen) < which:
            break
        line = outcome.line(ended.document) if ended.document else outcome.short(ended.outcome, ended.said)
        if "sent" not in str(seen[-1]) and "source.json" not in str(seen[-1]):
            assert ended.code != 0, seen[-1]
            assert "No space left on device" in " ".join([line, *ended.said])
        assert escape(line) == line
        ended = laptop.pull()
        assert (ended.outcome, dict(laptop.done), laptop.told()) == ("converged", ONCE, set(STEPS)), which
    assert which > 10


def test_a_disk_that_gets_full_in_a_run_stops_it_before_the_next_change(laptop, monkeypatch):
    laptop.pull()
    fresh_start(laptop)
    write, seen = killing(99, "before")
    with monkeypatch.context() as patch:
        patch.setattr(files, "write", write)
        laptop.pull()
    fresh_start(laptop)
    documents = [number for number, path in enumerate(seen, 1) if path.parent.name == "results"]
    write, _seen = filling(documents[3])  # the one before the second change
    with monkeypatch.context() as patch:
        patch.setattr(files, "write", write)
        ended = laptop.pull()
    assert (ended.outcome, ended.code, dict(laptop.done)) == ("failed", 1, {STEPS[0]: 1})
    (failure,) = ended.document["failures"]
    assert failure["cause"] == "the document cannot be written, so that nothing more is changed: No space left on device"
    assert "free some space" in failure["remedy"]
    assert [one["sentence"] for one in ended.document["changes"]] == [STEPS[0]]
    assert not [one for one in ended.document["warnings"] if "not seen" in one["text"]]
    goes_on = laptop.pull()
    assert goes_on.document["pull"]["chain"] == ended.document["pull"]["chain"]
    assert [one["sentence"] for one in goes_on.document["changes"]] == list(STEPS[1:])


def test_what_was_killed_while_it_was_handed_back_arrives_once(laptop, monkeypatch):
    at = laptop.at
    at.set(results={"to": str(at.folder / "back")})
    for which in range(1, 14):
        write, _seen = killing(which, "after")
        with monkeypatch.context() as patch, suppress(KilledError):
            patch.setattr(files, "write", write)
            laptop.pull()
    laptop.pull()
    assert at.documents() == []
    found = collect([str(at.folder / "back")], at.folder / "results", None, at.clock(), "0a")
    assert found.problems == []
    ids = [(one["run"]["id"], one["run"]["ended"], one["pull"]["part"], one["pull"]["chain"]) for one in found.documents]
    assert len(ids) == len(set(ids)) > 3


def test_on_a_full_disk_what_was_handed_back_makes_room(laptop, monkeypatch):
    laptop.pull()
    at = laptop.at
    assert len(at.documents()) == 1
    at.set(results={"to": str(at.folder / "back")})
    write, _seen = filling(1)
    from pyinfra_wsl.pull.fetch import Place  # noqa: PLC0415
    from pyinfra_wsl.pull.spool import Spool  # noqa: PLC0415

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", write)
        assert Spool(at.home / "results").hand_back(Place(at.settings.to, at.settings), "LT-1") == ""
    assert at.documents() == []


def test_what_is_left_of_cut_writes_goes_and_nothing_else(tmp_path):
    ours = [tmp_path / ".state.json.0123abcd", tmp_path / "bundles" / "x" / ".slice.89abcdef"]
    others = [tmp_path / ".disabled.json.0123abcd", tmp_path / ".state.json", tmp_path / ".x.0123abcg", tmp_path / "a.0123abcd"]
    for path in (*ours, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    files.sweep(tmp_path)
    assert [path.exists() for path in ours] == [False, False]
    assert all(path.exists() for path in others)
