r"""Whether a restart may happen now, and how it is ordered and waited for (Microsoft, "shutdown")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.talk import Restart, Run, Talk, ask
from pyinfra_wsl.core.windows import reboot_mark, work
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import desktops, first, sids
from pyinfra_wsl.core.windows.outlook import RESTART, Obstacle
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.reboot.state import State, listed, needed, ours, useless
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

Policy = Literal["never", "no_user", "window", "now"]
TIMEOUT = 900.0
"""Seconds until a restarted laptop must answer, unless declared."""

SHUTDOWN = r"%SystemRoot%\System32\shutdown.exe"
_WARNING = 60  # seconds between the notice and the restart for somebody who is logged on
_LOOKING = "looking whether anybody would be disturbed"
_ATTEMPTS = 3
_SCHEDULED = 1190  # ERROR_SHUTDOWN_IS_SCHEDULED: one was ordered already
_SETTLED = {"EnablePending": "Enabled", "DisablePending": "Disabled"}


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared.

    Args:
        policy: when the laptop may be restarted.
        window: times of its day, such as ``22:00-06:00``; empty for any.
        timeout: seconds until it must answer again.

    """

    policy: Policy = "never"
    window: str = ""
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``reboot`` of a host."""
        return cls(**values.get("reboot", {}))


def plan(want: Want, laptop: Laptop, now: str) -> Plan:
    """Decide whether to restart now: one restart serves all reasons.

    Args:
        want: what is declared.
        laptop: the laptop as it is.
        now: ISO 8601 UTC.

    """
    reasons = needed(laptop)
    if not reasons:
        return Plan(warnings=_warnings(laptop), noop=_noop(laptop))
    vain = {reason: held for reason in reasons if (held := _in_vain(reason, laptop)) is not None}
    if len(vain) == len(reasons):
        return _left_alone(reasons, vain[reasons[0]])
    sentence = f"restart: {listed(reasons)}"
    hindrance = _hindrance(want, laptop, now, sentence)
    if hindrance:
        return held_up(hindrance)
    people = _people(laptop)
    note = f"{', '.join(people)} is told {_WARNING} s before; what was not saved is lost" if people else "nobody is logged on"
    kinds = tuple(dict.fromkeys(reason.kind for reason in reasons))
    restart = _Restart(kinds, laptop.windows.booted, want, _seated(laptop), laptop.of(State).ordered)
    return Plan((Step(sentence, restart.talk, note),))


def _in_vain(reason: Reason, laptop: Laptop) -> Obstacle | None:
    """Return why a restart for a reason would bring nothing, or would be dangerous."""
    known = laptop.outlook
    if (dangerous := known.to(RESTART)) is not None:
        return dangerous
    if reason.kind == "features":
        name, _, state = reason.sentence.partition(" is ")
        return windows_feature.obstacle_to(name, "enabled" if state == "EnablePending" else "disabled", known)
    if reason.kind in ("services", "hypervisor start"):
        return known.to_all_of(2)
    return known.to_wsl() if reason.kind == "package" else None


def _left_alone(reasons: tuple[Reason, ...], held: Obstacle) -> Plan:
    sentence = f"restart: {listed(reasons)}"
    if held.waits:
        reason = f"{held.failure.cause}; {held.keeps('').remedy}"
        return Plan(deferred=(Deferred(sentence, "reboot", reason),), noop=reason)
    failure = held.keeps(f"{sentence}: not made")
    return Plan(foreseen=(failure,), noop=failure.cause)


def _hindrance(want: Want, laptop: Laptop, now: str, sentence: str) -> Deferred | Failure | None:
    policy, people = want.policy, _people(laptop)
    if policy == "never":
        return Deferred(sentence, "reboot", "the policy is never; restart the laptop, then run again")
    if policy == "no_user":
        if not laptop.windows.booted or not (people or laptop.windows.desktops_known):
            return Failure("it is not known who is logged on", "look whether WMI works on the laptop, then run again", "wmi")
        if people:
            return Deferred(sentence, "reboot", f"{', '.join(people)} is logged on, and the policy is no_user")
    outside = _outside(want.window, laptop, now, sentence) if policy != "now" and want.window else None
    return outside or _breaks_off(laptop, sentence)


def _breaks_off(laptop: Laptop, sentence: str) -> Deferred | None:
    """A restart breaks off what is under way, of anybody; half an import that nobody works on is none the worse for it."""
    busy = _under_way(laptop.of(wsl.State).work)
    return Deferred(sentence, "vm idle", busy) if busy else None


def _under_way(found: tuple[work.Work, ...] | None) -> str:
    if found is None:
        return "it could not be seen what is under way"
    return next((f"{one.transfer} is under way" for one in found if one.transfer), "")


def _outside(window: str, laptop: Laptop, now: str, sentence: str) -> Deferred | Failure | None:
    zone = laptop.of(State).time_zone
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


def _seated(laptop: Laptop) -> bool:
    """Whether somebody is, or may be, logged on."""
    return bool(_people(laptop)) or not laptop.windows.desktops_known


def _noop(laptop: Laptop) -> str:
    foreign = [reason for reason in laptop.of(State).reasons if not reason.ours]
    if foreign:
        return f"WSL needs no restart; Windows waits for one of its own: {listed(foreign)}"
    return "no restart is pending"


def _warnings(laptop: Laptop) -> tuple[str, ...]:
    found = [reason for reason in ours(laptop) if useless(reason, laptop)]
    return tuple(f"{reason.sentence}, also after the restart that was made for it" for reason in found)


@dataclass(frozen=True, slots=True)
class _Restart:
    """One restart.

    Args:
        kinds: of the reasons.
        booted: when the laptop started.
        want: what is declared.
        people: whether somebody is logged on.
        ordered: whether one of ours is still to come, of a run that was cut after it had ordered it.

    """

    kinds: tuple[str, ...]
    booted: str
    want: Want
    people: bool
    ordered: bool = False

    def talk(self, run: Run) -> Talk[None]:
        """Order the restart, and wait for it.

        A connection may break off without one. Where the laptop's port was closed in between, the next look, which compares the
        boot times anyway, is proof enough; else Windows is asked now.
        """
        yield from self._order(run, people=(yield from self._disturbed()))
        for _ in range(_ATTEMPTS):
            answers = yield Restart(self.want.timeout, "restarting")
            if answers and answers[0].value.get("closed"):
                return
            (answer,) = yield from ask(call.cim_get("Win32_OperatingSystem", ["LastBootUpTime"]), keep_going=True)
            booted = str(first(answer).get("LastBootUpTime") or "")
            if booted and booted != self.booted:
                return
        raise StepError(
            "the laptop answers, and has not restarted", "look at its screen: a program may hold the restart up", "restart"
        )

    def _disturbed(self) -> Talk[bool]:
        """Ask once more, right before: what was seen may be minutes old, in which the run was at work on other laptops.

        Returns whether somebody is, or may be, logged on, who is told before it restarts.

        Raises:
            StepError: somebody would be disturbed who may not be.

        """
        console = call.cim_get("Win32_ComputerSystem", ["UserName"])
        seated, screen, processes = yield from ask(desktops(), console, work.probe(), keep_going=True, progress=_LOOKING)
        found, there = sids(seated), bool(first(screen).get("UserName"))
        busy = _under_way(work.read(processes))
        if not busy and self.want.policy == "no_user" and (found or there or found is None or not screen.ok):
            busy = "somebody is logged on" if found or there else "it could not be seen whether somebody is logged on"
        if busy:
            raise StepError(
                f"the laptop was not restarted: {busy}", "run again when that has ended; nothing was ended now", "reboot"
            )
        return bool(self.people or found is None or found or there)

    def _order(self, run: Run, *, people: bool) -> Talk[None]:
        # /g signs the last user in again and locks the screen where Windows is set so (automatic restart sign-on), so that what
        # is theirs can be converged after the restart. /f is implied by a time above 0; with nobody there is nothing to force.
        comment = f"pyinfra-wsl restarts this laptop ({run.holder})"[:127]
        command = call.run(SHUTDOWN, "/g", "/t", str(_WARNING if people else 0), "/c", comment)
        *_, answer = yield from ask(*reboot_mark.restarting(self.booted, self.kinds), command, progress="ordering a restart")
        refusal = self._refusal(answer)
        if refusal:
            yield from ask(*reboot_mark.not_restarting(), keep_going=True)
            raise refusal

    def _refusal(self, answer: Answer) -> StepError | None:
        """Return why no restart comes that is worth waiting for; None where one does."""
        if not answer.ok:
            cause = f"no restart could be ordered: {answer.message}"
            return StepError(cause, "connect as an administrator of the laptop", answer.kind)
        output = Output.of(answer)
        if output.ok or (output.exit_code == _SCHEDULED and self.ordered):
            return None
        code = f"shutdown {output.exit_code}"
        if output.exit_code == _SCHEDULED:  # for a time that Windows does not tell; it may be tomorrow
            cause = "somebody has scheduled a shutdown or a restart of this laptop already; it is not waited for"
            return StepError(cause, "run again after it, or take it back with 'shutdown /a' there", code)
        said = output.said() or f"exit code {output.exit_code}"
        return StepError(f"shutdown.exe refused: {said}", "connect as an account with the right to shut the laptop down", code)


def forecast(laptop: Laptop, _want: Want) -> Laptop:
    """Return the laptop after a restart: what was pending is settled, the hypervisor runs where it may, no distribution does."""
    features, processor = laptop.of(windows_feature.State), laptop.of(hypervisor.State)
    settled: Mapping[str, str] = {name: _SETTLED.get(state, state) for name, state in (features.features or {}).items()}
    after = replace(features, features=settled)
    wanted = after.enabled(windows_feature.VIRTUAL_MACHINE_PLATFORM) or bool(processor.running)
    runs = replace(processor, running=wanted and processor.launch != "off")
    distros, package = laptop.of(wsl_distro.State), laptop.of(wsl.State)
    return laptop.having(after, State(), runs, replace(distros, running=()), replace(package, vm=False))
