"""The integration of Docker Desktop into WSL distributions: declared in its settings file, proved inside each distribution.

Docker Desktop is known to switch it off by itself (docker/for-win issues 13933 and 13990): that is drift like any other. Stopping
Docker Desktop ends people's containers, so it waits until none runs unless it is declared otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.resources.docker_integration.apply import Apply, damaged
from pyinfra_wsl.resources.docker_integration.state import (
    Settings,
    State,
    probe,
    probe_distro,
    probe_profile,
    read,
    settings_path,
)
from pyinfra_wsl.resources.reboot import plan as reboot
from pyinfra_wsl.resources.wsl_distro.talk import Owner

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop
    from pyinfra_wsl.core.windows.user import User

__all__ = ["Settings", "State", "plan", "probe", "probe_distro", "probe_profile", "read"]

Policy = Literal["now", "when_idle", "next_start"]


def plan(want: Mapping[str, Any], laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: ``distros``: whether each named distribution is integrated; ``default_distro``: whether the default one is,
            whichever that may be; ``apply``: ``now``, ``when_idle`` (the default) or ``next_start``.
        laptop: the laptop as it is.

    """
    wanted: dict[str, bool] = dict(want.get("distros") or {})
    default: bool | None = want.get("default_distro")
    if not wanted and default is None:
        return Plan(noop="no integration is declared")
    obstacle = _obstacle(wanted, default, laptop)
    if isinstance(obstacle, Deferred):
        return Plan(deferred=(obstacle,))
    if isinstance(obstacle, Failure):
        return Plan(failures=(obstacle,))
    user, settings = laptop.user, laptop.docker_integration.settings
    if user is None or settings is None or not laptop.docker_integration.installed:
        return Plan(noop="Docker Desktop is not installed")
    names, missing = _registered(wanted, laptop)
    if missing:
        return Plan(deferred=(missing,)) if isinstance(missing, Deferred) else Plan(failures=(missing,))
    return _Case(names, default, want.get("apply") or "when_idle", laptop, user, settings).plan()


def _sentence(wanted: Mapping[str, bool], default: bool | None) -> str:
    """Say what is wanted, in the words of Docker Desktop's own page of settings."""
    words = [*(f"{name} {'on' if wants else 'off'}" for name, wants in wanted.items())]
    words += [] if default is None else [f"the default distribution {'on' if default else 'off'}"]
    return f"WSL integration of Docker Desktop: {', '.join(words)}"


def _obstacle(wanted: Mapping[str, bool], default: bool | None, laptop: Laptop) -> Deferred | Failure | None:
    """Return what makes looking further pointless."""
    have, anything = laptop.docker_integration, default or any(wanted.values())
    away = reach.reach(laptop, _sentence(wanted, default))
    if laptop.user is None:
        return away
    if have.installed is not True and isinstance(away, Deferred):
        return away  # an installation for himself alone shows in his registry only while he is logged on
    if have.installed is None:
        return Failure("it is not known whether Docker Desktop is installed", "connect as an administrator of the laptop")
    if not have.installed:
        missing = Failure("Docker Desktop is not installed", "install it, or take the integration out of the declaration")
        return missing if anything else None
    return _unsettled(have, laptop.user, anything=bool(anything))


def _unsettled(have: State, user: User, *, anything: bool) -> Failure | None:
    settings = have.settings
    if settings is None:
        cause = f"the settings of Docker Desktop of {user.account} could not be read"
        return Failure(cause, "connect as an administrator of the laptop")
    path = settings_path(user, settings.generation)
    if settings.unreadable:
        error = damaged(path, settings.problem)
        return Failure(error.cause, error.remedy, error.code)
    if settings.wsl_engine is False and anything:
        return Failure(
            "Docker Desktop uses the Hyper-V engine, which integrates no distribution",
            "switch it to the WSL 2 engine in its settings, or take the integration out of the declaration",
        )
    if not have.running_known:
        return Failure("it is not known for whom Docker Desktop runs", "connect as an administrator of the laptop")
    return None


def _registered(wanted: Mapping[str, bool], laptop: Laptop) -> tuple[dict[str, bool], Deferred | Failure | None]:
    """Give the distributions the names under which they are registered, since Docker Desktop compares exactly."""
    state = laptop.wsl_distro
    if state.distros is None:
        return dict(wanted), None
    found = {name: state.find(name) for name in wanted}
    names = {(distro.name if distro else name): wanted[name] for name, distro in found.items()}
    for name, distro in found.items():
        if not wanted[name]:
            continue
        if distro is None:
            reason = reboot.blocks(laptop)
            if reason:
                return names, Deferred(_sentence(wanted, None), "reboot", f"{name} is not there yet: {reason}")
            remedy = "declare it in wsl_distros, or correct the name"
            return names, Failure(f"there is no distribution {name} to integrate", remedy)
        if distro.version == 1:
            return names, Failure(f"{name} is WSL 1, and Docker Desktop integrates WSL 2 only", f"declare version 2 for {name}")
    return names, None


@dataclass(frozen=True, slots=True)
class _Case:
    wanted: dict[str, bool]
    default: bool | None
    policy: Policy
    laptop: Laptop
    user: User
    settings: Settings

    @property
    def _have(self) -> State:
        return self.laptop.docker_integration

    @property
    def _runs(self) -> bool:
        return self.user.sid in self._have.running_for

    @property
    def _stopped(self) -> bool:
        return self._have.stopped_by_us and not self._runs

    def plan(self) -> Plan:
        """Compare the file and the proofs with what is wanted."""
        words, diff = self._changes()
        silent = [name for name, wants in self.wanted.items() if wants and self._runs and self._have.server(name) == ""]
        warnings = self._warnings()
        if not (words or silent or self._stopped):
            return Plan(warnings=warnings, noop=self._noop())
        sentence = self._sentence(words, silent)
        busy = self._busy(sentence) if self._runs or self._stopped else None
        if busy:
            return Plan(deferred=(busy,), warnings=warnings)
        return Plan((Step(sentence, self._apply().talk, self._note(), diff),), warnings=warnings)

    def _apply(self) -> Apply:
        have, owner = self._have, Owner(self.user, self.laptop.wsl.exe or "wsl.exe", self.laptop.windows)
        program = (have.folder, have.version, self.settings.generation)
        return Apply(
            owner, *program, self.wanted, self.default, stop=self._runs, start=self._stopped, exists=self.settings.exists
        )

    def _note(self) -> str:
        if self._runs:
            return "Docker Desktop is stopped and started again"
        return "Docker Desktop is started again" if self._stopped else "works when Docker Desktop next starts"

    def _changes(self) -> tuple[list[str], tuple[str, ...]]:
        """Return the changes of the file in words, and as a diff of its keys."""
        words, diff = [], []
        before = list(self.settings.integrated)
        after = docker_settings.with_distros(before, self.wanted)
        if after != before or not self.settings.listed_well:
            words = [f"{name} on" for name in after if name not in before]
            words += [f"{name} off" for name in before if name not in after]
            words = words or [f"{docker_settings.INTEGRATED} made a list"]
            diff += [f"-{docker_settings.INTEGRATED}: {before}", f"+{docker_settings.INTEGRATED}: {after}"]
        if self.default is not None and self.settings.default_distro is not self.default:
            words.append(f"the default distribution {'on' if self.default else 'off'}")
            diff += [f"-{docker_settings.DEFAULT_DISTRO}: {self.settings.default_distro}"]
            diff += [f"+{docker_settings.DEFAULT_DISTRO}: {self.default}"]
        if self.settings.problem:
            words.append(f"{docker_settings.FILES[self.settings.generation]} mended, which {self.settings.problem}")
        return words, tuple(diff)

    def _sentence(self, words: list[str], silent: list[str]) -> str:
        if words:
            return f"WSL integration of Docker Desktop: {', '.join(words)}"
        if self._stopped:
            return "start Docker Desktop again, which a run that was cut off had stopped"
        return f"restart Docker Desktop: it does not answer inside {', '.join(silent)}"

    def _busy(self, sentence: str) -> Deferred | None:
        """Return why Docker Desktop may not be stopped now; it would overwrite a file that is changed while it runs."""
        away = reach.reach(self.laptop, sentence)
        if isinstance(away, Deferred):
            return away
        if not self._runs or self.policy == "now":
            return None
        reason = f"Docker Desktop runs for {self.user.account}, and declared is to wait until it does not"
        containers = self._have.containers
        if self.policy == "when_idle":
            if containers == 0:
                return None
            reason = "Docker Desktop runs, and it is not known whether containers do"
            if containers:
                many = f"{containers} containers run" if containers > 1 else "a container runs"
                reason = f"{many}, which a restart of Docker Desktop would stop"
        return Deferred(sentence, "docker desktop idle", reason)

    def _warnings(self) -> tuple[str, ...]:
        now = (self.laptop.wsl_distro.default or "").lower()
        on = self.settings.default_distro if self.default is None else self.default
        hit = next((name for name, wants in self.wanted.items() if not wants and on and name.lower() == now), None)
        return (f"{hit} is declared off, but it is the default distribution, whose integration is on",) if hit else ()

    def _noop(self) -> str:
        if not self._runs:
            return "settings as declared; not proved: Docker Desktop is not running"
        servers = {name: self._have.server(name) for name, wants in self.wanted.items() if wants}
        said = [f"{name} reaches engine {found}" if found else f"{name} not proved" for name, found in servers.items()]
        return "; ".join(said) or "as declared"
