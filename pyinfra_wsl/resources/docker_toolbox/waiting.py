"""Whether a virtual machine runs that somebody needs: one question for all that would end it."""

from __future__ import annotations

from collections.abc import Collection

from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_toolbox.machines import Running
from pyinfra_wsl.resources.docker_toolbox.state import State


def busy(laptop: Laptop, sentence: str, running: Collection[Running] | None, *, whole: bool) -> Deferred | None:
    """Return why nothing of it may be taken away now; what is not known may run.

    Args:
        laptop: the laptop as it is.
        sentence: the change that is wanted.
        running: the virtual machines that run.
        whole: whether any of VirtualBox counts, and not only one that is or may be of docker-machine.

    """
    if running is None:
        return Deferred(sentence, "guests stopped", "it is not known whether a virtual machine of VirtualBox runs")
    meant = [one for one in running if whole or _may_be_ours(one, laptop)]
    if not meant:
        return None
    names = ", ".join(dict.fromkeys(f"{one.name or 'VirtualBox'} of {_of(one, laptop)}" for one in meant))
    return Deferred(sentence, "guests stopped", f"running: {names}")


def _may_be_ours(one: Running, laptop: Laptop) -> bool:
    """Whether a machine may be one of docker-machine: of other people nobody knows, and VirtualBox' own window is none."""
    known = laptop.of(State).machines
    own = laptop.user is not None and one.sid == laptop.user.sid
    return bool(one.name) and (not own or known is None or one.name in {machine.name for machine in known})


def _of(one: Running, laptop: Laptop) -> str:
    if laptop.user is not None and one.sid == laptop.user.sid:
        return laptop.user.account
    return laptop.windows.desktops.get(one.sid) or one.sid or "somebody"
