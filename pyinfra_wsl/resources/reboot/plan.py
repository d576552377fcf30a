r"""Restarts: why one is pending, whether WSL waits for it, and whether it may happen now.

Each flag alone is wrong both ways, so what WSL itself waits for is told from what only Windows or some installer waits for.
Sources: the states of features (Microsoft, "DismFeatureState enumeration"); WSL's test for its services
(src/windows/common/helpers.cpp, src/windows/common/wslutil.cpp); ``PendingFileRenameOperations`` (Microsoft, "MoveFileExW");
``RebootPending``, ``RebootRequired`` and ``InProgress`` are not documented, and known to everybody who asks. ``shutdown /g``:
Microsoft, "shutdown".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.talk import Restart, Run, StepError, Talk, ask
from pyinfra_wsl.core.windows import reboot_mark
from pyinfra_wsl.core.windows.machine import Windows, first, value_of
from pyinfra_wsl.resources.hypervisor import plan as hypervisor
from pyinfra_wsl.resources.windows_feature import plan as windows_feature

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

Policy = Literal["never", "no_user", "window", "now"]
POLICIES: tuple[Policy, ...] = ("never", "no_user", "window", "now")
TIMEOUT = 900.0
"""Seconds until a restarted laptop must answer, unless declared."""

SHUTDOWN = r"%SystemRoot%\System32\shutdown.exe"
_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_CURRENT_VERSION = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"
_VFPEXT = 22621  # from this build on WSL asks for the service vfpext as well
_WARNING = 60  # seconds between the notice and the restart for somebody who is logged on
_ATTEMPTS = 3
_SCHEDULED = 1190  # ERROR_SHUTDOWN_IS_SCHEDULED: somebody else ordered one already
_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_FOREIGN = {
    "servicing": "Windows' component servicing has not completed an update",
    "windows update": "Windows Update has installed something",
    "installer": "Windows Installer has not completed an installation",
    "file renames": "files in use are replaced at the next start",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a restart is pending.

    Args:
        kind: one or two words for it.
        sentence: what it is.
        ours: whether something that WSL needs waits for it.

    """

    kind: str
    sentence: str
    ours: bool


@dataclass(frozen=True, slots=True)
class State:
    """What is known of pending restarts.

    Args:
        reasons: why one is pending.
        tried: kinds of reasons for which we restarted the laptop and which were to be gone after it.
        time_zone: minutes from UTC to the laptop's local time, now; None while unknown.

    """

    reasons: tuple[Reason, ...] = ()
    tried: tuple[str, ...] = ()
    time_zone: int | None = None

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
    marks = answers.get("marks", Answer(False))
    tried = value_of(marks, reboot_mark.REASONS) or []
    again = value_of(marks, reboot_mark.BEFORE, windows.booted) == windows.booted
    zone = first(answers.get("clock", Answer(False))).get("CurrentTimeZone")
    return State(
        (*_features(features), *_services(answers, features, windows), *_marks(marks, windows), *_foreign(answers)),
        () if again else tuple(str(kind) for kind in tried),
        zone if isinstance(zone, int) else None,
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
    found = {name: answers.get(name, Answer(False)) for name in _FOREIGN}
    # Only this one is a value, not a key.
    renames = bool(value_of(found.pop("file renames"), "PendingFileRenameOperations"))
    kinds = [name for name, answer in found.items() if answer.exists] + (["file renames"] if renames else [])
    return [Reason(kind, _FOREIGN[kind], False) for kind in kinds]


def needed(laptop: Laptop) -> tuple[Reason, ...]:
    """Return the reasons for which WSL waits for a restart that was not tried yet."""
    return tuple(reason for reason in _ours(laptop) if not _useless(reason, laptop))


def _ours(laptop: Laptop) -> list[Reason]:
    ours = [reason for reason in laptop.reboot.reasons if reason.ours]
    if not ours and hypervisor.awaits_restart(laptop):
        ours.append(Reason("hypervisor start", "the hypervisor is set to start and does not run", True))
    return ours


def _useless(reason: Reason, laptop: Laptop) -> bool:
    """Whether a restart for it was made and it is still there; what Windows itself calls pending is believed again."""
    return reason.kind in ("services", "hypervisor start") and reason.kind in laptop.reboot.tried


def blocks(laptop: Laptop) -> str | None:
    """Return what WSL waits for, if it needs a restart first; for other nouns, whose changes are then deferred."""
    reasons = needed(laptop)
    return f"needs a restart first: {_listed(reasons)}" if reasons else None


def _listed(reasons: tuple[Reason, ...] | list[Reason]) -> str:
    return ", ".join(reason.sentence for reason in reasons)


def plan(want: Mapping[str, Any], laptop: Laptop, now: str) -> Plan:
    """Decide whether to restart now: one restart serves all reasons.

    Args:
        want: ``policy`` (``never`` where it is not declared), ``window``, ``timeout`` in seconds.
        laptop: the laptop as it is.
        now: ISO 8601 UTC.

    """
    bad = _bad(want)
    if bad:
        return Plan(failures=(bad,))
    reasons = needed(laptop)
    if not reasons:
        return Plan(warnings=_warnings(laptop), noop=_noop(laptop))
    sentence = f"restart: {_listed(reasons)}"
    hindrance = _hindrance(want, laptop, now, sentence)
    if isinstance(hindrance, Failure):
        return Plan(failures=(hindrance,))
    if hindrance:
        return Plan(deferred=(hindrance,), noop=hindrance.reason)
    people = _people(laptop)
    note = f"{', '.join(people)} is told {_WARNING} s before; what was not saved is lost" if people else "nobody is logged on"
    kinds = tuple(dict.fromkeys(reason.kind for reason in reasons))
    restart = _Restart(kinds, laptop.windows.booted, float(want.get("timeout") or TIMEOUT), bool(people))
    return Plan((Step(sentence, restart.talk, note),))


def _bad(want: Mapping[str, Any]) -> Failure | None:
    policy, window = want.get("policy") or "never", want.get("window")
    if policy not in POLICIES:
        return Failure(f"reboot.policy: {policy!r} is not a policy", f"write one of {', '.join(POLICIES)}")
    if window is not None and not _WINDOW.fullmatch(str(window)):
        return Failure(f"reboot.window: {window!r} is not a window", 'write two times of day, like "22:00-06:00"')
    if policy == "window" and window is None:
        return Failure("reboot.policy is window, and no window is declared", 'declare reboot.window, like "22:00-06:00"')
    return None


def _hindrance(want: Mapping[str, Any], laptop: Laptop, now: str, sentence: str) -> Deferred | Failure | None:
    policy, window, people = want.get("policy") or "never", want.get("window"), _people(laptop)
    if policy == "never":
        return Deferred(sentence, "reboot", "the policy is never; restart the laptop, then run again")
    if policy == "no_user":
        if not laptop.windows.booted:
            return Failure("it is not known who is logged on", "look whether WMI works on the laptop, then run again", "wmi")
        if people:
            return Deferred(sentence, "reboot", f"{', '.join(people)} is logged on, and the policy is no_user")
    if policy == "now" or window is None:
        return None
    return _outside(window, laptop, now, sentence)


def _outside(window: str, laptop: Laptop, now: str, sentence: str) -> Deferred | Failure | None:
    zone = laptop.reboot.time_zone
    if zone is None:
        return Failure("the laptop's local time is not known", "look whether WMI works on the laptop, then run again", "wmi")
    clock = f"{datetime.fromisoformat(now) + timedelta(minutes=zone):%H:%M}"
    begin, _, end = window.partition("-")
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    if inside:
        return None
    return Deferred(sentence, "maintenance window", f"it is {clock} on the laptop, and the window is {window}")


def _people(laptop: Laptop) -> list[str]:
    windows = laptop.windows
    return [name or sid for sid, name in windows.desktops.items()] or ([windows.console] if windows.console else [])


def _noop(laptop: Laptop) -> str:
    foreign = [reason for reason in laptop.reboot.reasons if not reason.ours]
    if foreign:
        return f"WSL needs no restart; Windows waits for one of its own: {_listed(foreign)}"
    return "no restart is pending"


def _warnings(laptop: Laptop) -> tuple[str, ...]:
    useless = [reason for reason in _ours(laptop) if _useless(reason, laptop)]
    return tuple(f"{reason.sentence}, also after the restart that was made for it" for reason in useless)


@dataclass(frozen=True, slots=True)
class _Restart:
    """One restart.

    Args:
        kinds: of the reasons.
        booted: when the laptop started.
        timeout: seconds until it must answer again.
        people: whether somebody is logged on.

    """

    kinds: tuple[str, ...]
    booted: str
    timeout: float
    people: bool

    def talk(self, run: Run) -> Talk[None]:
        """Order the restart, and wait for it.

        A connection may break off without one. Where the laptop's port was closed in between, the next look, which compares the
        boot times anyway, is proof enough; else Windows is asked now.
        """
        yield from self._order(run)
        for _ in range(_ATTEMPTS):
            answers = yield Restart(self.timeout, "restarting")
            if answers and answers[0].value.get("closed"):
                return
            (answer,) = yield from ask(call.cim_get("Win32_OperatingSystem", ["LastBootUpTime"]), keep_going=True)
            booted = str(first(answer).get("LastBootUpTime") or "")
            if booted and booted != self.booted:
                return
        raise StepError(
            "the laptop answers, and has not restarted", "look at its screen: a program may hold the restart up", "restart"
        )

    def _order(self, run: Run) -> Talk[None]:
        # /g signs the last user in again and locks the screen where Windows is set so (automatic restart sign-on), so that what
        # is his can be converged after the restart. /f is implied by a time above 0; with nobody there is nothing to force.
        comment = f"pyinfra-wsl restarts this laptop ({run.holder})"[:127]
        command = call.run(SHUTDOWN, "/g", "/t", str(_WARNING if self.people else 0), "/c", comment)
        *_, answer = yield from ask(*reboot_mark.restarting(self.booted, self.kinds), command, progress="ordering a restart")
        if not answer.ok:
            cause = f"no restart could be ordered: {answer.message}"
            raise StepError(cause, "connect as an administrator of the laptop", answer.kind)
        output = Output.of(answer)
        if not output.ok and output.exit_code != _SCHEDULED:
            raise StepError(
                f"shutdown.exe refused: {output.said() or f'exit code {output.exit_code}'}",
                "connect as an account with the right to shut the laptop down",
                f"shutdown {output.exit_code}",
            )
