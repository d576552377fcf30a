"""Changes to a distribution that is there: version, default, default user, folder; export and unregister.

Each ends with a look into the registry, which has the last word (src/windows/service/exe/LxssUserSession.cpp).
"""

from __future__ import annotations

import re

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.resources.wsl_distro.state import OURS, Distro
from pyinfra_wsl.resources.wsl_distro.talk import look, make_folder, read, same_folder, write_record
from pyinfra_wsl.resources.wsl_distro.want import EXPORTS, suffix

_HOUR = 3600.0
_EMPTY_TAR = 1024  # an archive of nothing is two blocks of NUL bytes (GNU tar's manual, "Basic Tar Format")
_PAUSES = (0.0, 1.0, 5.0, 15.0, 20.0, 20.0, 30.0)  # a distribution stops 15 s after its last process, the VM 60 s later
_HELD = ("WSL_E_DISTRO_NOT_STOPPED", "ERROR_SHARING_VIOLATION")


def find(owner: Owner, answer: call.Answer, name: str) -> Distro:
    """Return a distribution's registration from a look at all of them; raises `StepError` where it is gone."""
    distro = read(owner, answer).find(name)
    if distro is None:
        raise StepError(f"{name} is no longer registered for {owner.user.account}", "run again", "WSL_E_DISTRO_NOT_FOUND")
    return distro


def make_default(owner: Owner, name: str, run: Run) -> Talk[None]:
    """Make a distribution the default one."""
    round_ = yield from owner.ask(run, owner.command("--set-default", name), after=[look(owner)])
    owner.need(round_.answers[0], f"{name} could not be made the default distribution")
    if (read(owner, round_.after[0]).default or "").lower() != name.lower():
        raise StepError(f"{name} is not the default distribution after it was made it", "run again", "default")


def convert(owner: Owner, name: str, version: int, run: Run) -> Talk[None]:
    """Convert a distribution between WSL 1 and 2; its files are copied, which takes long."""
    command = owner.command("--set-version", name, str(version), timeout=4 * _HOUR, live=True)
    round_ = yield from owner.ask(run, command, after=[look(owner)], progress=f"converting {name} to WSL {version}")
    doing = f"{name} could not be converted to WSL {version}"
    owner.need(round_.answers[0], doing, ("WSL_E_VM_MODE_INVALID_STATE",))  # somebody else just did it
    if find(owner, round_.after[0], name).version != version:
        raise StepError(f"{doing}: the registry still shows WSL {3 - version}", "run again", "convert")


def set_user(owner: Owner, name: str, user: str, run: Run) -> Talk[None]:
    """Set whom a shell starts as, and keep that we did: the registry knows only their number."""
    number = owner.command("-d", name, "-u", "root", "-e", "/usr/bin/id", "-u", user)
    command = owner.command("--manage", name, "--set-default-user", user)
    round_ = yield from owner.ask(run, number, command, after=[look(owner)], progress=f"setting the default user of {name}")
    uid = _uid(owner, round_.answers[0], name, user)
    owner.need(round_.answers[1], f"{user} could not be made the default user of {name}")
    distro = find(owner, round_.after[0], name)
    if distro.default_uid != uid:
        cause = f"the default user of {name} is number {distro.default_uid}, {user} is {uid}"
        raise StepError(cause, "run again", "default_user")
    yield from write_record(distro.guid, {"DefaultUser": user, "DefaultUid": uid})


def _uid(owner: Owner, answer: call.Answer, name: str, user: str) -> int:
    output = owner.said(answer)
    text = output.text().strip()
    if output.ok and text.isdigit():
        return int(text)
    if output.exit_code == 1:
        remedy = "make that user in the image, or declare another default_user"
        raise StepError(f"{name} has no user {user}", remedy, "WSL_E_USER_NOT_FOUND")
    owner.need(answer, f"{name} could not be asked about {user}")
    raise StepError(f"{name} gave no number for {user}: {output.said()}", "look at 'id -u' inside it", "default_user")


def move(owner: Owner, name: str, folder: str, run: Run) -> Talk[None]:
    """Move a distribution's disk; one that was only looked into stops by itself, and that is waited for."""
    command = owner.command("--manage", name, "--move", folder, timeout=2 * _HOUR)
    parent = make_folder(folder.rpartition("\\")[0])
    progress = f"moving {name} to {folder}"
    for seconds in _PAUSES:
        pause = [call.file_wait(f"{folder}\\.never", seconds)] if seconds else []
        round_ = yield from owner.ask(run, *parent, command, before=pause, after=[look(owner)], progress=progress)
        said = owner.said(round_.answers[-1]).text(owner.windows.culture)
        if not any(name in said for name in _HELD):
            break
    owner.need(round_.answers[-1], f"{name} could not be moved")
    if not same_folder(now := find(owner, round_.after[0], name).folder, folder):
        raise StepError(f"{name} is in {now} after it was moved to {folder}", "run again", "move")


def export(owner: Owner, name: str, target: str, run: Run) -> Talk[None]:
    """Export a distribution unless the file is there: to a temporary name first, since wsl.exe empties what it exports to.

    Args:
        owner: whose distribution.
        name: its name.
        target: the archive's path; its suffix chooses the format.
        run: this run.

    """
    (there,) = yield from ask(call.file_state(target), keep_going=True)
    if there.exists:
        return
    part = f"{target}.part"
    command = owner.command("--export", name, part, *EXPORTS[suffix(target) or ".tar"], timeout=4 * _HOUR)
    calls = [*make_folder(target.rpartition("\\")[0]), command, call.file_state(part)]
    round_ = yield from owner.ask(run, *calls, progress=f"exporting {name}")
    *_folder, exported, written = round_.answers
    doing = f"{name} could not be exported to {target}"
    owner.need(exported, doing)
    least = _EMPTY_TAR + 1 if suffix(target) == ".tar" else 1
    if not written.exists or int(written.value.get("size") or 0) < least:
        remedy = "look whether that drive is full, then run again"
        raise StepError(f"{doing}: wsl.exe wrote nothing", remedy, "WSL_E_EXPORT_FAILED")
    round_ = yield from owner.ask(run, call.file_move(part, target))
    if not round_.answers[0].ok:
        raise StepError(f"{doing}: {round_.answers[0].message}", f"look at {part}", round_.answers[0].kind)


def export_once(owner: Owner, name: str, target: str, run: Run) -> Talk[None]:
    """Export a distribution as declared, and keep that it was done: a snapshot does not look for the file."""
    yield from export(owner, name, target, run)
    (lxss,) = yield from ask(look(owner))
    yield from write_record(find(owner, lxss, name).guid, {"ExportedTo": target})


def unregister(owner: Owner, distro: Distro, backup: str | None, run: Run) -> Talk[None]:
    """Unregister a distribution: its data are gone at once.

    Args:
        owner: whose distribution.
        distro: which one.
        backup: where it is exported to first; only what is verified there is unregistered here. None for a half import.
        run: this run.

    """
    if backup is not None:
        yield from export(owner, distro.name, backup, run)
    disk = f"{distro.folder}\\{distro.disk}"
    round_ = yield from owner.ask(
        run,
        owner.command("--unregister", distro.name),
        after=[look(owner), call.file_state(disk)],
        progress=f"unregistering {distro.name}",
    )
    owner.need(round_.answers[0], f"{distro.name} could not be unregistered", ("WSL_E_DISTRO_NOT_FOUND",))
    if read(owner, round_.after[0]).find(distro.name):
        raise StepError(f"{distro.name} is still registered", "run again", "unregister")
    marker = call.registry_remove(rf"{OURS}\Imports\{owner.user.sid}\{distro.name}", tree=True)
    yield from ask(call.registry_remove(rf"{OURS}\Distros\{distro.guid}", tree=True), marker, keep_going=True)
    if round_.after[1].exists and distro.version == 2:  # the registration goes even where the file cannot
        cause = f"{distro.name} is unregistered, but its disk {disk} is still there"
        raise StepError(cause, "remove that file by hand", "unregister")


def backup_path(folder: str, name: str, run: Run) -> str:
    """Return where a distribution is exported to before it is unregistered: beside its folder, with the time of the run."""
    return f"{folder}\\{name}-{re.sub(r'[^0-9T]', '', run.now[:19])}.tar"
