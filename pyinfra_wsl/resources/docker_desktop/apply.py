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
from pyinfra_wsl.resources.docker_desktop import changes, engines, switching
from pyinfra_wsl.resources.docker_desktop.app import App
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
            yield from switching.prove(run, self.app, self.backend)

    def _files(self) -> list[Writing]:
        owner = self.app.owner
        settings = partial(changes.merge, wanted=self.wanted, generation=self.generation)
        own = [Writing(owner, settings_path(owner.user, self.generation), settings)] if self.wanted else []
        more = [Writing(owner, daemon_path(owner.user, engine), partial(engines.merge, wanted=wanted))
                for engine, wanted in self.daemons.items()]  # fmt: skip
        return [*own, *more]


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
    """What starts Docker Desktop with its user's session, taken away."""

    user: User

    def talk(self, run: Run) -> Talk[None]:
        """Remove the value; it is the user's own."""
        del run
        yield from ask(call.registry_remove(rf"{self.user.hive}\{RUN}", RUN_NAME))
