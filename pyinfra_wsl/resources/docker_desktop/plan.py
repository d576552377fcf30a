"""Whether Docker Desktop is to be installed or upgraded: compared, refused where data would be lost, and kept waiting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.source import basename
from pyinfra_wsl.core.windows import reach, space
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import HYPERVISOR, WSL, WSL_2
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.wsl_exe import INBOX
from pyinfra_wsl.resources.docker_desktop import changes, data_place, options, replacing, requirements, service, waiting
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.install import Install
from pyinfra_wsl.resources.docker_desktop.installed import KINDS, Installation
from pyinfra_wsl.resources.docker_desktop.places import PROGRAM, Scope, own_folder
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Package, Want
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

INSTALLED = 4 << 30
"""Bytes that an installation takes (from knowledge: about 3 GB of programs, and its first disk)."""

DISK = 1 << 30
"""Bytes that its first disk takes at least (from knowledge)."""
_GENTLE = (4, 80)
"""The version since which an upgrade leaves WSL and other distributions alone (Docker's release notes)."""
_NO_MSI = ((4, 56), (4, 66))
"""From which version to before which one an MSI cannot upgrade: it takes the data with it (Docker's release notes)."""
_WORDS = {"all_users": "for all users", "user": "for this user"}
_DOCKERS = ("docker-desktop", "docker-desktop-data")


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    package = want.package or Package()
    warnings = (*requirements.warnings(want, laptop), *_kept(package, laptop), *replacing.warnings(laptop.of(State)))
    impossible = requirements.never(want.backend, laptop) or _unknown(package, laptop)
    if impossible is not None:
        return replace(held_up(impossible), warnings=warnings)
    have, scope = laptop.of(State), _scope(package, laptop)
    here = next(iter(have.of_scope(scope)), None)
    others = [one for one in have.installations if one.scope != scope]
    server = tuple(service.server(have))
    if here is not None and not others and all(package.versions.fits(one.version or None) for one in have.of_scope(scope)):
        return Plan(
            (*server, *service.of_option(want, have)),
            warnings=warnings,
            noop=f"Docker Desktop {here.version} is installed {_WORDS[scope]}",
            unproved=(*data_place.unproved(package, laptop), *_unseen(package, have)),
            foreseen=tuple(data_place.refusals(package, laptop)),
        )
    sentence = _sentence(package, have, scope)
    refused = next(_refusals(package, have, laptop, scope), None)
    if refused is not None:
        return replace(held_up(refused), warnings=warnings)
    hindrance = _vain(want, laptop, sentence) or requirements.missing(want.backend, laptop, sentence)
    hindrance = hindrance or _room(package, laptop) or _busy(want, laptop, sentence, scope)
    if isinstance(hindrance, Plan):
        return replace(hindrance, warnings=warnings)
    if hindrance is not None:
        return replace(held_up(hindrance), warnings=warnings)
    before = tuple(one for one in have.installations if one.scope != scope or one.kind != package.kind)
    install = _install(want, replace(package, options=data_place.passed(package, have)), laptop, scope, before)
    elsewhere = tuple(data_place.refusals(package, laptop))
    return Plan((*server, Step(sentence, install.talk, _note(laptop))), warnings=warnings, foreseen=elsewhere)


def _unknown(package: Package, laptop: Laptop) -> Deferred | Failure | None:
    """Return why it cannot be known what is there, or for whom."""
    have, away = laptop.of(State), reach.reach(laptop, f"Docker Desktop {package.versions.text}".strip())
    if laptop.user is None:
        return away
    if have.installed is None or not (have.machine_known and have.user_known):
        # An installation for one user alone shows in their registry only while they are logged on.
        blind = Failure("it is not known whether Docker Desktop is installed", "connect as an administrator of the laptop")
        return away if away is not None and have.machine_known else blind
    if not have.running_known:
        return Failure("it is not known for whom Docker Desktop runs", "connect as an administrator of the laptop")
    # Which version an MSI has brought is asked in their session.
    unread = any(one.kind == "msi" and not one.version for one in have.installations)
    return away if away is not None and (unread or package.scope == "user") else None


def _scope(package: Package, laptop: Laptop) -> Scope:
    have = laptop.of(State)
    return package.scope or (have.used.scope if have.installed else "all_users")


def _sentence(package: Package, have: State, scope: Scope) -> str:
    target = package.versions.text or basename(package.installer) or "as declared"
    found = ", ".join(
        f"{one.version or 'of unknown version'} {_WORDS[one.scope]}{'' if one.kind == package.kind else f' by {KINDS[one.kind]}'}"
        for one in have.installations
    )
    by = f" by {KINDS[package.kind]}" if any(one.kind != package.kind for one in have.installations) else ""
    return f"Docker Desktop: {found or 'none'} → {target} {_WORDS[scope]}{by}"


def _refusals(package: Package, have: State, laptop: Laptop, scope: Scope) -> Iterator[Failure]:
    """Yield what is not done although it is declared, with the way out."""
    other = next((one for one in have.installations if one.scope != scope), None)
    if other is not None and not package.change_scope:
        cause = f"Docker Desktop is installed {_WORDS[other.scope]}, and declared is scope: {scope}"
        remedy = f"declare package.change_scope: true, which takes that one away and keeps its data, or scope: {other.scope}"
        yield Failure(cause, remedy, "scope")
    if not package.installer:
        words = (
            f"Docker Desktop {have.version} is not {package.versions.text}"
            if have.installed
            else "Docker Desktop is not installed"
        )
        yield Failure(words, "declare docker_desktop.package.installer with its sha256", "no_installer")
    if have.installed:
        yield from replacing.refusals(package, have, scope)
        yield from _old(package, have, laptop, scope)


def _old(package: Package, have: State, laptop: Laptop, scope: Scope) -> Iterator[Failure]:
    known, target = version.known(have.version), version.known(package.version or package.minimum)
    if known is None:
        cause = "Docker Desktop is installed, and its version is not known"
        yield Failure(cause, "look at its own window, and upgrade it there once", "version")
        return
    if package.version and target is not None and target < known:
        cause = f"Docker Desktop {have.version} is newer than {package.version}, and it is not put back to an older one"
        yield Failure(cause, "declare minimum instead, or remove it with state: absent first, which loses its data", "downgrade")
    by_msi = any(one.kind == "msi" for one in have.of_scope(scope))
    if package.msi and by_msi and _NO_MSI[0] <= known < _NO_MSI[1]:
        cause = f"Docker Desktop {have.version} cannot be upgraded by an MSI (4.56 to 4.65), which would take its data with it"
        remedy = "save what is needed of its images and volumes, declare state: absent with allow_data_loss, then 4.66 or later"
        yield Failure(cause, remedy, "msi_upgrade")
    older = known < _GENTLE or (target is not None and target < _GENTLE)
    if older and not package.allow_wsl_shutdown and (names := _at_risk(laptop)):
        cause = f"an upgrade of Docker Desktop {have.version} to {package.versions.text or 'the declared one'} stops WSL"
        remedy = (
            "export them (export_to), then declare package.allow_wsl_shutdown: true; from 4.80 to a later one it is not needed"
        )
        yield Failure(f"{cause} and may unregister other distributions (before 4.80): {names}", remedy, "wsl_shutdown")


def _at_risk(laptop: Laptop) -> str:
    """Return the distributions that are not Docker's own; what cannot be seen is at risk too."""
    distros = laptop.of(wsl_distro.State).distros
    if distros is None:
        return "which ones there are is not known"
    return ", ".join(name for name in distros if name.lower() not in _DOCKERS)


def _vain(want: Want, laptop: Laptop, sentence: str) -> Plan | None:
    """Return the plan of what would be installed for nothing: its backend cannot start on this laptop."""
    purposes = (HYPERVISOR, WSL, WSL_2) if want.backend in (None, "wsl-2") else (HYPERVISOR,)
    held = laptop.outlook.to(*purposes)
    if held is None:
        return None
    if held.waits:
        return held_up(Deferred(sentence, "reboot", held.failure.cause))
    failure = held.keeps(f"{sentence}: not done")
    return Plan(foreseen=(failure,), noop=failure.cause)


def _room(package: Package, laptop: Laptop) -> Failure | None:
    size = laptop.outlook.sizes[package.installer].packed if package.installer in laptop.outlook.sizes else 0
    drive = laptop.windows.system_drive
    roots = data_place.new(package, laptop.of(State))
    needs = [space.Need(drive, 2 * size + INSTALLED, "Docker Desktop"), space.Need(drive, space.LEAST_FREE, "Windows itself"),
             *(space.Need(root[:2], DISK, f"Docker Desktop's data in {root}") for root in roots)]  # fmt: skip
    return space.lack(laptop.windows, needs)


def _busy(want: Want, laptop: Laptop, sentence: str, scope: Scope) -> Deferred | None:
    """Return what an installation waits for, since it ends what runs of Docker Desktop, and before 4.80 all of WSL."""
    have, everybody = laptop.of(State), wsl_distro.everybody(laptop)
    if (under_way := everybody.hindrance(consent=True)) and have.installed:
        return Deferred(sentence, "vm idle", under_way)
    others = [sid for sid in have.running_for if laptop.user is None or sid != laptop.user.sid]
    if others and scope == "all_users" and want.policy != "now":
        who = ", ".join(laptop.windows.desktops.get(sid) or sid for sid in others)
        return Deferred(sentence, "docker desktop idle", f"Docker Desktop runs for {who}")
    if have.installed and (version.known(have.version) or ()) < _GENTLE and want.policy != "now":
        running = laptop.of(wsl_distro.State).running
        in_use = [name for name in running or () if name.lower() not in _DOCKERS]
        if running is None or in_use:
            why = f"running: {', '.join(in_use)}" if in_use else "it could not be seen whether a distribution runs"
            return Deferred(sentence, "vm idle", why)
    return waiting.busy(laptop, sentence, waiting.policy(laptop, want)) if waiting.runs(laptop) else None


def _kept(package: Package, laptop: Laptop) -> Iterator[str]:
    recorded = laptop.of(State).shared.get("install-settings")
    if isinstance(recorded, File) and recorded.exists and laptop.of(State).installed:
        if recorded.problem:
            yield f"install-settings.json of Docker Desktop {recorded.problem}; before 4.85 it does not start with that"
        yield from () if recorded.unreadable else options.stuck(package.options, recorded.values)


def _unseen(package: Package, have: State) -> Iterator[str]:
    """Yield the flags of which nobody sees whether the installation has kept them."""
    recorded = have.shared.get("install-settings")
    if recorded is None or recorded.unreadable or not recorded.exists:
        for name in options.flags(package.options):
            yield f"{name} is in force: there is no install-settings.json that tells"


def _note(laptop: Laptop) -> str:
    if waiting.runs(laptop):
        return "Docker Desktop is stopped for it, and started again"
    return "" if laptop.of(State).installed else "it starts when its user first starts it"


def _install(want: Want, package: Package, laptop: Laptop, scope: Scope, others: tuple[Installation, ...]) -> Install:
    have, user = laptop.of(State), laptop.user
    owner = Owner(user, laptop.of(wsl.State).exe or INBOX, laptop.windows) if user is not None else None
    app = App(owner, have.folder, have.version) if owner is not None and waiting.runs(laptop) else None
    return Install(package, scope, want.backend, want.licence is not None, laptop.windows, owner, app, others,
                   idle=waiting.policy(laptop, want) == "when_idle", person=waiting.sign_in(laptop, want))  # fmt: skip


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`; what is accepted or set for a person is so only where they have installed it themselves."""
    have = laptop.of(State)
    if want.package is None:
        return laptop
    scope = _scope(want.package, laptop)
    number = want.package.version or want.package.minimum or have.version
    folder = own_folder(laptop.user.profile) if scope == "user" and laptop.user else rf"{laptop.windows.program_files}\{PROGRAM}"
    settings = have.settings
    if scope == "user" and want.licence is not None and settings is not None and not settings.unreadable:
        settings = changes.after(settings, {changes.LICENCE: changes.ACCEPTED}, have.generation)
    there = (Installation(scope, number, folder, want.package.kind),)
    # The group comes with it, and who joins that has its rights from their next logon on.
    in_group = False if have.in_group is None and have.members == () and scope == "all_users" else have.in_group
    return laptop.having(replace(have, installations=there, settings=settings, in_group=in_group))
