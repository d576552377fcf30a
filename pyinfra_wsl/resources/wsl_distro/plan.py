"""WSL distributions: imported from an archive of declared SHA-256, of a version, with a default user, in a folder; or absent.

They belong to one Windows user. Whether one exists is read from their registry; data are removed only with consent and exported
first; one that runs is not stopped. How WSL behaves: src/windows/common/WslClient.cpp and
src/windows/service/exe/LxssUserSession.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import purpose
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf import state as wsl_conf
from pyinfra_wsl.resources.wsl_distro.compare import compare
from pyinfra_wsl.resources.wsl_distro.draft import Change, Draft
from pyinfra_wsl.resources.wsl_distro.names import undeclared
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, LXSS, Distro, Record, State, home, idle, question
from pyinfra_wsl.resources.wsl_distro.want import Want
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan for one distribution.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    obstacle = reach.reach(laptop, f"distribution {want.name}: {'absent' if want.absent else 'present'}")
    if laptop.user is None or laptop.of(State).distros is None:
        unknown = Failure("the user's distributions are not known", "look whether they are logged on, then run again")
        return held_up(obstacle or unknown)
    located = want.located(laptop.user)
    if isinstance(located, Failure):
        return Plan(failures=(located,))
    made = _admit(compare(located, laptop, laptop.user), laptop, obstacle)
    return replace(made, warnings=(*made.warnings, *_beside(want, laptop)))


def _beside(want: Want, laptop: Laptop) -> Iterator[str]:
    """Say once for a laptop what nobody declared: with the first distribution that is declared."""
    values = laptop.outlook.values
    found = undeclared(laptop.of(State), values)
    if found and want.name == next(iter(values["wsl_distros"])):
        yield f"not declared: {', '.join(found)}, which no run touches"


def _admit(draft: Draft, laptop: Laptop, obstacle: Deferred | Failure | None) -> Plan:
    """Let through the changes that may be made now; what depends on one that may not waits with it."""
    faults = () if draft.changes else laptop.of(State).faults
    warnings = (*draft.warnings, *(f"WSL cannot read a registration: {one}" for one in faults))
    obstacle = obstacle or _unusable(laptop)
    steps, deferred, failures = [], [], list(draft.failures)
    for change in draft.changes:
        found = obstacle or _hindrance(change, laptop)
        if found is None:
            steps.append(_asking_first(change, laptop))
            continue
        if isinstance(found, Deferred):
            deferred.append(replace(found, sentence=change.step.sentence))
        elif found not in failures:
            failures.append(found)
        obstacle = found if change.first else obstacle
    return Plan(tuple(steps), tuple(deferred), tuple(failures), warnings, draft.noop)


def _asking_first(change: Change, laptop: Laptop) -> Step:
    """Let a step that ends a distribution ask right before whether it still may."""
    user, exe, step = laptop.user, laptop.of(wsl.State).exe, change.step
    if not change.stops or not change.asks or user is None or exe is None or not callable(step.does):
        return step
    asking = question(Owner(user, exe, laptop.windows), laptop, change.stops)
    return replace(step, does=asking.before(step.does, f"{step.sentence}: not begun"))


def _unusable(laptop: Laptop) -> Deferred | Failure | None:
    """Return why no command of wsl.exe can work here, whatever it is."""
    if laptop.of(wsl_policy.State).allows(wsl_policy.ALLOW_WSL) is False:
        return wsl_policy.locked()
    if laptop.of(wsl.State).exe is None:
        held, reason = laptop.outlook.to_wsl(), reboot.blocks(laptop)
        missing = Failure(
            laptop.of(wsl.State).problem or "WSL is not installed", "declare wsl.package with an installer", "no_wsl"
        )
        if held is not None and not held.waits:
            return held.failure
        return Deferred("", "reboot", reason) if reason else missing
    if laptop.of(State).faults:
        return Failure(
            f"WSL cannot read a registration, so no command by name works: {'; '.join(laptop.of(State).faults)}",
            rf"repair or remove that key below HKCU\{LXSS} by hand; its disk stays in its BasePath",
            "E_UNEXPECTED",
        )
    return None


def _hindrance(change: Change, laptop: Laptop) -> Deferred | Failure | None:
    """Return what keeps one change from being made now."""
    held = laptop.outlook.to(purpose(change.name)) if change.name else None
    held = held or (laptop.outlook.to_version(change.starts) if change.starts else None)
    if held is not None and not held.waits:
        return held.failure
    if (full := laptop.outlook.to(change.room)) is not None:
        return full.keeps(change.step.sentence)
    reason = reboot.blocks(laptop) if change.starts or change.driver else None
    if reason:
        return Deferred("", "reboot", reason)
    impossible = _impossible(change, laptop)
    if impossible:
        return impossible
    busy = idle(laptop).hindrance(change.stops) if change.stops else ""
    return Deferred("", "vm idle", busy) if busy else None


def _impossible(change: Change, laptop: Laptop) -> Failure | None:
    if change.starts == 1 and laptop.of(wsl_policy.State).allows(wsl_policy.ALLOW_WSL1) is False:
        return Failure(f"AllowWSL1 is 0 in {wsl_policy.KEY}", "declare version 2, or ask who owns the policy", "policy")
    if change.driver and laptop.of(windows_feature.State).enabled(windows_feature.WSL) is not True:
        cause = (
            laptop.of(windows_feature.State).problem
            or f"feature {windows_feature.WSL} is off, which WSL 1 and every conversion need"
        )
        return Failure(cause, f"declare windows_features: {{{windows_feature.WSL}: enabled}}", "WSL_E_WSL1_NOT_SUPPORTED")
    ready, why = hypervisor.ready(laptop) if change.starts == 2 else (True, "")
    if ready is False:
        remedy = "declare hypervisor.launch: auto and its features, then run again"
        return hypervisor.obstacle(laptop) or Failure(f"WSL 2 cannot start: {why}", remedy, "HCS_E_HYPERV_NOT_INSTALLED")
    return change.lack


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`: a distribution is there that was not, as declared, or gone that was."""
    located = want.located(laptop.user) if laptop.user else None
    if not isinstance(located, Want) or laptop.user is None:
        return laptop
    want, have, confs = located, laptop.of(State), laptop.of(wsl_conf.State)
    there = {key: one for key, one in (have.distros or {}).items() if key.lower() != want.name.lower()}
    old = have.find(want.name)
    if want.absent:
        default = None if old and have.default == old.name else have.default
        return laptop.having(replace(have, distros=there, default=default))
    if old and _stays(want, old):
        exported = replace(old.record, exported_to=want.export_to or old.record.exported_to)
        folder = want.location or old.folder
        new = replace(old, version=want.version or old.version, folder=folder, record=exported)
        default = old.name if want.default else have.default
        return laptop.having(replace(have, distros=there | {old.name: new}, default=default))
    folder = want.location or f"{home(laptop.user)}\\{want.name}"
    record = Record(want.sha256, exported_to=want.export_to)
    new = Distro("{imported by this run}", want.name, INSTALLED, want.version or have.default_version or 2, folder, record=record)
    default = want.name if want.default else have.default or want.name
    after = replace(have, distros=there | {want.name: new}, default=default, running=have.running or ())
    others = {name: conf for name, conf in confs.confs.items() if name.lower() != want.name.lower()}
    return laptop.having(after, wsl_conf.State(others))


def _stays(want: Want, old: Distro) -> bool:
    """Whether a distribution is changed, not imported anew: what was broken off, or may be lost to another image, is not kept."""
    replaced = want.consent and want.sha256 and old.record.sha256 and old.record.sha256 != want.sha256
    return old.state == INSTALLED and old.there is not False and not replaced
