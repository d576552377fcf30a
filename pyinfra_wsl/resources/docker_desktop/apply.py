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
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.user import SYSTEM32, User
from pyinfra_wsl.resources.docker_desktop import changes, engines
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.places import APPROVED, GROUP, RUN, RUN_NAME, Engine, daemon_path, settings_path
from pyinfra_wsl.resources.docker_desktop.proof import Proof
from pyinfra_wsl.resources.docker_desktop.rewriting import Rewriting
from pyinfra_wsl.resources.docker_desktop.together import Together
from pyinfra_wsl.resources.docker_desktop.want import Backend, Policy
from pyinfra_wsl.resources.docker_desktop.writing import Writing

_MEMBER = 1378  # ERROR_MEMBER_IN_ALIAS


@dataclass(frozen=True, slots=True)
class Apply:
    """Files to be written.

    Args:
        app: whose Docker Desktop.
        generation: which settings file.
        wanted: keys of the settings.
        policy: when it may be stopped.
        mends: whether the settings are written also without a key to change, since Docker Desktop refuses the file as it is.
        daemons: what is declared of each engine whose configuration is to be changed.
        together: what else is written into the settings on this occasion, and where an engine has to answer afterwards.
        stop: whether it runs, and so is stopped before and started after.
        start: whether it is started though it does not run.
        backend: whose engine has to answer afterwards; None for any.
        person: what a person may have to do before any engine starts.

    """

    app: App
    generation: Generation
    wanted: Mapping[str, Any]
    policy: Policy
    mends: bool = False
    daemons: Mapping[Engine, Mapping[str, Any]] = field(default_factory=dict)
    together: Together = field(default_factory=Together)
    stop: bool = False
    start: bool = False
    backend: Backend | None = None
    person: Deferred | None = None

    def talk(self, run: Run) -> Talk[Deferred | None]:
        """Stop, write, start, prove; return what a person has to do before an engine can answer."""
        windows = self.backend == "windows"
        rewriting = Rewriting(self.app, self._files(), self.policy, stop=self.stop, start=self.start, windows=windows)
        started = yield from rewriting.talk(run)
        if not started:
            return None
        left = yield from Proof(self.app, self.backend, self.person).talk(run)
        if left is None:
            yield from self.together.settle(run, self.app)
        return left

    def _files(self) -> list[Writing]:
        owner = self.app.owner
        own = [Writing(owner, settings_path(owner.user, self.generation), self._merged)]
        more = [Writing(owner, daemon_path(owner.user, engine), partial(engines.merge, wanted=wanted))
                for engine, wanted in self.daemons.items()]  # fmt: skip
        return [*(own if self.wanted or self.mends or self.together.changes else []), *more]

    def _merged(self, data: bytes | None) -> bytes:
        merged = self.together.merge(data, self.generation) if self.together.changes else data
        return changes.merge(merged, self.wanted, self.generation)


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
        """Write or remove the value, which is the user's own, and with it what switches it off."""
        del run
        key = rf"{self.user.hive}\{RUN}"
        yield from ask(
            call.registry_write(key, RUN_NAME, "String", self.command) if self.command else call.registry_remove(key, RUN_NAME),
            call.registry_remove(rf"{self.user.hive}\{APPROVED}", RUN_NAME),
        )
