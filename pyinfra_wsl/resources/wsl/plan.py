r"""The WSL package: the MSI of a release of microsoft/WSL, installed without a store and without a network on the laptop.

File names of releases, conditions and exit codes: msipackage/package.wix.in, src/windows/wslinstall/DllMain.cpp,
test/windows/InstallerTests.cpp; Microsoft, "MsiExec.exe and InstMsi.exe error messages". ``wsl.exe --update`` fetches the latest
release from GitHub and knows no other (src/windows/common/WslInstall.cpp). No distribution is installed by either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.windows import space
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import WINDOWS_11
from pyinfra_wsl.core.windows.outlook import BUILD, INSTALLER, PACKAGE, SERVICING, WSL, WSL_1, WSL_2, Declared, Obstacle, wanted
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.reboot_mark import MARKS
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl.package import Ask, Install, Versions
from pyinfra_wsl.resources.wsl.state import State
from pyinfra_wsl.resources.wsl.update import Source, Update
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy

MINIMUM_BUILD = 19041
BACKPORTED = (18362, 1049)
"""Build and revision from which an x64 Windows before `MINIMUM_BUILD` runs WSL 2 (Microsoft, "Manual installation steps for older
versions of WSL")."""

_OLDER = "an older WSL over a newer one: distributions and disks stay, settings that only the newer one knows are ignored"
INSTALLED = 600 << 20
"""Bytes that an installed package takes, with its disks (from knowledge, not from WSL's source)."""
FETCHED = 200 << 20
"""Bytes of the MSI of a release, where wsl.exe fetches it (from knowledge of releases, and no more than these have)."""
_FILE = re.compile(r"wsl\.(?P<version>\d+(?:\.\d+)+)\.(?P<architecture>x64|arm64)\.msi", re.IGNORECASE)
_ARCHITECTURES = {"AMD64": "x64", "ARM64": "arm64"}


@dataclass(frozen=True, slots=True)
class Want:
    r"""What is declared.

    Args:
        minimum: the oldest version that is left alone; empty for any.
        version: exactly that one, also if that is older; empty for any.
        installer: a file of the control machine, an ``https://`` address or ``\\server\share\path``.
        sha256: the installer's.
        update: from where wsl.exe fetches the package where it is older than `minimum`, or missing; empty for from nowhere.
        allow_downgrade: whether a newer one may be replaced by `version`.
        apply: whether an upgrade waits until nobody uses WSL.

    """

    minimum: str = ""
    version: str = ""
    installer: str = ""
    sha256: str = ""
    update: Source | Literal[""] = ""
    allow_downgrade: bool = False
    apply: Literal["when_idle", "now"] = "when_idle"

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``wsl.package`` of a host."""
        return cls(**values["wsl"]["package"])

    @property
    def versions(self) -> Versions:
        """Which versions are as declared."""
        return Versions(self.minimum, self.version)


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    bad = _impossible(laptop)
    if bad:
        return Plan(failures=(bad,))
    have = laptop.of(State)
    if have.kind == "package" and want.versions.fits(have.version):
        return Plan(warnings=_warnings(laptop), noop=f"WSL {have.version} is installed")
    step = _step(want, laptop)
    if isinstance(step, Failure):
        return Plan(failures=(step,), warnings=_warnings(laptop))
    if (held := laptop.outlook.to(PACKAGE) or laptop.outlook.to_wsl()) is not None:
        return _left_alone(step, held, laptop)
    busy = "" if have.kind == "none" else wsl_distro.everybody(laptop).hindrance(consent=want.apply == "now")
    if busy:
        return Plan(deferred=(Deferred(step.sentence, "vm idle", busy),), warnings=_warnings(laptop), noop=busy)
    return Plan((step,), warnings=_warnings(laptop))


def _left_alone(step: Step, held: Obstacle, laptop: Laptop) -> Plan:
    """Return the plan of a package that cannot be installed now, or would be for nothing."""
    if held.waits:
        reason = f"{held.failure.cause}; {held.keeps('').remedy}"
        return Plan(deferred=(Deferred(step.sentence, "reboot", reason),), warnings=_warnings(laptop), noop=reason)
    failure = held.keeps(f"{step.sentence}: not done")
    if held.purpose == PACKAGE:
        return Plan(failures=(failure,), warnings=_warnings(laptop))
    return Plan(foreseen=(failure,), warnings=_warnings(laptop), noop=failure.cause)


def foresee(declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield why the declared package cannot be installed, and why nothing of WSL can come about."""
    have, policies = laptop.of(State), laptop.of(wsl_policy.State).after(declared.values)
    if policies.allows(wsl_policy.ALLOW_WSL) is False:
        yield Obstacle(WSL, wsl_policy.locked())
    if policies.allows(wsl_policy.ALLOW_WSL1) is False:
        yield Obstacle(WSL_1, wsl_policy.locked(wsl_policy.ALLOW_WSL1))
    package = declared.values.get("wsl", {}).get("package")
    if package is None:
        yield from _inbox(declared, laptop)
    elif (found := _kept_from(Want(**package), declared, laptop)) is not None:
        yield found
        if have.exe is None:
            yield replace(found, purpose=WSL)


def _inbox(declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield what the WSL that is part of Windows cannot do, where no other one is there or declared."""
    have, windows = laptop.of(State), laptop.windows
    if have.kind in ("package", None) or windows.build is None or not wanted(declared.values):
        return
    if laptop.of(wsl_policy.State).after(declared.values).allows(wsl_policy.ALLOW_INBOX) is False:
        yield Obstacle(WSL, wsl_policy.locked(wsl_policy.ALLOW_INBOX))
    backported = windows.build >= BACKPORTED[0] and windows.revision >= BACKPORTED[1] and windows.architecture != "ARM64"
    if windows.build < MINIMUM_BUILD and not backported:
        cause = f"WSL 2 needs Windows build {MINIMUM_BUILD} or later, and this is build {windows.build}.{windows.revision}"
        yield Obstacle(WSL_2, Failure(cause, "install Windows' updates on the laptop, then run again", BUILD))


def _kept_from(want: Want, declared: Declared, laptop: Laptop) -> Obstacle | None:
    have = laptop.of(State)
    if have.kind == "package" and want.versions.fits(have.version):
        return None
    step = _impossible(laptop) or _step(want, laptop)
    failure = step if isinstance(step, Failure) else space.lack(laptop.windows, need(declared, laptop))
    if failure is not None:
        return Obstacle(PACKAGE, failure)
    return next((Obstacle(PACKAGE, one, waits=True) for one in _pending(laptop)), None)


def need(declared: Declared, laptop: Laptop) -> list[space.Need]:
    """Return what room the declared package needs on the system drive that is still to be installed, and Windows beside it.

    It is brought into our cache, Windows Installer keeps a copy of its own, and unpacked it is no smaller.
    """
    package, have = declared.values.get("wsl", {}).get("package"), laptop.of(State)
    if package is None or (have.kind == "package" and Want(**package).versions.fits(have.version)):
        return []
    source, drive = package.get("installer", ""), laptop.windows.system_drive
    size = declared.sizes[source].packed if source in declared.sizes else 0
    fetched = bool(package.get("update")) and not source
    size = FETCHED if fetched else size
    what = f"{basename(source) or 'fetched'}, with Windows Installer's copy of it" if size else "unpacked"
    return [
        space.Need(drive, 2 * size + max(size, INSTALLED), f"the WSL package ({what})"),
        space.Need(drive, space.LEAST_FREE, "Windows itself"),
    ]


def _pending(laptop: Laptop) -> Iterator[Failure]:
    """Yield what Windows has not completed, before which nothing is installed; what our own changes left pending counts not."""
    kinds = {one.kind: one.sentence for one in laptop.of(reboot.State).reasons}
    remedy = "restart the laptop, then run again"
    if "servicing" in kinds and not {"features", *MARKS} & kinds.keys():
        yield Failure(f"{kinds['servicing']}, and waits for a restart of its own", remedy, SERVICING)
    if "installer" in kinds:
        yield Failure(kinds["installer"], "run again when it has ended; where none runs, restart the laptop", INSTALLER)


def _question(want: Want, laptop: Laptop) -> Ask | None:
    """Return what asks right before, since bringing an installer may take hours; None where nothing can be ended."""
    user, exe = laptop.user, laptop.of(State).exe
    if laptop.of(State).kind == "none":
        return None
    owner = Owner(user, exe, laptop.windows) if user and exe and user.within_reach else None
    return partial(wsl_distro.everybody(laptop).ask, owner, consent=want.apply == "now")


def _impossible(laptop: Laptop) -> Failure | None:
    build = laptop.windows.build
    if build is None:
        return Failure("it is not known which Windows this is", "connect as an administrator of the laptop", "build")
    if build < MINIMUM_BUILD:
        return Failure(
            f"the WSL package needs Windows build {MINIMUM_BUILD} or later, and this is build {build}",
            "install Windows' updates on the laptop, then run again",
            "build",
        )
    have = laptop.of(State)
    if laptop.of(wsl_policy.State).allows(wsl_policy.ALLOW_WSL) is False:
        return wsl_policy.locked()
    if have.kind is None:
        return Failure(f"it is not known which WSL there is: {have.problem}", "connect as an administrator of the laptop")
    return None


def _step(want: Want, laptop: Laptop) -> Step | Failure:
    have, wanted = laptop.of(State), want.versions
    found = {"package": have.version, "inbox": "the one in Windows"}.get(have.kind or "") or "none"
    notes = [] if have.kind == "none" else ["ends every distribution that runs, of every user"]
    if _goes_back(want, have):
        if not want.allow_downgrade:
            cause = f"WSL {have.version} is newer than {want.version}, and is not put back unless that is asked for"
            return Failure(cause, "declare minimum instead of version, or allow_downgrade: true beside it", "downgrade")
        notes.append(_OLDER)
    note = "; ".join(notes)
    if want.installer:
        name = basename(want.installer)
        unfit = _unfit(name, wanted, laptop)
        target = _FILE.fullmatch(name)
        words = f"{target['version'] if target else wanted.text or 'as declared'} ({name})"
        install = Install(want.installer, want.sha256.lower(), wanted, laptop.windows, _question(want, laptop))
        return unfit or Step(f"WSL package: {found} → {words}", install.talk, note)
    if want.update:
        where = {"store": "of the Store", "web": "of GitHub", "pre-release": "of GitHub, for testing too"}[want.update]
        sentence = f"WSL package: {found} → the latest release {where}"
        update = Update(have.exe, want.update, wanted, laptop.windows.culture, sentence, _question(want, laptop))
        return Step(sentence, update.talk, note)
    problem = f"WSL {have.version} is not {wanted.text}" if have.version else "the WSL package is not installed"
    remedy = "declare wsl.package.installer with its sha256 (the MSI of a release of microsoft/WSL)"
    return Failure(problem, remedy, "no_installer")


def _goes_back(want: Want, have: State) -> bool:
    """Whether what is declared is older than what is there."""
    there, wanted = version.known(have.version), version.known(want.version)
    return there is not None and wanted is not None and there > wanted


def _unfit(name: str, wanted: Versions, laptop: Laptop) -> Failure | None:
    """The names of the releases say for which processor and which version they are; another name says nothing."""
    parts = _FILE.fullmatch(name)
    if parts is None:
        return None
    ours = _ARCHITECTURES.get(laptop.windows.architecture)
    if ours and parts["architecture"].lower() != ours:
        return Failure(
            f"{name} is for {parts['architecture'].lower()}, and the laptop is {ours}",
            f"declare the {ours} installer for it",
            "ERROR_BAD_EXE_FORMAT",
        )
    if not wanted.fits(parts["version"]):
        return Failure(f"{name} is not {wanted.text}", "declare an installer of that version, with its sha256", "version")
    return None


def _warnings(laptop: Laptop) -> tuple[str, ...]:
    """Return what a person should know of a laptop's WSL, and what this declaration does not change."""
    told = wsl_policy.NAME in laptop.outlook.values  # then that resource says it
    policies = wsl_policy.State() if told else laptop.of(wsl_policy.State)
    state, features, build = laptop.of(State), laptop.of(windows_feature.State), laptop.windows.build or 0
    off = [name for name, start in state.services.items() if start == "disabled"]
    names = [windows_feature.VIRTUAL_MACHINE_PLATFORM] + ([windows_feature.WSL] if build < WINDOWS_11 else [])
    missing = [name for name in names if (features.features or {}).get(name, "") in ("Disabled", "DisabledWithPayloadRemoved")]
    lost = {"SharedAccess": "WSL 2 has no network", "WSLService": "WSL does not start"}
    return (
        *(f"WSL 2 on build {build} needs feature {name}, which is off and is turned on by windows_features" for name in missing),
        *(f"service {name} is disabled: {lost.get(name, 'the WSL in Windows does not start')}" for name in off),
        *(f"policy {effect}" for effect in policies.effects),
        *(f"policy {name} is {value}, which WSL ignores" for name, value in policies.ignored.items()),
    )


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`."""
    have = laptop.of(State)
    version = want.version or want.minimum or have.version or ""
    return laptop.having(replace(have, kind="package", version=version, exe=have.exe or _place(laptop)))


def expected(laptop: Laptop) -> Laptop:
    """Return the laptop once this run has installed the package: a guess, which the next look compares with what it finds."""
    have = laptop.of(State)
    return laptop if have.exe is not None else laptop.having(replace(have, exe=_place(laptop)))


def _place(laptop: Laptop) -> str:
    return rf"{laptop.windows.program_files}\WSL\wsl.exe"
