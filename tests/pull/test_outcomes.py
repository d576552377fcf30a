"""Words, codes and one line; chains and pauses, which end by themselves."""

import fcntl
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
from published import NOW

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import chain, lock, outcome, pause

LONG = "x" * 900 + "→" + "é" * 900


def document(**more):
    told = {"outcome": "failed", "serial": 7, "source": "unreachable"}
    several = [{"waits_for": f"{LONG}{number}", "cause": f"{LONG}{number}", "text": LONG} for number in range(50)]
    return {"pull": told, "changes": [], "deferred": several, "failures": several, "warnings": several, **more}


def test_every_outcome_has_a_code_of_its_own():
    assert dict(outcome.CODES) == {
        "converged": 0, "failed": 1, "locked": 3, "no_bundle": 4, "deferred": 5, "disabled": 5, "restart_pending": 6, "stale": 7,
    }  # fmt: skip
    assert outcome.USAGE == 2


def test_a_line_is_short_and_ascii_whatever_was_said():
    line = outcome.line(document())
    assert line.isascii()
    assert len(line) <= 2000
    assert "\n" not in line
    short = outcome.line(document(deferred=[{"waits_for": "reboot"}], failures=[], warnings=[]))
    assert short == "outcome=failed serial=7 source=unreachable changes=0 waits=reboot"


def test_a_chain_goes_on_until_it_is_ended_or_has_begun_too_often(tmp_path):
    parts = [chain.begin(tmp_path, NOW) for _ in range(6)]
    assert [one.part for one in parts] == [1, 2, 3, 4, 5, 1]
    assert [one.endless for one in parts] == [False] * 4 + [True, False]
    assert len({one.id for one in parts}) == 2
    chain.end(tmp_path)
    assert chain.begin(tmp_path, NOW).part == 1
    assert chain.begin(tmp_path, NOW + timedelta(days=8)).part == 1
    assert chain.begin(tmp_path, NOW - timedelta(days=1)).part == 1  # the clock was set back
    (tmp_path / "chain.json").write_text("[")
    assert chain.begin(tmp_path, NOW).part == 1


def test_a_pause_ends_by_itself_and_has_a_reason(tmp_path):
    pause.begin(tmp_path, NOW + timedelta(days=2), "demo", NOW)
    assert pause.now_is(tmp_path, NOW + timedelta(days=1)).reason == "demo"
    assert pause.now_is(tmp_path, NOW + timedelta(days=3)) is None
    assert pause.now_is(tmp_path, NOW - timedelta(days=900)) is None  # a clock set back does not make it endless
    for until, reason in ((NOW + timedelta(days=91), "x"), (NOW, "x"), (NOW + timedelta(days=1), " ")):
        with pytest.raises(StepError):
            pause.begin(tmp_path, until, reason, NOW)
    pause.end(tmp_path)
    pause.end(tmp_path)
    assert pause.now_is(tmp_path, NOW) is None


def test_the_commands_say_how_it_is(at, call):
    assert "no pull yet" in call("pull", "--home", at.home, "status")
    assert "outcome=no_bundle serial=-" in call("pull", "--home", at.home, "--now", code=4)
    said = call("pull", "--home", at.home, "status")
    assert "no bundle yet" in said
    assert "outcome=no_bundle" in said
    assert '"outcome": "no_bundle"' in call("pull", "--home", at.home, "status", "--json")
    until = "2099-01-01"
    assert "within 90 days" in call("pull", "--home", at.home, "disable", "--until", until, "--reason", "x", code=2)
    soon = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d")
    call("pull", "--home", at.home, "disable", "--until", soon, "--reason", "demo")
    assert "disabled until" in call("pull", "--home", at.home, "status")
    assert "outcome=disabled" in call("pull", "--home", at.home, "--now", code=5)
    call("pull", "--home", at.home, "enable")
    assert "disabled" not in call("pull", "--home", at.home, "status").splitlines()[1]


def test_why_a_laptop_is_disabled_stays_on_it_unless_all_is_handed_back(at, call):
    """Who types it may name anybody: no list of names knows them."""
    soon = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%d")
    order = ("pull", "--home", at.home, "disable", "--until", soon, "--reason", "Erika Mustermann presents")
    assert "stays on this laptop" in call(*order)
    said = call("pull", "--home", at.home, "--now", "--json", code=5)
    assert "Mustermann" not in said + str(at.documents())
    assert "Mustermann" in call("pull", "--home", at.home, "status")
    at.set(results={"detail": "full"})
    assert "handed back as it is" in call(*order)
    assert "Mustermann" in call("pull", "--home", at.home, "--now", "--json", code=5)


def test_who_holds_the_lock_is_said_also_by_one_who_comes_before_it_is_written(tmp_path, monkeypatch):
    path, real = tmp_path / "lock", os.write
    late, taken, done = threading.Event(), threading.Event(), threading.Event()

    def write(descriptor, data):
        late.wait(5)
        return real(descriptor, data)

    def take_it(descriptor):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which holds between threads too
        taken.set()

    def take():
        with lock.held(path, "run abcd"):
            done.wait(5)

    monkeypatch.setattr(lock.os, "write", write)
    monkeypatch.setattr(lock, "_take", take_it)
    holder = threading.Thread(target=take, daemon=True)
    holder.start()
    assert taken.wait(5)
    monkeypatch.setattr(lock.time, "sleep", lambda _seconds: late.set() or holder.join(0.05))
    with pytest.raises(lock.HeldError, match="another pull is under way: run abcd"), lock.held(path, "run 1234"):
        pass
    done.set()
    holder.join()
    assert path.read_bytes() == b"", "who holds it no more is not named to the next"


def test_settings_that_are_wrong_end_with_2(at, call):
    (at.home / "pull.yml").write_text("source: x")
    for words in (["--now"], ["--detect"], ["status"]):
        assert "has no fleet" in call("pull", "--home", at.home, *words, code=2)
    (at.home / "pull.yml").unlink()
    assert "is not there" in call("pull", "--home", at.home, "--now", code=2)
    (at.home / "pull.yml").write_bytes(b"\xff: [")
    assert "is no YAML" in call("pull", "--home", at.home, "--now", code=2)
    assert "no Windows laptop" in call("pull", "--now", code=2)
