"""docker.service as systemd has it: what keeps it from being Docker's, that it runs, and that it runs what is installed.

systemd.unit(5): a unit below /etc hides that of a package; one that is masked cannot be started. Docker's binaries of the
documentation's "Install Docker Engine from binaries" lie where somebody put them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyinfra_wsl.core.acts import Service
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.packages import release
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine.daemon import ending
from pyinfra_wsl.resources.docker_engine.state import State

_UNITS = ("docker.service", "docker.socket", "containerd.service")
_PACKAGED = re.compile(r"(?:/usr)?/s?bin/dockerd")


def failures(state: State) -> Iterator[Failure]:
    """Yield why the system's daemon cannot be Docker's own, or cannot be asked.

    Args:
        state: the host as it is.

    """
    for name in _UNITS:
        if state.unit(name).masked:
            yield Failure(f"{name} is masked on this host", f"'systemctl unmask {name}' if it may run, then run again", "masked")
    if state.program and not _PACKAGED.fullmatch(state.program):
        yield Failure(
            f"docker.service starts {state.program}, which is not that of Docker's packages",
            "take that unit or drop-in away ('systemctl cat docker' names it), remove those binaries, then run again",
            "binary",
        )
    if state.silent:
        yield Failure(
            "docker.service runs, and dockerd does not answer within 10 seconds",
            "look at 'journalctl -u docker'; 'systemctl restart docker' ends its containers; then run again",
            "silent",
        )


def changes(version: str | None, state: State, ends: int | None) -> Iterator[Step]:
    """Plan that docker.service runs and starts with the host; and, where a version is declared, that it is that one which runs.

    Args:
        version: the declared one.
        state: the host as it is.
        ends: how many containers a restart ends; None is unknown.

    """
    unit, runs, have = state.unit("docker.service"), state.running.version, release(state.packages.get("docker-ce", ""))
    if not (unit.active and unit.enabled):
        words = [*([] if unit.active else ["runs"]), *([] if unit.enabled else ["starts with the host"])]
        yield Step(f"docker.service {' and '.join(words)}", (Service("docker.service"),))
    if version and unit.active and runs and f"{have}.".startswith(f"{version}.") and _numbers(runs) != _numbers(have):
        note = f"the package was changed, and dockerd not restarted{ending(ends)}"
        yield Step(f"dockerd {runs} runs → {have}", (Service("docker.service", restarted=True),), note, ends=ends)


def _numbers(version: str) -> str:
    """Return a version without what follows its numbers: of a candidate packages write ``~rc.1``, and dockerd ``-rc.1``."""
    return (re.match(r"[0-9.]*[0-9]", version) or [""])[0]
