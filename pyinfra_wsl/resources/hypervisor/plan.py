"""The hypervisor as it is wanted: its start, and memory integrity, which runs on it; both work after a restart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import HYPERVISOR, Declared, Obstacle
from pyinfra_wsl.core.windows.reboot_mark import MARKS, Mark, Reason
from pyinfra_wsl.resources.hypervisor import change
from pyinfra_wsl.resources.hypervisor.state import Launch, State, obstacle
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature

Integrity = Literal["on", "off"]


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared; None leaves something alone.

    Args:
        launch: whether the hypervisor starts with Windows.
        memory_integrity: for laptops with guests of other makers.

    """

    launch: Launch | None = None
    memory_integrity: Integrity | None = None

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``hypervisor`` of a host."""
        return cls(**values["hypervisor"])


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    launch, held = _plan_launch(want, laptop), _held(want, laptop)
    found = [*([] if held else launch), *_plan_integrity(want.memory_integrity, laptop)]
    deferred, foreseen = _left_alone(held, launch) if held else ((), ())
    failures = tuple(one for one in found if isinstance(one, Failure))
    steps = tuple(one for one in found if isinstance(one, Step))
    return Plan(steps, deferred, failures, noop=_noop(laptop), foreseen=foreseen)


def _held(want: Want, laptop: Laptop) -> Obstacle | None:
    """Return why its start is left alone: this hardware has none, or what alone would run on it cannot come about here."""
    if want.launch != "auto":
        return None
    failure, known = obstacle(laptop), laptop.outlook
    if failure is not None and failure not in known.despite:
        return Obstacle(HYPERVISOR, failure)
    have = laptop.of(State)
    if have.launch == want.launch or 2 not in known.wanted or want.memory_integrity == "on" or have.memory_integrity:
        return None
    features = laptop.of(windows_feature.State).features or {}
    others = windows_feature.ON_THE_HYPERVISOR - {windows_feature.VIRTUAL_MACHINE_PLATFORM.lower()}
    alone = not any(name.lower() in others and state in ("Enabled", "EnablePending") for name, state in features.items())
    return known.to_all_of(2) if alone else None


def _left_alone(held: Obstacle, launch: Sequence[Step | Failure]) -> tuple[tuple[Deferred, ...], tuple[Failure, ...]]:
    sentence = next((one.sentence for one in launch if isinstance(one, Step)), "")
    if held.waits:
        return (Deferred(sentence, "reboot", f"{held.failure.cause}; {held.keeps('').remedy}"),), ()
    return (), (held.failure if held.purpose == HYPERVISOR else held.keeps(f"{sentence} not set"),)


def _plan_launch(want: Want, laptop: Laptop) -> list[Step | Failure]:
    have, launch = laptop.of(State), want.launch
    if launch is None or have.launch == launch:
        return []
    if have.launch is None:
        return [Failure(have.problem, "connect as an administrator of the laptop", "boot_store")]
    note = "works after a restart"
    if launch == "off":
        lost = "WSL 2, Docker Desktop, Hyper-V and Credential Guard stop working"
        kept = "" if want.memory_integrity is not None else ", memory integrity too"
        note = f"works after a restart; then guests of VMware and VirtualBox run without it, and {lost}{kept}"
    step = change.Launch(launch, laptop.windows.booted)
    return [Step(f"hypervisorlaunchtype: {have.launch} → {launch}", step.talk, note)]


def _plan_integrity(wanted: Integrity | None, laptop: Laptop) -> list[Step | Failure]:
    have, on = laptop.of(State), wanted == "on"
    if wanted is None or have.memory_integrity == on:
        return []
    if have.memory_integrity is None:
        return [Failure("it is not known whether memory integrity is on", "connect as an administrator of the laptop")]
    if have.integrity_lock:
        return [Failure(f"memory integrity is not ours to set: {have.integrity_lock}", "ask who owns that setting", "policy")]
    words = "off → on" if on else "on → off"
    kernel = "the kernel is less protected, guests of other makers run faster"
    lost = "drivers that break its rules no longer load" if on else kernel
    step = change.MemoryIntegrity(on, laptop.windows.booted)
    return [Step(f"memory integrity: {words}", step.talk, f"works after a restart; {lost}")]


def _noop(laptop: Laptop) -> str:
    have = laptop.of(State)
    runs = {True: "a hypervisor runs", False: "the hypervisor does not run", None: "whether it runs is unknown"}[have.running]
    return f"hypervisorlaunchtype is {have.launch or 'unknown'}, {runs}"


def foresee(_declared: Declared, laptop: Laptop) -> Iterator[Obstacle]:
    """Yield why nothing that runs on the hypervisor can come about on this hardware."""
    failure = obstacle(laptop)
    if failure is not None:
        yield Obstacle(HYPERVISOR, failure)


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`: its start is set, a restart pending for what was changed."""
    have = laptop.of(State)
    integrity = have.memory_integrity if want.memory_integrity is None else want.memory_integrity == "on"
    launch = have.launch if _held(want, laptop) else want.launch or have.launch
    after = replace(have, launch=launch, memory_integrity=integrity)
    changed: dict[Mark, bool] = {
        "hypervisor": after.launch != have.launch,
        "memory integrity": after.memory_integrity != have.memory_integrity,
    }
    reasons = [Reason(kind, MARKS[kind], True) for kind, changes in changed.items() if changes]
    return reboot.waiting(laptop.having(after), reasons)
