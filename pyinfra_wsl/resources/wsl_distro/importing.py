r"""Importing a distribution, and mending an import of ours that was broken off.

Before wsl.exe begins, a marker says what is imported where; it goes once the registry shows the distribution as installed and its
identity is kept. So a half import is known as ours by the next run, whatever cut the first one off. ``State`` 3 without a running
installer stays for ever: only ``--unregister`` finds it (src/windows/service/exe/LxssUserSession.cpp).
"""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.source import basename, shown
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows import home, transfer
from pyinfra_wsl.core.windows.machine import first, objects
from pyinfra_wsl.core.windows.owner import Owner, Round
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, LXSS, OURS, Distro, Marker
from pyinfra_wsl.resources.wsl_distro.talk import look, make_folder, read, write_record

_HOUR = 3600.0


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
        marked: the marker of an earlier try; what lies in its folder is ours.
        welcome: whether the welcome window would open, which WSL does at a user's first distribution.

    """

    owner: Owner
    name: str
    source: str
    sha256: str
    version: int
    folder: str
    disk: bool
    marked: Marker | None = None
    welcome: bool = False

    def talk(self, run: Run) -> Talk[None]:
        """Bring the archive, import it as its owner, prove it, keep its identity."""
        archive = yield from transfer.bring(run, self.source, self.sha256, self.owner.windows)
        round_ = yield from self._import(run, archive)
        distro = read(self.owner, round_.after[0]).find(self.name)
        if not self.owner.said(round_.answers[-1]).ok:
            yield from self._failed(round_, distro)
        if distro is None or distro.state != INSTALLED or distro.version != self.version:
            raise StepError(
                f"wsl.exe reported success, but {self.name} is not registered as an installed WSL {self.version} distribution",
                "look with 'wsl --list --all --verbose' on the laptop, then run again",
                "import",
            )
        yield from adopt(self.owner, distro, Marker(self.sha256, shown(self.source), self.folder), archive)

    def _import(self, run: Run, archive: str) -> Talk[Round]:
        options = ["--version", str(self.version), *(["--vhd"] if self.disk else [])]
        command = self.owner.command("--import", self.name, self.folder, archive, *options, timeout=2 * _HOUR, live=True)
        drive = call.cim_get("Win32_LogicalDisk", ["DeviceID", "FreeSpace"], where=f"DeviceID='{self.folder[:2].upper()}'")
        after = [look(self.owner), call.file_state(self._file(archive)), drive, call.file_state(archive)]
        round_ = yield from self.owner.ask(
            run,
            *make_folder(self.folder.rpartition("\\")[0]),
            *self._leftover(archive),
            command,
            before=[*self._before(), home.readable(archive, self.owner.user)],
            after=after,
            progress=f"importing {self.name}",
        )
        return round_

    def _before(self) -> list[Call]:
        key = marker_key(self.owner, self.name)
        values = {"Sha256": self.sha256, "Source": shown(self.source), "Folder": self.folder}
        calls = [call.registry_write(key, name, "String", value) for name, value in values.items()]
        if self.welcome:  # a window on the screen of someone who asked for nothing
            calls.append(call.registry_write(rf"{self.owner.user.hive}\{LXSS}", "OOBEComplete", "DWord", 1))
        return calls

    def _leftover(self, archive: str) -> list[Call]:
        """Return the call that removes the disk that an earlier try of ours left there."""
        ours = self.marked is not None and self.marked.folder.lower() == self.folder.lower()
        return [call.file_remove(self._file(archive))] if ours else []

    def _file(self, archive: str) -> str:
        """Return where the disk will lie: an imported disk keeps its file's name."""
        return f"{self.folder}\\{basename(archive) if self.disk else 'ext4.vhdx'}"

    def _failed(self, round_: Round, distro: Distro | None) -> Talk[None]:
        """Say why, and take the marker away where nothing is left that it marks: wsl.exe mostly cleans up after itself."""
        _lxss, left, drive, archive = round_.after
        if distro is None and left.ok and not left.exists:
            yield from ask(call.registry_remove(marker_key(self.owner, self.name), tree=True))
        doing = f"{self.name} could not be imported"
        self._full(doing, round_.answers[-1], drive, archive)
        if not round_.answers[0].ok:
            raise StepError(
                f"{doing}: {self.owner.user.account} cannot make the folder {self.folder}: {round_.answers[0].message}",
                "declare a location that they may write to",
                round_.answers[0].kind,
            )
        if distro is None and left.exists and "ERROR_FILE_EXISTS" in self.owner.said(round_.answers[-1]).text():
            raise StepError(
                f"{doing}: {left.value.get('path') or self.folder} is left there from another distribution",
                "move that file away by hand if nobody needs it, or declare another location",
                "ERROR_FILE_EXISTS",
            )
        self.owner.need(round_.answers[-1], doing)

    def _full(self, doing: str, said: Answer, drive: Answer, archive: Answer) -> None:
        """Say in bytes that the drive is full, where WSL says so or the archive alone would not fit."""
        free, size = first(drive).get("FreeSpace"), archive.value.get("size")
        if free is None or size is None:
            return
        if int(free) < int(size) or "ERROR_DISK_FULL" in self.owner.said(said).text(self.owner.windows.culture):
            raise StepError(
                f"{doing}: drive {self.folder[:2]} is full; it has {int(free)} bytes free, the archive alone has {int(size)}",
                "free space on it for the unpacked image, or declare a location on another drive, then run again",
                "ERROR_DISK_FULL",
            )


def marker_key(owner: Owner, name: str) -> str:
    """Return the key of the marker of an import."""
    return rf"{OURS}\Imports\{owner.user.sid}\{name}"


def adopt(owner: Owner, distro: Distro, marker: Marker, archive: str = "") -> Talk[None]:
    """Keep the identity of a distribution that was imported, then take away the marker and the archive."""
    archive = archive or transfer.cached(marker.source, marker.sha256, owner.windows)
    after = [call.registry_remove(marker_key(owner, distro.name), tree=True), transfer.discard(archive)]
    yield from write_record(distro.guid, {"Sha256": marker.sha256, "Source": marker.source}, after)


def clear(owner: Owner, name: str, run: Run) -> Talk[None]:
    """Unregister an import of ours that was broken off, unless it is still under way in its owner's session."""
    (processes,) = yield from ask(call.cim_get("Win32_Process", ["ProcessId", "CommandLine"], where="Name='wsl.exe'"))
    lines = [str(one.get("CommandLine") or "").lower().split() for one in objects(processes)]
    if any("--import" in line and name.lower() in line for line in lines):
        raise StepError(f"an import of {name} is still under way", "run again when it is done", "E_ILLEGAL_STATE_CHANGE")
    round_ = yield from owner.ask(
        run, owner.command("--unregister", name), after=[look(owner)], progress=f"unregistering the half import of {name}"
    )
    owner.need(round_.answers[0], f"the half import of {name} could not be unregistered", ("WSL_E_DISTRO_NOT_FOUND",))
    if read(owner, round_.after[0]).find(name):
        raise StepError(f"the half import of {name} is still registered", "restart the laptop, then run again", "unregister")
