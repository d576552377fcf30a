"""Changing which distributions Docker Desktop serves, and proving it inside them."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.formats.docker_settings import Generation
from pyinfra_wsl.core.output import Output, output_of
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.resources.docker_desktop.app import PAUSES, App
from pyinfra_wsl.resources.docker_desktop.places import settings_path
from pyinfra_wsl.resources.docker_desktop.proof import Proof
from pyinfra_wsl.resources.docker_desktop.rewriting import Rewriting
from pyinfra_wsl.resources.docker_desktop.want import Policy
from pyinfra_wsl.resources.docker_desktop.writing import Writing
from pyinfra_wsl.resources.docker_integration.proving import silent
from pyinfra_wsl.resources.docker_integration.state import server

_MUSL = (
    "it is built on musl, and Docker's integration needs glibc",
    "integrate a distribution such as Ubuntu or Debian instead",
)
_SIGNS = {
    "/lib/ld-musl-": _MUSL,
    "/var/run/docker.sock": (
        "its socket is there, but the engine behind it does not answer",
        "look at Docker Desktop's window on that laptop, then run again",
    ),
}


@dataclass(frozen=True, slots=True)
class Apply:
    """Settings to be written.

    Args:
        app: whose Docker Desktop.
        generation: which settings file.
        wanted: whether each distribution is integrated, under its registered name.
        default_distro: whether the default distribution is; None to leave that alone.
        policy: when it may be stopped.
        stop: whether it runs, and so is stopped before and started after.
        start: whether it is started though it does not run, since we stopped it.
        exists: whether the settings file was there when we looked; if not, it need not be read to be merged with.
        person: what a person may have to do before any engine starts.

    """

    app: App
    generation: Generation
    wanted: dict[str, bool]
    default_distro: bool | None
    policy: Policy
    stop: bool
    start: bool = False
    exists: bool = True
    person: Deferred | None = None

    def talk(self, run: Run) -> Talk[Deferred | None]:
        """Stop, write, start, prove; return what a person has to do before an engine can answer."""
        owner = self.app.owner
        writing = Writing(owner, settings_path(owner.user, self.generation), self._merged)
        absent = not (self.exists or self.stop)
        started = yield from Rewriting(self.app, [writing], self.policy, self.stop, self.start, absent).talk(run)
        if not started:
            return None
        if self.person is not None and (left := (yield from Proof(self.app, "wsl-2", self.person).talk(run))) is not None:
            return left
        yield from self._prove(run)
        return None

    def _merged(self, data: bytes | None) -> bytes:
        parsed = docker_settings.parse(data)
        changes = docker_settings.integration(parsed, self.generation, self.wanted, self.default_distro)
        return docker_settings.merge(data, changes, self.generation)

    def _prove(self, run: Run) -> Talk[None]:
        """Wait until the engine answers inside every distribution that is to have it."""
        left = yield from silent(run, self.app, [name for name, wants in self.wanted.items() if wants], PAUSES)
        if left:
            yield from self._explain(run, left[0])

    def _explain(self, run: Run, name: str) -> Talk[None]:
        """Look inside for a cause, and raise it."""
        owner = self.app.owner
        engine = call.run(self.app.docker, "version", "--format", "{{.Server.Version}}", timeout=90)
        signs = ["/usr/bin/docker", "/var/run/docker.sock", "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1"]
        inside = owner.command("-d", name, "-e", "ls", "-d", *signs)
        round_ = yield from owner.ask(run, engine, inside)
        cause, remedy = unproved(name, server(round_.answers[0]), output_of(round_.answers[1]))
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
    if "/usr/bin/docker" in found:  # docker/desktop-feedback issue 423, docker/for-win issues 14686 and 13764
        cause = "its docker command is there, but no socket: the integration's proxy has ended in it"
        return cause, f"restart Docker Desktop there, or run 'wsl --terminate {name}', then run again"
    return "Docker Desktop has set nothing up in it", f"compare the name with 'wsl --list', and look whether {name} starts"
