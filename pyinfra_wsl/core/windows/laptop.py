"""A laptop as it is: one snapshot of all nouns, taken in at most two requests.

The first request asks the machine, as the account that is connected; its answers tell whose WSL is meant, so the second can ask
for what is that person's: his registry and files, and what only his own session can tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.talk import Request, Run, Talk
from pyinfra_wsl.core.windows import machine as windows
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.user import Errand, User, attempt
from pyinfra_wsl.resources.docker_integration import plan as docker_integration
from pyinfra_wsl.resources.hypervisor import plan as hypervisor
from pyinfra_wsl.resources.reboot import plan as reboot
from pyinfra_wsl.resources.windows_feature import plan as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf
from pyinfra_wsl.resources.wsl_distro import plan as wsl_distro
from pyinfra_wsl.resources.wslconfig import plan as wslconfig

Raw = dict[str, dict[str, Any]]
"""Answers by ``noun.name``, as the protocol writes them, so that a snapshot can be kept as JSON."""


_WOKEN = "session.woken"


@dataclass(frozen=True, slots=True)
class Target:
    """What a snapshot looks at.

    Args:
        user: whose WSL and Docker Desktop: ``console``, a name, or None for the account as which we are connected.
        distros: names of the distributions that are looked into; a stopped one is started for that.

    """

    user: str | None = None
    distros: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Laptop:
    """Everything known of a laptop; `user` is None where the wanted person does not exist there."""

    target: Target
    windows: Windows
    user: User | None
    windows_feature: windows_feature.State
    hypervisor: hypervisor.State
    reboot: reboot.State
    wsl: wsl.State
    wslconfig: wslconfig.State
    wsl_distro: wsl_distro.State
    wsl_conf: Mapping[str, wsl_conf.State]
    docker_integration: docker_integration.State


def _machine_calls(run: Run) -> dict[str, Call]:
    return {
        **_named("windows", windows.probe(run)),
        **_named("windows_feature", windows_feature.probe()),
        **_named("hypervisor", hypervisor.probe()),
        **_named("reboot", reboot.probe()),
        **_named("wsl", wsl.probe()),
        **_named("docker_integration", docker_integration.probe()),
    }


@dataclass(frozen=True, slots=True)
class _Mine:
    """What is asked about one user's own: by us of his registry and files, and by himself in his session."""

    user: User
    profile: Mapping[str, Call]
    session: Mapping[str, Call]

    @classmethod
    def of(cls, target: Target, user: User | None, package: wsl.State, docker: docker_integration.State) -> _Mine | None:
        return cls(user, _profile_calls(user), _session_calls(target, user, package, docker)) if user else None

    def errand(self, run: Run) -> Errand | None:
        return (
            None
            if self.user.connected or not self.session
            else Errand.of(self.user, run, [*self.session.values()], keep_going=True)
        )

    def calls(self, run: Run) -> list[Call]:
        errand = self.errand(run)
        return [*self.profile.values(), *(errand.calls if errand else self.session.values())]

    def raw(self, run: Run, answers: Sequence[Answer]) -> Raw:
        known = len(self.profile)
        session = attempt(self.errand(run), answers[known:], len(self.session))
        return _raw(self.profile, answers[:known]) | _raw(self.session, session)


def _profile_calls(user: User) -> dict[str, Call]:
    """Return what an administrator can read of a user's own: his registry while it is loaded, his files always."""
    return {
        **_named("wslconfig", wslconfig.probe(user)),
        **_named("wsl_distro", wsl_distro.probe(user)),
        **_named("docker_integration", docker_integration.probe_profile(user)),
    }


def _session_calls(target: Target, user: User, package: wsl.State, docker: docker_integration.State) -> dict[str, Call]:
    """Return what only the user himself can ask: WSL answers each user about his own distributions."""
    if not user.within_reach or package.exe is None:
        return {}
    inside: dict[str, Call] = {}
    for name in target.distros:
        inside |= _named(f"wsl_conf.{name}", wsl_conf.probe(package.exe, name))
        if user.sid in docker.running_for:
            inside |= _named(f"docker_integration.{name}", docker_integration.probe_distro(package.exe, name))
    return {
        **_named("wsl", wsl.probe_session(package.exe)),
        **_named("wsl_distro", wsl_distro.probe_session(package.exe)),
        **inside,
    }


def look_at_machine(run: Run, before: Sequence[Call] = ()) -> Talk[Raw]:
    """Ask the machine only; arguments and answers are those of `look`."""
    machine = _machine_calls(run)
    answers = yield Request([*before, *machine.values()], keep_going=True, progress="looking at the machine")
    raw = {f"before.{number}": answer.to_message() for number, answer in enumerate(answers[: len(before)])}
    return raw | _raw(machine, answers[len(before) :])


def booted(raw: Raw) -> str:
    """Return when the laptop started, as the snapshot has it; empty while unknown."""
    return windows.read(_part(raw, "windows"), "", "").booted


def docker_runs(raw: Raw) -> bool:
    """Return whether the snapshot shows somebody's Docker Desktop running."""
    return bool(docker_integration.read(_part(raw, "docker_integration")).running_for)


def look(run: Run, target: Target, before: Sequence[Call] = (), lately: Laptop | None = None) -> Talk[Raw]:
    """Ask for everything; the answers are returned raw, to be read by `read`.

    Args:
        run: this run.
        target: what to look at.
        before: calls that go before all others in the first request; the lock. Their failures are the caller's to see.
        lately: the laptop as it was seen before: if its user and his WSL are still the same, one request is enough.

    """
    machine = _machine_calls(run)
    guess = _Mine.of(target, lately.user, lately.wsl, lately.docker_integration) if lately else None
    calls = [*before, *machine.values(), *(guess.calls(run) if guess else [])]
    answers = yield Request(calls, keep_going=True, progress="looking at the laptop")
    raw = {f"before.{number}": answer.to_message() for number, answer in enumerate(answers[: len(before)])}
    rest = answers[len(before) + len(machine) :]
    raw |= _raw(machine, answers[len(before) : len(before) + len(machine)])
    user = windows.find_user(windows.read(_part(raw, "windows"), run.account, ""), target.user)
    mine = _Mine.of(target, user, wsl.read(_part(raw, "wsl")), docker_integration.read(_part(raw, "docker_integration")))
    if mine is None:
        return raw
    if mine != guess:
        rest = yield Request(mine.calls(run), keep_going=True, progress=f"looking at what is {mine.user.account}'s")
    return raw | mine.raw(run, rest)


def read(target: Target, raw: Raw, account: str, culture: str) -> Laptop:
    r"""Read a snapshot.

    Args:
        target: what it looked at.
        raw: what `look` returned.
        account: ``DOMAIN\name`` as which we are connected.
        culture: the display language, from the agent's greeting.

    """
    machine = windows.read(_part(raw, "windows"), account, culture)
    features = windows_feature.read(_part(raw, "windows_feature"))
    user = windows.find_user(machine, target.user)
    docker = _part(raw, "docker_integration")
    distros = wsl_distro.read(_part(raw, "wsl_distro"), user)
    if distros.running is not None:
        distros = replace(distros, running=tuple(name for name in distros.running if name.lower() not in _woken(raw)))
    return Laptop(
        target=target,
        windows=machine,
        user=user,
        windows_feature=features,
        hypervisor=hypervisor.read(_part(raw, "hypervisor")),
        reboot=reboot.read(_part(raw, "reboot"), features, machine),
        wsl=wsl.read(_part(raw, "wsl")),
        wslconfig=wslconfig.read(_part(raw, "wslconfig")),
        wsl_distro=distros,
        wsl_conf={name: wsl_conf.read(_part(raw, f"wsl_conf.{name}")) for name in target.distros},
        docker_integration=docker_integration.read(
            docker, {name: _part(raw, f"docker_integration.{name}") for name in target.distros}
        ),
    )


def wake(raw: Raw, target: Target, before: Raw | None) -> Raw:
    """Note which distributions run because we looked into them: those that did not run when this run first looked.

    Nobody works in them, so that a change may end them where one that a person uses would have to wait.

    Args:
        raw: the new snapshot.
        target: what it looked at.
        before: the snapshot before it in the same run.

    """
    user = windows.find_user(windows.read(_part(raw, "windows"), "", ""), target.user)
    running = wsl_distro.read(_part(raw, "wsl_distro"), user).running
    asleep = (
        {name.lower() for name in target.distros} - {name.lower() for name in running or ()} if running is not None else set()
    )
    return raw | {_WOKEN: {"ok": True, "value": {"names": sorted(asleep | (_woken(before) if before else set()))}}}


def _woken(raw: Raw) -> set[str]:
    return set(raw.get(_WOKEN, {}).get("value", {}).get("names", ()))


def _named(noun: str, calls: Mapping[str, Call]) -> dict[str, Call]:
    return {f"{noun}.{name}": one for name, one in calls.items()}


def _raw(calls: Mapping[str, Call], answers: Sequence[Answer]) -> Raw:
    return {name: answer.to_message() for name, answer in zip(calls, answers, strict=True)}


def _part(raw: Raw, noun: str) -> dict[str, Answer]:
    """Return the answers of one noun by their own names (a name holds no dot)."""
    found = ((name.rpartition("."), message) for name, message in raw.items())
    return {name: Answer.from_message(message) for (prefix, _, name), message in found if prefix == noun}
