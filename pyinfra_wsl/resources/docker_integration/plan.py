"""The integration of Docker Desktop into WSL distributions: declared in its settings file, proved inside each distribution.

Docker Desktop is known to switch it off by itself (docker/for-win issues 13933 and 13990): that is drift like any other. Stopping
Docker Desktop ends people's containers, so it waits until none runs unless it is declared otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import docker_settings, version
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.wsl_exe import INBOX
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_desktop import waiting
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.places import settings_path
from pyinfra_wsl.resources.docker_desktop.together import Together
from pyinfra_wsl.resources.docker_desktop.want import Policy
from pyinfra_wsl.resources.docker_desktop.writing import damaged
from pyinfra_wsl.resources.docker_integration.apply import Apply
from pyinfra_wsl.resources.docker_integration.state import Settings, State, again
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

_DEFAULT_OFF = (4, 75)
"""The version since which an absent key surely means that the default distribution is not integrated."""


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared.

    Args:
        distros: whether each named distribution is integrated.
        default: whether the default one is, whichever that may be; None leaves that alone.
        policy: when a running Docker Desktop is restarted for it.

    """

    distros: Mapping[str, bool] = field(default_factory=dict)
    default: bool | None = None
    policy: Policy = "when_idle"

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``docker_integration`` of a host and of its distributions."""
        declared: Mapping[str, Any] = values.get("docker_integration", {})
        return cls(dict(declared_of(values)), declared.get("default_distro"), declared.get("apply", "when_idle"))


def declared_of(values: Values) -> Mapping[str, bool]:
    """Return whether each distribution of a host is integrated, where it says so and is to be there."""
    return {
        name: distro["docker_integration"]
        for name, distro in values.get("wsl_distros", {}).items()
        if "docker_integration" in distro and distro.get("state", "present") == "present"
    }


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    if not want.distros and want.default is None:
        return Plan(noop="no integration is declared")
    if laptop.foreseen:  # what is declared of Docker Desktop itself comes before
        laptop = laptop.having(again(laptop.of(State), laptop.of(docker_desktop.State)))
    found = _case(want, laptop)
    return found if isinstance(found, Plan) else found.plan()


def together(laptop: Laptop) -> Together:
    """Return what of the host's declared integration a restart for other settings brings about besides; nothing where it waits.

    Args:
        laptop: the laptop with those other settings.

    """
    want = Want.of(laptop.outlook.values)
    if not want.distros and want.default is None:
        return Together()
    found = _case(want, laptop.having(again(laptop.of(State), laptop.of(docker_desktop.State))))
    return Together() if isinstance(found, Plan) else found.together()


def _case(want: Want, laptop: Laptop) -> _Case | Plan:
    """Return what can be compared, or the plan where nothing can."""
    have, user = laptop.of(State), laptop.user
    obstacle = _obstacle(want, laptop)
    if obstacle is not None or user is None:
        told = have.installed is False or (have.settings is not None and have.settings.unreadable)
        return replace(held_up(obstacle), owed="docker_desktop" if told else "")
    if have.settings is None or not have.installed:
        return Plan(noop="Docker Desktop is not installed")
    names, missing = _registered(want.distros, laptop)
    return held_up(missing) if missing else _Case(names, want, laptop, user, have.settings)


def _sentence(want: Want) -> str:
    """Say what is wanted, in the words of Docker Desktop's own page of settings."""
    words = [f"{name} {'on' if wants else 'off'}" for name, wants in want.distros.items()]
    words += [] if want.default is None else [f"the default distribution {'on' if want.default else 'off'}"]
    return f"WSL integration of Docker Desktop: {', '.join(words)}"


def _obstacle(want: Want, laptop: Laptop) -> Deferred | Failure | None:
    """Return what makes looking further pointless."""
    have, anything = laptop.of(State), bool(want.default or any(want.distros.values()))
    away = reach.reach(laptop, _sentence(want))
    if laptop.user is None:
        return away
    if have.installed is not True and isinstance(away, Deferred):
        return away  # an installation for one user alone shows in their registry only while they are logged on
    if have.installed is None:
        return Failure("it is not known whether Docker Desktop is installed", "connect as an administrator of the laptop")
    if not have.installed:
        missing = Failure("Docker Desktop is not installed", "install it, or take the integration out of the declaration")
        return missing if anything else None
    if have.link:
        return reach.linked(laptop.user, _sentence(want), have.link)
    return _unsettled(have, laptop.user, anything=anything)


def _unsettled(have: State, user: User, *, anything: bool) -> Failure | None:
    settings = have.settings
    if settings is None:
        cause = f"the settings of Docker Desktop of {user.account} could not be read"
        return Failure(cause, "connect as an administrator of the laptop")
    if settings.unreadable or settings.vague:
        return _unread(settings_path(user, settings.generation), settings)
    if settings.windows_containers and anything:
        return Failure(
            "Docker Desktop runs Windows containers, and with them it integrates no distribution",
            "declare docker_desktop.backend: wsl-2, or take the integration out of the declaration",
            "windows_containers",
        )
    if settings.wsl_engine is False and anything:
        return Failure(
            "Docker Desktop uses the Hyper-V engine, which integrates no distribution",
            "declare docker_desktop.backend: wsl-2, or take the integration out of the declaration",
        )
    if not have.running_known:
        return Failure("it is not known for whom Docker Desktop runs", "connect as an administrator of the laptop")
    return None


def _unread(path: str, settings: Settings) -> Failure:
    if settings.unreadable:
        return damaged(path, settings.problem).failure
    cause = f"{path} has {settings.vague} as {docker_settings.INTEGRATED}, of which no names of distributions can be told"
    return Failure(cause, "make it a list of names there, or take that key out, then run again", "settings")


def _registered(wanted: Mapping[str, bool], laptop: Laptop) -> tuple[dict[str, bool], Deferred | Failure | None]:
    """Give the distributions the names under which they are registered, since Docker Desktop compares exactly."""
    state = laptop.of(wsl_distro.State)
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
                return names, Deferred(_sentence(Want(wanted)), "reboot", f"{name} is not there yet: {reason}")
            remedy = "declare it in wsl_distros, or correct the name"
            return names, Failure(f"there is no distribution {name} to integrate", remedy)
        if distro.version == 1:
            return names, Failure(f"{name} is WSL 1, and Docker Desktop integrates WSL 2 only", f"declare version 2 for {name}")
        if distro.name in laptop.of(State).musl:
            cause = f"{name} is built on musl, and Docker's integration needs glibc"
            return names, Failure(cause, "integrate a distribution such as Ubuntu or Debian instead", "musl")
    return names, None


@dataclass(frozen=True, slots=True)
class _Case:
    wanted: dict[str, bool]
    want: Want
    laptop: Laptop
    user: User
    settings: Settings

    @property
    def _have(self) -> State:
        return self.laptop.of(State)

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
            return Plan(warnings=warnings, noop=self._noop(), unproved=self._unproved())
        sentence = self._sentence(words, silent)
        busy = waiting.busy(self.laptop, sentence, self.want.policy) if self._runs or self._stopped else None
        if busy:
            return Plan(deferred=(busy,), warnings=warnings)
        step = Step(sentence, self._apply().talk, self._note(), diff)
        return Plan((step,), warnings=warnings, unproved=self._unproved(proved=self._runs or self._stopped))

    def together(self) -> Together:
        """Return what goes with other settings; where its own policy keeps it waiting, nothing does."""
        if self._runs and waiting.busy(self.laptop, "", self.want.policy) is not None:
            return Together()
        words, _ = self._changes()
        return Together(self.wanted, self.want.default, tuple(words), tuple(name for name, on in self.wanted.items() if on))

    def _apply(self) -> Apply:
        have, owner = self._have, Owner(self.user, self.laptop.of(wsl.State).exe or INBOX, self.laptop.windows)
        return Apply(
            App(owner, have.folder, have.version), self.settings.generation, self.wanted, self.want.default, self.want.policy,
            stop=self._runs, start=self._stopped, exists=self.settings.exists, person=waiting.sign_in(self.laptop),
        )  # fmt: skip

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
        if self.want.default is not None and self.settings.default_distro is not self.want.default:
            words.append(f"the default distribution {'on' if self.want.default else 'off'}")
            diff += [f"-{docker_settings.DEFAULT_DISTRO}: {self.settings.default_distro}"]
            diff += [f"+{docker_settings.DEFAULT_DISTRO}: {self.want.default}"]
        if self.settings.problem:
            words.append(f"{docker_settings.FILES[self.settings.generation]} mended, which {self.settings.problem}")
        return words, tuple(diff)

    def _sentence(self, words: list[str], silent: list[str]) -> str:
        if words:
            return f"WSL integration of Docker Desktop: {', '.join(words)}"
        if self._stopped:
            return "start Docker Desktop again, which a run that was cut off had stopped"
        return f"restart Docker Desktop: it does not answer inside {', '.join(silent)}"

    def _warnings(self) -> tuple[str, ...]:
        now = (self.laptop.of(wsl_distro.State).default or "").lower()
        on = self.settings.default_distro if self.want.default is None else self.want.default
        hit = next((name for name, wants in self.wanted.items() if not wants and on and name.lower() == now), None)
        found = [f"{hit} is declared off, but it is the default distribution, whose integration is on"] if hit else []
        own = [name for name, wants in self.wanted.items() if wants and name in self._have.engines]
        found += [f"a Docker Engine of its own is installed inside {name}: Docker says to remove it first" for name in own]
        return tuple(found)

    @property
    def _on(self) -> tuple[str, ...]:
        """The distributions that are to be integrated, the default one among them where that is declared and known."""
        default = self.laptop.of(wsl_distro.State).default if self.want.default else None
        names = [*(name for name, wants in self.wanted.items() if wants), *([default] if default else [])]
        return tuple({name.lower(): name for name in reversed(names)}.values())[::-1]

    def _unproved(self, *, proved: bool = False) -> tuple[str, ...]:
        """Return what is set and of which nobody has seen that it works: an engine has to answer inside.

        Args:
            proved: whether a step starts Docker Desktop and asks inside the named distributions itself.

        """
        vague = self._vague()
        if not (self._runs or proved):
            where = f" inside {', '.join(self._on)}" if self._on else ""
            return (f"Docker answers{where}: Docker Desktop is not running", *vague) if self._on or self.want.default else vague
        silent = [name for name in self._on if not (self.wanted.get(name) if proved else self._have.server(name))]
        return (f"Docker answers inside {', '.join(silent)}: it was not asked there", *vague) if silent else vague

    def _vague(self) -> tuple[str, ...]:
        """Return that nobody can say whether the default distribution is off: Docker's sources contradict each other on that.

        Its settings reference of 2025 prints false, its pages on WSL say it is on, and 4.75 switched it off (release notes).
        """
        known = version.known(self._have.version)
        absent = self.want.default is False and self.settings.exists and not self.settings.default_said
        if not absent or (known is not None and known >= _DEFAULT_OFF):
            return ()
        name = docker_settings.FILES[self.settings.generation]
        return (
            f"the default distribution is off: {name} does not say, and Docker contradicts itself on what that means before 4.75",
        )

    def _noop(self) -> str:
        servers = {name: self._have.server(name) for name, wants in self.wanted.items() if wants}
        return "; ".join(f"{name} reaches engine {found}" for name, found in servers.items() if found) or "settings as declared"
