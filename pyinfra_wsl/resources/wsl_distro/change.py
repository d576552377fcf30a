"""Changes to a distribution that is there: version, default, default user, folder; export and unregister.

Each ends with a look into the registry, which has the last word (src/windows/service/exe/LxssUserSession.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Later, Run, Talk, ask
from pyinfra_wsl.core.windows.idle import Question
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.owner import Owner, Round
from pyinfra_wsl.core.windows.path import same as same_folder
from pyinfra_wsl.resources.wsl_distro import presence
from pyinfra_wsl.resources.wsl_distro.places import GOES
from pyinfra_wsl.resources.wsl_distro.state import EXPORT, OURS, Distro, data_path
from pyinfra_wsl.resources.wsl_distro.talk import look, read, write_record
from pyinfra_wsl.resources.wsl_distro.theirs import make_file, make_folder, make_room, not_made
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


def convert(owner: Owner, distro: Distro, version: int, run: Run) -> Talk[None]:
    """Convert a distribution between WSL 1 and 2; its files are copied, which takes long."""
    name, target = distro.name, data_path(distro.folder, version, distro.disk)
    command = owner.command("--set-version", name, str(version), timeout=4 * _HOUR, live=True)
    free = call.file_wait(target, 0.0, gone=True)
    round_ = yield from owner.ask(
        run, command, guard=[look(owner), free], after=[look(owner)], progress=f"converting {name} to WSL {version}"
    )
    doing = f"{name} could not be converted to WSL {version}"
    if not round_.after:
        if find(owner, round_.guard[0], name).version == version:  # somebody else just did it
            return
        raise _stands(doing, target, round_.guard[-1], "version")
    owner.need(round_.answers[0], doing, ("WSL_E_VM_MODE_INVALID_STATE",))
    now = find(owner, round_.after[0], name)
    if now.version != version:
        raise StepError(f"{doing}: the registry still shows WSL {3 - version}", "run again", "convert")
    yield Later([presence.note(owner.user.sid, name, now.data)])


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


def move(owner: Owner, distro: Distro, folder: str, disk: str, run: Run) -> Talk[None]:
    """Move a distribution's disk; one that was only looked into stops by itself, and that is waited for.

    Args:
        owner: whose it is.
        distro: the distribution.
        folder: where it goes.
        disk: what its disk's file is called there.
        run: this run.

    """
    name, target = distro.name, data_path(folder, 2, disk)
    command = owner.command("--manage", name, "--move", folder, timeout=2 * _HOUR)
    making = make_room(folder, owner)
    places = [target, *(rf"{folder}\{one}" for one in GOES)]
    progress = f"moving {name} to {folder}"
    for seconds in _PAUSES:
        pause = [call.file_wait(f"{folder}\\.never", seconds)] if seconds else []
        if pause:
            yield from ask(*pause, keep_going=True, progress=progress)
        guard = [call.file_wait(place, 0.0, gone=True) for place in places]
        round_ = yield from owner.ask(run, *making, command, guard=guard, after=[look(owner)], progress=progress)
        for place, answer in zip(places, round_.guard, strict=False):
            if not answer.ok:
                raise _stands(f"{name} was not moved", place, answer, "location")
        if (failed := not_made(round_.answers[:-1], folder, owner, "location")) is not None:
            raise StepError(f"{name} was not moved: {failed.cause}", failed.remedy, failed.code)
        said = owner.said(round_.answers[-1]).text(owner.windows.culture)
        if not any(name in said for name in _HELD):
            break
    owner.need(round_.answers[-1], f"{name} could not be moved")
    now = find(owner, round_.after[0], name)
    if not same_folder(now.folder, folder):
        raise StepError(f"{name} is in {now.folder} after it was moved to {folder}", "run again", "move")
    yield Later([presence.note(owner.user.sid, name, now.data)])


def _stands(doing: str, path: str, guard: Answer, field: str) -> StepError:
    """Return the error for something that stands where ours would go; it is never touched."""
    if guard.kind != "timeout":
        return StepError(f"{doing}: it could not be seen whether {path} is free: {guard.message}", "run again", guard.kind)
    remedy = f"move it away by hand if nobody needs it, or declare another {field}"
    return StepError(f"{doing}: {path} stands there already and is not ours; nothing was touched", remedy, "ERROR_FILE_EXISTS")


class Export(NamedTuple):
    """An export that this run has written, as it was seen before it got its name: its path, size and time."""

    path: str
    size: int
    modified: str

    @classmethod
    def of(cls, path: str, state: Answer) -> Export:
        """Read what a look at the file tells."""
        return cls(path, int(state.value.get("size") or 0) if state.exists else 0, str(state.value.get("modified") or ""))

    @property
    def words(self) -> str:
        """How it is kept in a record."""
        return f"{self.size} {self.modified} {self.path.lower()}"


def export(owner: Owner, name: str, target: str, run: Run, *, keep: bool = False) -> Talk[Export]:
    """Export a distribution to a file that is not there, under another name first: wsl.exe empties what it exports to.

    What was exported is what this run saw begin not to exist, and what got the name is what was exported.

    Args:
        owner: whose distribution.
        name: its name.
        target: the archive's path; its suffix chooses the format.
        run: this run.
        keep: whether to note what was written before it gets its name, so that a run which is cut can still prove it.

    Raises:
        StepError: something stands there already, or the export failed.

    """
    part, doing = f"{target}.{run.id}.part", f"{name} could not be exported to {target}"
    command = owner.command("--export", name, part, *EXPORTS[suffix(target) or ".tar"], timeout=4 * _HOUR)
    round_ = yield from owner.ask(
        run,
        *make_folder(target.rpartition("\\")[0], owner),
        *make_file(part, owner),
        command,
        guard=[call.file_wait(path, 0.0, gone=True) for path in (target, part)],
        after=[call.file_state(part), look(owner)],
        progress=f"exporting {name}",
    )
    for path, free in zip((target, part), round_.guard, strict=True):
        if not free.ok:
            raise _stands(doing, path, free, "export_to")
    written = yield from _written(owner, round_, part, target, doing)
    notes = [_note(find(owner, round_.after[1], name), written)] if keep else []
    move = yield from owner.ask(run, call.file_move(part, target), guard=notes, after=[call.file_state(target)])
    if not all(answer.ok for answer in (*move.guard, *move.answers)):
        failed = next(answer for answer in (*move.guard, *move.answers) if not answer.ok)
        raise StepError(f"{doing}: {failed.message}; it is whole in {part}", f"look at {target} and {part}", failed.kind)
    if Export.of(target, move.after[0]) != written:
        raise StepError(f"{doing}: what is there now is not what was written", f"look at {target}", "WSL_E_EXPORT_FAILED")
    return written


def _written(owner: Owner, round_: Round, part: str, target: str, doing: str) -> Talk[Export]:
    """Return what wsl.exe wrote; a failed beginning, which is ours, is taken away."""
    written = Export.of(target, round_.after[0])
    least = _EMPTY_TAR + 1 if suffix(target) == ".tar" else 1
    try:
        if (failed := not_made(round_.answers[:-1], target, owner, "export_to")) is not None:
            raise StepError(f"{doing}: {failed.cause}", failed.remedy, failed.code)
        owner.need(round_.answers[-1], doing)
        if written.size < least:
            remedy = "look whether that drive is full, then run again"
            raise StepError(f"{doing}: wsl.exe wrote nothing", remedy, "WSL_E_EXPORT_FAILED")
    except StepError:
        yield from ask(call.file_remove(part), keep_going=True)
        raise
    return written


def _note(distro: Distro, written: Export) -> call.Call:
    return call.registry_write(rf"{OURS}\Distros\{distro.guid}", EXPORT, "String", written.words)


def export_once(owner: Owner, name: str, target: str, run: Run) -> Talk[None]:
    """Export a distribution as declared, and keep that it was done: a snapshot does not look for the file."""
    lxss, ours, there = yield from ask(
        look(owner), call.registry_read(rf"{OURS}\Distros", depth=1), call.file_state(target), keep_going=True
    )
    guid = find(owner, lxss, name).guid
    noted = value_of(Answer(True, (ours.value.get("keys") or {}).get(guid) or {}), EXPORT)
    if not there.exists or noted != Export.of(target, there).words:  # else a run was cut right after the file had got its name
        yield from export(owner, name, target, run, keep=True)
    yield from write_record(guid, {"ExportedTo": target}, [call.registry_remove(rf"{OURS}\Distros\{guid}", EXPORT)])


def unregister(owner: Owner, distro: Distro, backup: str, question: Question, run: Run) -> Talk[None]:
    """Unregister a distribution: its data are gone at once.

    Args:
        owner: whose distribution.
        distro: which one.
        backup: where it is exported to first; only what this run has written there and still finds there lets it go on.
        question: asked first, and once more after the export, which may have taken long.
        run: this run.

    """
    doing = f"{distro.name} was not unregistered"
    lxss, *_more = yield from question.ask(run, doing)
    if read(owner, lxss).find(distro.name) is None:
        return
    written = yield from export(owner, distro.name, backup, run)
    lxss, file = yield from question.ask(run, doing, call.file_state(backup))
    now = read(owner, lxss).find(distro.name)
    if now is None:
        return
    if now.guid != distro.guid or Export.of(backup, file) != written:
        what = backup if now.guid == distro.guid else "another distribution has its name"
        raise StepError(f"{doing}: it is not what was exported any more ({what})", "run again", "changed")
    yield from _unregister(owner, distro, run, written)


def _unregister(
    owner: Owner, distro: Distro, run: Run, written: Export | None = None, before: Sequence[call.Call] = ()
) -> Talk[None]:
    """Unregister it if each call that goes before succeeds, made as its owner; the command is the last of their answers.

    Where it is gone from the registry it is gone, whatever the command says: up to 2.5.9 it fails for a folder that is missing,
    after it has done all (`_DeleteDistributionLockHeld` of LxssUserSession.cpp).
    """
    kept = [call.file_state(written.path)] if written else []
    round_ = yield from owner.ask(
        run,
        *before,
        owner.command("--unregister", distro.name),
        after=[look(owner), call.file_state(distro.data), *kept],
        progress=f"unregistering {distro.name}",
    )
    if failed := next((answer for answer in round_.answers[:-1] if not answer.ok), None):
        raise StepError(f"{distro.name} was not unregistered: {failed.message}", "run again", failed.kind)
    if not round_.after[0].ok or read(owner, round_.after[0]).find(distro.name):
        owner.need(round_.answers[-1], f"{distro.name} could not be unregistered", ("WSL_E_DISTRO_NOT_FOUND",))
        raise StepError(f"{distro.name} is still registered", "run again", "unregister")
    marker = call.registry_remove(rf"{OURS}\Imports\{owner.user.sid}\{distro.name}", tree=True)
    record = call.registry_remove(rf"{OURS}\Distros\{distro.guid}", tree=True)
    yield from ask(record, presence.forget(owner.user.sid, distro.name), marker, keep_going=True)
    if written:
        _demand_kept(distro, written, round_.after[2])
    if round_.after[1].exists and distro.version == 2:  # the registration goes even where the file cannot
        cause = f"{distro.name} is unregistered, but its disk {distro.data} is still there"
        raise StepError(cause, "remove that file by hand", "unregister")


def _demand_kept(distro: Distro, written: Export, now: Answer) -> None:
    """Raise `StepError` unless an export outlived what it is of: its folder may lead into what has just been deleted."""
    if not now.ok:
        cause = f"{distro.name} is unregistered, and whether its export {written.path} is whole could not be seen: {now.message}"
        raise StepError(cause, "look at that file before anything else is done there", "export_unseen")
    if Export.of(written.path, now) != written:
        what = "is not what was written any more" if now.exists else "is gone"
        cause = f"{distro.name} is unregistered, and its export {written.path}, which was there right before, {what}"
        remedy = "its data are lost unless another copy is found: ask who changed that folder, and whether it leads into another"
        raise StepError(cause, remedy, "export_lost")


def drop(owner: Owner, distro: Distro, run: Run) -> Talk[None]:
    """Unregister a distribution whose file system is gone, which is looked for once more: wsl.exe would delete it.

    It is asked as its owner is, whose drives and rights WSL opens it with, and again right before, in the same task.
    """
    doing, path = f"{distro.name} was not unregistered", distro.data
    calls = presence.questions([path], [path])
    lists = yield from owner.ask(run, *calls.values(), after=[look(owner)], progress=f"looking for {path}")
    seen = presence.Seen(path, dict(zip(calls, lists.answers, strict=True)))
    now = read(owner, lists.after[0]).find(distro.name)
    if now is None:
        return
    if seen.there is not False or now.guid != distro.guid or now.data.lower() != path.lower():
        why = f"{path} is there" if seen.there else seen.why or "it is registered otherwise by now"
        raise StepError(f"{doing}: {why}", "run again", "changed")
    yield from _unregister(owner, distro, run, before=[call.file_wait(path, 0.0, gone=True)])


def backup_path(folder: str, name: str, run: Run) -> str:
    """Return where a distribution is exported to before it is unregistered: beside its folder, with the time of the run."""
    return f"{folder}\\{name}-{re.sub(r'[^0-9T]', '', run.now[:19])}.tar"
