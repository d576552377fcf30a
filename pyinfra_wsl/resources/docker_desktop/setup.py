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
from pyinfra_wsl.resources.docker_desktop import backend, changes, engines, shared_files, waiting
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.apply import Apply, AutoStart, Join
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.places import GROUP, Engine, daemon_path, settings_path
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
        wanted = changes.declared(self.want, self.have)
        if switch is not None:
            wanted = {name: value for name, value in wanted.items() if name not in self.want.engine_settings}
        locks = changes.locked(wanted, self.have, self.want)
        wanted = {name: value for name, value in wanted.items() if name not in locks}
        deferred = [*([switch] if switch is not None else []), *self._click()]
        step = self._step(wanted)
        if isinstance(step, Deferred):
            deferred.append(step)
        elif step is None and not deferred and _personal(self.want) and (waits := waiting.person(self.laptop)) is not None:
            deferred.append(waits)
        steps = (*self._join(), *([step] if isinstance(step, Step) else []), *self._autostart())
        noop = "settings as declared" if self.have.installed else "Docker Desktop is not installed"
        return Plan(steps, tuple(deferred), (), tuple(changes.notes(self.want, self.have)), noop, self._unproved(),
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
        """When it may be stopped: one whose window waits for a click that somebody has consented to runs nothing yet."""
        return "now" if self.want.licence is not None and waiting.clicks(self.laptop) else self.want.policy

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
        return self.want.start and clicked and not waiting.runs(self.laptop)

    def _note(self, *, runs: bool, again: bool) -> str:
        if runs:
            return "Docker Desktop is stopped and started again"
        return "Docker Desktop is started" if again else "works when Docker Desktop next starts"

    def _apply(self, wanted: Mapping[str, Any], daemons: Mapping[Engine, str], also: Together) -> Apply:
        owner = Owner(self.user, self.laptop.of(wsl.State).exe or INBOX, self.laptop.windows)
        return Apply(
            App(owner, self.have.folder, self.have.version), self.have.generation, wanted, self._policy, bool(self._mended),
            {engine: self.want.daemons[engine] for engine in daemons}, also, stop=waiting.runs(self.laptop), start=self._again,
            backend=self.want.backend, person=waiting.sign_in(self.laptop, self.want),
        )  # fmt: skip

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
        if self.want.backend not in ("hyper-v", "windows") or self.have.members is None:
            return
        mine = {self.user.account.lower(), self.user.account.rpartition("\\")[2].lower()}
        local = self.user.account.lower().startswith(f"{self.laptop.windows.computer.lower()}\\")
        names = {one.lower() for one in self.have.members}
        if self.user.account.lower() in names or (local and mine & names):
            return
        note = "it works from their next logon on, and makes them as good as an administrator of this laptop"
        yield Step(f"{self.user.account} joins the group {GROUP}", Join(self.user.account).talk, note)

    def _autostart(self) -> Iterator[Step]:
        if self.want.settings.get("AutoStart") is False and self.have.autostart:
            yield Step("Docker Desktop no longer starts with Windows (Run)", AutoStart(self.user).talk)

    def _unproved(self) -> tuple[str, ...]:
        """Return what is set and of which nobody has seen that it works: the engine of the backend has to answer."""
        want, have = self.want.backend, self.have
        if want is None or waiting.restarts(self.laptop) or self._starts() or want != have.backend:
            return ()  # a step that starts it asks for itself, and one that waits is told
        kind = "windows" if want == "windows" else "linux"
        if not waiting.runs(self.laptop):
            why = "Docker Desktop is not running"
        elif not have.server:
            why = "it does not, or was not asked"
        else:
            why = f"one for {have.server_os} containers does" if have.server_os not in ("", kind) else ""
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
    return laptop.having(replace(have, settings=merged, orgs=want.orgs if want.orgs is not None else have.orgs))
