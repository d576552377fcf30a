"""Optional features of Windows as they are: on, off, and the states between a change and the restart that completes it.

States and exit codes are DISM's (Microsoft, "DISM Operating System Package Servicing Command-Line Options"); ``/English`` makes
its texts the same in every display language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call, CallError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows.outlook import FEATURES, HYPERVISOR, Obstacle, Outlook
from pyinfra_wsl.known import table

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


ON_THE_HYPERVISOR = frozenset(
    {
        VIRTUAL_MACHINE_PLATFORM.lower(), "microsoft-hyper-v-all", "microsoft-hyper-v", "microsoft-hyper-v-hypervisor",
        "microsoft-hyper-v-services", "hypervisorplatform", "containers-disposableclientvm",
    }
)  # fmt: skip
"""Features that do nothing where the hypervisor cannot start, in lower case."""


PENDING = frozenset({"EnablePending", "DisablePending"})


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
        return State(None, explain(output.exit_code)[0] if output.exit_code is not None else "dism.exe did not answer in time")
    found: dict[str, str] = {}
    for line in output.text().splitlines():
        name, _bar, state = line.partition("|")
        if (known := _STATES.get(state.strip())) is not None:
            found[name.strip()] = known
    return State(found) if found else State(None, "dism.exe printed no table of features")


def code_of(exit_code: int | None) -> str:
    """Return an exit code of DISM as people look it up."""
    if exit_code is None:
        return "timeout"
    return str(exit_code) if 0 <= exit_code < 0x10000 else f"0x{exit_code & 0xFFFFFFFF:08X}"


def explain(exit_code: int | None) -> tuple[str, str]:
    """Return what an exit code of DISM means, and the next step."""
    if exit_code is None:
        return "DISM did not end within its time", "look into %SystemRoot%\\Logs\\DISM\\dism.log, then run again"
    if (known := table.of_exit("dism", exit_code)) is not None:
        return known.cause, known.remedy
    return f"DISM ended with {code_of(exit_code)}", "look into %SystemRoot%\\Logs\\DISM\\dism.log on the laptop"


def obstacle_to(name: str, wanted: str, known: Outlook) -> Obstacle | None:
    """Return why changing a feature would be in vain or dangerous.

    Args:
        name: the feature's, in any case.
        wanted: ``enabled`` or ``disabled``.
        known: of the laptop.

    """
    dangerous = known.to(FEATURES)
    if dangerous or wanted != "enabled":
        return dangerous
    if name.lower() == VIRTUAL_MACHINE_PLATFORM.lower():
        return known.to_all_of(2)
    if name.lower() == WSL.lower():
        return known.to_wsl()
    return known.to(HYPERVISOR) if name.lower() in ON_THE_HYPERVISOR else None
