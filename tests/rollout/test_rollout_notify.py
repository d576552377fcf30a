"""A command that is told: what it reads, that it is told once, and that whatever it does ends no rollout."""

import asyncio
import contextlib
import json
import os
import stat
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from support.rollout_standings import DECLARED, NOW, events, usual

from pyinfra_wsl.data import schema
from pyinfra_wsl.rollout.watch import notify
from pyinfra_wsl.rollout.watch.happened import Happened, key


@pytest.fixture
def heard(tmp_path):
    """Return a program that keeps what it reads, a line for each call, and what it kept."""
    path, kept = tmp_path / "tell it", tmp_path / "kept"
    path.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(kept)!r}, 'a').write(sys.stdin.read().replace(chr(10), '') + '\\n')\n"
    )
    path.chmod(stat.S_IRWXU)
    return (str(path),), lambda: [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []


def tell(*command, deadline=30.0):
    return asyncio.run(notify.tell(command, {"id": "1"}, deadline))


def looks(command, rows, *, times=1, deadline=30.0):
    """Let a control look at rows; it keeps what it is told to among them."""
    one = replace(usual(), declared=replace(DECLARED, notify=command))

    async def control():
        clock = iter(range(1000))

        def note(kind, ring, text):
            rows.append(Happened(NOW + timedelta(seconds=next(clock)), kind, ring, text))

        teller = notify.Teller(note, deadline)
        for _ in range(times):
            teller.look(one, list(rows))
            await asyncio.sleep(0)
        await teller.finish()

    asyncio.run(control())
    return rows


def test_what_it_reads_has_the_form_and_no_value_of_the_fleet_file():
    row = Happened(NOW, "ready", 0, "4 of 4 are converged; waits for \x1b[2J a person's word")
    found = notify.document(replace(usual(), declared=replace(DECLARED, notify=("/x", "--token=hunter2"))), row)
    validator = Draft202012Validator(schema("rollout_event"), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(json.loads(json.dumps(found)))] == []
    assert found["id"] == "2026-11-27T15:30:00+00:00 ready 0"
    assert (found["event"], found["ring"], found["rings"][1]["laptops"]["converged"]) == ("ready", "pilot", 5)
    assert "hunter2" not in json.dumps(found)
    assert "\x1b" not in found["text"]
    assert schema("rollout_event")["properties"]["event"]["enum"] == sorted(
        notify.TOLD, key=("ready", "passed", "aborted", "stuck", "ended").index
    )


def test_it_is_told_of_gates_aborts_and_ends_in_their_order_and_of_nothing_else(heard):
    command, kept = heard
    others = [("ready", 1), ("lost", None), ("stuck", 1), ("aborted", None), ("ended", None)]
    looks(command, [*events(), *(Happened(NOW, kind, ring, "") for kind, ring in others)], times=3)
    told = ["passed", "ready", "stuck", "aborted", "ended"]
    assert [one["event"] for one in kept()] == told, "a gate that opened is not ready any more"
    assert [one["ring"] for one in kept()] == ["pilot", "early", "early", None, None]


def test_a_control_that_takes_over_tells_nothing_twice(heard):
    command, kept = heard
    rows = looks(command, events())
    looks(command, rows)
    looks(command, [*rows, Happened(NOW, "ended", None, "")])
    assert [one["event"] for one in kept()] == ["passed", "ended"]


def test_that_it_is_still_stuck_is_told_once_however_often_a_timer_finds_it(heard):
    command, kept = heard
    at = iter(range(1000))

    def row(kind, text="3 will not be"):
        return Happened(NOW + timedelta(minutes=next(at)), kind, None, text)

    rows = [row("stuck")]
    for _ in range(3):
        looks(command, rows)
        rows += [row("holder", "goes on by ada"), row("stuck")]
    looks(command, rows)
    assert len(kept()) == 1
    looks(command, [*rows, row("retry", "3 are tried again"), row("stuck")])
    assert len(kept()) == 2, "somebody did something, and it did not help"
    looks(command, [*rows, row("stuck", "4 will not be")])
    assert len(kept()) == 3


def test_what_is_told_is_kept_before_the_command_is_started():
    """A control that is killed while the command runs does not know whether it was heard: the next one must not tell it again."""
    seen = []

    async def killed():
        teller = notify.Teller(lambda kind, _, text: seen.append((kind, text)))
        command = (sys.executable, "-c", "import time; time.sleep(60)")
        teller.look(replace(usual(), declared=replace(DECLARED, notify=command)), [Happened(NOW, "ended", None, "")])
        while not seen:
            await asyncio.sleep(0.01)
        teller._last.cancel()
        await asyncio.gather(teller._last, return_exceptions=True)

    asyncio.run(killed())
    assert seen == [("told", key(Happened(NOW, "ended", None, "")))]
    rows = [Happened(NOW, "ended", None, ""), Happened(NOW, "told", None, seen[0][1])]
    assert notify.untold(rows) == []


def test_where_no_command_is_declared_nothing_is_kept():
    rows = events()
    assert looks(None, list(rows)) == rows


def test_its_failure_is_kept_and_the_next_is_told_all_the_same(tmp_path):
    path = tmp_path / "fails"
    path.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no \\x1b[2J mail today')\n")
    path.chmod(stat.S_IRWXU)
    rows = looks((str(path),), [Happened(NOW, "passed", 0, ""), Happened(NOW, "ended", None, "")])
    assert [(one.kind, one.ring) for one in rows[2:]] == [("told", 0), ("not told", 0), ("told", None), ("not told", None)]
    assert rows[3].text == f"passed: {path} ended with 1: no \\x1b[2J mail today; the rollout goes on without it"


def test_where_nothing_can_be_kept_it_is_told_nevertheless(heard):
    command, kept = heard

    async def control():
        def full(*_):
            raise OSError(28, "No space left on device")

        teller = notify.Teller(full)
        teller.look(replace(usual(), declared=replace(DECLARED, notify=command)), [Happened(NOW, "aborted", None, "disk")])
        await teller.finish()

    asyncio.run(control())
    assert [one["event"] for one in kept()] == ["aborted"]


def test_no_shell_reads_its_arguments(tmp_path):
    harm = tmp_path / "harm"
    code = "import sys; sys.exit(sys.argv[1])"
    says = tell(sys.executable, "-c", code, f"$(touch {harm}); touch {harm}")
    assert says == f"{sys.executable} ended with 1: $(touch {harm}); touch {harm}"
    assert not harm.exists()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/nowhere/tell",), "/nowhere/tell cannot be started: No such file or directory"),
        (("/etc/passwd",), "/etc/passwd cannot be started: Permission denied"),
        (("/",), "/ cannot be started: Permission denied"),
        (("a\0b",), "a\0b cannot be started: embedded null byte"),
        (("true",), ""),
        (("false",), "false ended with 1"),
        (("sh", "-c", "kill -9 $$"), "sh ended with -9"),
        (("sh", "-c", "exec 0<&-; exit 0"), ""),
    ],
)
def test_whatever_it_does_is_a_sentence(command, says):
    assert tell(*command) == says


def test_what_it_says_is_bounded():
    says = tell(sys.executable, "-c", "import sys; sys.stderr.write('x' * 10**7); sys.exit(1)")
    assert len(says) < 500


@pytest.mark.skipif(sys.platform != "linux", reason="it is counted by /proc")
def test_what_it_floods_is_not_held(tmp_path):
    """``yes`` says a gigabyte a second."""
    before = memory()
    script = tmp_path / "flood"
    script.write_text("#!/bin/sh\necho first >&2\nhead -c 300000000 /dev/zero >&2\nexit 3\n")
    script.chmod(stat.S_IRWXU)
    most = []

    async def main():
        telling = asyncio.ensure_future(notify.tell((str(script),), {"id": "1"}))
        while not telling.done():
            await asyncio.wait([telling], timeout=0.02)
            most.append(memory())
        return telling.result()

    assert asyncio.run(main()).startswith(f"{script} ended with 3: first")
    assert max(most) - before < 50e6


def memory():
    """Return the bytes of memory that this process holds, in files without a name too."""
    held = 0
    for one in os.listdir("/proc/self/fd"):  # noqa: PTH208 - they may be gone when they are looked at
        with contextlib.suppress(OSError):
            if "memfd" in os.readlink(f"/proc/self/fd/{one}"):  # noqa: PTH115 - it is no file
                held += os.stat(f"/proc/self/fd/{one}").st_size  # noqa: PTH116 - as above
    return held


def test_after_its_deadline_it_and_its_children_are_ended(tmp_path):
    pid = tmp_path / "pid"
    begun = time.monotonic()
    says = tell("sh", "-c", f"sleep 300 & echo $! > {pid}; wait", deadline=1.0)
    assert says == "sh did not end within 1 s, and was ended"
    assert time.monotonic() - begun < 20
    child = int(pid.read_text())
    until = time.monotonic() + 10
    while alive(child) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(child)


def test_a_child_that_it_leaves_behind_delays_nothing(tmp_path):
    pid = tmp_path / "pid"
    begun = time.monotonic()
    assert tell("sh", "-c", f"sleep 60 & echo $! > {pid}") == ""
    assert time.monotonic() - begun < 20
    os.kill(int(pid.read_text()), 9)


def alive(pid):
    """Whether a process runs: who has ended and is not yet waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - as short as it can be
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
