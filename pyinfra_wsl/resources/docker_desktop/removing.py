r"""How an installation is taken away: one by the EXE by its own installer, one by an MSI by its product code.

Docker, "MSI installer": ``msiexec /x {code}``. That the EXE's ``-keep-data`` leaves images, containers and volumes is
documented (Docker, "Enterprise deployment FAQs"); of the MSI's removal nothing says so, and where 4.56 to 4.65 have to be
uninstalled Docker says that the data are lost (release notes 4.66).
"""

from __future__ import annotations

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output, output_of, said
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows import reboot_mark
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.known import table
from pyinfra_wsl.resources.docker_desktop import installed
from pyinfra_wsl.resources.docker_desktop.app import pause
from pyinfra_wsl.resources.docker_desktop.installed import Installation
from pyinfra_wsl.resources.wsl.package import ATTEMPTS, BUSY, MSIEXEC, PAUSE, RESTART

TIMEOUT = 1800.0
"""Seconds that an installer is given; the EXE unpacks about 3 GB."""

MSI = "msiexec Docker Desktop"
"""The program, as the table of errors knows it."""


def uninstall(run: Run, one: Installation, owner: Owner | None, windows: Windows, *, keep: bool) -> Talk[None]:
    """Remove an installation, and look whether it is gone.

    Args:
        run: this run.
        one: which.
        owner: the person; None where there is nobody.
        windows: the laptop.
        keep: whether images, containers, volumes and settings stay; nobody asks that of an MSI.

    Raises:
        StepError: it is still there, or it cannot be seen.

    """
    answer = yield from _ask(run, one, owner, keep=keep)
    output = output_of(answer)
    if one.kind == "msi" and output is not None and output.exit_code in RESTART:
        yield from ask(reboot_mark.mark("docker", windows.booted))
    if not (yield from _stays(one, owner)):
        return
    why = said(answer)
    if one.kind == "msi" and output is not None:
        known = table.of_exit(MSI, output.exit_code) if output.exit_code is not None else None
        why = known.cause if known else why
    cause = f"Docker Desktop {one.version} could not be removed: {why}"
    raise StepError(cause, "remove it in Windows' settings, then run again", "uninstall")


def _ask(run: Run, one: Installation, owner: Owner | None, *, keep: bool) -> Talk[Answer]:
    """Run its remover; Windows Installer, which does one thing at a time, is asked again while it is busy."""
    progress = "removing Docker Desktop"
    for _ in range(ATTEMPTS):
        if one.scope == "user" and owner is not None:
            answer = (yield from owner.ask(run, _command(one, keep=keep), progress=progress)).answers[0]
        else:
            (answer,) = yield from ask(_command(one, keep=keep), keep_going=True, progress=progress)
        if one.kind != "msi" or not answer.ok or Output.of(answer).exit_code != BUSY:
            break
        yield from ask(pause(PAUSE), keep_going=True, progress="waiting for another installation to end")
    return answer


def _command(one: Installation, *, keep: bool) -> Call:
    if one.kind == "msi":
        return call.run(MSIEXEC, "/x", one.code, "/norestart", "/qn", timeout=TIMEOUT)
    # The copy in the program folder is good for this alone (as its users have found).
    words = ["uninstall", *(["-keep-data"] if keep else [])]
    return call.run(rf"{one.folder}\Docker Desktop Installer.exe", *words, timeout=TIMEOUT)


def _stays(one: Installation, owner: Owner | None) -> Talk[bool]:
    """Whether Windows lists it still, or does not say."""
    found, _ = yield from installed.look(owner.user if one.scope == "user" and owner is not None else None)
    return found is None or any(
        (other.scope, other.kind, other.code.lower()) == (one.scope, one.kind, one.code.lower()) for other in found
    )
