r"""The WSL package: the MSI of a release of microsoft/WSL, installed without a store and without a network on the laptop.

File names of releases, conditions and exit codes: msipackage/package.wix.in, src/windows/wslinstall/DllMain.cpp,
test/windows/InstallerTests.cpp; Microsoft, "MsiExec.exe and InstMsi.exe error messages". ``wsl.exe --update`` fetches the latest
release from GitHub and knows no other (src/windows/common/WslInstall.cpp). No distribution is installed by either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.windows import transfer, wsl_policy
from pyinfra_wsl.core.windows.machine import WINDOWS_11
from pyinfra_wsl.core.windows.wsl_exe import INBOX
from pyinfra_wsl.resources.windows_feature import plan as windows_feature
from pyinfra_wsl.resources.wsl.package_change import Install, Update, Wanted

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

MINIMUM_BUILD = 19041
_FILE = re.compile(r"wsl\.(?P<version>\d+(?:\.\d+)+)\.(?P<architecture>x64|arm64)\.msi", re.IGNORECASE)
_ARCHITECTURES = {"AMD64": "x64", "ARM64": "arm64"}
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_APPLY = ("when_idle", "now")


def plan_package(want: Mapping[str, Any], laptop: Laptop) -> Plan:
    r"""Compare and plan.

    Args:
        want: ``minimum`` (the oldest version that is left alone) or ``version`` (exactly that one, also if that is older);
            ``installer`` (a file of the control machine, an ``https://`` address or ``\\server\share\path``) with its ``sha256``,
            or ``update: true`` for ``wsl.exe --update`` where the package is older than ``minimum``;
            ``apply``: ``when_idle`` (unless told) or ``now``.
        laptop: the laptop as it is.

    """
    bad = _bad(want) or _impossible(laptop)
    if bad:
        return Plan(failures=(bad,))
    have, wanted = laptop.wsl, Wanted(str(want.get("minimum") or ""), str(want.get("version") or ""))
    if have.kind == "package" and wanted.fits(have.version):
        return Plan(warnings=_warnings(laptop), noop=f"WSL {have.version} is installed")
    step = _step(want, wanted, laptop)
    if isinstance(step, Failure):
        return Plan(failures=(step,), warnings=_warnings(laptop))
    busy = _busy(laptop) if (want.get("apply") or "when_idle") == "when_idle" else ""
    if busy:
        return Plan(deferred=(Deferred(step.sentence, "vm idle", busy),), warnings=_warnings(laptop), noop=busy)
    return Plan((step,), warnings=_warnings(laptop))


def _bad(want: Mapping[str, Any]) -> Failure | None:
    for name in ("minimum", "version"):
        try:
            version.parse(str(want.get(name) or "0"))
        except ValueError as error:
            return Failure(f"wsl.package.{name}: {error}", "correct it")
    if want.get("minimum") and want.get("version"):
        return Failure("wsl.package declares both a minimum and a version", "declare one of them")
    if want.get("update") and not want.get("minimum"):
        return Failure("wsl.package.update has no minimum below which to update", "declare wsl.package.minimum")
    if want.get("apply") not in (None, *_APPLY):
        return Failure(f"wsl.package.apply: {want['apply']!r} is none of {', '.join(_APPLY)}", "correct it")
    return _bad_source(want)


def _bad_source(want: Mapping[str, Any]) -> Failure | None:
    source, sha256 = want.get("installer"), want.get("sha256")
    if source and not _SHA256.fullmatch(str(sha256 or "")):
        return Failure(f"wsl.package.sha256 of {transfer.shown(source)} is missing or none", "write its 64 hexadecimal digits")
    if source and not transfer.basename(source).lower().endswith(".msi"):
        return Failure(f"{transfer.shown(source)} is not an MSI", "declare wsl.VERSION.0.x64.msi of a release of microsoft/WSL")
    return None


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
    if laptop.wsl.policies.allows(wsl_policy.ALLOW_WSL) is False:
        return wsl_policy.locked()
    if laptop.wsl.kind is None:
        return Failure(f"it is not known which WSL there is: {laptop.wsl.problem}", "connect as an administrator of the laptop")
    return None


def _step(want: Mapping[str, Any], wanted: Wanted, laptop: Laptop) -> Step | Failure:
    have, source = laptop.wsl, want.get("installer")
    found = {"package": have.version, "inbox": "the one in Windows"}.get(have.kind or "") or "none"
    note = "" if have.kind == "none" else "ends every distribution that runs, of every user"
    if source:
        name = transfer.basename(source)
        unfit = _unfit(name, wanted, laptop)
        target = _FILE.fullmatch(name)
        words = f"{target['version'] if target else wanted.text or 'as declared'} ({name})"
        install = Install(source, str(want["sha256"]).lower(), wanted, laptop.windows)
        return unfit or Step(f"WSL package: {found} → {words}", install.talk, note)
    if want.get("update"):
        update = Update(have.exe or INBOX, wanted, laptop.windows.culture)
        return Step(f"WSL package: {found} → the latest release", update.talk, note)
    problem = f"WSL {have.version} is not {wanted.text}" if have.version else "the WSL package is not installed"
    remedy = "declare wsl.package.installer with its sha256 (the MSI of a release of microsoft/WSL)"
    return Failure(problem, remedy, "no_installer")


def _unfit(name: str, wanted: Wanted, laptop: Laptop) -> Failure | None:
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


def _busy(laptop: Laptop) -> str:
    """Say what an upgrade would end; empty where nothing runs. Who is logged off has no VM (LxssUserSessionFactory.cpp)."""
    if laptop.wsl.kind == "none":
        return ""
    running, user = laptop.wsl_distro.running, laptop.user
    if running:
        return f"{', '.join(running)} of {user.account if user else 'the user'} {'run' if len(running) > 1 else 'runs'}"
    others = set(laptop.windows.desktops) - ({user.sid} if user else set())
    if laptop.wsl.vm and (running is None or others):
        return "a WSL VM runs, of somebody whose distributions cannot be seen from here"
    return ""


def _warnings(laptop: Laptop) -> tuple[str, ...]:
    """Return what a person should know of a laptop's WSL, and what this declaration does not change."""
    state, features, build = laptop.wsl, laptop.windows_feature, laptop.windows.build or 0
    off = [name for name, start in state.services.items() if start == "disabled"]
    names = [windows_feature.VIRTUAL_MACHINE_PLATFORM] + ([windows_feature.WSL] if build < WINDOWS_11 else [])
    missing = [name for name in names if (features.features or {}).get(name, "") in ("Disabled", "DisabledWithPayloadRemoved")]
    lost = {"SharedAccess": "WSL 2 has no network", "WSLService": "WSL does not start"}
    return (
        *(f"WSL 2 on build {build} needs feature {name}, which is off: it belongs under windows_features" for name in missing),
        *(f"service {name} is disabled: {lost.get(name, 'the WSL in Windows does not start')}" for name in off),
        *(f"policy {effect}" for effect in state.policies.effects),
        *(f"policy {name} is {value}, which WSL ignores" for name, value in state.policies.ignored.items()),
    )
