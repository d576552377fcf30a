"""Optional features of Windows as they are wanted: at most one call of DISM to turn on, with parents, and one to turn off.

Which features WSL needs on which build: src/windows/common/WslInstall.cpp.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import Obstacle
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature.state import (
    DISM,
    VIRTUAL_MACHINE_PLATFORM,
    WSL,
    State,
    code_of,
    explain,
    obstacle_to,
    probe,
    read,
)

Wanted = Literal["enabled", "disabled"]
Want = Mapping[str, Wanted]
"""The wanted state by feature name."""


_AS_WANTED: Mapping[str, frozenset[str]] = {
    "enabled": frozenset({"Enabled", "EnablePending"}),
    "disabled": frozenset({"Disabled", "DisablePending", "DisabledWithPayloadRemoved"}),
}

_CONSEQUENCES = {
    VIRTUAL_MACHINE_PLATFORM: "WSL 2 distributions stay on disk and no longer start; Docker Desktop's WSL 2 engine stops",
    WSL: "WSL 1 distributions stay on disk and no longer start",
    "Microsoft-Hyper-V-All": "Hyper-V virtual machines stay on disk and no longer start",
    "HypervisorPlatform": "virtual machines of other makers lose the Windows hypervisor",
    "Containers": "Windows containers no longer start",
}


def as_wanted(state: str, wanted: str) -> bool:
    """Whether a feature's state is the wanted one, or will be after a restart."""
    return state in _AS_WANTED[wanted]


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: the state by feature name.
        laptop: the laptop as it is.

    """
    have = laptop.of(State).features
    if have is None:
        return Plan(failures=(Failure(laptop.of(State).problem, "connect as an administrator of the laptop"),))
    known = {name.lower(): name for name in have}
    missing = [name for name in want if name.lower() not in known]
    failures = tuple(_unknown(name, laptop) for name in missing if want[name] == "enabled")
    warnings = tuple(note for name in missing if (note := _mistyped(name, have)))
    names = {known[name.lower()]: wanted for name, wanted in want.items() if name.lower() in known}
    changes = {name: wanted for name, wanted in names.items() if not as_wanted(have[name], wanted)}
    held = held_of(changes, laptop)
    on = [name for name, wanted in changes.items() if wanted == "enabled" and name not in held]
    off = [name for name, wanted in changes.items() if wanted == "disabled" and name not in held]
    steps = ([_turn_on(on, have)] if on else []) + ([_turn_off(off, have)] if off else [])
    deferred, foreseen = _left_alone(held, changes)
    return Plan(tuple(steps), deferred, failures, warnings, foreseen=foreseen, noop=_noop(want, known, have))


def held_of(changes: Mapping[str, str], laptop: Laptop) -> dict[str, Obstacle]:
    """Return which changes would be in vain or dangerous on a laptop, and why."""
    found = {name: obstacle_to(name, wanted, laptop.outlook) for name, wanted in changes.items()}
    return {name: obstacle for name, obstacle in found.items() if obstacle is not None}


def _left_alone(held: Mapping[str, Obstacle], changes: Mapping[str, str]) -> tuple[tuple[Deferred, ...], tuple[Failure, ...]]:
    """Say what is left alone, once for each cause."""
    deferred, failures = [], []
    for obstacle in dict.fromkeys(held.values()):
        names = [name for name, one in held.items() if one == obstacle]
        verb = "enable" if changes[names[0]] == "enabled" else "disable"
        sentence = f"{verb} {_listed(names)}"
        if obstacle.waits:
            deferred.append(Deferred(sentence, "reboot", f"{obstacle.failure.cause}; {obstacle.keeps('').remedy}"))
        else:
            failures.append(obstacle.keeps(f"{_listed(names)} not {verb}d"))
    return tuple(deferred), tuple(failures)


def _noop(want: Want, known: Mapping[str, str], have: Mapping[str, str]) -> str:
    """Say what is as declared: what this Windows does not have at all is as good as off."""
    found = {name: known.get(name.lower()) for name in want}
    return ", ".join(f"{one} is {have[one]}" if one else f"this Windows has no {name}" for name, one in found.items())


def _mistyped(name: str, have: Mapping[str, str]) -> str:
    """Return what is noted of a feature that is to be off and is not there, where another one may be meant."""
    meant = nearest(name, have, cutoff=0.9)
    return f"this Windows has no feature {name} to disable; did you mean {meant}?" if meant else ""


def _unknown(name: str, laptop: Laptop) -> Failure:
    have = laptop.of(State).features or {}
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
    wanted: Wanted
    names: Sequence[str]
    options: tuple[str, ...] = field(default=())

    def talk(self, run: Run) -> Talk[None]:  # noqa: ARG002 - every talk is given the run
        """Change them, and look in the same request whether DISM shows them changed."""
        names = [f"/FeatureName:{name}" for name in self.names]
        command = call.run(DISM, "/English", "/Online", self.verb, *names, *self.options, "/NoRestart", timeout=1800, live=True)
        progress = f"DISM {self.verb[1:]} {', '.join(self.names)}"
        answer, *seen = yield from ask(command, *probe().values(), keep_going=True, progress=progress)
        output = Output.of(answer)
        code = None if output.timed_out else output.exit_code
        doing = f"DISM could not change {', '.join(self.names)}"
        if code not in (0, 3010):
            cause, remedy = explain(code)
            raise StepError(f"{doing}: {cause}", remedy, code_of(code))
        self._prove(read(dict(zip(probe(), seen, strict=True))), doing)

    def _prove(self, after: State, doing: str) -> None:
        if after.features is None:
            raise StepError(f"{doing}: it ended with success, and {after.problem}", "run again", "dism")
        left = [name for name in self.names if not as_wanted(after.features.get(name, "not there"), self.wanted)]
        if left:
            found = ", ".join(f"{name} is {after.features.get(name, 'not there')}" for name in left)
            remedy = "look into %SystemRoot%\\Logs\\DISM\\dism.log on the laptop, then run again"
            raise StepError(f"{doing}: it ended with success, and {found}", remedy, "dism")


def _turn_on(names: Sequence[str], have: Mapping[str, str]) -> Step:
    removed = [name for name in names if have[name] == "DisabledWithPayloadRemoved"]
    note = f"the files of {', '.join(removed)} were removed and come from Windows Update" if removed else "works after a restart"
    talk = _Change("/Enable-Feature", "enabled", names, ("/All",)).talk
    return Step(f"enable {_listed(names)}", talk, note, parts=_parts(names, have, "Enabled"))


def _parts(names: Sequence[str], have: Mapping[str, str], after: str) -> tuple[str, ...]:
    return tuple(f"feature {name}: {have[name]} → {after}" for name in names)


def _turn_off(names: Sequence[str], have: Mapping[str, str]) -> Step:
    lost = [_CONSEQUENCES[name] for name in names if name in _CONSEQUENCES]
    return Step(
        f"disable {_listed(names)}",
        _Change("/Disable-Feature", "disabled", names).talk,
        "; ".join([*lost, "complete after a restart"]),
        parts=_parts(names, have, "Disabled"),
    )


def _listed(names: Sequence[str]) -> str:
    return f"feature{'s' if len(names) > 1 else ''} {', '.join(names)}"


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`: the features changed, a restart pending for them."""
    have = dict(laptop.of(State).features or {})
    names = {name.lower(): name for name in have}
    pending = {"enabled": "EnablePending", "disabled": "DisablePending"}
    wanted = {names[name.lower()]: state for name, state in want.items() if name.lower() in names}
    changes = {name: state for name, state in wanted.items() if not as_wanted(have[name], state)}
    held = held_of(changes, laptop)
    changed = {name: pending[state] for name, state in changes.items() if name not in held}
    reasons = [Reason("features", f"{name} is {state}", True) for name, state in changed.items()]
    return reboot.waiting(laptop.having(replace(laptop.of(State), features=have | changed)), reasons)
