"""Whether Docker Desktop may be stopped now: one question for all that needs it."""

from __future__ import annotations

from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows import reach, work
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Policy
from pyinfra_wsl.resources.wsl import state as wsl


def runs(laptop: Laptop) -> bool:
    """Whether it runs for the person whose laptop it is."""
    return laptop.user is not None and laptop.user.sid in laptop.of(State).running_for


def restarts(laptop: Laptop) -> bool:
    """Whether it does not run because a run of ours that was cut off had stopped it."""
    return laptop.of(State).stopped_by_us and not runs(laptop)


def busy(laptop: Laptop, sentence: str, policy: Policy) -> Deferred | None:
    """Return why it may not be stopped now; it would overwrite a file that is changed while it runs.

    Args:
        laptop: the laptop as it is.
        sentence: the change that is wanted.
        policy: when it may be stopped.

    """
    away = reach.reach(laptop, sentence)
    if isinstance(away, Deferred):
        return away
    if laptop.user is None or not runs(laptop):
        return None
    under_way = (one for one in laptop.of(wsl.State).work or () if one.transfer and one.of(laptop.user.sid))
    if moves := next((one.transfer for one in under_way if one.about(work.DOCKER_DISTRO)), ""):
        return Deferred(sentence, "docker desktop idle", f"{moves} is under way")
    if policy == "now":
        return None
    reason = f"Docker Desktop runs for {laptop.user.account}, and declared is to wait until it does not"
    containers = laptop.of(State).containers
    if policy == "when_idle":
        if containers == 0:
            return None
        reason = "Docker Desktop runs, and it is not known whether containers do"
        if containers:
            many = f"{containers} containers run" if containers > 1 else "a container runs"
            reason = f"{many}, which a restart of Docker Desktop would stop"
    return Deferred(sentence, "docker desktop idle", reason)
