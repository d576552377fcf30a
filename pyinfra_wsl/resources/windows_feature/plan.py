"""Optional features of Windows: on, off, and the states between a change and the restart that completes it.

States and exit codes are DISM's (Microsoft, "DISM Operating System Package Servicing Command-Line Options"); ``/English`` makes
its texts the same in every display language. Which features WSL needs on which build: src/windows/common/WslInstall.cpp.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Failure, Plan, Step
from pyinfra_wsl.core.talk import Run, StepError, Talk, ask

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

Wanted = Literal["enabled", "disabled"]

DISM = r"%SystemRoot%\System32\dism.exe"
VIRTUAL_MACHINE_PLATFORM = "VirtualMachinePlatform"
WSL = "Microsoft-Windows-Subsystem-Linux"

_STATES = {
    "Enabled": "Enabled",
    "Disabled": "Disabled",
    "Enable Pending": "EnablePending",
    "Disable Pending": "DisablePending",
    "Disabled with Payload Removed": "DisabledWithPayloadRemoved",
}
_AS_WANTED: Mapping[str, frozenset[str]] = {
    "enabled": frozenset({"Enabled", "EnablePending"}),
    "disabled": frozenset({"Disabled", "DisablePending", "DisabledWithPayloadRemoved"}),
}
PENDING = frozenset({"EnablePending", "DisablePending"})

_CONSEQUENCES = {
    VIRTUAL_MACHINE_PLATFORM: "WSL 2 distributions stay on disk and no longer start; Docker Desktop's WSL 2 engine stops",
    WSL: "WSL 1 distributions stay on disk and no longer start",
    "Microsoft-Hyper-V-All": "Hyper-V virtual machines stay on disk and no longer start",
    "HypervisorPlatform": "virtual machines of other makers lose the Windows hypervisor",
    "Containers": "Windows containers no longer start",
}
_ERRORS: Mapping[int, tuple[str, str]] = {
    740: ("DISM needs an elevated account", "connect as an administrator of the laptop"),
    0x800F080C: ("Windows does not know the feature", "look the name up with 'dism /Online /Get-Features'"),
    0x800F081F: (
        "the feature's files were removed from this Windows and could not be fetched",
        "allow Windows Update, or add the files from installation media with 'dism /Enable-Feature /Source'",
    ),
    0x800F0954: (
        "the update server of the company does not hold the feature's files",
        "allow optional features from Windows Update",
    ),
    0x80070070: ("the system drive is full", "free some space on it, then run again"),
}


@dataclass(frozen=True, slots=True)
class State:
    """The features by name with their states; None where DISM could not be asked, and then why."""

    features: Mapping[str, str] | None
    problem: str = ""

    @property
    def pending(self) -> tuple[str, ...]:
        """The features whose change a restart completes."""
        return tuple(name for name, state in (self.features or {}).items() if state in PENDING)

    def enabled(self, name: str) -> bool | None:
        """Whether a feature works now: not before the restart that completes it; None while unknown."""
        return None if self.features is None else self.features.get(name) in ("Enabled", "DisablePending")


def as_wanted(state: str, wanted: str) -> bool:
    """Whether a feature's state is the wanted one, or will be after a restart."""
    return state in _AS_WANTED[wanted]


def probe() -> dict[str, Call]:
    """Return what has to be asked: all features in one go."""
    return {"features": call.run(DISM, "/English", "/Online", "/Get-Features", "/Format:Table", timeout=120)}


def read(answers: Mapping[str, Answer]) -> State:
    """Read DISM's table: ``Name | State``, between dashes."""
    try:
        output = Output.of(answers["features"])
    except CallError as error:
        return State(None, f"dism.exe did not start: {error.message}")
    if not output.ok:
        return State(None, _error(output.exit_code)[0] if output.exit_code is not None else "dism.exe did not answer in time")
    rows = (line.split("|") for line in output.text().splitlines() if line.count("|") == 1)
    found = {name.strip(): _STATES[state.strip()] for name, state in rows if state.strip() in _STATES}
    return State(found) if found else State(None, "dism.exe printed no table of features")


def plan(want: Mapping[str, str], laptop: Laptop) -> Plan:
    """Compare and plan: at most one call of DISM to turn on, with parents, and one to turn off.

    Args:
        want: ``enabled`` or ``disabled`` by feature name.
        laptop: the laptop as it is.

    """
    have = laptop.windows_feature.features
    if have is None:
        return Plan(failures=(Failure(laptop.windows_feature.problem, "connect as an administrator of the laptop"),))
    known = {name.lower(): name for name in have}
    failures = tuple(_unknown(name, laptop) for name in want if name.lower() not in known)
    names = {known[name.lower()]: wanted for name, wanted in want.items() if name.lower() in known}
    changes = {name: wanted for name, wanted in names.items() if not as_wanted(have[name], wanted)}
    on = [name for name, wanted in changes.items() if wanted == "enabled"]
    off = [name for name, wanted in changes.items() if wanted == "disabled"]
    steps = ([_turn_on(on, have)] if on else []) + ([_turn_off(off)] if off else [])
    return Plan(tuple(steps), failures=failures, noop=_noop(names, have))


def _noop(names: Mapping[str, str], have: Mapping[str, str]) -> str:
    return ", ".join(f"{name} is {have[name]}" for name in names)


def _unknown(name: str, laptop: Laptop) -> Failure:
    have = laptop.windows_feature.features or {}
    if laptop.windows.home_edition and name.startswith(("Microsoft-Hyper-V", "Containers")):
        return Failure(
            f"Windows Home has no feature {name}",
            "upgrade this laptop to Windows Pro, or take the feature out of its declaration",
        )
    near = difflib.get_close_matches(name, have, 1)
    hint = f"did you mean {near[0]}?" if near else "look the name up with 'dism /Online /Get-Features'"
    return Failure(f"Windows {laptop.windows.edition} {laptop.windows.architecture} has no feature {name}", hint)


@dataclass(frozen=True, slots=True)
class _Change:
    verb: str
    names: Sequence[str]
    options: tuple[str, ...] = field(default=())

    def talk(self, run: Run) -> Talk[None]:  # noqa: ARG002 - every talk is given the run
        names = [f"/FeatureName:{name}" for name in self.names]
        command = call.run(DISM, "/English", "/Online", self.verb, *names, *self.options, "/NoRestart", timeout=1800, live=True)
        (answer,) = yield from ask(command, progress=f"DISM {self.verb[1:]} {', '.join(self.names)}")
        output = Output.of(answer)
        code = None if output.timed_out else output.exit_code
        if code not in (0, 3010):
            cause, remedy = _error(code)
            raise StepError(f"DISM could not change {', '.join(self.names)}: {cause}", remedy, _code(code))


def _turn_on(names: Sequence[str], have: Mapping[str, str]) -> Step:
    removed = [name for name in names if have[name] == "DisabledWithPayloadRemoved"]
    note = f"the files of {', '.join(removed)} were removed and come from Windows Update" if removed else "works after a restart"
    return Step(f"enable {_listed(names)}", _Change("/Enable-Feature", names, ("/All",)).talk, note)


def _turn_off(names: Sequence[str]) -> Step:
    lost = [_CONSEQUENCES[name] for name in names if name in _CONSEQUENCES]
    return Step(
        f"disable {_listed(names)}", _Change("/Disable-Feature", names).talk, "; ".join([*lost, "complete after a restart"])
    )


def _listed(names: Sequence[str]) -> str:
    return f"feature{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _code(exit_code: int | None) -> str:
    if exit_code is None:
        return "timeout"
    return str(exit_code) if 0 <= exit_code < 0x10000 else f"0x{exit_code & 0xFFFFFFFF:08X}"


def _error(exit_code: int | None) -> tuple[str, str]:
    if exit_code is None:
        return "DISM did not end within its time", "look into %SystemRoot%\\Logs\\DISM\\dism.log, then run again"
    known = _ERRORS.get(exit_code & 0xFFFFFFFF)
    return known or (f"DISM ended with {_code(exit_code)}", "look into %SystemRoot%\\Logs\\DISM\\dism.log on the laptop")
