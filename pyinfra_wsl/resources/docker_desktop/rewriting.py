"""Files of Docker Desktop's changed while it is stopped: the one way for its settings, its integration, its engines.

A running Docker Desktop writes what it has in memory over its settings when it ends, so edits made meanwhile are lost (seen by
its users). Whoever sits there may start it at any moment, so it is looked for again in the request that has written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.core.windows.machine import sids
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.state import processes
from pyinfra_wsl.resources.docker_desktop.want import Policy
from pyinfra_wsl.resources.docker_desktop.writing import NOTHING, Writing, Written

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of the files, why one was not written, and whether Docker Desktop ran by then."""

    done: tuple[Written, ...] = ()
    problem: StepError | None = None
    met: bool = False


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Files to be changed.

    Args:
        app: whose Docker Desktop.
        files: what is changed, and how.
        policy: when it may be stopped, also if its user starts it meanwhile.
        stop: whether it runs, and so is stopped before and started after.
        start: whether it is started though it does not run.
        absent: whether no file was there when we looked, so that none need be read to be merged with.
        windows: whether Windows containers are on afterwards: `App.start`.

    """

    app: App
    files: Sequence[Writing]
    policy: Policy
    stop: bool = False
    start: bool = False
    absent: bool = False
    windows: bool = False

    def talk(self, run: Run) -> Talk[bool]:
        """Stop, write, start; return whether it was started.

        Raises:
            StepError: a file could not be written; what was stopped for it has been started again first.

        """
        stops, written = self.stop, Attempt()
        for number in range(_ROUNDS):
            early = yield from self._stop(run, written) if stops else self._unread(first=number == 0)
            written = yield from self._write(run, early)
            if written.problem is not None or not written.met:
                break
            written = replace(written, problem=self._met())
            if self.policy == "next_start":
                break
            stops = True
        if written.met:
            yield from self._take_back(run, written)
        if stops or self.start:
            yield from self.app.start(run, windows=self.windows)
        if written.problem is not None:
            raise written.problem
        return stops or self.start

    def _stop(self, run: Run, before: Attempt) -> Talk[Sequence[Answer]]:
        reads = [one.reading for one in self.files]
        try:
            answers, gone = yield from self.app.stop(run, *reads, idle=self.policy == "when_idle")
        except StepError:
            yield from self._take_back(run, before)
            raise
        return answers if gone else ()

    def _unread(self, *, first: bool) -> Talk[Sequence[Answer]]:
        yield from ()
        return [NOTHING for _ in self.files] if first and self.absent else ()

    def _write(self, run: Run, early: Sequence[Answer]) -> Talk[Attempt]:
        """Write every file, unless one cannot be written."""
        done: list[Written] = []
        met = False
        for number, writing in enumerate(self.files):
            file = early[number] if early else (yield from writing.read(run))
            one = yield from writing.write(run, file, after=[processes()])
            done.append(one)
            runs = any(self.app.owner.user.sid in (sids(listed) or ()) for listed in one.after)
            met = met or runs
            if one.problem is not None and not (runs and one.problem.code == "changed"):  # it writes its own after its start
                return Attempt(tuple(done), one.problem, met)
        return Attempt(tuple(done), None, met)

    def _take_back(self, run: Run, attempt: Attempt) -> Talk[None]:
        """Let the files say what is in force in the one that runs, so that the next run sees what is left to do."""
        for writing, written in zip(self.files, attempt.done, strict=False):
            yield from writing.take_back(run, written)

    def _met(self) -> StepError:
        account = self.app.owner.user.account
        cause = f"{account} started Docker Desktop while its files were written, and it writes its own over them when it ends"
        return StepError(cause, "run again: it is stopped before, then", "docker_started")
