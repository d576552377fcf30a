"""WSL's policies as they are wanted: values of the registry, each read again after it was written.

WSL watches AllowWSL: whatever runs of WSL ends as soon as that is 0 (src/windows/service/exe/ServiceMain.cpp), so it waits until
nobody works in it. The others are read when a VM or an instance starts, or when a command is given. Whoever really owns a
policy - Group Policy, Intune - writes it again when it is next refreshed, and that is not ours to win.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Literal

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import state
from pyinfra_wsl.resources.wsl_policy.state import (
    ALLOW_WSL,
    DEFAULT_NETWORKING,
    EFFECTS,
    KEY,
    NAME,
    NETWORKING,
    REGISTRIES,
    State,
)

_UNSET = "not set"
_ADMINISTRATOR = "connect as an administrator of the laptop"
_OWNER = "Group Policy or Intune, where it is theirs, writes it again"
_SHOWN = 20  # registries in a sentence
_LONGEST = 253  # characters of each: no host's name has more
_LIST = rf"{KEY}\{REGISTRIES}"


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared.

    Args:
        numbers: by value name the number that is to be there; None for none.
        registries: those that ``wslc`` may use; empty for no limit, None where nothing is declared of it.
        apply: when AllowWSL may become 0, which ends what runs.

    """

    numbers: Mapping[str, int | None] = field(default_factory=dict)
    registries: tuple[str, ...] | None = None
    apply: Literal["when_idle", "now"] = "when_idle"

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``wsl_policy`` of a host."""
        declared = values[NAME]
        registries = tuple(declared[REGISTRIES] or ()) if REGISTRIES in declared else None
        return cls(state.numbers(declared), registries, declared.get("apply") or "when_idle")


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan: a step for each policy that differs.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    have = laptop.of(State)
    if have.values is None:
        return Plan(failures=(Failure(f"{KEY} could not be read: {have.problem}", _ADMINISTRATOR),))
    changes = {name: number for name, number in want.numbers.items() if not _is(have, name, number)}
    steps = [_step(name, number, want, laptop) for name, number in changes.items()]
    deferred: tuple[Deferred, ...] = ()
    if changes.get(ALLOW_WSL) == 0 and (busy := wsl_distro.everybody(laptop).hindrance(consent=want.apply == "now")):
        held = next(one for one, name in zip(steps, changes, strict=True) if name == ALLOW_WSL)
        steps.remove(held)
        deferred = (Deferred(held.sentence, "vm idle", busy),)
    steps += _registries(want.registries, have)
    return Plan(tuple(steps), deferred, warnings=tuple(_warnings(want, have)), noop="as declared")


def _is(have: State, name: str, number: int | None) -> bool:
    return name not in have.ignored and (have.values or {}).get(name) == number


def _step(name: str, number: int | None, want: Want, laptop: Laptop) -> Step:
    have = laptop.of(State)
    there = name in have.ignored or name in (have.values or {})
    found = have.ignored.get(name) or _said(name, (have.values or {}).get(name))
    notes = [_OWNER] if there else []
    does = partial(_set, name, number)
    if name == ALLOW_WSL and number == 0:
        notes.insert(0, "ends every distribution that runs, of every user")
        does = partial(_forbid, want, laptop)
    return Step(f"policy {name}: {found} → {_said(name, number)}", does, "; ".join(notes))


def _said(name: str, number: int | None) -> str:
    if number is None:
        return _UNSET
    return f"{number} ({NETWORKING[number].lower()})" if name == DEFAULT_NETWORKING else str(number)


def _warnings(want: Want, have: State) -> Iterator[str]:
    """Say what else is forbidden there, and what of the declaration does nothing."""
    forbidden = [name for name, number in (have.values or {}).items() if name in EFFECTS and number == 0]
    yield from (f"policy {name} is 0, and not declared: {EFFECTS[name]}" for name in forbidden if name not in want.numbers)
    others = {name: said for name, said in have.ignored.items() if name not in want.numbers}
    yield from (f"policy {name} is {said}, which WSL ignores" for name, said in others.items())
    if want.registries and want.numbers.get(state.ALLOW_CONTAINER, 1) == 0:
        yield f"{REGISTRIES} does nothing, since {state.ALLOW_CONTAINER} is 0"


def _set(name: str, number: int | None, _run: Run) -> Talk[None]:
    """Write a value, or remove it, and read it again."""
    change = call.registry_remove(KEY, name) if number is None else call.registry_write(KEY, name, "DWord", number)
    done, now = yield from ask(change, call.registry_read(KEY, depth=1), keep_going=True)
    if not _is(_read(now, done), name, number):
        raise StepError(f"policy {name} could not be set: {done.message or 'it has another value'}", _ADMINISTRATOR, done.kind)


def _read(now: Answer, done: Answer) -> State:
    have = state.read(now)
    if have.values is None:
        raise StepError(f"{KEY} could not be read again: {done.message or have.problem}", _ADMINISTRATOR, now.kind)
    return have


def _forbid(want: Want, laptop: Laptop, run: Run) -> Talk[None]:
    """Forbid WSL, with the question right before whether anybody would be disturbed."""
    user, exe = laptop.user, laptop.of(wsl.State).exe
    owner = Owner(user, exe, laptop.windows) if user and exe and user.within_reach else None
    doing = f"policy {ALLOW_WSL} was not set to 0"
    yield from wsl_distro.everybody(laptop).ask(owner, run, doing, consent=want.apply == "now")
    yield from _set(ALLOW_WSL, 0, run)


def _registries(wanted: Sequence[str] | None, have: State) -> list[Step]:
    if wanted is None or _same(wanted, have):
        return []
    found, listed = _listed(tuple(have.registries.values())), _listed(wanted)
    note = _OWNER if have.registries else ""
    return [Step(f"policy {REGISTRIES}: {found} → {listed}", partial(_allow, tuple(wanted), have), note)]


def _listed(registries: Sequence[str]) -> str:
    shown = [one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…" for one in registries[:_SHOWN]]
    more = [f"{len(registries) - _SHOWN} more"] if len(registries) > _SHOWN else []
    return ", ".join([*shown, *more]) or _UNSET


def _same(wanted: Sequence[str], have: State) -> bool:
    """Whether the same registries are named, in any order, whatever their values are called; WSL compares without their case."""
    return {one.lower() for one in wanted} == {one.lower() for one in have.registries.values()}


def _allow(wanted: tuple[str, ...], have: State, _run: Run) -> Talk[None]:
    """Write the list: first what is new, then away with what is not wanted, since for want of any entry nothing is limited."""
    calls = list(_calls(wanted, have)) if wanted else [call.registry_remove(KEY + "\\" + REGISTRIES, tree=True)]
    *done, now = yield from ask(*calls, call.registry_read(KEY, depth=1), keep_going=True)
    failed = next((one for one in done if not one.ok), Answer(True))
    if not _same(wanted, _read(now, failed)):
        cause = f"policy {REGISTRIES} could not be set: {failed.message or 'it has other entries'}"
        raise StepError(cause, _ADMINISTRATOR, failed.kind)


def _calls(wanted: tuple[str, ...], have: State) -> Iterator[Call]:
    names = {one.lower() for one in wanted}
    kept = {name.lower(): data.lower() for name, data in have.registries.items() if data.lower() in names}
    new = [one for one in wanted if one.lower() not in kept.values()]
    numbered = (f"AllowedRegistry{number}" for number in count(1))
    free = (name for name in numbered if name.lower() not in kept)
    written = dict(zip(new, free, strict=False))
    yield from (call.registry_write(_LIST, name, "String", one) for one, name in written.items())
    taken = {*kept, *(name.lower() for name in written.values())}
    yield from (call.registry_remove(_LIST, name) for name in have.registries if name.lower() not in taken)


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`: with the policies that do not wait."""
    have = laptop.of(State)
    if have.values is None:
        return laptop
    held = want.numbers.get(ALLOW_WSL) == 0 and bool(wsl_distro.everybody(laptop).hindrance(consent=want.apply == "now"))
    set_now = {name: number for name, number in want.numbers.items() if not (held and name == ALLOW_WSL)}
    registries = have.registries
    if want.registries is not None:
        registries = {f"AllowedRegistry{place}": one for place, one in enumerate(want.registries, 1)}
    return laptop.having(replace(have.having(set_now), registries=registries))
