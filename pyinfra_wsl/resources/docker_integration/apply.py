"""Changing Docker Desktop's settings and proving the integration inside the distributions.

A running Docker Desktop rewrites its settings file when it ends, so it is stopped first, with its own command and in its user's
session, where alone it can be started again (Docker, "docker desktop start": not over SSH). Those commands exist since 4.39.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.formats.docker_settings import DamagedSettingsError, Generation
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Later, Run, Talk, ask
from pyinfra_wsl.core.windows import work
from pyinfra_wsl.core.windows.machine import sids
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.user import CMD
from pyinfra_wsl.resources.docker_integration.state import (
    containers,
    counted,
    docker_exe,
    numbers,
    processes,
    proof,
    server,
    settings_path,
    stopped_key,
)

_CLI = (4, 39)
_PAUSES = (0.5, 1.0, 2.0, 3.0, *[6.0] * 20)  # two minutes; a cold start of the engine takes about one
_WRITES = 3
_SIGNS = {
    "/lib/ld-musl-": (
        "it is built on musl, and Docker's integration needs glibc",
        "integrate a distribution such as Ubuntu or Debian instead",
    ),
    "/var/run/docker.sock": (
        "its socket is there, but the engine behind it does not answer",
        "look at Docker Desktop's window on that laptop, then run again",
    ),
}


@dataclass(frozen=True, slots=True)
class Apply:
    """Settings to be written.

    Args:
        owner: whose Docker Desktop.
        folder: its program folder.
        version: its version; empty while unknown.
        generation: which settings file.
        wanted: whether each distribution is integrated, under its registered name.
        default_distro: whether the default distribution is; None to leave that alone.
        stop: whether it runs, and so is stopped before and started after.
        start: whether it is started though it does not run, since we stopped it.
        exists: whether the settings file was there when we looked; if not, it need not be read to be merged with.
        idle: whether no container may be ended by a stop.

    """

    owner: Owner
    folder: str
    version: str
    generation: Generation
    wanted: dict[str, bool]
    default_distro: bool | None
    stop: bool
    start: bool = False
    exists: bool = True
    idle: bool = False

    @property
    def path(self) -> str:
        """The settings file."""
        return settings_path(self.owner.user, self.generation)

    def talk(self, run: Run) -> Talk[None]:
        """Stop, write, start, prove."""
        file = yield from self._stopped(run) if self.stop else self._read(run)
        problem = yield from self._write(run, file)
        # What was stopped is started again even where the file could not be written.
        if self.stop or self.start:
            yield from self._start(run)
            yield Later([call.registry_remove(stopped_key(self.owner.user), tree=True)])
        if problem:
            raise problem
        if self.stop or self.start:
            yield from self._prove(run)

    def _read(self, run: Run) -> Talk[Answer]:
        if not self.exists:
            return Answer(True, {"exists": False})
        round_ = yield from self.owner.touch(run, call.file_read(self.path))
        return round_.answers[0]

    def _stopped(self, run: Run) -> Talk[Answer]:
        """Stop it and wait until it is gone; return its file as it left it."""
        yield from self._demand_idle(run)
        mark = call.registry_write(stopped_key(self.owner.user), "Since", "String", run.now)
        calls = [self._stop(), call.file_read(self.path)]
        round_ = yield from self.owner.touch(run, *calls, before=[mark], after=[processes()], progress="stopping Docker Desktop")
        stop, file = round_.answers
        (listed,) = round_.after
        for number, seconds in enumerate(_PAUSES):
            found = sids(listed)
            if found is not None and self.owner.user.sid not in found:
                return file if number == 0 else (yield from self._read(run))
            _paused, listed = yield from ask(
                _pause(seconds), processes(), keep_going=True, progress="waiting for Docker Desktop to end"
            )
        raise StepError(
            f"Docker Desktop of {self.owner.user.account} does not end: {_said(stop)}",
            "quit it from its icon beside the clock, then run again",
            "docker_stop",
        )

    def _demand_idle(self, run: Run) -> Talk[None]:
        """Ask right before whether a stop would end a container, or break off an installation; raises `StepError` then."""
        round_ = yield from self.owner.ask(run, *([containers(self.folder)] if self.idle else []), after=[work.probe()])
        found = work.read(round_.after[0])
        busy = [
            one.transfer for one in found or () if one.transfer and one.of(self.owner.user.sid) and one.about(work.DOCKER_DISTRO)
        ]
        reason = f"{busy[0]} is under way" if busy else "" if found is not None else "it could not be seen what is under way"
        if self.idle and not reason and (count := counted(round_.answers[0])) != 0:
            reason = "it is not known whether containers run" if count is None else f"containers run: {count}"
        if reason:
            doing = f"Docker Desktop of {self.owner.user.account} was not stopped"
            raise StepError(f"{doing}: {reason}", "run again when that has ended; nothing was ended now", "docker desktop idle")

    def _stop(self) -> Call:
        if self._old:
            return call.run(rf"{self.folder}\DockerCli.exe", "-Shutdown", timeout=120)
        return call.run(self._docker, "desktop", "stop", "--timeout", "120", timeout=150)

    @property
    def _old(self) -> bool:
        return bool(self.version) and numbers(self.version) < _CLI

    @property
    def _docker(self) -> str:
        return docker_exe(self.folder)

    def _write(self, run: Run, file: Answer) -> Talk[StepError | None]:
        """Merge and write; where somebody else wrote meanwhile, merge again with what they wrote."""
        for _ in range(_WRITES):
            if not file.ok:
                return StepError(f"{self.path} could not be read: {file.message}", "look at the file's permissions", file.kind)
            data = file.data if file.exists else None
            try:
                merged = self._merged(data)
            except DamagedSettingsError as error:
                return damaged(self.path, str(error))
            if merged == data:
                return None
            backup = f"{self.path}.{run.id}.bak" if file.exists else None
            write = call.file_write(self.path, merged, expected=file.sha256, backup=backup)
            round_ = yield from self.owner.touch(run, write, call.file_read(self.path))
            written, file = round_.answers
            if written.kind != "changed":
                return self._unwritten(written, right=file.data == merged)
        remedy = "close Docker Desktop's settings there, then run again"
        return StepError(f"{self.path} keeps changing while it is merged", remedy, "changed")

    def _unwritten(self, written: Answer, *, right: bool) -> StepError | None:
        if written.ok:
            return None if right else StepError(f"{self.path} is not as it was written", "run again", "changed")
        remedy = (
            "let that user log on: in their session links are followed"
            if written.kind == "link"
            else "look at the drive and the file"
        )
        return StepError(f"{self.path} could not be written: {written.message}", remedy, written.kind)

    def _merged(self, data: bytes | None) -> bytes:
        parsed = docker_settings.parse(data)
        changes = docker_settings.integration(parsed, self.generation, self.wanted, self.default_distro)
        return docker_settings.merge(data, changes, self.generation)

    def _start(self, run: Run) -> Talk[None]:
        """Start it in its user's session; the program is no child that a task's end would take along."""
        # 'start' is cmd.exe's own; its first quoted argument is a title.
        command = (
            call.run(CMD, "/d", "/c", "start", "", rf"{self.folder}\Docker Desktop.exe", timeout=60)
            if self._old
            else call.run(self._docker, "desktop", "start", "--detach", timeout=60)
        )
        round_ = yield from self.owner.ask(run, command, progress="starting Docker Desktop")
        output = _output(round_.answers[0])
        if output is None or not output.ok:
            raise StepError(
                f"Docker Desktop was stopped and does not start again: {_said(round_.answers[0])}",
                f"let {self.owner.user.account} start it, then run again",
                "docker_start",
            )

    def _prove(self, run: Run) -> Talk[None]:
        """Wait until the engine answers inside every distribution that is to have it."""
        waiting = [name for name, wants in self.wanted.items() if wants]
        for seconds in _PAUSES:
            if not waiting:
                return
            calls = [proof(self.owner.wsl, name) for name in waiting]
            progress = f"waiting for Docker inside {', '.join(waiting)}"
            round_ = yield from self.owner.ask(run, *calls, before=[_pause(seconds)], progress=progress)
            waiting = [name for name, answer in zip(waiting, round_.answers, strict=True) if not server(answer)]
        yield from self._explain(run, waiting[0])

    def _explain(self, run: Run, name: str) -> Talk[None]:
        """Look inside for a cause, and raise it."""
        engine = call.run(self._docker, "version", "--format", "{{.Server.Version}}", timeout=90)
        signs = ["/usr/bin/docker", "/var/run/docker.sock", "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"]
        inside = self.owner.command("-d", name, "-e", "ls", "-d", *signs)
        round_ = yield from self.owner.ask(run, engine, inside)
        cause, remedy = unproved(name, server(round_.answers[0]), _output(round_.answers[1]))
        raise StepError(f"Docker does not answer inside {name}: {cause}", remedy, "docker_proof")


def unproved(name: str, engine: str, inside: Output | None) -> tuple[str, str]:
    """Return why an integration does not prove itself, and the next step.

    Args:
        name: the distribution.
        engine: the engine's version as Windows sees it; empty where it does not answer.
        inside: what ``ls`` found of the integration inside; None where that could not be asked.

    """
    if not engine:
        return "the engine does not answer on Windows either", "look at Docker Desktop's window on that laptop, then run again"
    found = inside.text() if inside else ""
    for sign, (cause, remedy) in _SIGNS.items():
        if sign in found:
            return cause, remedy
    if "/usr/bin/docker" in found:
        return "its docker command is there, but no socket", "look whether its disk is full, then run again"
    return "Docker Desktop has set nothing up in it", f"compare the name with 'wsl --list', and look whether {name} starts"


def damaged(path: str, problem: str) -> StepError:
    """Return the error for a settings file that cannot be merged with."""
    remedy = "repair it, or move it away so that Docker Desktop begins with its defaults, then run again"
    return StepError(f"{path} {problem}", remedy, "settings")


def _pause(seconds: float) -> Call:
    """Return a pause: a wait for what never comes is the agent's way to sleep."""
    return call.file_wait(r"%ProgramFiles%\pyinfra-wsl\.never", seconds)


def _output(answer: Answer) -> Output | None:
    return Output.of(answer) if answer.ok else None


def _said(answer: Answer) -> str:
    output = _output(answer)
    return answer.message if output is None else output.said() or f"exit code {output.exit_code}"
