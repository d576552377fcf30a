"""That the engine answers after a start, on Windows and inside distributions; or that a person has to do something first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, CallError
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output, output_of
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.resources.docker_desktop import answering
from pyinfra_wsl.resources.docker_desktop import app as docker_app
from pyinfra_wsl.resources.docker_desktop.app import App, pause
from pyinfra_wsl.resources.docker_desktop.places import kind
from pyinfra_wsl.resources.docker_desktop.want import Backend

SIGN_IN_PATIENCE = 24.0
"""Seconds after which an engine that has not begun to start waits for a sign-in, where one is demanded: its window comes first,
and neither ``docker-desktop`` nor another engine is started before (Docker, "Enforce sign-in"; the number is our own)."""
_OWN = "docker-desktop"


@dataclass(frozen=True, slots=True)
class Proof:
    """What has to answer.

    Args:
        app: whose Docker Desktop, which was just started.
        backend: whose engine; None for any, of which it is nobody's claim here that it answers.
        person: what a person may have to do before any engine starts; None for nothing that we know of.
        hint: what else is told where none answers.

    """

    app: App
    backend: Backend | None
    person: Deferred | None = None
    hint: str = ""

    def talk(self, run: Run) -> Talk[Deferred | None]:
        """Wait until an engine of the backend's kind answers behind its own pipe.

        What comes after it in the run would else take an engine that is being started for one that does not work.

        Returns:
            What a person has to do first, where it waits for that.

        Raises:
            StepError: none of the backend answers, or one of another kind.

        """
        wanted = "" if self.backend is None else kind(self.backend)
        behind = [answering.host(pipe) for name, pipe in answering.PIPES.items() if name == wanted]
        hosts = [word for pipe in behind for word in ("--host", pipe)]
        command = call.run(self.app.docker, *hosts, "info", "--format", "{{.OSType}}", timeout=90)
        begun = self.app.owner.command("--list", "--running", "--quiet", timeout=30)
        found, waited, spent = "", 0.0, 0.0
        for seconds in docker_app.PAUSES:
            round_ = yield from self.app.owner.ask(
                run, command, *([begun] if self.person else []), before=[pause(seconds)], progress=self._progress
            )
            waited += seconds
            spent += seconds + docker_app.taken(round_.answers)
            output = output_of(round_.answers[0])
            found = output.text().strip() if output is not None and output.ok else ""
            if found and found == (wanted or found):
                return None
            if self.person is not None and not found and waited >= SIGN_IN_PATIENCE and not starts(round_.answers[1:]):
                return self.person
            if spent >= docker_app.LONGEST:
                break
        if self.backend is not None:
            raise self._silent(found)
        return None

    @property
    def _progress(self) -> str:
        return f"waiting for the engine of {self.backend or 'Docker Desktop'}"

    def _silent(self, found: str) -> StepError:
        other = f"an engine for {found[:40]} containers answers, and declared is backend {self.backend}"
        return StepError(
            f"Docker Desktop of {self.app.owner.user.account}: {other if found else 'no engine answers'}{self.hint}",
            "look at Docker Desktop's window on that laptop, then run again",
            "docker_proof",
        )


def starts(listed: Sequence[Answer]) -> bool:
    """Whether the list of distributions that run shows that the engine is being started: Docker's own is among them."""
    try:
        lines = Output.of(listed[0]).text().splitlines() if listed else []
    except CallError:
        return False
    return any(line.strip().lower() == _OWN for line in lines)
