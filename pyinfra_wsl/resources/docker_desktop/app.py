"""Docker Desktop of one person stopped and started: with its own commands and in their session, where alone it can be started.

A running Docker Desktop rewrites its settings file when it ends, so it is stopped before that is changed. Its commands exist
since 4.39 (Docker, "docker desktop start": not over SSH); ``DockerCli.exe -Shutdown`` is the older way. That it was stopped by us
is noted until it runs again, so that a run that was cut off is made good by the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.output import output_of, said
from pyinfra_wsl.core.talk import Later, Run, Talk, ask
from pyinfra_wsl.core.windows import work
from pyinfra_wsl.core.windows.machine import sids
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.user import CMD
from pyinfra_wsl.resources.docker_desktop.places import docker_exe
from pyinfra_wsl.resources.docker_desktop.state import containers, counted, processes, stopped_key

PAUSES = (0.5, 1.0, 2.0, 3.0, *[6.0] * 20)
"""Seconds between looks: two minutes together; a cold start of the engine takes about one."""
LONGEST = 240.0
"""Seconds after which nobody looks once more, with what each look took: a wedged engine leaves every question hanging."""
PATIENCE = 60
"""Seconds that it is given to end; it takes some ten of them, and a wedged one never ends (its users' reports)."""
_ENDS = (0.5, 1.0, 2.0, 3.0, *[6.0] * 8)
_AFTERWARDS = (0.5, 1.0, 2.0, 3.0)
"""Seconds between looks whether its processes are gone: where its own command waited for the end, and said it did not come."""
_CLI = (4, 39)


@dataclass(frozen=True, slots=True)
class App:
    """The program of one person.

    Args:
        owner: whose.
        folder: its program folder.
        version: its version; empty while unknown.

    """

    owner: Owner
    folder: str
    version: str

    @property
    def docker(self) -> str:
        """The path of the command line."""
        return docker_exe(self.folder)

    def stop(self, run: Run, *calls: Call, idle: bool) -> Talk[tuple[Sequence[Answer], bool]]:
        """Stop it and wait until it is gone.

        Args:
            run: this run.
            calls: about files of theirs, asked in the same request right after the command to stop.
            idle: whether no container may be ended.

        Returns:
            The answers to `calls`, and whether it was gone by then: else they were too early.

        Raises:
            StepError: something would be ended or broken off, or it does not end.

        """
        yield from self.demand_idle(run, idle=idle)
        mark = call.registry_write(stopped_key(self.owner.user), "Since", "String", run.now)
        round_ = yield from self.owner.touch(
            run, self._stop(), *calls, before=[mark], after=[processes()], progress="stopping Docker Desktop"
        )
        stop, *answers = round_.answers
        (listed,) = round_.after
        output = output_of(stop)
        for number, seconds in enumerate(_ENDS if output is not None and output.ok else _AFTERWARDS):
            found = sids(listed)
            if found is not None and self.owner.user.sid not in found:
                return answers, number == 0
            _paused, listed = yield from ask(
                pause(seconds), processes(), keep_going=True, progress="waiting for Docker Desktop to end"
            )
        raise StepError(
            f"Docker Desktop of {self.owner.user.account} does not end: {_unended(stop)}; nothing was changed",
            "quit it from its icon beside the clock, or end com.docker.backend.exe and 'Docker Desktop.exe' in the Task Manager, "
            "then run again",
            "docker_stop",
        )

    def demand_idle(self, run: Run, *, idle: bool) -> Talk[None]:
        """Ask right before whether a stop would end a container, or break off an installation; raises `StepError` then.

        Args:
            run: this run.
            idle: whether no container may be ended.

        """
        round_ = yield from self.owner.ask(run, *([containers(self.folder)] if idle else []), after=[work.probe()])
        found = work.read(round_.after[0])
        busy = [
            one.transfer for one in found or () if one.transfer and one.of(self.owner.user.sid) and one.about(work.DOCKER_DISTRO)
        ]
        reason = f"{busy[0]} is under way" if busy else "" if found is not None else "it could not be seen what is under way"
        if idle and not reason and (count := counted(round_.answers[0])) != 0:
            reason = "it is not known whether containers run" if count is None else f"containers run: {count}"
        if reason:
            doing = f"Docker Desktop of {self.owner.user.account} was left as it is"
            raise StepError(f"{doing}: {reason}", "run again when that has ended; nothing was ended now", "docker desktop idle")

    def _stop(self) -> Call:
        if self.old:
            return call.run(rf"{self.folder}\DockerCli.exe", "-Shutdown", timeout=PATIENCE)
        return call.run(self.docker, "desktop", "stop", "--timeout", str(PATIENCE), timeout=PATIENCE + 15)

    @property
    def old(self) -> bool:
        """Whether it is from before its own commands; one of unknown version has them."""
        known = version.known(self.version)
        return known is not None and known < _CLI

    def start(self, run: Run, *, windows: bool = False) -> Talk[None]:
        """Start it in its user's session; the program is no child that a task's end would take along.

        Args:
            run: this run.
            windows: whether Windows containers are on, with which its own command never returns (docker/for-win issue 14972).

        """
        # 'start' is cmd.exe's own; its first quoted argument is a title.
        command = (
            call.run(CMD, "/d", "/c", "start", "", rf"{self.folder}\Docker Desktop.exe", timeout=60)
            if self.old or windows
            else call.run(self.docker, "desktop", "start", "--detach", timeout=60)
        )
        round_ = yield from self.owner.ask(run, command, progress="starting Docker Desktop")
        output = output_of(round_.answers[0])
        if output is None or not output.ok:
            raise StepError(
                f"Docker Desktop of {self.owner.user.account} does not start: {said(round_.answers[0])}",
                f"let {self.owner.user.account} start it, then run again",
                "docker_start",
            )
        yield Later([call.registry_remove(stopped_key(self.owner.user), tree=True)])

    def start_after_failure(self, run: Run) -> Talk[None]:
        """Start what was stopped for a change that failed, as far as that goes: the failure of the change is what is told."""
        with suppress(StepError):
            yield from self.start(run)


def _unended(stop: Answer) -> str:
    output = output_of(stop)
    if output is None or output.timed_out or not output.ok:
        late = f"its backend was told to, and did not within {PATIENCE} s"
        return late if output is not None and output.timed_out else f"{late} ({said(stop)})"
    return "its own command says that it has, and it still runs"


def pause(seconds: float) -> Call:
    """Return a pause: a wait for what never comes is the agent's way to sleep."""
    return call.file_wait(r"%ProgramFiles%\pyinfra-wsl\.never", seconds)


def taken(answers: Sequence[Answer]) -> float:
    """Return how many seconds programs took together; one that could not be started took none."""
    return sum(one.seconds for one in map(output_of, answers) if one is not None)
