"""From Linux to Windows containers and back while Docker Desktop runs: by its own command, in its user's session.

``docker desktop engine use`` is of the command line that came with 4.37 and is no beta since 4.39 (Docker, "docker desktop
engine use"; release notes); before, ``DockerCli.exe -SwitchWindowsEngine`` and ``-SwitchLinuxEngine``, whose exit code says
little (as its users have found). Between the two Linux backends there is no such command: those are set while it is stopped.
With Windows containers Docker Desktop's commands may never return (docker/for-win issue 14972), so what counts is which engine
answers afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import output_of, said
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.places import Engine, kind
from pyinfra_wsl.resources.docker_desktop.proof import Proof
from pyinfra_wsl.resources.docker_desktop.want import Backend

_SECONDS = 180.0
"""Seconds that a switch is given; a cold engine takes about one minute."""
_SWITCHES: dict[Engine, str] = {"linux": "-SwitchLinuxEngine", "windows": "-SwitchWindowsEngine"}


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of the engine.

    Args:
        app: whose Docker Desktop; it runs.
        backend: whose engine is to answer.
        idle: whether no container may be ended: the engine that ends takes its containers with it.

    """

    app: App
    backend: Backend
    idle: bool = True

    def talk(self, run: Run) -> Talk[None]:
        """Switch, and wait until that engine answers."""
        yield from self.app.demand_idle(run, idle=self.idle)
        wanted = kind(self.backend)
        round_ = yield from self.app.owner.ask(run, self._command(wanted), progress=f"switching to {wanted} containers")
        answer = round_.answers[0]
        output = output_of(answer)
        if output is None or not (output.ok or output.timed_out or self.app.old):
            raise StepError(
                f"Docker Desktop of {self.app.owner.user.account} does not switch to {wanted} containers: {said(answer)}",
                "look at Docker Desktop's window on that laptop, then run again",
                "docker_switch",
            )
        yield from Proof(self.app, self.backend, hint=_hint(answer)).talk(run)

    def _command(self, wanted: Engine) -> Call:
        if self.app.old:
            return call.run(rf"{self.app.folder}\DockerCli.exe", _SWITCHES[wanted], timeout=_SECONDS)
        return call.run(self.app.docker, "desktop", "engine", "use", wanted, timeout=_SECONDS)


def _hint(answer: Answer) -> str:
    output = output_of(answer)
    return "" if output is None or output.ok else f"; the command to switch {'did not end' if output.timed_out else said(answer)}"
