"""The laptop as a machine: rights, whose session, Windows, firmware, hypervisor, features, restart, room."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows import outlook, space
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.reach import reach
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.doctor.judge import CANNOT, judged
from pyinfra_wsl.doctor.line import Line, fault, note, ok
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl.plan import MINIMUM_BUILD

_ELEVATION = 740  # ERROR_ELEVATION_REQUIRED


def rights(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say whether it is an administrator who asks: what only one may read was read, or refused."""
    features, boot = laptop.of(windows_feature.State), laptop.of(hypervisor.State)
    denied = windows_feature.explain(_ELEVATION)
    if features.problem == denied[0]:
        yield fault("rights", Failure(f"{found.account} is no administrator: {denied[0]}", denied[1]), boot.problem)
    elif features.features is None:
        yield note("rights", f"whether {found.account} is an administrator is not known: {features.problem}")
    else:
        yield ok("rights", f"{found.account} is an administrator: DISM answers", "" if boot.problem else "so does the boot store")


def session(_found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say whose WSL is meant, and whether they can be asked now."""
    wanted, hindrance = laptop.target.user or "the account that is connected", reach(laptop)
    if isinstance(hindrance, Failure):
        yield fault("session", hindrance, f"declared is user: {wanted}")
    elif isinstance(hindrance, Deferred):
        waits = f"waits for {hindrance.waits_for}, and leaves what is theirs until then"
        yield note("session", hindrance.reason, f"declared is user: {wanted}", deploy=waits)
    elif laptop.user is not None:
        at = "is logged on" if laptop.user.logged_on else "is connected"
        yield ok("session", f"{laptop.user.account} {at}", f"declared is user: {wanted}; {laptop.user.profile}")


def windows(_found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say which Windows it is, and whether WSL 2 is made for it (Microsoft, "Manual installation steps for older versions")."""
    seen = laptop.windows
    if seen.build is None:
        unknown = Failure("Windows does not say which build it is", "run as an administrator of the laptop")
        yield fault("Windows", unknown)
        return
    name = f"Windows {'11' if seen.build >= 22000 else '10'} {seen.release}".strip()
    said = f"{name} {seen.edition}, build {seen.build}.{seen.revision}, {seen.architecture}"
    if seen.build < MINIMUM_BUILD:
        cause = f"{said}: this project needs Windows 10 2004 (build {MINIMUM_BUILD}) or later"
        yield fault("Windows", Failure(cause, "install Windows' updates on the laptop, then run again"), seen.name)
    else:
        yield ok("Windows", said, seen.name)


def firmware(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say whether the processor's virtualization can be used; a running hypervisor is proof that it can."""
    have, failure = laptop.of(hypervisor.State), hypervisor.obstacle(laptop)
    seen = f"firmware {_word(have.firmware)}, SLAT {_word(have.slat)}, VM monitor extensions {_word(have.vm_monitor)}"
    if failure is not None and _wants_it(found):
        yield fault("firmware", failure, deploy="cannot: only a person at the laptop's firmware can")
    elif failure is not None:
        yield note("firmware", failure.cause, remedy=failure.remedy, deploy="needs it for nothing that is declared")
    elif have.running:
        yield ok("firmware", "virtualization is on: a hypervisor runs")
    elif None in (have.firmware, have.slat, have.vm_monitor):
        yield note("firmware", "whether virtualization is on is not known", seen)
    else:
        yield ok("firmware", "virtualization is on", seen)


def _word(flag: bool | None) -> str:
    return {True: "on", False: "off", None: "unknown"}[flag]


def _wants_it(found: Found) -> bool:
    values = found.values
    return 2 in outlook.wanted(values) or values.get("hypervisor", {}).get("launch") == "auto"


def hypervisor_(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say whether WSL 2 has a hypervisor to run on."""
    have, readiness = laptop.of(hypervisor.State), hypervisor.ready(laptop)
    launch = f"hypervisorlaunchtype is {have.launch or f'unknown: {have.problem}'}"
    launch = "" if launch == readiness.reason else launch
    yield from judged(found, "hypervisor", readiness.reason, "hypervisor", evidence=launch, fine=readiness.ready is True)


def features(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say which of the features that matter here are on."""
    have = laptop.of(windows_feature.State)
    if have.features is None:
        unknown = Failure(f"the optional features are not known: {have.problem}", "connect as an administrator of the laptop")
        yield fault("features", unknown)
        return
    needed = [windows_feature.VIRTUAL_MACHINE_PLATFORM, windows_feature.WSL]
    names = list(dict.fromkeys([*found.values.get("windows_features", {}), *needed]))
    by_name = {name.lower(): state for name, state in have.features.items()}
    said = ", ".join(f"{name} {by_name.get(name.lower(), 'is not there')}" for name in names)
    on = by_name.get(windows_feature.VIRTUAL_MACHINE_PLATFORM.lower()) == "Enabled"
    yield from judged(found, "features", said, "windows_feature", fine=on)


def restart(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say why a restart is pending, and whether WSL waits for it."""
    have = laptop.of(reboot.State)
    ours = "; ".join(one.sentence for one in have.reasons if one.ours)
    others = "; ".join(one.sentence for one in have.reasons if not one.ours)
    if ours:
        said = f"a restart is pending that WSL waits for: {ours}"
        yield from judged(found, "restart", said, "reboot", evidence=others, fine=False)
    elif others:
        yield from judged(found, "restart", f"a restart is pending that WSL does not wait for: {others}", "reboot", fine=False)
    else:
        yield from judged(found, "restart", "no restart is pending", "reboot")


def disk(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say how much room there is, and whether what is declared finds it."""
    seen, drive = laptop.windows, laptop.windows.system_drive
    free = (seen.drives or {}).get(drive)
    said = ", ".join(f"{name} {'unknown' if left is None else space.said(left)}" for name, left in (seen.drives or {}).items())
    failures = [one for _name, plan in found.plans for one in (*plan.failures, *plan.foreseen)]
    short = [one for one in failures if one.code in (outlook.SPACE, outlook.DRIVE)][-1:]  # the last counts what comes before it
    lack = space.lack(seen, [space.Need(drive, space.LEAST_FREE, "Windows to change anything")])
    for failure in short or ([lack] if lack else []):
        yield fault("disk", failure, f"free: {said}", CANNOT)
        return
    if free is None:
        yield note("disk", f"how much of {drive} is free is not known")
    else:
        yield ok("disk", f"{space.said(free)} are free on {drive}", f"free: {said}")
