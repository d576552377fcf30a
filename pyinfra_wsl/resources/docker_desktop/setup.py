"""Docker Desktop set up for its user: settings, licence, backend, engines, and what is said to all people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.windows import reach
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.core.windows.wsl_exe import INBOX
from pyinfra_wsl.resources.docker_desktop import (
    answering,
    backend,
    changes,
    data_place,
    engines,
    service,
    shared_files,
    switching,
    waiting,
)
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.apply import Apply, AutoStart, Join
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.places import GROUP, Engine, daemon_path, kind, settings_path
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.together import Together
from pyinfra_wsl.resources.docker_desktop.want import Policy, Want
from pyinfra_wsl.resources.docker_desktop.writing import damaged
from pyinfra_wsl.resources.docker_integration import plan as docker_integration
from pyinfra_wsl.resources.docker_integration import state as integration_state
from pyinfra_wsl.resources.wsl import state as wsl


def plan(want: Want, laptop: Laptop) -> Plan:
    """Compare and plan.

    Args:
        want: what is declared.
        laptop: the laptop as it is.

    """
    have, user = laptop.of(State), laptop.user
    shared = _shared(want, have)
    if shared.failures:
        return shared
    obstacle = _obstacle(want, laptop)
    if obstacle is not None or user is None:
        mine = replace(held_up(obstacle), owed="docker_desktop" if have.installed is False else "")
        return replace(mine, steps=() if mine.failures else shared.steps, warnings=shared.warnings)
    mine = _Case(want, laptop, user, have).plan()
    return replace(mine, steps=() if mine.failures else (*shared.steps, *mine.steps), warnings=(*shared.warnings, *mine.warnings))


def _shared(want: Want, have: State) -> Plan:
    failures = tuple(shared_files.refusals(want, have))
    steps = () if failures else tuple(shared_files.steps(want, have))
    return Plan(steps, failures=failures, warnings=tuple(shared_files.warnings(want, have)))


def _personal(want: Want) -> bool:
    return bool(want.settings or want.daemons or want.backend or want.licence or want.start)


def _sentence(want: Want) -> str:
    parts = [*want.settings, *(f"{one} engine" for one in want.daemons), *([f"backend {want.backend}"] if want.backend else [])]
    return f"Docker Desktop: {', '.join(parts) or 'licence'}"


def _obstacle(want: Want, laptop: Laptop) -> Deferred | Failure | None:
    """Return what makes looking at the user's own pointless."""
    have, away = laptop.of(State), reach.reach(laptop, _sentence(want))
    if laptop.user is None or (have.installed is not True and isinstance(away, Deferred)):
        return away
    if have.installed is None:
        return Failure("it is not known whether Docker Desktop is installed", "connect as an administrator of the laptop")
    if not have.installed:
        missing = Failure(
            "Docker Desktop is not installed",
            "declare docker_desktop.package with an installer, or look above why it was not installed",
        )
        return missing if _personal(want) else None
    if link := have.link or (have.daemon_link if want.daemons else ""):
        return reach.linked(laptop.user, _sentence(want), link)
    unknown = Failure("it is not known for whom Docker Desktop runs", "connect as an administrator of the laptop")
    return next(_damaged(want, have, laptop.user), None) if have.running_known else unknown


def _damaged(want: Want, have: State, user: User) -> Iterator[Failure]:
    """Yield which files cannot be merged with; they are never replaced."""
    files: list[tuple[str, File | None]] = [(settings_path(user, have.generation), have.settings)]
    files += [(daemon_path(user, engine), have.daemons.get(engine)) for engine in want.daemons]
    for path, file in files:
        if file is None:
            yield Failure(f"{path} could not be read", "connect as an administrator of the laptop", "settings")
        elif file.unreadable:
            yield damaged(path, file.problem).failure


@dataclass(frozen=True, slots=True)
class _Case:
    want: Want
    laptop: Laptop
    user: User
    have: State

    def plan(self) -> Plan:
        """Compare what is the user's with what is wanted."""
        switch = backend.judge(self.want, self.laptop)
        if isinstance(switch, Failure):
            return Plan(failures=(switch,))
        held = switch is not None or backend.begun(self.laptop)
        switch = switch or self._late()
        wanted = changes.declared(self.want, self.have)
        if switch is not None and held:
            wanted = {name: value for name, value in wanted.items() if name not in self.want.engine_settings}
        locks = changes.locked(wanted, self.have, self.want) | data_place.setting(self.want, self.have)
        wanted = {name: value for name, value in wanted.items() if name not in locks}
        deferred = [*([switch] if switch is not None else []), *self._click()]
        step = self._step(wanted) if switch is not None else self._switch(wanted) or self._step(wanted)
        if isinstance(step, Deferred):
            deferred.append(step)
        elif step is None and not deferred and _personal(self.want) and (waits := waiting.person(self.laptop)) is not None:
            deferred.append(waits)
        starts = isinstance(step, Step) and self._starting()
        own = (*([step] if isinstance(step, Step) else []), *self._autostart(starts=starts))
        steps = (*self._join(), *service.of_backend(self.want, self.have), *own)
        noop = "settings as declared" if self.have.installed else "Docker Desktop is not installed"
        return Plan(steps, tuple(deferred), (), tuple(changes.notes(self.want, self.have)), noop,
                    () if starts else self._unproved(),
                    tuple(locks.values()))  # fmt: skip

    def _step(self, wanted: Mapping[str, Any]) -> Step | Deferred | None:
        """Return the one step by which files are changed while the program is stopped, or what it waits for."""
        differing, daemons = changes.differing(wanted, self.have), dict(engines.differing(self.want, self.have))
        if not self._needed(wanted):
            return None
        runs, again = waiting.runs(self.laptop), self._again
        also = together(self.laptop, self.want) if runs or again else Together()
        words = self._words(differing, daemons, self._mended, also)
        sentence = self._sentence(words)
        if (runs or again) and (busy := waiting.busy(self.laptop, sentence, self._policy)) is not None:
            return busy
        return Step(sentence, self._apply(wanted, daemons, also).talk, self._note(runs=runs, again=again),
                    changes.diff(differing, self.have), parts=tuple(f"Docker Desktop {one}" for one in words))  # fmt: skip

    @property
    def restarts(self) -> bool:
        """Whether its step starts it anew, so that what else is declared of its settings goes with it."""
        return (waiting.runs(self.laptop) or self._again) and self._needed(changes.declared(self.want, self.have))

    def _needed(self, wanted: Mapping[str, Any]) -> bool:
        differing, daemons = changes.differing(wanted, self.have), tuple(engines.differing(self.want, self.have))
        return bool(differing or daemons or self._again or (self._mended and _personal(self.want)))

    @property
    def _mended(self) -> str:
        return self.have.settings.problem if self.have.settings is not None else ""

    @property
    def _again(self) -> bool:
        """Whether it is started though it does not run."""
        return waiting.restarts(self.laptop) or self._starts()

    @property
    def _policy(self) -> Policy:
        return waiting.policy(self.laptop, self.want)

    def _switch(self, wanted: Mapping[str, Any]) -> Step | Deferred | None:
        """Return the step by which a running one goes over to the other kind of containers; None where more is to be changed."""
        want, have = self.want.backend, self.have
        if want is None or not waiting.runs(self.laptop) or not have.version or have.active in (None, "", kind(want)):
            return None
        differing = changes.differing(wanted, have)
        set_rightly = have.effective("UseWindowsContainers") is (want == "windows")
        other = set(differing) - {"UseWindowsContainers"} or dict(engines.differing(self.want, have))
        if other or not (differing or set_rightly) or (have.settings is not None and have.settings.problem):
            return None
        sentence = f"Docker Desktop: engine for {have.active} containers → {kind(want)} containers"
        if (busy := waiting.busy(self.laptop, sentence, self._policy)) is not None:
            return busy
        step = switching.Switch(self._app, want, idle=self._policy == "when_idle")
        return Step(
            sentence, step.talk, "it goes on running; the containers of the other engine end", changes.diff(differing, have)
        )

    @property
    def _app(self) -> App:
        owner = Owner(self.user, self.laptop.of(wsl.State).exe or INBOX, self.laptop.windows)
        return App(owner, self.have.folder, self.have.version)

    def _words(self, differing: Mapping[str, Any], daemons: Mapping[Engine, str], mended: str, also: Together) -> list[str]:
        words = changes.words(differing, self.have)
        if (licence := self.want.licence) is not None and changes.LICENCE in differing:
            words = [one for one in words if not one.startswith(changes.LICENCE)]
            words.append(f"licence accepted for {self.user.account} by the consent of {licence.by} of {licence.date}")
        words += [f"{daemon_path(self.user, engine).rpartition(chr(92))[2]} {told}" for engine, told in daemons.items()]
        words += [f"its file mended, which {mended}"] if mended else []
        words += [f"WSL integration: {', '.join(also.words)}"] if also.words else []
        return words

    def _sentence(self, words: Sequence[str]) -> str:
        if words:
            return f"Docker Desktop: {'; '.join(words)}"
        cut = waiting.restarts(self.laptop)
        return "start Docker Desktop again, which a run that was cut off had stopped" if cut else "start Docker Desktop"

    def _starts(self) -> bool:
        """Whether it is to run and does not; one that would wait for a click at its first start is not started."""
        clicked = changes.accepted(self.have) or self.want.licence is not None
        return self.want.start and clicked and not waiting.runs(self.laptop) and self._late() is None

    def _note(self, *, runs: bool, again: bool) -> str:
        if runs:
            return "Docker Desktop is stopped and started again"
        return "Docker Desktop is started" if again else "works when Docker Desktop next starts"

    def _apply(self, wanted: Mapping[str, Any], daemons: Mapping[Engine, str], also: Together) -> Apply:
        return Apply(
            self._app, self.have.generation, wanted, self._policy, bool(self._mended),
            {engine: self.want.daemons[engine] for engine in daemons}, also, stop=waiting.runs(self.laptop), start=self._again,
            backend=self.want.backend if self._set(wanted) else None, person=waiting.sign_in(self.laptop, self.want),
        )  # fmt: skip

    def _set(self, wanted: Mapping[str, Any]) -> bool:
        """Whether the declared backend is the one that is started: not one that has to wait, or is locked."""
        return self.want.engine_settings.keys() <= wanted.keys()

    def _click(self) -> Iterator[Deferred]:
        """Without a recorded consent the first start waits for the person, which is theirs to do and no failure of ours."""
        if (
            self.want.licence is None
            and _personal(self.want)
            and self.have.settings is not None
            and not changes.accepted(self.have)
        ):
            reason = f"its first start waits until {self.user.account} accepts the Docker Subscription Service Agreement"
            remedy = "let them, or record a consent with accept_license: {by: …, date: …}"
            yield Deferred("licence of Docker Desktop", "licence", f"{reason}; {remedy}")

    def _join(self) -> Iterator[Step]:
        """Yield the membership that the helper service asks for; it works from the next logon on."""
        if not self._joins:
            return
        note = "it works from their next logon on, and makes them as good as an administrator of this laptop"
        yield Step(f"{self.user.account} joins the group {GROUP}", Join(self.user.account).talk, note)

    @property
    def _joins(self) -> bool:
        if self.want.backend not in ("hyper-v", "windows") or self.have.members is None:
            return False
        mine = {self.user.account.lower(), self.user.account.rpartition("\\")[2].lower()}
        local = self.user.account.lower().startswith(f"{self.laptop.windows.computer.lower()}\\")
        names = {one.lower() for one in self.have.members}
        return not (self.user.account.lower() in names or (local and mine & names))

    def _late(self) -> Deferred | None:
        """Return that an engine cannot start yet, since its user's session is older than their membership."""
        want, have = self.want.backend, self.have
        if want not in ("hyper-v", "windows") or have.in_group is not False:
            return None
        is_set = have.in_use == want or not backend.begun(self.laptop)  # before its first start it is set at once
        if is_set and (waiting.runs(self.laptop) or not self.want.start):
            return None
        reason = f"{self.user.account} {'joins' if self._joins else 'has joined'} {GROUP}, which counts from their next logon on"
        starts = "start Docker Desktop" if is_set else f"Docker Desktop: backend {have.in_use or 'unknown'} → {want}"
        return Deferred(starts, "user logon", reason)

    def _starting(self) -> bool:
        """Whether a change of its files is followed by a start, which makes its Run value."""
        return waiting.runs(self.laptop) or waiting.restarts(self.laptop) or self._starts()

    def _autostart(self, *, starts: bool) -> Iterator[Step]:
        """Yield what Windows starts with the user's session: a first start, and each later one, makes the value itself.

        That there was one shows in the credential helper, which the first start writes too. No start undoes what was switched
        off in the Task Manager.
        """
        wanted, found = self.want.settings.get("AutoStart"), self.have.autostart
        off = self.have.switched_off
        if wanted is False and found and not off:
            yield Step("Docker Desktop no longer starts with Windows (Run)", AutoStart(self.user).talk)
        if wanted is True and (off or (found is False and not starts)) and self.have.helper:
            command = f'"{self.have.folder}\\Docker Desktop.exe" -Autostart'
            yield Step("Docker Desktop starts with Windows (Run)", AutoStart(self.user, command).talk)

    def _unproved(self) -> tuple[str, ...]:
        """Return what is set and of which nobody has seen that it works: the engine of the backend has to answer."""
        want, have = self.want.backend, self.have
        if want is None or waiting.restarts(self.laptop) or self._starts() or want != have.backend:
            return ()  # a step that starts it asks for itself, and one that waits is told
        wanted = kind(want)
        answers = have.server_os or wanted if have.server and have.active is None else have.active or ""
        if not waiting.runs(self.laptop):
            why = "Docker Desktop is not running"
        elif not answers:
            why = "it does not, or was not asked"
        elif answers != wanted:
            why = f"one for {answers} containers does"
        else:
            other = answering.backend(have.engines)
            why = f"that of {other} does" if other not in (None, want) else ""
        return (f"the engine of backend {want} answers: {why}",) if why else ()


def together(laptop: Laptop, want: Want) -> Together:
    """Return what is declared of the WSL integration and can be brought about by the same restart."""
    return docker_integration.together(_after(laptop, want))


def forecast(laptop: Laptop, want: Want) -> Laptop:
    """Return the laptop after `plan`."""
    after, have = _after(laptop, want), laptop.of(State)
    case = None if laptop.user is None or have.settings is None else _Case(want, laptop, laptop.user, have)
    if case is None or not case.restarts:
        return after
    # What does not answer inside now is asked anew once it was started again.
    after = after.having(replace(after.of(integration_state.State), servers={}))
    if not (also := docker_integration.together(after)).changes:
        return after
    desktop = after.of(State)
    file = desktop.settings or File()
    integrated = also.after(file.parsed, desktop.generation)
    return after.having(replace(desktop, settings=replace(file, exists=True, parsed=integrated)))


def _after(laptop: Laptop, want: Want) -> Laptop:
    have = laptop.of(State)
    if have.settings is None or have.settings.unreadable:
        return laptop
    merged = changes.after(have.settings, changes.declared(want, have), have.generation)
    if want.licence is not None and waiting.clicks(laptop):
        have = replace(have, containers=0)  # none can run before the click that is no longer needed
    return laptop.having(replace(have, settings=merged, orgs=want.orgs if want.orgs is not None else have.orgs))
