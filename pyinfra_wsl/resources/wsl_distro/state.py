r"""The distributions of one Windows user, as the registry has them, and what we know of those we imported.

``wsl.exe --list`` hides what is being installed, ends with -1 for "none" as well as for a failure, and fails altogether for one
broken registration; the registry does not (src/windows/service/exe/DistributionRegistration.h and LxssUserSession.cpp). Only
who runs now is known to the service alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows.idle import Everybody, Idle, Question, Reader
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.path import without_prefix
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.wsl_exe import command
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import listed, presence

LXSS = r"Software\Microsoft\Windows\CurrentVersion\Lxss"
OURS = r"HKLM\SOFTWARE\pyinfra-wsl"
EXPORT = "Export"
"""Of a record: size, time and path of the file that is about to get the name of an export."""
INSTALLED, INSTALLING, UNINSTALLING = 1, 3, 4  # running, converting and exporting are never stored

_WSL2 = 8  # of Flags, whose default is 7
_BUSY = {INSTALLING: "installing", UNINSTALLING: "uninstalling"}
_KINDS = {
    "State": ("DWord",),
    "Flags": ("DWord",),
    "Version": ("DWord",),
    "BasePath": ("String", "ExpandString"),
    "DistributionName": ("String", "ExpandString"),
    "VhdFileName": ("String", "ExpandString"),
}


@dataclass(frozen=True, slots=True)
class Record:
    """What we keep of a distribution that we imported.

    Args:
        sha256: of the archive it was made from; empty for one that we did not import.
        source: where that came from.
        default_user: whom we made its default user, and the number they have there.
        default_uid: the number.
        exported_to: where we exported it to.
        exporting: the path, in lower case, of an export that was about to get its name when a run was cut.

    """

    sha256: str = ""
    source: str = ""
    default_user: str = ""
    default_uid: int | None = None
    exported_to: str = ""
    exporting: str = field(default="", metadata=HIDDEN)


@dataclass(frozen=True, slots=True)
class Marker:
    """An import of ours that is under way, or was broken off.

    Args:
        sha256: of the archive.
        source: where that came from.
        folder: the folder it is imported into.
        data: where its file system was to begin, and where nothing stood right before; empty for a marker of an earlier release,
            which was written without a look and so proves nothing.

    """

    sha256: str
    source: str = ""
    folder: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class Distro:
    r"""One registration.

    Args:
        guid: the name of its key, with braces.
        name: as it is registered.
        state: 1 installed, 3 installing, 4 uninstalling; 0 where nothing is stored.
        version: 1 or 2.
        folder: its folder, without ``\\?\`` where it can be written so.
        disk: the name of its disk's file in there.
        default_uid: the Linux user that a shell starts as, unless its ``wsl.conf`` says otherwise.
        package: family name of the Store package it came with; empty for none.
        flavor: such as ``ubuntu``.
        os_version: such as ``24.04``.
        fault: why WSL cannot read it; empty for a sound one.
        there: whether its file system is where it is registered; None while unknown.
        unseen: why that is not known though it was asked; empty for nothing.
        size: bytes of its disk's file; None while unknown, and of WSL 1.
        record: what we know of it.

    """

    guid: str
    name: str
    state: int
    version: int
    folder: str
    disk: str = "ext4.vhdx"
    default_uid: int = 0
    package: str = ""
    flavor: str = ""
    os_version: str = ""
    fault: str = ""
    there: bool | None = None
    unseen: str = ""
    size: int | None = field(default=None, metadata=HIDDEN)
    record: Record = field(default_factory=Record)

    @property
    def data(self) -> str:
        """The path of its file system, which goes with its registration."""
        return data_path(self.folder, self.version, self.disk)

    def begun_by(self, marker: Marker | None) -> bool:
        """Whether a marker proves it ours: its file system lies where an import of ours saw nothing, and nowhere else."""
        return marker is not None and bool(marker.data) and marker.data.lower() == self.data.lower()


@dataclass(frozen=True, slots=True)
class State:
    """A user's distributions.

    Args:
        distros: by name; None while unknown, since a user's registry is there only while they are logged on.
        nameless: keys of registrations without a name, which no command of wsl.exe can reach.
        default: the name of the default distribution; None for none, or while unknown.
        default_version: what an import without a version becomes; None while unknown.
        running: the names of those that run, but for those that run because we looked into them: nobody works in these, so that
            a change may end them where one that a person uses would have to wait; None while unknown.
        welcomed: whether WSL's welcome window was shown to them, or need not be.
        imports: our imports that were not completed, by name in lower case.
        busy: by name, what is done to those that neither run nor are stopped: ``installing``, ``exporting``, …
        woken: the names, in lower case, of those that run only because we looked into them.
        noted: where their file systems lay when a run looked last, by name in lower case.
        missed: paths of file systems that were not seen where they were looked for.
        refusal: what wsl.exe failed with when it was asked for a list; None where it told.

    """

    distros: Mapping[str, Distro] | None = None
    nameless: tuple[str, ...] = ()
    default: str | None = None
    default_version: int | None = None
    running: tuple[str, ...] | None = None
    welcomed: bool = False
    imports: Mapping[str, Marker] = field(default_factory=dict)
    busy: Mapping[str, str] = field(default_factory=dict, metadata=HIDDEN)
    woken: tuple[str, ...] = field(default=(), metadata=HIDDEN)
    noted: Mapping[str, str] = field(default_factory=dict, metadata=HIDDEN)
    missed: tuple[str, ...] = field(default=(), metadata=HIDDEN)
    refusal: Failure | None = field(default=None, metadata=HIDDEN)

    def find(self, name: str) -> Distro | None:
        """Return a distribution by its name in any case, as WSL compares names."""
        return next((distro for distro in (self.distros or {}).values() if distro.name.lower() == name.lower()), None)

    def runs(self, name: str) -> bool | None:
        """Whether a distribution runs; None while unknown."""
        return None if self.running is None else name.lower() in (one.lower() for one in self.running)

    @property
    def guids(self) -> Mapping[str, str]:
        """The names of the keys of the registrations, by name."""
        return {name: one.guid for name, one in (self.distros or {}).items()}

    @property
    def faults(self) -> tuple[str, ...]:
        """Registrations that WSL cannot read, with the reason: one of them makes its lists and all commands by name fail."""
        broken = tuple(f"{distro.name}: {distro.fault}" for distro in (self.distros or {}).values() if distro.fault)
        return broken + tuple(f"{guid}: no DistributionName" for guid in self.nameless)


def data_path(folder: str, version: int, disk: str = "ext4.vhdx") -> str:
    r"""Return where a distribution's file system lies: a disk's file, or a folder for WSL 1 (LxssUserSession.cpp)."""
    return f"{folder}\\{'rootfs' if version == 1 else disk}"


def probe_machine() -> dict[str, Call]:
    """Return what is asked before it is known whose laptop it is: what runs have noted of everybody's distributions."""
    return {"disks": call.registry_read(presence.KEY, depth=1)}


def home(user: User) -> str:
    """Return the folder in which a user's distributions lie unless it is declared, each in one of its name."""
    return rf"{user.profile}\AppData\Local\wsl"


def probe(user: User) -> dict[str, Call]:
    """Return what an administrator can read about a user's distributions."""
    return {
        "hive": call.registry_read(rf"{user.hive}\Software"),
        "lxss": call.registry_read(rf"{user.hive}\{LXSS}", depth=1),
        "ours": call.registry_read(OURS, depth=3),
    }


@lru_cache(maxsize=64)
def probe_session(exe: str) -> Mapping[str, Call]:
    """Return what only the user's own session tells: ``--quiet`` gives bare names, and 0 for none; ``--verbose`` all states."""
    return {
        "running": command(exe, "--list", "--running", "--quiet", timeout=90),
        "states": command(exe, "--list", "--verbose", timeout=90),
    }


def read(answers: Mapping[str, Answer], user: User | None) -> State:
    """Read the answers by the names of `probe` and `probe_session`; what was not asked stays unknown."""
    hive, lxss, ours = answers.get("hive", NOT_ASKED), answers.get("lxss", NOT_ASKED), answers.get("ours", NOT_ASKED)
    noted = presence.noted(answers.get("disks", NOT_ASKED), user.sid) if user else {}
    if user is None or not hive.exists or not lxss.ok:
        return State(noted=noted)
    records = {guid.lower(): _record(key) for guid, key in _below(ours, "Distros").items()}
    distros = [
        _distro(guid, key, records.get(guid.lower(), Record()), answers)
        for guid, key in _keys(lxss).items()
        if guid.startswith("{")
    ]
    default = str(value_of(lxss, "DefaultDistribution") or "").lower()
    running, busy = _states(distros, answers)
    return State(
        distros={distro.name: distro for distro in distros if distro.name},
        nameless=tuple(distro.guid for distro in distros if not distro.name),
        default=next((distro.name for distro in distros if distro.guid.lower() == default and distro.name), None),
        default_version=int(value_of(lxss, "DefaultVersion") or 2),
        running=running,
        welcomed=bool(value_of(lxss, "OOBEComplete")),
        imports=_imports(ours, user),
        busy=busy,
        woken=tuple(answers.get("woken", NOT_ASKED).value.get("names") or ()),
        noted=noted,
        missed=tuple(one.data for one in distros if not one.there and presence.Seen(one.data, answers).missed),
        refusal=listed.refusal(answers.get("running")) or (listed.refusal(answers.get("states")) if distros else None),
    )


def _states(distros: list[Distro], answers: Mapping[str, Answer]) -> tuple[tuple[str, ...] | None, dict[str, str]]:
    """Return who runs and who is busy: the registry tells of installing and uninstalling, the service alone of the rest."""
    busy = {one.name: _BUSY.get(one.state, f"in state {one.state}") for one in distros if one.name and one.state != INSTALLED}
    running = listed.running(answers.get("running"), answers.get("woken", NOT_ASKED))
    if not distros or "states" not in answers:
        return running, busy
    seen = listed.states(answers["states"])
    if seen is None:
        return None, busy
    return running, {name: state for name, state in seen.items() if state not in ("running", "stopped")} | busy


def _keys(answer: Answer) -> Mapping[str, Answer]:
    """Return the subkeys of a key that was read, each as if it had been asked for itself."""
    keys: Mapping[str, Any] = (answer.value.get("keys") or {}) if answer.ok else {}
    return {name: Answer(True, key) for name, key in keys.items()}


def _below(answer: Answer, *path: str) -> Mapping[str, Answer]:
    """Return the subkeys further down, by names in any case."""
    for name in path:
        answer = next((key for one, key in _keys(answer).items() if one.lower() == name.lower()), NOT_ASKED)
    return _keys(answer)


def _distro(guid: str, key: Answer, record: Record, answers: Mapping[str, Answer]) -> Distro:
    version = 2 if _number(value_of(key, "Flags", 7)) & _WSL2 else 1
    folder = without_prefix(str(value_of(key, "BasePath") or "")).rstrip("\\")
    disk = str(value_of(key, "VhdFileName") or "ext4.vhdx")
    seen = presence.Seen(data_path(folder, version, disk), answers)
    return Distro(
        guid=guid,
        name=str(value_of(key, "DistributionName") or ""),
        state=_number(value_of(key, "State")),
        version=version,
        folder=folder,
        disk=disk,
        default_uid=_number(value_of(key, "DefaultUid")),
        package=str(value_of(key, "PackageFamilyName") or ""),
        flavor=str(value_of(key, "Flavor") or ""),
        os_version=str(value_of(key, "OsVersion") or ""),
        fault=_fault(key),
        there=seen.there,
        unseen=seen.why,
        size=seen.size if version == 2 else None,
        record=record,
    )


def _number(data: object) -> int:
    return data if isinstance(data, int) else 0


def _fault(key: Answer) -> str:
    """Return why WSL cannot read a registration: LxssUserSession.cpp, ``_ValidateDistro`` and ``_EnumerateDistributions``."""
    values = {name.lower(): value for name, value in (key.value.get("values") or {}).items()}
    for name, kinds in _KINDS.items():
        value = values.get(name.lower())
        if value is not None and value.get("type") not in kinds:
            return f"{name} is a {value.get('type')} instead of a {kinds[0]}"
    missing = [name for name in ("DistributionName", "BasePath") if name.lower() not in values]
    return f"no {missing[0]}" if missing else ""


def _record(key: Answer) -> Record:
    uid = value_of(key, "DefaultUid")
    return Record(
        sha256=str(value_of(key, "Sha256") or "").lower(),
        source=str(value_of(key, "Source") or ""),
        default_user=str(value_of(key, "DefaultUser") or ""),
        default_uid=uid if isinstance(uid, int) else None,
        exported_to=str(value_of(key, "ExportedTo") or ""),
        exporting=str(value_of(key, EXPORT) or "").partition(" ")[2].partition(" ")[2],
    )


def _imports(ours: Answer, user: User) -> dict[str, Marker]:
    found = _below(ours, "Imports", user.sid)
    return {
        name.lower(): Marker(
            str(value_of(key, "Sha256") or "").lower(), *(str(value_of(key, one) or "") for one in ("Source", "Folder", "Data"))
        )
        for name, key in found.items()
    }


def woken(state: State, looked_into: Iterable[str], before: Answer) -> Answer:
    """Note which distributions run because we looked into them: those that did not run when this run first looked.

    Args:
        state: as it was just read, without this note.
        looked_into: names of distributions.
        before: the note of the look before it.

    """
    running = {name.lower() for name in state.running or ()}
    asleep = set() if state.running is None else {name.lower() for name in looked_into} - running
    return Answer(True, {"names": sorted(asleep | set(before.value.get("names") or ()))})


READER = Reader(probe_session, LXSS, read)
"""How distributions are looked at right before something ends them."""


def idle(laptop: Laptop) -> Idle:
    """Return what is known of whether something of the user's may be ended."""
    return Idle(laptop.user, laptop.of(State), laptop.of(wsl.State).work)


def everybody(laptop: Laptop) -> Everybody:
    """Return what is known of whether the package may be replaced; of the distributions of others that is asked right before."""
    sid, have = laptop.user.sid if laptop.user else "", laptop.of(wsl.State)
    others = {one: account for one, account in laptop.windows.desktops.items() if one != sid}
    return Everybody(laptop.user, laptop.of(State), have.work, have.vm, others, READER, laptop.windows.desktops_known)


def question(owner: Owner, laptop: Laptop, only: str = "", *, consent: bool = False) -> Question:
    """Return the question that is asked right before something is ended; arguments as of `Question`."""
    return Question(owner, laptop.of(State), READER, only, consent)
