"""All who watch a rollout together: each sees as often as it needs, and none of them ends it."""

import asyncio
import errno
import io
import os
import re
import stat
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from support.rollout_standings import DECLARED, HERE, NOW, events, usual

from pyinfra_wsl.report import course
from pyinfra_wsl.rollout import shown
from pyinfra_wsl.rollout.watch.happened import Happened
from pyinfra_wsl.rollout.watch.screen import Screen


class Ledger:
    """A state in memory, with the folder of results beside it."""

    def __init__(self, folder, rows):
        self.rows, self.problems = rows, []
        self.store = self.documents = self.clock = self
        self.folder = folder / "run"

    def now(self):
        return NOW

    def event(self, kind, text, now, ring=None):
        self.rows.append(Happened(now, kind, ring, text))


def watch(tmp_path, rows, looks=1, one=None, path=None):
    """Let a control look so many times; return what it printed."""
    file = io.StringIO()

    async def control(screen):
        found = shown.Shown(Ledger(tmp_path, rows), screen, path)
        for _ in range(looks):
            found.look(one or usual(), list(rows))
        await found.finish()

    with Screen(HERE, Console(file=file, width=120, highlight=False, markup=False)) as screen:
        asyncio.run(control(screen))
    return file.getvalue()


def test_one_look_is_seen_by_all(tmp_path):
    path = tmp_path / "tell"
    path.write_text(f"#!{sys.executable}\nimport sys\nopen({str(tmp_path / 'told')!r}, 'a').write(sys.stdin.read())\n")
    path.chmod(stat.S_IRWXU)
    one = replace(usual(), declared=replace(DECLARED, notify=(str(path),)))
    text = watch(tmp_path, events(), one=one, path=tmp_path / "rollout.prom")
    assert "pilot: passed" in text
    last = text.splitlines()[-1]
    assert "inventory/laptops.py: 9 of 35 converged, 1 at work, 1 due, 1 deferred" in last
    assert last.endswith("running. Next: pyinfra-wsl rollout inventory/laptops.py")
    assert "pyinfra_wsl_rollout_laptops" in (tmp_path / "rollout.prom").read_text()
    assert course.read(tmp_path / "run").name == "7f3a9c21"
    assert len(re.findall('"event": "(ready|passed)"', (tmp_path / "told").read_text())) == 1


def test_files_are_written_when_something_happened_and_not_at_each_look(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(shown.metrics, "write", lambda *_: written.append("metrics") or "")
    monkeypatch.setattr(shown.page, "write", lambda *_: written.append("course") or "")
    watch(tmp_path, events(), looks=30, path=tmp_path / "x.prom")
    assert written == ["course", "metrics"] * 2, "at the first look, and at the end"
    written.clear()
    watch(tmp_path, events(), looks=3)
    assert written == ["course"] * 2


@pytest.mark.parametrize("looks", [1, 40])
def test_what_keeps_files_from_being_written_is_kept_once_and_ends_nothing(tmp_path, monkeypatch, looks):
    monkeypatch.setattr(shown, "_EVERY", -1.0)
    (tmp_path / "run").write_text("")
    rows = events()
    watch(tmp_path, rows, looks=looks, path=tmp_path / "nowhere" / "x.prom")
    said = [one.text for one in rows if one.kind == "note"]
    assert [text.partition(" cannot be written")[0] for text in said] == [f"{tmp_path}/run/{course.FILE}", "metrics"]


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("gone", [BrokenPipeError(errno.EPIPE, "Broken pipe"), OSError(errno.EIO, "Input/output error")])
@pytest.mark.parametrize("terminal", [False, True])
def test_a_pipe_or_terminal_that_is_gone_ends_nothing(tmp_path, monkeypatch, gone, after, terminal):
    """``| head -1``, or the window is closed: rich ends the process for a broken pipe."""

    class Gone(io.StringIO):
        left = after

        def isatty(self):
            return terminal

        def write(self, text):
            if not self.left:
                raise gone
            self.left -= 1
            return len(text)

    monkeypatch.setattr(sys, "stdout", open(os.devnull, "w"))  # noqa: SIM115, PTH123 - in whose place rich puts another one
    rows = events()

    async def control(screen):
        found = shown.Shown(Ledger(tmp_path, rows), screen, tmp_path / "x.prom")
        for number in range(3):
            rows.append(Happened(NOW, "note", None, f"one more {number}"))
            found.look(usual(), list(rows))
        await found.finish()

    console = Console(file=Gone(), width=120, force_terminal=terminal, highlight=False, markup=False)
    with Screen(HERE, console) as screen:
        asyncio.run(control(screen))
    assert (tmp_path / "x.prom").exists(), "all the others go on"


def test_where_nothing_was_seen_nothing_is_shown_or_written(tmp_path):
    assert watch(tmp_path, [], looks=0, path=tmp_path / "x.prom") == ""
    assert list(tmp_path.iterdir()) == []
