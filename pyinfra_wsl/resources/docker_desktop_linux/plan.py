"""Docker Desktop on a Linux host: package, settings, service and context of one user.

Docker documentation: "Install Docker Desktop on Linux", "Launch Docker Desktop", "Uninstall Docker Desktop". The
settings file is read at the start and rewritten by a running instance, so it is changed only while none runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.core.acts import Act, Fetch, PackageFile, Packages, Shell, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import docker_settings, json_file
from pyinfra_wsl.core.linux import deletion
from pyinfra_wsl.core.linux.host import NOT_ROOT, as_user, join
from pyinfra_wsl.core.linux.packages import release
from pyinfra_wsl.core.plan import Deferred, Plan, Step
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.resources.docker_desktop_linux.refusal import numbers, refusals, warnings
from pyinfra_wsl.resources.docker_desktop_linux.state import COMPATIBILITY_LINK, Account, State
from pyinfra_wsl.resources.docker_engine.repository import Repository

ACCEPTED = 2
"""``LicenseTermsVersion`` of a user who accepted the Docker Subscription Service Agreement."""

OF_THE_REPOSITORY = ("repository", "channel", "key", "key_fingerprint")
"""What is declared of Docker's repository, on whose packages the package depends."""

_CONTEXT = "desktop-linux"
_SUFFIX = {"apt": ".deb", "dnf": ".rpm", "pacman": ".pkg.tar.zst"}


@dataclass(frozen=True, slots=True)
class Package:
    """The package: an address or a file on the control machine, its SHA-256, and why it cannot be used."""

    source: str = ""
    sha256: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared; `pyinfra_wsl.resources.docker_desktop_linux.operation.present` says what each means."""

    user: str
    state: Literal["present", "absent"] = "present"
    package: Package = field(default_factory=Package)
    version: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    autostart: bool | None = None
    accept_license: bool = False
    allow_data_loss: bool = False
    repository: Repository = field(default_factory=Repository)
    key: str | None = None

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``docker_desktop_linux`` of a host."""
        declared: dict[str, Any] = dict(values["docker_desktop_linux"])
        package, where = declared.pop("package", {}), Repository.of(declared)
        own = {name: value for name, value in declared.items() if name not in OF_THE_REPOSITORY}
        wanted = Package(package.get("source", ""), package.get("sha256", "").lower())
        return cls(**own, package=wanted, repository=where, key=declared.get("key"))


def needs_package(want: Want, state: State) -> bool:
    """Whether the package must be installed: absent, or older than declared."""
    have = state.packages.get("docker-desktop")
    return have is None or (want.version is not None and numbers(release(have)) < numbers(want.version))


def refused(want: Want, state: State) -> tuple[Failure, ...]:
    """Return what the host, or else the declaration, lacks for Docker Desktop to be present; Docker's repository apart."""
    return tuple(refusals(want.user, state)) or tuple(_no_package(want, state))


def plan(want: Want, state: State, repository: Plan) -> Plan:
    """Compare and plan; whatever Docker Desktop lacks on this host comes before any change.

    Args:
        want: what is declared.
        state: the host as it is.
        repository: the plan of Docker's repository, on whose packages the package depends.

    """
    if want.state == "absent":
        return _absent(want, state)
    failures = refused(want, state) or repository.failures
    account = state.account
    if failures or account is None:
        return Plan(failures=failures)
    package, settings = list(_package(want, state)), list(_settings(want, state, account))
    running = _running(want, state)
    waiting = [*(package if running else ()), *(settings if want.user in running else ())]
    deferred = [_wait(step, running) for step in waiting]
    changes = list(repository.steps if package and not running else ())
    changes += [*_owner(want, state, account), *(step for step in (*package, *settings) if step not in waiting)]
    changes += [*_group(want, account), *_autostart(want, state, account), *_context(want, state, account)]
    have = release(state.packages.get("docker-desktop", ""))
    return Plan(tuple(changes), tuple(deferred), warnings=tuple(warnings(state)), noop=f"Docker Desktop {have} is as declared")


def _running(want: Want, state: State) -> list[str]:
    """Return for whom it runs: of them it is that a change of its package ends the virtual machine and its containers."""
    return list(dict.fromkeys([*([want.user] if state.active else []), *state.running]))


def _wait(step: Step, users: list[str]) -> Deferred:
    return Deferred(step.sentence, "docker desktop idle", f"it runs for {', '.join(users)}; it is changed when it does not")


def _no_package(want: Want, state: State) -> Iterator[Failure]:
    if not needs_package(want, state):
        return
    if not want.package.source or not want.package.sha256:
        yield Failure(
            "Docker Desktop is to be installed, and no package is declared", "declare package: {source, sha256}", "package"
        )
    elif want.package.problem:
        yield Failure(
            f"the package {want.package.source}: {want.package.problem}", "correct package.source or package.sha256", "package"
        )


def _package(want: Want, state: State) -> Iterator[Step]:
    if not needs_package(want, state):
        return
    manager, have = state.os.packages or "apt", state.packages.get("docker-desktop")
    place = f"/var/cache/pyinfra-wsl/{want.package.sha256}{_SUFFIX[manager]}"
    # An .rpm of Docker Desktop is not upgraded in place: its page says to remove the old one first.
    replaces = "docker-desktop" if have and manager == "dnf" else ""
    acts = (Fetch(want.package.source, want.package.sha256, place), PackageFile(manager, place, replaces))
    words = f"Docker Desktop {release(have)} → {want.version}" if have else "install Docker Desktop"
    yield Step(words, (*acts, Shell(f"rm -f {place}")), f"SHA-256 {want.package.sha256[:12]}… is compared first")


def _settings(want: Want, state: State, account: Account) -> Iterator[Step]:
    wanted = {**want.settings, **({"LicenseTermsVersion": ACCEPTED} if want.accept_license else {})}
    have = dict(state.settings or {})
    merged = docker_settings.merged(docker_settings.Settings(have), wanted, "store")
    if not json_file.changed(have, merged):
        return
    path = f"{account.home}/.docker/desktop/settings-store.json"
    yield Step(
        f"settings-store.json {json_file.told(have, merged)}",
        (_as(want.user, account, write(path, json_file.text(merged), "0600", keep=True)),),
        "read at the next start of Docker Desktop",
        json_file.diff(path, have, merged),
    )


def _owner(want: Want, state: State, account: Account) -> Iterator[Step]:
    if state.owner not in (None, want.user):
        line = f"chown -hR {shlex.quote(want.user)}: {shlex.quote(account.home)}/.docker"
        yield Step(f"{account.home}/.docker belongs to {want.user} again", (Shell(line),), f"it was {state.owner}'s")


def _group(want: Want, account: Account) -> Iterator[Step]:
    if "kvm" not in account.groups:
        yield Step(f"{want.user} joins the group kvm", (join(want.user, "kvm"),), "works from the next logon on")


def _autostart(want: Want, state: State, account: Account) -> Iterator[Step]:
    if want.autostart is None or want.autostart is state.enabled:
        return
    verb, words = ("enable", "starts") if want.autostart else ("disable", "no longer starts")
    # Without a session there is no user manager to ask: systemctl makes the links itself.
    act = _as(want.user, account, Shell(f"SYSTEMD_OFFLINE=1 systemctl --user {verb} docker-desktop.service"))
    yield Step(f"Docker Desktop {words} with {want.user}'s session", (act,))


def _context(want: Want, state: State, account: Account) -> Iterator[Step]:
    """Docker Desktop makes its context current while it runs, and gives it back when it stops: only the first is repaired."""
    current = (state.config or {}).get("currentContext") or "default"
    if state.active and _CONTEXT in state.contexts and current != _CONTEXT:
        act = _as(want.user, account, Shell(f"docker context use {_CONTEXT}"))
        yield Step(f"context {current} → {_CONTEXT} for {want.user}", (act,))


def _absent(want: Want, state: State) -> Plan:
    if not state.root:
        return Plan(failures=(NOT_ROOT,))
    if want.allow_data_loss and state.account and state.data_link:
        return Plan(failures=(deletion.linked(f"{state.account.home}/.docker/desktop", state.data_link),))
    steps = tuple(_removals(want, state))
    if users := _running(want, state):
        return Plan(deferred=tuple(_wait(step, users) for step in steps), noop="Docker Desktop is not installed")
    return Plan(steps, noop="Docker Desktop is not installed")


def _removals(want: Want, state: State) -> Iterator[Step]:
    account = state.account
    if "docker-desktop" in state.packages:
        acts: list[Act] = []
        if account is not None and state.enabled:
            acts.append(_as(want.user, account, Shell("SYSTEMD_OFFLINE=1 systemctl --user disable docker-desktop.service")))
        acts.append(Packages(state.os.packages or "", ("docker-desktop",), present=False))
        yield Step(
            "remove Docker Desktop", tuple(acts), "images, containers and volumes stay" if not want.allow_data_loss else ""
        )
    if COMPATIBILITY_LINK in state.left:
        yield Step(f"remove {COMPATIBILITY_LINK}", (Shell(f"rm -f {COMPATIBILITY_LINK}"),))
    if account is not None:
        yield from _user_removals(want, state, account)


def _user_removals(want: Want, state: State, account: Account) -> Iterator[Step]:
    config = dict(state.config or {})
    pointing = {"credsStore": "desktop", "currentContext": _CONTEXT}
    keys = [name for name, value in pointing.items() if config.get(name) == value]
    if keys:
        rest = {name: value for name, value in config.items() if name not in keys}
        file = write(f"{account.home}/.docker/config.json", json_file.text(rest), "0600", keep=True)
        act = _as(want.user, account, file)
        yield Step(f"config.json of {want.user} no longer names Docker Desktop ({', '.join(keys)})", (act,))
    data = f"{account.home}/.docker/desktop"
    if want.allow_data_loss and data in state.left:
        act = _as(want.user, account, deletion.deleted([data]))
        yield Step(f"delete {data}: images, containers, volumes and settings", (act,))


def _as(user: str, account: Account, shell: Shell) -> Shell:
    return as_user(user, account.uid, account.home, shell)
