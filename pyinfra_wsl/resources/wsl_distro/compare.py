"""What has to be done to one distribution: the declaration against what is registered, whether it may be done now or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.talk import Run, Talk
from pyinfra_wsl.core.windows import path as windows_path
from pyinfra_wsl.core.windows import space, wsl_releases
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.path import is_within
from pyinfra_wsl.core.windows.path import same as same_folder
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf import state as wsl_conf
from pyinfra_wsl.resources.wsl_distro import room
from pyinfra_wsl.resources.wsl_distro.change import (
    backup_path,
    convert,
    drop,
    export_once,
    make_default,
    move,
    set_user,
    unregister,
)
from pyinfra_wsl.resources.wsl_distro.draft import Change, Draft
from pyinfra_wsl.resources.wsl_distro.importing import Import, adopt, clear
from pyinfra_wsl.resources.wsl_distro.places import goes_with
from pyinfra_wsl.resources.wsl_distro.state import (
    INSTALLED,
    INSTALLING,
    UNINSTALLING,
    Distro,
    Marker,
    State,
    data_path,
    home,
    question,
)
from pyinfra_wsl.resources.wsl_distro.want import EXPORTS, Want, suffix


def compare(want: Want, laptop: Laptop, user: User) -> Draft:
    """Compare a declaration with the laptop."""
    distros = laptop.of(State)
    have = distros.find(want.name)
    owner = Owner(user, laptop.of(wsl.State).exe or "", laptop.windows)
    case = _Case(want, laptop, owner, distros.imports.get(want.name.lower()))
    if have is None:
        return Draft(noop=f"{want.name} is not there") if want.absent else case.missing()
    if have.state != INSTALLED:
        return case.half(have)
    if have.there is False:
        return case.gone(have)
    if have.unseen and not want.absent:
        return case.unseen(have)
    return case.absent(have) if want.absent else case.present(have)


@dataclass(frozen=True, slots=True)
class _Case:
    want: Want
    laptop: Laptop
    owner: Owner
    marker: Marker | None

    @property
    def _have(self) -> State:
        return self.laptop.of(State)

    @property
    def _home(self) -> str:
        return home(self.owner.user)

    def missing(self, old: Distro | None = None) -> Draft:
        """Import it; an old one has gone by then."""
        want, folder = self.want, self.want.location or f"{self._home}\\{self.want.name}"
        problems = self._no_import(folder), self._doomed(folder, "location"), self._no_export(None)
        if failures := tuple(one for one in problems if one):
            return Draft(failures=failures)
        version = want.version or (2 if want.disk else self._have.default_version or 2)
        welcome = not self._have.welcomed
        size = self.laptop.outlook.sizes.get(want.source)
        image = (want.name, want.source, want.sha256, version, folder, want.disk)
        import_ = Import(self.owner, *image, welcome, size, self._keeps_names)
        sentence = f"import {want.name} as WSL {version} from {basename(want.source)}"
        note = f"into {folder} of {self.owner.user.account}"
        step = Step(sentence, import_.talk, note, free=(import_.data(),), where="location" if self.want.location else "")
        changes = [Change(step, version, driver=version == 1, first=True, name=want.name)]
        return Draft((*changes, *self._default(old), *self._user(None, version), *self._export(None, version)))

    @property
    def _keeps_names(self) -> bool:
        return wsl_releases.can(self._package, wsl_releases.KEEPS_NAMES)

    @property
    def _package(self) -> str | None:
        return self.laptop.of(wsl.State).version

    def _lack(self, since: str, what: str, otherwise: str = "") -> Failure | None:
        """Return why the laptop's WSL cannot do what its package can since a release."""
        if wsl_releases.can(self._package, since):
            return None
        return Failure(f"WSL {self._package or 'of this Windows'} {what}", f"declare wsl.package with minimum {since}{otherwise}")

    @property
    def _unmanaged(self) -> Failure | None:
        return self._lack(wsl_releases.MANAGE, "has no 'wsl --manage' that can do it")

    def _no_import(self, folder: str) -> Failure | None:
        name = self.want.name
        if not self.want.source or not self.want.sha256:
            lacks = "source" if not self.want.source else "sha256"
            remedy = f"declare its {lacks}" if self.want.source else f"declare its source and sha256, or install {name} by hand"
            return Failure(f"{name} is not there, and no {lacks} is declared to import it from", remedy)
        if taken := self._taken(folder):
            return taken
        if self.want.disk and self._package is None:
            return Failure(
                f"the WSL that comes with Windows imports no disk, and {basename(self.want.source)} is one",
                "declare wsl.package, or take a tar archive",
            )
        if self.want.disk and basename(self.want.source).lower().endswith(".vhd") and not self._keeps_names:
            return Failure(
                f"WSL {self._package} imports disks called .vhdx only, and {basename(self.want.source)} is a .vhd",
                f"declare wsl.package.minimum: {wsl_releases.KEEPS_NAMES}, or convert it (qemu-img convert -O vhdx)",
            )
        return None

    def _taken(self, folder: str) -> Failure | None:
        """Return the failure of a folder that is another distribution's."""
        name = self.want.name
        others = (one for one in (self._have.distros or {}).values() if one.name.lower() != name.lower())
        other = next((one.name for one in others if same_folder(one.folder, folder)), None)
        if other is None:
            return None
        return Failure(f"{folder} is the folder of {other}", f"declare another location for {name}", "ERROR_FILE_EXISTS")

    def half(self, have: Distro) -> Draft:
        """Repair what was broken off, if it was ours or may be lost."""
        name = have.name
        if have.state not in (INSTALLING, UNINSTALLING):
            cause = f"{name} is registered in State {have.state}, which is none that WSL leaves behind"
            return _impossible(
                cause, f"look what 'wsl --list --verbose' says of {name}, then run again", "E_ILLEGAL_STATE_CHANGE"
            )
        verb = {INSTALLING: "installing"}.get(have.state, "uninstalling")
        if not have.begun_by(self.marker) and not self.want.consent:
            whose = "it is not proved that it was by us: what lies in its folder may be older" if self.marker else "not by us"
            return _impossible(
                f"{name} is registered as {verb} (State {have.state}), and {whose}",
                f"wait if that is under way; else run 'wsl --unregister {name}' as {self.owner.user.account}, or declare "
                "allow_data_loss: true",
                "E_ILLEGAL_STATE_CHANGE",
            )
        talk = partial(clear, self.owner, have)
        sentence = f"unregister what is left of {name}, half {verb.removesuffix('ing')}ed"
        change = Change(Step(sentence, talk, frees=(have.data,)), first=True)
        if self.want.absent:
            return Draft((change,))
        rest = self.missing(have)
        return Draft((change, *rest.changes), rest.failures) if not rest.failures else rest

    def gone(self, have: Distro) -> Draft:
        """Take away the registration of a file system that is gone, with consent, since somebody may have it elsewhere."""
        name, broken = have.name, f"{have.name} is broken: {have.data} is gone, though it is registered"
        if not self.want.consent:
            image = "" if self.want.absent or self.want.source else ", with the source and sha256 of an image"
            goes = f"by which the registration goes{'' if self.want.absent else ' and it is imported again'}"
            remedy = f"put it back if somebody has it; else declare allow_data_loss: true{image}, {goes}"
            return _impossible(broken, remedy, "disk_gone")
        talk = partial(drop, self.owner, have)
        step = Step(
            f"unregister {name}, whose {have.data} is gone", talk, "there is nothing left of it to export", frees=(have.data,)
        )
        change = Change(step, stops=name, first=True)
        if self.want.absent:
            return Draft((change,))
        rest = self.missing(have)
        return Draft((change, *rest.changes)) if not rest.failures else _impossible(broken, rest.failures[0].remedy, "disk_gone")

    def unseen(self, have: Distro) -> Draft:
        """Say of what is registered that nobody knows whether it is there: that is neither as declared nor to be repaired."""
        cause = f"it is not known whether {have.data} of {have.name} is there: {have.unseen}"
        return _impossible(cause, "look at its drive and its rights, then run again", "disk_unseen")

    def absent(self, have: Distro) -> Draft:
        """Unregister it, with consent."""
        if not self.want.consent:
            return _impossible(
                f"{have.name} is declared absent, but unregistering it deletes its data",
                "declare allow_data_loss: true (it is exported first), or take it out of the declaration",
            )
        folder = self._backup(have)
        return Draft(failures=(folder,)) if isinstance(folder, Failure) else Draft((self._unregister(have, folder),))

    def _backup(self, have: Distro) -> str | Failure:
        """Return the folder for the export that comes before it goes; a failure where that is not known, or would go too."""
        declared = self.want.export_to.rpartition("\\")[0]
        # A Store package takes all in its folder with it when it is removed.
        goes = have.folder.rpartition("\\")[0] if have.package else have.folder
        folder = declared or (self._home if have.package else _beside(have.folder))
        if not folder:
            cause = f"{have.name} lies in '{have.folder}', beside which its export has no place that could be told from that"
            return Failure(cause, r"declare export_to, a path in the folder for its export, such as D:\backup\x.tar")
        if is_within(folder, goes):
            cause = f"the export of {have.name} would lie in {goes}, which goes with it"
            return Failure(cause, "declare export_to in another folder")
        return self._doomed(folder, "export_to") or folder

    def _doomed(self, path: str, key: str) -> Failure | None:
        """Return the failure of a place that is deleted when another distribution is unregistered."""
        others = (one for one in (self._have.distros or {}).values() if one.name.lower() != self.want.name.lower())
        other = next((one.name for one in others if goes_with(path, one.folder)), None)
        if other is None:
            return None
        cause = f"{key} of {self.want.name}, {path}, lies in what is deleted when {other} is unregistered"
        return Failure(cause, f"declare {key} in another folder")

    def _unregister(self, have: Distro, folder: str) -> Change:
        def talk(run: Run) -> Talk[None]:
            asking = question(self.owner, self.laptop, have.name)
            return unregister(self.owner, have, backup_path(folder, have.name, run), asking, run)

        sentence = f"export {have.name} to {folder}\\{have.name}-<time>.tar, then unregister it"
        step = Step(sentence, talk, "its data are in the export", frees=(have.data,))
        return Change(step, have.version, stops=have.name, asks=False, first=True, room=room.purpose(room.EXPORT, have.name))

    def present(self, have: Distro) -> Draft:
        """Bring it to what is declared; its image is left alone unless it may be lost."""
        changes, image, warning = [], have.record.sha256, ""
        if self.marker and not image and have.begun_by(self.marker):
            image = self.marker.sha256
            talk = partial(_adopt, self.owner, have, self.marker)
            changes.append(Change(Step(f"complete the import of {have.name} that was cut off", talk)))
        if self.want.sha256 and not image:
            warning = f"{have.name} was not imported by us: from what image it was made is not known"
        elif self.want.sha256 and image != self.want.sha256:
            if self.want.consent:
                return self._replace(have)
            warning = (
                f"{have.name} was imported from an archive with SHA-256 {image}, declared is {self.want.sha256}; "
                "it is replaced only with allow_data_loss: true"
            )
        converted, failures = self._convert_and_move(have)
        version = self.want.version or have.version
        failures += tuple(one for one in [self._no_export(have)] if one)
        rest = [*self._default(), *self._user(have, version), *self._export(have, version)]
        warnings = tuple(one for one in (warning, self._beaten(have)) if one)
        noop = f"{have.name} is WSL {have.version} in {have.folder}"
        return Draft((*changes, *converted, *rest), failures, warnings, noop)

    def _replace(self, have: Distro) -> Draft:
        rest, folder = self.missing(have), self._backup(have)
        if isinstance(folder, Failure):
            return Draft(failures=(*rest.failures, folder))
        return rest if rest.failures else Draft((self._unregister(have, folder), *rest.changes))

    def _convert_and_move(self, have: Distro) -> tuple[list[Change], tuple[Failure, ...]]:
        changes: list[Change] = []
        version = self.want.version or have.version
        if version != have.version:
            talk = partial(convert, self.owner, have, version)
            sentence = f"convert {have.name} from WSL {have.version} to {version}"
            free = (data_path(have.folder, version, have.disk),)
            step = Step(sentence, talk, "takes minutes; it cannot be used meanwhile", free=free, frees=(have.data,))
            changes.append(Change(step, 2, stops=have.name, driver=True, room=room.purpose(room.CONVERSION, have.name)))
        location = self.want.location
        if not location or same_folder(have.folder, location):
            return changes, ()
        if version == 1:
            cause = f"{have.name} is WSL 1, which wsl.exe cannot move to {location}"
            return changes, (Failure(cause, "declare version 2, or take its location out of the declaration", "E_NOTIMPL"),)
        if (fault := self._taken(location) or self._doomed(location, "location")) is not None:
            return changes, (fault,)
        if (lack := space.lack(self.laptop.windows, [space.Need(location[:2], 0, f"distribution {have.name}")])) is not None:
            return changes, (lack,)
        disk = have.disk if self._keeps_names else "ext4.vhdx"
        sentence, free = f"move {have.name}: {have.folder} → {location}", (data_path(location, 2, disk),)
        frees = (data_path(have.folder, 2, have.disk),)
        step = Step(sentence, partial(move, self.owner, have, location, disk), free=free, frees=frees, where="location")
        moved = Change(step, stops=have.name, lack=self._unmanaged, room=room.purpose(room.MOVE, have.name))
        return [*changes, moved], ()

    def _default(self, old: Distro | None = None) -> list[Change]:
        """Make it the default one; what was that and is unregistered is so no more where others are (LxssUserSession.cpp)."""
        now = self._have.default
        is_it = (now or "").lower() == self.want.name.lower()
        if is_it and old and len(self._have.distros or {}) > 1:
            sentence = f"default distribution: {self.want.name} again"
        elif self.want.default and not is_it:
            sentence = f"default distribution: {now or 'none'} → {self.want.name}"
        else:
            return []
        return [Change(Step(sentence, partial(make_default, self.owner, self.want.name)))]

    def _user(self, have: Distro | None, version: int) -> list[Change]:
        user, name = self.want.default_user, self.want.name
        if not user or _user_set(user, have) or user == self._conf_user(name):
            return []
        was = f"number {have.default_uid}" if have and have.default_uid else "root"
        step = Step(f"default user of {name}: {was} → {user}", partial(set_user, self.owner, name, user))
        return [Change(step, version, stops=have.name if have else "", lack=self._unmanaged)]

    def _conf_user(self, name: str) -> str | None:
        """Return ``user.default`` of the distribution's own wsl.conf, which beats the registry; None where it is not known."""
        conf = self.laptop.of(wsl_conf.State).conf(name)
        return None if conf is None else conf.value("user", "default")

    def _beaten(self, have: Distro) -> str:
        user, other = self.want.default_user, self._conf_user(have.name)
        if not user or other in (None, user):
            return ""
        return f"/etc/wsl.conf of {have.name} sets user.default to {other}, which beats default_user {user}: declare wsl_conf"

    def _no_export(self, have: Distro | None) -> Failure | None:
        return self._doomed(self.want.export_to, "export_to") if self._to_export(have) else None

    def _to_export(self, have: Distro | None) -> bool:
        target = self.want.export_to
        return bool(target) and not (have and same_folder(have.record.exported_to, target))

    def _export(self, have: Distro | None, version: int) -> list[Change]:
        target = self.want.export_to
        if not self._to_export(have) or self._no_export(have):
            return []
        talk = partial(export_once, self.owner, self.want.name, target)
        # What a run that was cut noted is its export; whether it is still there is told when it is looked at.
        free = () if have and have.record.exporting == target.lower() else (target,)
        step = Step(f"export {self.want.name} to {target}", talk, free=free, where="export_to")
        purpose = room.purpose(room.EXPORT, self.want.name)
        return [Change(step, version, stops=have.name if have else "", lack=self._unformatted(target), room=purpose)]

    def _unformatted(self, target: str) -> Failure | None:
        if not EXPORTS[suffix(target) or ".tar"]:
            return None
        otherwise = ", or an export_to that ends with .tar"
        return self._lack(wsl_releases.FORMATS, f"exports .tar only, and {basename(target)} is none", otherwise)


def _beside(folder: str) -> str:
    """Return the folder in which a distribution's lies; empty where its text does not tell, which nobody is to guess."""
    return "" if windows_path.fault(folder) or windows_path.normal(folder) != folder else folder.rpartition("\\")[0]


def _impossible(cause: str, remedy: str, code: str = "") -> Draft:
    return Draft(failures=(Failure(cause, remedy, code),))


def _adopt(owner: Owner, have: Distro, marker: Marker, run: Run) -> Talk[None]:
    del run
    return adopt(owner, have, marker)


def _user_set(user: str, have: Distro | None) -> bool:
    """Whether a user is the default one: root is number 0 everywhere, of another we keep the number that we set."""
    if have is None:
        return user == "root"
    known = {"root": 0} | ({have.record.default_user: have.record.default_uid} if have.record.default_user else {})
    return known.get(user) == have.default_uid
