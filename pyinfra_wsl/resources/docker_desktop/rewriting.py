"""Files of Docker Desktop's changed while it is stopped: the one way for its settings, its integration, its engines.

A running Docker Desktop writes what it has in memory over its settings when it ends, so edits made meanwhile are lost (seen by
its users). Whoever sits there may start it at any moment, so it is looked for again in the request that has written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.core.windows.machine import sids
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.state import processes
from pyinfra_wsl.resources.docker_desktop.want import Policy
from pyinfra_wsl.resources.docker_desktop.writing import NOTHING, Writing

_ROUNDS = 3


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
        stops, problem = self.stop, None
        for number in range(_ROUNDS):
            early = yield from self._stop(run) if stops else self._unread(first=number == 0)
            problem, met = yield from self._write(run, early)
            if problem is not None or not met:
                break
            problem = self._met()
            if self.policy == "next_start":
                break
            stops = True
        if stops or self.start:
            yield from self.app.start(run, windows=self.windows)
        if problem is not None:
            raise problem
        return stops or self.start

    def _stop(self, run: Run) -> Talk[Sequence[Answer]]:
        reads = [one.reading for one in self.files]
        answers, gone = yield from self.app.stop(run, *reads, idle=self.policy == "when_idle")
        return answers if gone else ()

    def _unread(self, *, first: bool) -> Talk[Sequence[Answer]]:
        yield from ()
        return [NOTHING for _ in self.files] if first and self.absent else ()

    def _write(self, run: Run, early: Sequence[Answer]) -> Talk[tuple[StepError | None, bool]]:
        """Write every file; return why one was not written, and whether Docker Desktop runs by then."""
        met = False
        for number, writing in enumerate(self.files):
            file = early[number] if early else (yield from writing.read(run))
            problem, after = yield from writing.write(run, file, after=[processes()])
            runs = any(self.app.owner.user.sid in (sids(one) or ()) for one in after)
            if problem is not None and not (runs and problem.code == "changed"):  # it writes its own right after its start
                return problem, met
            met = met or runs
        return None, met

    def _met(self) -> StepError:
        account = self.app.owner.user.account
        cause = f"{account} started Docker Desktop while its files were written, and it writes its own over them when it ends"
        return StepError(cause, "run again: it is stopped before, then", "docker_started")
