"""The wait for Docker inside distributions, after a start of Docker Desktop."""

from __future__ import annotations

from collections.abc import Iterable

from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.resources.docker_desktop.app import LONGEST, App, pause, taken
from pyinfra_wsl.resources.docker_integration.state import proof, server


def silent(run: Run, app: App, names: Iterable[str], pauses: Iterable[float]) -> Talk[list[str]]:
    """Wait until an engine answers inside distributions; return those in which none does at the end.

    Args:
        run: this run.
        app: whose Docker Desktop.
        names: the distributions.
        pauses: seconds between looks; nobody looks once more after `LONGEST`.

    """
    waiting, waited = list(names), 0.0
    for seconds in pauses:
        if not waiting or waited >= LONGEST:
            break
        calls = [proof(app.owner.wsl, name) for name in waiting]
        progress = f"waiting for Docker inside {', '.join(waiting)}"
        round_ = yield from app.owner.ask(run, *calls, before=[pause(seconds)], progress=progress)
        waited += seconds + taken(round_.answers)
        waiting = [name for name, answer in zip(waiting, round_.answers, strict=True) if not server(answer)]
    return waiting
