r"""Importing a distribution, and mending an import of ours that was broken off.

Before wsl.exe begins, a marker says what is imported where, and that nothing stood there: it is written only where that is so, in
the same request. It goes once the registry shows it installed and its identity is kept, and where an import ended by itself. So a
half import is known as ours by the next run, whatever cut the first one off, and nothing that stood there before us ever is. No
file of a distribution is removed here: wsl.exe takes its own away. ``State`` 3 without a running installer stays for ever: only
``--unregister`` finds it (src/windows/service/exe/LxssUserSession.cpp).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.source import basename, shown
from pyinfra_wsl.core.talk import Later, Run, Talk, ask
from pyinfra_wsl.core.windows import errors, home, transfer, work
from pyinfra_wsl.core.windows.machine import first
from pyinfra_wsl.core.windows.outlook import Size
from pyinfra_wsl.core.windows.owner import Owner, Round
from pyinfra_wsl.core.windows.space import said
from pyinfra_wsl.core.windows.user import GONE
from pyinfra_wsl.resources.wsl_distro import presence
from pyinfra_wsl.resources.wsl_distro.places import GOES
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, LXSS, OURS, Distro, Marker, data_path
from pyinfra_wsl.resources.wsl_distro.talk import look, read, write_record
from pyinfra_wsl.resources.wsl_distro.theirs import make_room, not_made
from pyinfra_wsl.resources.wsl_distro.want import DISKS

_HOUR = 3600.0
_NOT_OURS = (
    "ERROR_ALREADY_EXISTS",
    "E_ILLEGAL_STATE_CHANGE",
    "ERROR_FILE_EXISTS",
)  # somebody else's is there, and ours did not begin


@dataclass(frozen=True, slots=True)
class Import:
    """An import to be made.

    Args:
        owner: for whom.
        name: the distribution's name.
        source: where its archive is.
        sha256: the archive's SHA-256.
        version: 1 or 2.
        folder: into which folder.
        disk: whether the archive is a disk (``.vhdx``), not a tar.
        welcome: whether the welcome window would open, which WSL does at a user's first distribution.
        size: of the archive, where it is known.
        named: whether a disk keeps its file's name, which it does since `wsl_releases.KEEPS_NAMES`.

    """

    owner: Owner
    name: str
    source: str
    sha256: str
    version: int
    folder: str
    disk: bool
    welcome: bool = False
    size: Size | None = None
    named: bool = True

    def talk(self, run: Run) -> Talk[None]:
        """Bring the archive, import it as its owner, prove it, keep its identity."""
        archive = yield from transfer.bring(run, self.source, self.sha256, self.owner.windows, suffix(self.source, self.disk))
        try:
            round_ = yield from self._import(run, archive)
        except StepError as error:
            if error.code not in {"task_timeout", GONE}:  # then it may have begun, and what it left is ours
                yield from self._unmark()
            raise
        yield from self._demand_claimed(round_.guard, archive)
        distro = read(self.owner, round_.after[0]).find(self.name)
        if not round_.answers[-1].ok or not self.owner.said(round_.answers[-1]).ok:
            yield from self._failed(round_, distro)
        if distro is None or distro.state != INSTALLED or distro.version != self.version:
            raise StepError(
                f"wsl.exe reported success, but {self.name} is not registered as an installed WSL {self.version} distribution",
                "look with 'wsl --list --all --verbose' on the laptop, then run again",
                "import",
            )
        yield from adopt(self.owner, distro, Marker(self.sha256, shown(self.source), self.folder), archive)

    def _claim(self, archive: str) -> list[Call]:
        """Return the calls that write the marker, but only where nothing stands that it would claim: one that fails ends them."""
        key, data = marker_key(self.owner, self.name), self._data(archive)
        # The last value is the one that proves: a marker that was cut in the middle proves nothing.
        values = {"Sha256": self.sha256, "Source": shown(self.source), "Folder": self.folder, "Data": data}
        return [
            *(call.file_wait(place, 0.0, gone=True) for place in self._own(archive)),
            call.registry_remove(key, tree=True),
            *(call.registry_write(key, name, "String", value) for name, value in values.items()),
        ]

    def _demand_claimed(self, claim: Sequence[Answer], archive: str) -> Talk[None]:
        """Raise `StepError` where something stands there, or that could not be seen and noted; then nothing was begun."""
        if failed := next((answer for answer in claim if not answer.ok), None):
            yield from self._unmark()  # also an earlier one: what stands there now may be another's by now
            for place, answer in zip(self._own(archive), claim, strict=False):
                if failed is answer and failed.kind == "timeout":
                    raise self._stands(place)
            cause = f"{self.name} could not be imported: whose {self.folder} is could not be noted: {failed.message}"
            raise StepError(cause, "connect as an administrator of the laptop", failed.kind)

    def _own(self, archive: str) -> list[str]:
        """Return what nobody else may have in the folder: the file system, and what goes when it is unregistered."""
        return list(dict.fromkeys([self._data(archive), *(rf"{self.folder}\{one}" for one in GOES)]))

    def _stands(self, data: str) -> StepError:
        return StepError(
            f"{self.name} could not be imported: {data} stands there already and is not ours; nothing was touched",
            "move it away by hand if nobody needs it, or declare another location",
            "ERROR_FILE_EXISTS",
        )

    def _unmark(self) -> Talk[None]:
        yield from ask(call.registry_remove(marker_key(self.owner, self.name), tree=True), keep_going=True)

    def _import(self, run: Run, archive: str) -> Talk[Round]:
        options = ["--version", str(self.version), *(["--vhd"] if self.disk else [])]
        command = self.owner.command("--import", self.name, self.folder, archive, *options, timeout=2 * _HOUR, live=True)
        drive = call.cim_get("Win32_LogicalDisk", ["DeviceID", "FreeSpace"], where=f"DeviceID='{self.folder[:2].upper()}'")
        # A window on the screen of someone who asked for nothing.
        welcome = call.registry_write(rf"{self.owner.user.hive}\{LXSS}", "OOBEComplete", "DWord", 1)
        round_ = yield from self.owner.ask(
            run,
            *make_room(self.folder, self.owner),
            command,
            guard=self._claim(archive),
            before=[*([welcome] if self.welcome else []), home.readable(archive, self.owner.user)],
            after=[
                look(self.owner),
                call.file_state(self._data(archive)),
                drive,
                call.file_state(archive),
                call.file_state(self.folder),
            ],
            progress=f"importing {self.name}",
        )
        return round_

    def data(self) -> str:
        """Return where its file system will lie."""
        return self._data(transfer.cached(self.source, self.sha256, self.owner.windows, suffix(self.source, self.disk)))

    def _data(self, archive: str) -> str:
        """Return where its file system will lie: an imported disk keeps its file's name."""
        return data_path(self.folder, self.version, basename(archive) if self.disk and self.named else "ext4.vhdx")

    def _failed(self, round_: Round, distro: Distro | None) -> Talk[None]:
        """Say why, and take the marker away unless a half import of ours is left: wsl.exe mostly cleans up after itself."""
        _lxss, left, drive, archive, folder = round_.after
        code = errors.code_of(self.owner.said(round_.answers[-1]).text()) if round_.answers[-1].ok else ""
        if distro is None or distro.state == INSTALLED or code in _NOT_OURS:
            yield from self._unmark()
        doing = f"{self.name} could not be imported"
        self._full(doing, round_.answers[-1], drive, archive)
        if folder.value.get("folder") is False:
            raise StepError(f"{doing}: {self.folder} is a file, and stays one", "declare another location", "ERROR_FILE_EXISTS")
        if (failed := not_made(round_.answers[:-1], self.folder, self.owner, "location")) is not None:
            raise StepError(f"{doing}: {failed.cause}", failed.remedy, failed.code)
        if distro is None and left.exists and code == "ERROR_FILE_EXISTS":
            raise self._stands(str(left.value.get("path") or self._data(str(archive.value.get("path") or ""))))
        self.owner.need(round_.answers[-1], doing)

    def _full(self, doing: str, answer: Answer, drive: Answer, archive: Answer) -> None:
        """Say in bytes that the drive is full, where WSL says so or the archive alone would not fit."""
        free, size = first(drive).get("FreeSpace"), archive.value.get("size")
        if free is None or size is None or not answer.ok:
            return
        code = errors.code_of(self.owner.said(answer).text(self.owner.windows.culture))
        if int(free) < int(size) or code == "ERROR_DISK_FULL":
            raise StepError(f"{doing}: {self._needed(int(free), int(size), archive)}", self._room(), "ERROR_DISK_FULL")

    def _needed(self, free: int, size: int, archive: Answer) -> str:
        """Say who needed what room where: what is in an archive counts, which is more than the archive itself."""
        drive, path = self.folder[:2].upper(), str(archive.value.get("path") or "our cache")
        image = f"at least {said(self.size.unpacked)}" if self.size else f"more than the {said(size)} of its archive"
        return (
            f"drive {drive} is full: wsl.exe needs room there for the unpacked image ({image}) and for the virtual disk around "
            f"it in {self.folder}; {said(free)} were free when it had given up, beside the archive in {path} ({said(size)})"
        )

    def _room(self) -> str:
        drive = self.folder[:2].upper()
        return f"free space on drive {drive} for the unpacked image, or declare a location on another drive, then run again"


def suffix(source: str, disk: bool) -> str:
    """Return the suffix by which wsl.exe takes an archive for what it is declared to be; empty where its own does that.

    With ``--vhd`` it takes nothing but ``.vhd`` and ``.vhdx``, and without it anything else (src/windows/common/WslClient.cpp).
    """
    if disk == basename(source).lower().endswith(DISKS):
        return ""
    return DISKS[0] if disk else ".tar"


def marker_key(owner: Owner, name: str) -> str:
    """Return the key of the marker of an import."""
    return rf"{OURS}\Imports\{owner.user.sid}\{name}"


def adopt(owner: Owner, distro: Distro, marker: Marker, archive: str = "") -> Talk[None]:
    """Keep the identity of a distribution that was imported, then take away the marker and the archive."""
    ways = [suffix(marker.source, disk) for disk in (False, True)]  # a marker does not tell as what it was imported
    archives = [archive] if archive else [transfer.cached(marker.source, marker.sha256, owner.windows, one) for one in ways]
    marker_gone = call.registry_remove(marker_key(owner, distro.name), tree=True)
    noted = presence.note(owner.user.sid, distro.name, distro.data)
    after = [marker_gone, noted, *(transfer.discard(one) for one in archives)]
    yield from write_record(distro.guid, {"Sha256": marker.sha256, "Source": marker.source}, after)


def clear(owner: Owner, distro: Distro, run: Run) -> Talk[None]:
    """Unregister an import of ours that was broken off, unless it is still under way, or is no half one any more."""
    name, doing = distro.name, f"the half import of {distro.name} was not unregistered"
    processes, lxss = yield from ask(work.probe(), look(owner), keep_going=True)
    found = work.read(processes)
    if found is None:
        raise StepError(f"{doing}: it could not be seen what is under way: {processes.message}", "run again", processes.kind)
    if any(one.transfer and one.of(owner.user.sid) and one.about(name) for one in found):
        raise StepError(f"an import of {name} is still under way", "run again when it is done", "E_ILLEGAL_STATE_CHANGE")
    now = read(owner, lxss).find(name)
    if now is not None and (now.guid != distro.guid or now.state == INSTALLED):
        raise StepError(f"{doing}: it is no half one any more", "run again", "changed")
    round_ = yield from owner.ask(
        run, owner.command("--unregister", name), after=[look(owner)], progress=f"unregistering the half import of {name}"
    )
    if not round_.after[0].ok or read(owner, round_.after[0]).find(name):
        owner.need(round_.answers[0], f"the half import of {name} could not be unregistered", ("WSL_E_DISTRO_NOT_FOUND",))
        raise StepError(f"the half import of {name} is still registered", "restart the laptop, then run again", "unregister")
    yield Later([call.registry_remove(marker_key(owner, name), tree=True)])
