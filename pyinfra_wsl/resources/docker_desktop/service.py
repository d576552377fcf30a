"""Services that Docker Desktop needs started with Windows.

LanmanServer always (Docker, "Install Docker Desktop on Windows"): it is what shares folders, and the helper service depends on it
and does not start without (docker/for-win issues 5150, 9456, 10288). The helper service with Hyper-V and Windows containers, and
where ``always-run-service`` was told to the installer (Docker, "Windows permission requirements"): else Windows asks for
elevation at each start. With WSL 2 it runs on demand, and a stopped one is normal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import output_of, said
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.user import SYSTEM32
from pyinfra_wsl.resources.docker_desktop.places import SERVER, SERVICE
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Want

BACKENDS = ("hyper-v", "windows")
"""Those that need the helper service."""

_SC = rf"{SYSTEM32}\sc.exe"
_RUNS = 1056  # ERROR_SERVICE_ALREADY_RUNNING


def server(state: State) -> Iterator[Step]:
    """Yield the step that lets LanmanServer start with Windows, where it is known not to."""
    yield from _steps(state, SERVER, "Docker Desktop does not start without it")


def of_option(want: Want, state: State) -> Iterator[Step]:
    """Yield the step for the helper service that the declared option of the installer asks for, on what is installed."""
    option = want.package is not None and want.package.options.get("always-run-service") is True
    if option and want.backend not in BACKENDS:
        yield from _steps(state, SERVICE, "always-run-service is declared")


def of_backend(want: Want, state: State) -> Iterator[Step]:
    """Yield the step for the helper service that the declared backend needs."""
    if want.backend in BACKENDS:
        yield from _steps(state, SERVICE, f"the backend {want.backend} needs it")


def _steps(state: State, name: str, note: str) -> Iterator[Step]:
    start = state.services.get(name)
    if start in ("disabled", "manual"):
        yield Step(f"service {name}: {start} → automatic", _Automatic(name).talk, note)


@dataclass(frozen=True, slots=True)
class _Automatic:
    name: str

    def talk(self, run: Run) -> Talk[None]:
        """Let it start with Windows, and start it."""
        del run
        configure = call.run(_SC, "config", self.name, "start=", "auto", timeout=60)
        configured, started = yield from ask(configure, call.run(_SC, "start", self.name, timeout=60), keep_going=True)
        for answer, fine in ((configured, ()), (started, (_RUNS,))):
            self._need(answer, fine)

    def _need(self, answer: Answer, fine: tuple[int, ...]) -> None:
        output = output_of(answer)
        if output is None or not (output.ok or output.exit_code in fine):
            cause = f"service {self.name} could not be started: {said(answer)}"
            raise StepError(cause, "look whether a policy of the company switches it off", "service")
