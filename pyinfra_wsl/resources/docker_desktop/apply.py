"""Changing what is the user's of Docker Desktop: files while the program is stopped, their group, what starts with Windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats.docker_settings import Generation
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.user import SYSTEM32, User
from pyinfra_wsl.resources.docker_desktop import app as docker_app
from pyinfra_wsl.resources.docker_desktop import changes, engines
from pyinfra_wsl.resources.docker_desktop.app import App, output_of, pause
from pyinfra_wsl.resources.docker_desktop.places import GROUP, RUN, RUN_NAME, Engine, daemon_path, settings_path
from pyinfra_wsl.resources.docker_desktop.writing import Writing

_MEMBER = 1378  # ERROR_MEMBER_IN_ALIAS


@dataclass(frozen=True, slots=True)
class Apply:
    """Files to be written.

    Args:
        app: whose Docker Desktop.
        generation: which settings file.
        wanted: keys of the settings.
        daemons: what is declared of each engine whose configuration is to be changed.
        stop: whether it runs, and so is stopped before and started after.
        start: whether it is started though it does not run, since we stopped it.
        idle: whether no container may be ended by a stop.
        backend: whose engine has to answer afterwards; None for any.

    """

    app: App
    generation: Generation
    wanted: Mapping[str, Any]
    daemons: Mapping[Engine, Mapping[str, Any]] = field(default_factory=dict)
    stop: bool = False
    start: bool = False
    idle: bool = True
    backend: str | None = None

    def talk(self, run: Run) -> Talk[None]:
        """Stop, write, start, prove."""
        if self.stop:
            yield from self.app.stop(run, idle=self.idle)
        problem: StepError | None = None
        for writing in self._files():
            problem = problem or (yield from writing.write(run, (yield from writing.read(run))))
        # What was stopped is started again even where a file could not be written.
        if self.stop or self.start:
            yield from self.app.start(run, windows=self.backend == "windows")
        if problem:
            raise problem
        if (self.stop or self.start) and self.backend is not None:
            yield from self._prove(run)

    def _files(self) -> list[Writing]:
        owner = self.app.owner
        settings = partial(changes.merge, wanted=self.wanted, generation=self.generation)
        own = [Writing(owner, settings_path(owner.user, self.generation), settings)] if self.wanted else []
        more = [Writing(owner, daemon_path(owner.user, engine), partial(engines.merge, wanted=wanted))
                for engine, wanted in self.daemons.items()]  # fmt: skip
        return [*own, *more]

    def _prove(self, run: Run) -> Talk[None]:
        """Wait until an engine of the backend's kind answers."""
        wanted = "windows" if self.backend == "windows" else "linux"
        command = call.run(self.app.docker, "info", "--format", "{{.OSType}}", timeout=90)
        found = ""
        for seconds in docker_app.PAUSES:
            round_ = yield from self.app.owner.ask(
                run, command, before=[pause(seconds)], progress=f"waiting for the engine of {self.backend}"
            )
            output = output_of(round_.answers[0])
            found = output.text().strip() if output is not None and output.ok else ""
            if found == wanted:
                return
        cause = (
            f"an engine for {found} containers answers, and declared is backend {self.backend}" if found else "no engine answers"
        )
        raise StepError(
            f"Docker Desktop of {self.app.owner.user.account}: {cause}",
            "look at Docker Desktop's window on that laptop, then run again",
            "docker_proof",
        )


@dataclass(frozen=True, slots=True)
class Join:
    """An account that joins the group of Docker Desktop's helper service."""

    account: str

    def talk(self, run: Run) -> Talk[None]:
        """Add it; one that is in it already is fine."""
        del run
        (answer,) = yield from ask(call.run(rf"{SYSTEM32}\net.exe", "localgroup", GROUP, self.account, "/add", timeout=60))
        output = Output.of(answer)
        if not output.ok and str(_MEMBER) not in output.said():
            cause = f"{self.account} could not join {GROUP}: {output.said() or f'exit code {output.exit_code}'}"
            raise StepError(cause, f"look whether the group {GROUP} is there: an installation for all users makes it", "group")


@dataclass(frozen=True, slots=True)
class AutoStart:
    """What starts Docker Desktop with its user's session.

    Args:
        user: whose session.
        command: what is started, as Docker Desktop writes it; empty takes it away.

    """

    user: User
    command: str = ""

    def talk(self, run: Run) -> Talk[None]:
        """Write or remove the value; it is the user's own."""
        del run
        key = rf"{self.user.hive}\{RUN}"
        yield from ask(
            call.registry_write(key, RUN_NAME, "String", self.command) if self.command else call.registry_remove(key, RUN_NAME)
        )
