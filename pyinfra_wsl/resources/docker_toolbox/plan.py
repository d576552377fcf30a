"""Docker Toolbox taken away by its own uninstaller: its machines stay, unless their loss is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Plan, Step, held_up
from pyinfra_wsl.core.windows import path, reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_toolbox import waiting
from pyinfra_wsl.resources.docker_toolbox.machines import Machine, listed
from pyinfra_wsl.resources.docker_toolbox.places import DOCKER_MACHINE, NAME, store
from pyinfra_wsl.resources.docker_toolbox.state import Program, State
from pyinfra_wsl.resources.docker_toolbox.uninstall import Cleaning, Loss, Uninstall
from pyinfra_wsl.resources.docker_toolbox.want import Want

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9.-]*")
"""Names that docker-machine gives (docker/machine, ``libmachine/host``: ``validHostNamePattern``)."""


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    have = laptop.of(State)
    sentence = f"remove {NAME} {have.version}".rstrip()
    if have.installed is None:
        blind = Failure(f"it is not known whether {NAME} is installed", "connect as an administrator of the laptop")
        return held_up(reach.reach(laptop, sentence) or blind)
    refused = reach.reach(laptop, sentence) or next(_refusals(laptop), None)
    if refused is not None:
        return held_up(refused)
    if not have.installed:
        return Plan(tuple(_leftovers(laptop)), warnings=tuple(_kept(want, laptop)), noop=f"{NAME} is not installed")
    busy = waiting.busy(laptop, sentence, have.running, whole=False)
    if busy is not None:
        return replace(held_up(busy), warnings=tuple(_kept(want, laptop)))
    lost = [_lost(one, laptop) for one in _losing(want, laptop)]
    removed = [_removed(one, laptop, kept=_staying(want, laptop)) for one in have.programs]
    return Plan((*lost, *removed), warnings=tuple(_kept(want, laptop)))


def _refusals(laptop: Laptop) -> Iterator[Failure]:
    """Yield why it cannot be removed by its own uninstaller."""
    have, windows = laptop.of(State), laptop.windows
    drive = windows.program_files.rpartition("\\")[0]
    shut = (windows.program_files, rf"{drive}\Program Files (x86)")
    if have.installed and not have.programs:
        cause = f"{have.folder} holds {NAME}, and Windows knows no uninstaller of it"
        yield Failure(cause, "look whether anybody needs that folder, and delete it by hand", "no_uninstaller")
    for one in have.programs:
        if not one.uninstaller:
            cause = f"{NAME} is installed, and its key names no uninstaller of Inno Setup: {one.key}"
            yield Failure(cause, "remove it in Windows' settings, then run again", "no_uninstaller")
        elif not any(path.is_within(one.uninstaller, folder) for folder in shut):
            # An administrator's process would start what others may have put there.
            cause = f"the uninstaller of {NAME} lies outside of Program Files, where others may change it: {one.uninstaller}"
            yield Failure(cause, "remove it in Windows' settings, then run again", "place")


def _losing(want: Want, laptop: Laptop) -> list[Machine]:
    """Return the machines that are deleted: with consent, those that have a disk here, by the program that made them."""
    have = laptop.of(State)
    there = have.machines or () if want.allow_data_loss and have.installed else ()
    return [one for one in there if one.disk and _NAME.fullmatch(one.name)]


def _staying(want: Want, laptop: Laptop) -> list[Machine]:
    losing = _losing(want, laptop)
    return [one for one in laptop.of(State).machines or () if one not in losing]


def _lost(one: Machine, laptop: Laptop) -> Step:
    assert laptop.user is not None  # noqa: S101 - nobody's machines are known
    tool = rf"{laptop.of(State).folder}\{DOCKER_MACHINE}"
    note = "its disk with all images, containers and volumes in it is deleted, as declared"
    return Step(f"delete the virtual machine {one.said}", Loss(one.name, tool, laptop).talk, note)


def _removed(one: Program, laptop: Laptop, kept: list[Machine]) -> Step:
    note = f"stay: {listed(kept)}" if kept else ""
    if laptop.of(State).machines is None:
        note = "its virtual machines stay; which there are is not known"
    names = tuple(machine.name for machine in kept)
    return Step(f"remove {NAME} {one.version}".rstrip(), Uninstall(one, names, laptop).talk, note)


def _leftovers(laptop: Laptop) -> Iterator[Step]:
    have = laptop.of(State)
    found = [*have.shortcuts, *(f"its folder in the Path of the {whose}" for whose in have.in_path)]
    if found:
        yield Step(f"take away what {NAME} has left: {', '.join(found)}", Cleaning(laptop).talk)


def _kept(want: Want, laptop: Laptop) -> Iterator[str]:
    """Yield which machines stay, and where: nothing of them is deleted."""
    have, user = laptop.of(State), laptop.user
    staying = _staying(want, laptop)
    if staying and user is not None:
        many = f"{len(staying)} virtual machines" if len(staying) > 1 else "a virtual machine"
        yield f"{many} of docker-machine stay{'s' if len(staying) == 1 else ''} in {store(user.profile)}: {listed(staying)}"
    if have.machines is None and user is not None and user.within_reach:
        yield f"it is not known which virtual machines of docker-machine {user.account} has; they stay"


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`."""
    have, lost = laptop.of(State), {one.name for one in _losing(want, laptop)}
    left = None if have.machines is None else tuple(_staying(want, laptop))
    sid = laptop.user.sid if laptop.user is not None else ""
    registered = dict(have.registered)
    if (own := registered.get(sid)) is not None:
        registered[sid] = tuple(name for name in own if name not in lost)
    return laptop.having(
        replace(have, programs=(), installed=False, in_path=(), shortcuts=(), machines=left, registered=registered)
    )
