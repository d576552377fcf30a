r"""WSL itself: which one a laptop has, what an organisation forbids in it, and the version that new distributions get.

An installed package is marked by ``HKLM\…\Lxss\MSI`` (msipackage/package.wix.in); the WSL that is part of Windows has the service
LxssManager. ``System32\wsl.exe`` says nothing: it is there on every Windows, as a stub. Only the package's own file starts
outside a desktop session (Microsoft, "Release notes for WSL in the Microsoft Store"), hence the rule for its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.talk import Run, StepError, Talk
from pyinfra_wsl.core.windows import errors, reach, wsl_policy
from pyinfra_wsl.core.windows.machine import objects, value_of
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.wsl_exe import INBOX, MSI, command
from pyinfra_wsl.resources.reboot import plan as reboot
from pyinfra_wsl.resources.windows_feature import plan as windows_feature
from pyinfra_wsl.resources.wsl.package import plan_package

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

__all__ = ["State", "command", "plan_default_version", "plan_package", "probe", "read"]

Kind = Literal["package", "inbox", "none"]

_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_PROBED = ("WSLService", "LxssManager", "SharedAccess")
_STARTS = {0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}


@dataclass(frozen=True, slots=True)
class State:
    r"""What is known of WSL on the machine.

    Args:
        kind: ``package``, ``inbox`` (part of Windows) or ``none``; None while unknown.
        version: of the package.
        kernel: version of the Linux kernel it brings; None while unknown, as with WSL in Windows or a user who is away.
        exe: path of the wsl.exe to use; None where no usable one is.
        location: folder of the package.
        product: its product code.
        services: how WSL's services start, by name: ``automatic``, ``manual``, ``disabled``; one that is missing is not in it.
        policies: what an organisation forbids.
        vm: whether the WSL VM of anybody runs; None while unknown.
        problem: why `kind` is unknown.

    """

    kind: Kind | None = None
    version: str | None = None
    exe: str | None = None
    location: str = ""
    product: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    policies: wsl_policy.State = field(default_factory=wsl_policy.State)
    vm: bool | None = None
    problem: str = ""
    kernel: str | None = None


def probe() -> dict[str, Call]:
    """Return what has to be asked."""
    return {
        "msi": call.registry_read(MSI),
        "policies": call.registry_read(wsl_policy.KEY),
        "vm": call.cim_get("Win32_Process", ["ProcessId"], where="Name='vmmemWSL'"),
        **{name: call.registry_read(rf"{_SERVICES}\{name}") for name in _PROBED},
    }


def probe_session(exe: str) -> dict[str, Call]:
    """Return what is asked of wsl.exe itself, once its path is known."""
    return {"versions": command(exe, "--version", timeout=60)}


def _kernel(answer: Answer) -> str | None:
    """Return the second of the versions: labels are translated, their order is fixed (src/windows/common/WslClient.cpp)."""
    try:
        output = Output.of(answer)
    except CallError:
        return None
    lines = [line for line in output.text().splitlines() if line.strip()]
    return lines[1].rpartition(": ")[2].strip() if output.ok and len(lines) > 1 else None


def read(answers: Mapping[str, Answer]) -> State:
    """Read the answers by the names of `probe`; what was not answered stays unknown."""
    msi, vm, manager = (answers.get(name, Answer(False)) for name in ("msi", "vm", "LxssManager"))
    version, location = str(value_of(msi, "Version") or ""), str(value_of(msi, "InstallLocation") or "").rstrip("\\")
    kind: Kind | None = "package" if version and location else "inbox" if manager.exists else "none"
    problem = "" if msi.ok and manager.ok else f"the registry could not be read: {msi.message or manager.message}"
    if kind != "package" and problem:
        kind = None
    return State(
        kind=kind,
        version=version if kind == "package" else None,
        exe={"package": f"{location}\\wsl.exe", "inbox": INBOX}.get(kind or ""),
        location=location,
        product=str(value_of(msi, "ProductCode") or ""),
        services=_services(answers),
        policies=wsl_policy.read(answers.get("policies", Answer(False))),
        vm=bool(objects(vm)) if vm.ok else None,
        problem=problem if kind is None else "",
        kernel=_kernel(answers.get("versions", Answer(False))) if kind == "package" else None,
    )


def _services(answers: Mapping[str, Answer]) -> dict[str, str]:
    found = {name: answers[name] for name in _PROBED if name in answers and answers[name].exists}
    return {name: _STARTS.get(value_of(answer, "Start"), "unknown") for name, answer in found.items()}


def plan_default_version(version: int | None, laptop: Laptop) -> Plan:
    """Plan the version that the user's new distributions get.

    Args:
        version: 1 or 2; None where it is not declared.
        laptop: the laptop as it is.

    """
    if version is None:
        return Plan(noop="no default version is declared")
    if version not in (1, 2) or isinstance(version, bool):
        return Plan(failures=(Failure(f"wsl.default_version: {version!r} is not a version of WSL", "write 1 or 2"),))
    have = laptop.wsl_distro.default_version
    if have == version:
        return Plan(noop=f"the default version is {version}")
    sentence = f"default version of WSL: {have if have else 'unknown'} → {version}"
    hindrance = reach.reach(laptop, sentence) or _hindrance(version, laptop, sentence)
    if isinstance(hindrance, Deferred):
        return Plan(deferred=(hindrance,), noop=hindrance.reason)
    if hindrance or laptop.user is None or laptop.wsl.exe is None:
        return Plan(failures=(hindrance,) if hindrance else ())
    change = _DefaultVersion(version, laptop.user, laptop.wsl.exe, laptop.windows.culture)
    return Plan((Step(sentence, change.talk, "for distributions that are added from now on"),))


def _hindrance(version: int, laptop: Laptop, sentence: str) -> Deferred | Failure | None:
    if laptop.wsl.policies.allows(wsl_policy.ALLOW_WSL) is False:
        return wsl_policy.locked()
    waits = reboot.blocks(laptop)
    if laptop.wsl.exe is None:
        if waits:
            return Deferred(sentence, "reboot", waits)
        return Failure(laptop.wsl.problem or "WSL is not installed", "declare wsl.package with an installer", "no_wsl")
    if version == 1:
        return _without_wsl1(laptop, sentence, waits)
    return None


def _without_wsl1(laptop: Laptop, sentence: str, waits: str | None) -> Deferred | Failure | None:
    """WSL 1 needs its driver, which the feature brings: wsl.exe refuses 1 as the default without it (WslClient.cpp)."""
    if laptop.wsl.policies.allows(wsl_policy.ALLOW_WSL1) is False:
        return Failure(f"AllowWSL1 is 0 in {wsl_policy.KEY}", "declare 2, or ask who owns the policy", "policy")
    if laptop.windows_feature.enabled(windows_feature.WSL) is not False:
        return None
    if waits:
        return Deferred(sentence, "reboot", waits)
    return Failure(
        f"WSL 1 needs feature {windows_feature.WSL}",
        "declare it enabled under windows_features",
        "WSL_E_WSL1_NOT_SUPPORTED",
    )


@dataclass(frozen=True, slots=True)
class _DefaultVersion:
    version: int
    user: User
    exe: str
    culture: str

    def talk(self, run: Run) -> Talk[None]:
        (answer,) = yield from self.user.ask(run, command(self.exe, "--set-default-version", str(self.version)))
        if not answer.ok:
            raise StepError(f"wsl.exe did not start: {answer.message}", "look whether WSL is installed", answer.kind)
        output = Output.of(answer)
        if not output.ok:
            cause, remedy, code = errors.explain(output, self.culture)
            raise StepError(f"the default version could not be set: {cause}", remedy, code)
