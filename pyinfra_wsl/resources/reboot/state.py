r"""Why a restart is pending, and whether WSL waits for it.

Each flag alone is wrong both ways, so what WSL itself waits for is told from what only Windows or some installer waits for.
Sources: the states of features (Microsoft, "DismFeatureState enumeration"); WSL's test for its services
(src/windows/common/helpers.cpp, src/windows/common/wslutil.cpp); ``PendingFileRenameOperations`` (Microsoft, "MoveFileExW");
the names that a computer has and will have (Microsoft, "SetComputerNameExW": it takes effect at the next start).
``RebootPending``, ``RebootRequired`` and ``InProgress`` are not documented, and known to everybody who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.resource import HIDDEN
from pyinfra_wsl.core.windows import reboot_mark
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import Windows, first, value_of
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.windows_feature import state as windows_feature

_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"


_CURRENT_VERSION = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"


_NAMES = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName"


_VFPEXT = 22621  # from this build on WSL asks for the service vfpext as well


_FOREIGN = {
    "servicing": "Windows' component servicing has not completed an update",
    "windows update": "Windows Update has installed something",
    "installer": "Windows Installer has not completed an installation",
    "file renames": "files in use are replaced at the next start",
    "computer name": "the computer gets another name",
}


@dataclass(frozen=True, slots=True)
class State:
    """What is known of pending restarts.

    Args:
        reasons: why one is pending.
        tried: kinds of reasons for which we restarted the laptop and which were to be gone after it.
        time_zone: minutes from UTC to the laptop's local time, now; None while unknown.
        ordered: whether we have ordered a restart since the laptop started, which is still to come.

    """

    reasons: tuple[Reason, ...] = ()
    tried: tuple[str, ...] = ()
    time_zone: int | None = None
    ordered: bool = field(default=False, metadata=HIDDEN)

    @property
    def needed_for_us(self) -> bool:
        """Whether WSL waits for a restart; one for a foreign reason alone is not made."""
        return any(reason.ours for reason in self.reasons)


def probe() -> dict[str, Call]:
    """Return what has to be asked."""
    services = {name: call.registry_read(rf"{_SERVICES}\{name}") for name in ("HNS", "vmcompute", "vfpext")}
    return {
        **services,
        "servicing": call.registry_read(rf"{_CURRENT_VERSION}\Component Based Servicing\RebootPending"),
        "windows update": call.registry_read(rf"{_CURRENT_VERSION}\WindowsUpdate\Auto Update\RebootRequired"),
        "installer": call.registry_read(rf"{_CURRENT_VERSION}\Installer\InProgress"),
        "file renames": call.registry_read(r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"),
        "computer name": call.registry_read(_NAMES, depth=1),
        "marks": call.registry_read(reboot_mark.KEY),
        "clock": call.cim_get("Win32_OperatingSystem", ["CurrentTimeZone"]),
    }


def read(answers: Mapping[str, Answer], features: windows_feature.State, windows: Windows) -> State:
    """Read the answers.

    Args:
        answers: by the names of `probe`.
        features: the optional features as they are.
        windows: the laptop; its boot time tells old notes from those of this boot.

    """
    marks = answers.get("marks", NOT_ASKED)
    tried = value_of(marks, reboot_mark.REASONS) or []
    again = value_of(marks, reboot_mark.BEFORE, windows.booted) == windows.booted
    zone = first(answers.get("clock", NOT_ASKED)).get("CurrentTimeZone")
    return State(
        (*_features(features), *_services(answers, features, windows), *_marks(marks, windows), *_foreign(answers)),
        () if again else tuple(str(kind) for kind in tried),
        zone if isinstance(zone, int) else None,
        bool(windows.booted) and value_of(marks, reboot_mark.BEFORE) == windows.booted,
    )


def _features(features: windows_feature.State) -> list[Reason]:
    have = features.features or {}
    return [Reason("features", f"{name} is {have[name]}", True) for name in features.pending]


def _services(answers: Mapping[str, Answer], features: windows_feature.State, windows: Windows) -> list[Reason]:
    """A feature is there for WSL once its services are; between DISM's word and them stands a restart."""
    if (features.features or {}).get(windows_feature.VIRTUAL_MACHINE_PLATFORM) != "Enabled" or windows.build is None:
        return []
    wanted = ["HNS", "vmcompute"] + (["vfpext"] if windows.build >= _VFPEXT else [])
    missing = [name for name in wanted if (one := answers.get(name)) and one.ok and not one.exists]
    if not missing:
        return []
    names = f"service{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    return [Reason("services", f"{windows_feature.VIRTUAL_MACHINE_PLATFORM} is on, and its {names} missing", True)]


def _marks(marks: Answer, windows: Windows) -> list[Reason]:
    return [
        Reason(kind, sentence, True)
        for kind, sentence in reboot_mark.MARKS.items()
        if windows.booted and value_of(marks, kind) == windows.booted
    ]


def _foreign(answers: Mapping[str, Answer]) -> list[Reason]:
    found = {name: answers.get(name, NOT_ASKED) for name in _FOREIGN}
    # These two are values; of the others it is enough that their key is there.
    values = {
        "file renames": bool(value_of(found.pop("file renames"), "PendingFileRenameOperations")),
        "computer name": _is_renamed(found.pop("computer name")),
    }
    kinds = [name for name, answer in found.items() if answer.exists] + [name for name, pends in values.items() if pends]
    return [Reason(kind, _FOREIGN[kind], False) for kind in kinds]


def _is_renamed(names: Answer) -> bool:
    keys = names.value.get("keys") or {} if names.ok else {}
    now, then = (value_of(Answer(True, keys.get(one) or {}), "ComputerName") for one in ("ActiveComputerName", "ComputerName"))
    return bool(now and then) and str(now).lower() != str(then).lower()


def needed(laptop: Laptop) -> tuple[Reason, ...]:
    """Return the reasons for which WSL waits for a restart that was not tried yet."""
    return tuple(reason for reason in ours(laptop) if not useless(reason, laptop))


def ours(laptop: Laptop) -> list[Reason]:
    """Return the reasons for which WSL waits for a restart."""
    found = [reason for reason in laptop.of(State).reasons if reason.ours]
    if not found and hypervisor.awaits_restart(laptop):
        found.append(Reason("hypervisor start", "the hypervisor is set to start and does not run", True))
    return found


def useless(reason: Reason, laptop: Laptop) -> bool:
    """Whether a restart for it was made and it is still there; what Windows itself calls pending is believed again."""
    return reason.kind in ("services", "hypervisor start") and reason.kind in laptop.of(State).tried


def blocks(laptop: Laptop) -> str | None:
    """Return what WSL waits for, if it needs a restart first; for other resources, whose changes are then deferred."""
    reasons, held = needed(laptop), laptop.outlook.to_wsl()
    if reasons:
        return f"needs a restart first: {listed(reasons)}"
    return held.failure.cause if held is not None and held.waits else None


def listed(reasons: Iterable[Reason]) -> str:
    """Return reasons as one text."""
    return ", ".join(reason.sentence for reason in reasons)


def waiting(laptop: Laptop, reasons: Iterable[Reason]) -> Laptop:
    """Return a laptop on which a restart is pending for further reasons: a forecast."""
    have = laptop.of(State)
    return laptop.having(replace(have, reasons=(*have.reasons, *reasons)))
