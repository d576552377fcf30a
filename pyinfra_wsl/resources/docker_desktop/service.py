"""The service LanmanServer, which Docker Desktop needs started with Windows (Docker, "Install Docker Desktop on Windows").

It is what shares folders; the helper service depends on it, and does not start without (docker/for-win issues 5150, 9456, 10288).
"""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.user import SYSTEM32
from pyinfra_wsl.resources.docker_desktop.places import SERVER
from pyinfra_wsl.resources.docker_desktop.state import State

_SC = rf"{SYSTEM32}\sc.exe"
_RUNS = 1056  # ERROR_SERVICE_ALREADY_RUNNING


def steps(state: State) -> Iterator[Step]:
    """Yield the step that lets the service start with Windows, where it is known not to."""
    start = state.services.get(SERVER)
    if start in ("disabled", "manual"):
        yield Step(f"service {SERVER}: {start} → automatic", _start, "Docker Desktop does not start without it")


def _start(run: Run) -> Talk[None]:
    del run
    configure = call.run(_SC, "config", SERVER, "start=", "auto", timeout=60)
    configured, started = yield from ask(configure, call.run(_SC, "start", SERVER, timeout=60), keep_going=True)
    for answer, fine in ((configured, ()), (started, (_RUNS,))):
        _need(answer, fine)


def _need(answer: Answer, fine: tuple[int, ...]) -> None:
    output = Output.of(answer) if answer.ok else None
    if output is None or not (output.ok or output.exit_code in fine):
        said = answer.message if output is None else output.said() or f"exit code {output.exit_code}"
        cause = f"service {SERVER} could not be started: {said}"
        raise StepError(cause, "look whether a policy of the company switches it off", "service")
