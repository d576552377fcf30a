r"""One run of an installer of Docker Desktop, from what it objects to until the program is there, or half of it.

Sources: Docker's release notes 4.67, 4.75 and 4.80 for what an upgrade does to others; microsoft/vscode #300248 (an installer's
log: running programs are killed); ids 70537691275, 56701408249 and docker/for-win #14136 for the places of logs. Times are the
lab's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from pyinfra_wsl.lab.docker_desktop import integration as docker_integration
from pyinfra_wsl.lab.docker_desktop import places, refusals, releases, setup, wsl_engine
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.docker_desktop.places import Installation
from pyinfra_wsl.lab.docker_desktop.refusals import FAILED, Asked
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.wsl import change as wsl_change
from pyinfra_wsl.lab.wsl.wsl import Wsl

Sleep = Callable[[float], Awaitable[None]]
STEP = 5.0
"""Seconds of lab time of one step."""


class Killed(Exception):  # noqa: N818 - what happens to a process, no error of its own
    """The installer was ended in the middle."""


async def install(asked: Asked, sleep: Sleep, *, seen: bool = True) -> int:
    """Install or upgrade; return the exit code.

    Args:
        asked: what is installed, with what, by whom.
        sleep: lets lab time pass: a point where the installer may be killed.
        seen: whether what it objects to is looked for here; an MSI has looked itself.

    """
    desktop = asked.machine.part(DockerDesktop)
    if (code := desktop.happens.installer_exit) is not None:
        desktop.happens.installer_exit = None
        return code
    refused = refusals.refusal(asked) if seen else None
    log(asked.machine, asked.token, asked.account, refused[1] if refused else f"Installing {asked.package.version}")
    if refused:
        return refused[0]
    if desktop.happens.installer_does_nothing:
        desktop.happens.installer_does_nothing = False
        return 0
    return await _work(asked, desktop, sleep)


async def _work(asked: Asked, desktop: DockerDesktop, sleep: Sleep) -> int:
    there = asked.present
    if there is not None:
        await _upgrade(asked, desktop, there)
    for other in asked.others if asked.account else ():  # install --user, from 4.83: converted in place, data kept
        if other.account is None:
            desktop.end_by_force()
            setup.remove(asked.machine, other)
    folder = there.folder if there else asked.choices.values.get("--installation-dir") or places.folder_of(asked.account)
    steps = setup.steps(asked, folder)
    try:
        for number, step in enumerate(steps):
            await sleep(STEP)
            if number == len(steps) // 2 and desktop.happens.installer_dies:
                desktop.happens.installer_dies = False
                raise Killed
            step()
    except FileError as error:
        log(asked.machine, asked.token, asked.account, f"Installation failed: {error.kind}: {error.path}")
        return FAILED
    if there is not None and there.key != places.key_of(asked.account) and asked.package.kind == "msi":
        asked.machine.registry.remove_tree(there.key)
    return 0


async def _upgrade(asked: Asked, desktop: DockerDesktop, there: Installation) -> None:
    """Do to a running laptop what an upgrade does to it."""
    desktop.end_by_force()
    machine, version = asked.machine, asked.package.numbers
    desktop.forgets_integration = desktop.forgets_integration or desktop.happens.upgrade_forgets_integration
    desktop.happens.upgrade_forgets_integration = False
    desktop.turns_default_off = there.numbers < releases.DEFAULT_DISTRO_OFF <= version
    if version < releases.GENTLE_UPGRADE:
        await _shut_down_wsl(machine, desktop)
    if version < releases.KEEPS_HYPERV_OFF and asked.account is None and asked.package.kind == "exe":
        setup.turn_on(machine, refusals.missing_features(machine, "hyper-v"))


async def _shut_down_wsl(machine: Machine, desktop: DockerDesktop) -> None:
    """``wsl --shutdown``, and at worst somebody's distribution is gone (release notes 4.80)."""
    for user in machine.part(Wsl).sessions.values():
        await user.stop_all()
        for item in user.registrations.listed(every_state=True) if desktop.happens.upgrade_unregisters else ():
            if item.name not in docker_integration.INTERNAL:
                desktop.happens.upgrade_unregisters = False
                await wsl_change.unregister(user, item)
                break


async def uninstall(machine: Machine, token: Token, there: Installation, sleep: Sleep, *, keep_data: bool) -> int:
    """Remove an installation; without `keep_data` the images of who removes it go too (``uninstall.md``), others' stay.

    Returns:
        The exit code: -5 where it takes an administrator and none is there.

    """
    if there.account is None and not token.administrator:
        return refusals.NOT_ELEVATED
    desktop = machine.part(DockerDesktop)
    if (app := desktop.app) is not None and app.installation.key == there.key:
        desktop.end_by_force()
    await sleep(STEP)
    setup.remove(machine, there)
    if not keep_data:
        await _forget(machine, desktop, token.account)
    log(machine, token, there.account, f"Uninstalled {there.version}")
    return 0


async def _forget(machine: Machine, desktop: DockerDesktop, account: Account) -> None:
    await wsl_engine.unregister_own(machine, account)
    machine.virtual_machines.pop(places.VM, None)
    setup.forget_data(machine, account)
    for place in (account.profile, rf"{places.SHARED}\vm-data", r"C:\ProgramData\docker"):
        desktop.contents.drop(place)
    for place in (rf"{places.SHARED}\vm-data", r"C:\ProgramData\docker"):
        with suppress(FileError):
            machine.files.remove(place, Token(account), tree=True)


def log(machine: Machine, token: Token, account: Account | None, words: str) -> None:
    """Write a line into the installer's log; one that cannot be written is none."""
    path = (
        rf"{account.profile}\AppData\Local\Docker\install-log.txt" if account
        else rf"{places.SHARED}\install-log-admin.txt" if token.administrator
        else rf"{token.account.profile}\AppData\Local\Docker\install-log.txt"
    )  # fmt: skip
    if path.startswith(places.SHARED) and not machine.files.exists(places.SHARED):
        setup.own_folder(machine)
    with suppress(FileError):
        machine.files.make(path.rpartition("\\")[0])
        machine.files.append(path, f"[{machine.clock():%Y-%m-%dT%H:%M:%S}Z][Installer][I] {words}\r\n".encode())
