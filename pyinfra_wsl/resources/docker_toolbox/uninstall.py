r"""How Docker Toolbox is taken away: its machines with consent, its program by its own uninstaller, then what that leaves.

The uninstaller runs ``docker-machine rm -f default`` and ``reg delete HKCU\Environment`` for NO_PROXY too, as the account that
starts it (docker-archive/toolbox, ``windows/Toolbox.iss``: ``[UninstallRun]``). So it is given a storage path without any machine
(docker/machine: ``MACHINE_STORAGE_PATH``), of which nothing can be removed, and what is not the Toolbox's is put back. The Path
of the person it leaves where another account uninstalls. Options: Inno Setup's help, "Uninstaller Command Line Parameters".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import said
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.docker_toolbox import machines, variables, waiting
from pyinfra_wsl.resources.docker_toolbox.places import ENVIRONMENT, NAME, store
from pyinfra_wsl.resources.docker_toolbox.state import Program, State, program, without
from pyinfra_wsl.resources.docker_toolbox.variables import STORAGE

_SILENT = ("/VERYSILENT", "/SUPPRESSMSGBOXES", "/NORESTART")
_TIMEOUT = 900.0
_PATIENCE = 15.0  # seconds for the copy of the uninstaller that deletes it
_OURS, _PROXY = r"HKCU\Environment", "NO_PROXY"


@dataclass(frozen=True, slots=True)
class Loss:
    """The loss of one machine, as declared: by the program that made it, with the rights of its person.

    Args:
        name: the machine's.
        tool: path of docker-machine.exe.
        laptop: the laptop as it is.

    """

    name: str
    tool: str
    laptop: Laptop

    def talk(self, run: Run) -> Talk[None]:
        """Delete it unless it runs by now, and look whether it is gone."""
        yield from need_idle(self.laptop, f"delete {self.name}", whole=False)
        user = _person(self.laptop)
        command = call.run(self.tool, "rm", "-f", self.name, timeout=300)
        folder = rf"{store(user.profile)}\{self.name}"
        progress = f"deleting the virtual machine {self.name}"
        answer, left = yield from user.ask(run, command, call.file_state(folder), progress=progress, keep_going=True)
        if not left.ok or left.exists:
            cause = f"the virtual machine {self.name} could not be deleted: {said(answer)}"
            raise StepError(cause, f"delete it with docker-machine rm {self.name}, then run again", "docker_machine")


@dataclass(frozen=True, slots=True)
class Uninstall:
    """The removal of one installation.

    Args:
        program: which.
        kept: the names of the machines that stay.
        laptop: the laptop as it is.

    """

    program: Program
    kept: tuple[str, ...]
    laptop: Laptop

    def talk(self, run: Run) -> Talk[None]:
        """Let its uninstaller do its work where it can delete no machine, and see that it did."""
        yield from need_idle(self.laptop, f"remove {NAME}", whole=False)
        none = {STORAGE: rf"{self.laptop.windows.program_files}\pyinfra-wsl\no-machines"}
        command = call.run(self.program.uninstaller, *_SILENT, environment=none, timeout=_TIMEOUT)
        # The program that is started goes before its file does, which a copy of it deletes (Inno Setup's source, Uninstall.pas).
        gone = call.file_wait(self.program.uninstaller, _PATIENCE, gone=True)
        before, answer, _gone, key, file, after = yield from ask(
            call.registry_read(_OURS), command, gone, call.registry_read(self.program.key), program(), call.registry_read(_OURS),
            keep_going=True, progress=f"removing {NAME}",
        )  # fmt: skip
        yield from _put_back(before, after)
        if not key.ok or key.exists or not file.ok or (file.exists and len(self.laptop.of(State).programs) == 1):
            cause = f"{NAME} {self.program.version} is still there after its uninstaller: {said(answer)}"
            raise StepError(cause, "close what uses it, remove it in Windows' settings, then run again", "uninstall")
        yield from Cleaning(self.laptop, self.kept).talk(run)


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What its uninstaller leaves: shortcuts by the installer's own names, and its folder in a Path.

    Args:
        laptop: the laptop as it is.
        kept: the names of the machines of which it is to be seen that they are still there.

    """

    laptop: Laptop
    kept: tuple[str, ...] = ()

    def talk(self, run: Run) -> Talk[None]:
        """Take it away, the person's with their own rights."""
        user, have = _person(self.laptop), self.laptop.of(State)
        own = rf"{user.hive}\Environment"
        links = [one for one in have.shortcuts if one.startswith(user.profile)]
        shared = [one for one in have.shortcuts if one not in links]
        removed = [call.file_remove(one) for one in links]
        theirs = yield from user.ask(run, call.registry_read(own), call.file_list(store(user.profile)), *removed, keep_going=True)
        ours = yield from ask(call.registry_read(ENVIRONMENT), *(call.file_remove(one) for one in shared), keep_going=True)
        _need_machines(self.kept, theirs[1])
        _need_done([*links, *shared], [*theirs[2:], *ours[1:]])
        folders = [have.folder, *(one.folder for one in have.programs)]
        if change := _path(own, theirs[0], folders):
            _need_done(["the Path of the user"], (yield from user.ask(run, change, keep_going=True)))
        if change := _path(ENVIRONMENT, ours[0], folders):
            _need_done(["the Path of the laptop"], (yield from ask(change, keep_going=True)))


def _path(key: str, environment: Answer, folders: list[str]) -> Call | None:
    """Return the call that writes a Path without the Toolbox's folder, of the kind that it has; None where it has none."""
    found = (environment.value.get("values") or {}) if environment.ok else {}
    name = next((one for one in found if one.upper() == "PATH"), "")
    kind, value = (found[name].get("type"), found[name].get("data")) if name else ("", None)
    kept = without(value, folders) if isinstance(value, str) and kind in ("String", "ExpandString") else None
    return None if kept is None else call.registry_write(key, name, str(kind), kept)


def _put_back(before: Answer, after: Answer) -> Talk[None]:
    """Put back what the uninstaller takes of our own account, and is not the Toolbox's: NO_PROXY, a DOCKER_HOST to elsewhere."""
    held = (before.value.get("values") or {}) if before.ok else {}
    theirs = {_PROXY, *variables.sort({"user": variables.texts(before)})["user"].theirs}
    gone = [name for name in held if name.upper() in theirs and value_of(after, name) is None] if after.ok else []
    back = [call.registry_write(_OURS, name, str(held[name].get("type")), held[name].get("data")) for name in gone]
    failed = next((one for one in (yield from ask(*back, keep_going=True)) if not one.ok), None) if back else None
    if failed is not None or not after.ok:
        what = f"{', '.join(gone) or 'variables'} of the account as which we are connected: {(failed or after).message}"
        remedy = "look at the variables of that account, and set again what is missing"
        raise StepError(f"the uninstaller of {NAME} may have removed {what}", remedy, "environment")


def need_idle(laptop: Laptop, sentence: str, *, whole: bool) -> Talk[None]:
    """Ask once more whether a virtual machine runs; raises `StepError` where one does by now."""
    (answer,) = yield from ask(machines.processes(), keep_going=True)
    busy = waiting.busy(laptop, sentence, machines.running(answer), whole=whole)
    if busy is not None:
        raise StepError(f"{sentence}: not done, {busy.reason}", "shut it down, or wait until it is, then run again", "in_use")


def _need_machines(kept: Sequence[str], listed: Answer) -> None:
    there = {str(one.get("name")) for one in listed.value.get("entries") or ()} if listed.ok else set()
    lost = [name for name in kept if name not in there]
    if lost:
        words = "are gone" if listed.ok else "could not be seen"
        cause = f"after the uninstaller of {NAME} the virtual machines {', '.join(lost)} {words}"
        raise StepError(cause, "look for them in VirtualBox, and in backups of the laptop", "machines")


def _need_done(what: Sequence[str], answers: Sequence[Answer]) -> None:
    failed = next((f"{name}: {one.message}" for name, one in zip(what, answers, strict=True) if not one.ok), "")
    if failed:
        raise StepError(f"what {NAME} has left could not be taken away: {failed}", "take it away by hand, then run again", "left")


def _person(laptop: Laptop) -> User:
    assert laptop.user is not None  # noqa: S101 - a plan without a person has no step
    return laptop.user
