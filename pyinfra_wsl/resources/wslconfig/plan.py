r"""``.wslconfig``: the settings of a user's WSL VM, in ``<profile>\.wslconfig``.

WSL reads it whenever the VM is created, so what is written becomes live when the VM next starts; it ends by itself once no
distribution runs, by ``wsl --shutdown``, and when the user logs off (src/windows/service/exe/LxssUserSession.cpp,
ServiceMain.cpp). An administrator writes the file also for a user who is logged off.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.formats.ini import change as ini_change
from pyinfra_wsl.core.formats.ini import check as ini_check
from pyinfra_wsl.core.formats.ini import merge as ini_merge
from pyinfra_wsl.core.formats.ini import parse as ini_parse
from pyinfra_wsl.core.formats.ini.change import Change, Entries, Render
from pyinfra_wsl.core.formats.ini.check import Problem
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG as FILE
from pyinfra_wsl.core.formats.ini.parse import Parsed
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.talk import Run, StepError, Talk, ask
from pyinfra_wsl.core.windows import errors, pending, wsl_exe
from pyinfra_wsl.core.windows.machine import WINDOWS_11
from pyinfra_wsl.core.windows.reach import reach
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wslconfig import notes as wslconfig_rules

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

NAME = "wslconfig"
_LIVE = "WSL VM: restart with the written .wslconfig"
_REMEDIES = {
    "changed": "run again; the file was changed while this run merged it",
    "access_denied": "connect as an administrator of the laptop",
    "in_use": "close the program that holds the file, then run again",
    "disk_full": "free some space on the drive, then run again",
}


@dataclass(frozen=True, slots=True)
class State:
    """The file as it is.

    Args:
        exists: whether it is there; None while unknown, and then `problem` says why.
        sha256: of its bytes; empty where there is none.
        data: its bytes, in base64.
        values: what is in force, by ``section.key``, as text.
        problems: what is wrong with it, line by line.
        marks: what was written by us and was not live then, here and in ``wsl.conf``; None while unknown.
        problem: why it could not be read.

    """

    exists: bool | None
    sha256: str = ""
    data: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    marks: Mapping[str, str] | None = None
    problem: str = ""

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return base64.b64decode(self.data)


def parse(data: bytes) -> Parsed:
    """Read a ``.wslconfig`` as WSL does: every line's effect and the values in force."""
    return ini_parse.parse(data, FILE)


def check(settings: Mapping[str, object]) -> list[Problem]:
    """Return everything that is wrong with ``wslconfig:`` of a fleet file."""
    return ini_check.check(settings, FILE)


def entries(settings: Mapping[str, object]) -> Entries:
    """Return the settings as sections with keys and values, quoted and escaped, ready for the template."""
    return ini_merge.entries(ini_check.wanted(settings, FILE), FILE)


def merge(old: bytes, settings: Mapping[str, object], remove: Collection[tuple[str, str]] = ()) -> bytes:
    """Return the file with the settings in force; the user's other lines stay as they are."""
    return ini_merge.merge(old, ini_check.wanted(settings, FILE), FILE, remove)


def path(user: User) -> str:
    """Return where a user's file is: in his profile folder, whatever %USERPROFILE% says (src/windows/common/helpers.cpp)."""
    return rf"{user.profile}\.wslconfig"


def probe(user: User) -> dict[str, Call]:
    """Return what has to be asked; an administrator may."""
    return {"file": call.file_read(path(user)), "marks": pending.probe(user.sid)}


def read(answers: Mapping[str, Answer]) -> State:
    """Read the file and the marker of what is not yet live."""
    file, marker = (answers.get(name, Answer(False, message="it was not asked for")) for name in ("file", "marks"))
    if not file.ok:
        return State(None, problem=f".wslconfig could not be read: {file.message}")
    if int(file.value.get("size") or 0) > len(file.data):
        return State(None, problem=f".wslconfig has {file.value['size']} bytes, which is no settings file")
    parsed = parse(file.data)
    return State(
        exists=file.exists,
        sha256=file.sha256,
        data=base64.b64encode(file.data).decode(),
        values=ini_merge.shown(parsed, FILE),
        problems=parsed.problems,
        marks=pending.read(marker),
    )


def plan(want: Mapping[str, object], laptop: Laptop, render: Render | None = None) -> Plan:
    """Compare and plan: one step that writes the file, one that makes it live where that may be.

    Args:
        want: the declaration: sections, ``mode`` (``merge``), ``apply`` (``when_idle``).
        laptop: the laptop as it is.
        render: the template for ``mode: replace``.

    """
    have, user = laptop.wslconfig, laptop.user
    impossible = ini_change.failures(NAME, want, FILE)
    if impossible:
        return Plan(failures=impossible)
    if user is None:
        obstacle = reach(laptop, ".wslconfig as declared")
        return Plan(failures=(obstacle,)) if isinstance(obstacle, Failure) else Plan(deferred=(obstacle,) if obstacle else ())
    if have.exists is None:
        return Plan(failures=(Failure(have.problem, "look into the profile folder on the laptop"),))
    change = ini_change.change(have.content, want, FILE, ".wslconfig", render)
    after = parse(change.new if change else have.content)
    fatal = [line for line in after.lines if line.effect == "fatal"]
    live = _Live.of(want, laptop, user, change)
    return Plan(
        steps=tuple(live.steps(change, user, have)),
        deferred=tuple(live.deferred()),
        failures=tuple(Failure(f".wslconfig line {line.number}: {line.message}", "correct that line") for line in fatal),
        warnings=tuple(_warnings(want, laptop, after)),
        noop=".wslconfig is as declared",
    )


def _warnings(want: Mapping[str, object], laptop: Laptop, after: Parsed) -> Iterator[str]:
    wanted = ini_check.wanted(want, FILE)
    known = version.known(laptop.wsl.version)
    yield from (f".wslconfig {text}" for text in wslconfig_rules.blocked(wanted, laptop.wsl.policies.values or {}))
    yield from (f".wslconfig {text}" for text in wslconfig_rules.too_old(wanted, laptop.windows.build, known))
    yield from (f".wslconfig: {text}" for text in wslconfig_rules.notes(after.values))
    spoken = (line for line in after.lines if line.message and line.effect != "fatal")
    yield from (f".wslconfig line {line.number}: {line.message}" for line in spoken)


def _seen_stopped(laptop: Laptop) -> bool:
    """Whether no WSL VM runs; only since Windows 11 has its process a name of its own (src/windows/common/helpers.cpp)."""
    return laptop.wsl.vm is False and (laptop.windows.build or 0) >= WINDOWS_11


@dataclass(frozen=True, slots=True)
class _Live:
    """Whether and how what is written becomes live in this run.

    Args:
        wsl: path of wsl.exe; empty where no VM of the user runs: no WSL, no VM at all, no distribution, or he is logged off.
        booted: when the laptop started; empty while unknown.
        needed: whether anything is written that a running VM does not know.
        pending: whether a marker of an earlier run stands.
        policy: ``now``, ``when_idle``, ``next_start``.
        running: the distributions that run; None while unknown.

    """

    wsl: str
    booted: str
    needed: bool
    pending: bool
    policy: str
    running: tuple[str, ...] | None

    @classmethod
    def of(cls, want: Mapping[str, object], laptop: Laptop, user: User, change: Change | None) -> _Live:
        waiting = pending.waits(laptop.wslconfig.marks, NAME, laptop.windows.booted)
        new = change is not None and not wslconfig_rules.AT_ONCE.issuperset(change.slots)
        running = laptop.wsl_distro.running
        none = laptop.wsl_distro.distros == {} or (_seen_stopped(laptop) and not running)
        wsl = "" if none or not user.within_reach else laptop.wsl.exe or ""
        policy = str(want.get("apply") or "when_idle")
        return cls(wsl, laptop.windows.booted, new or waiting, waiting, policy, running)

    @property
    def stops(self) -> bool:
        """Whether the VM is stopped by this run."""
        idle = self.policy == "when_idle" and self.running == ()
        return bool(self.needed and self.wsl and (self.policy == "now" or idle))

    def steps(self, change: Change | None, user: User, have: State) -> Iterator[Step]:
        if change is not None:
            mark = self.needed and bool(self.wsl) and self.policy != "next_start"
            write = _Write(user, change, have.sha256, self.booted if mark else None)
            yield Step(change.sentence, write.talk, self._note(change), change.diff)
        if self.stops:
            yield Step(_LIVE, _Shutdown(user, self.wsl).talk, self._interrupts())
        elif self.pending and not self.wsl:
            yield Step(".wslconfig: live, no WSL VM runs that began before it was written", _Seen(user).talk)

    def deferred(self) -> Iterator[Deferred]:
        if self.needed and self.wsl and self.policy == "when_idle" and not self.stops:
            reason = f"running: {', '.join(self.running)}" if self.running else "it could not be seen whether a distribution runs"
            yield Deferred(_LIVE, "vm idle", reason)

    def _note(self, change: Change) -> str:
        if not self.needed or wslconfig_rules.AT_ONCE.issuperset(change.slots):
            return "takes effect at once, for distributions that are installed from now on"
        return "takes effect when the WSL VM next starts"

    def _interrupts(self) -> str:
        return f"stops {', '.join(self.running)}" if self.running else "no distribution runs"


@dataclass(frozen=True, slots=True)
class _Write:
    user: User
    change: Change
    seen: str
    booted: str | None  # set where the change is marked as not live

    def talk(self, run: Run) -> Talk[None]:
        where = path(self.user)
        backup = f"{where}.bak-{run.id}" if self.seen else None
        calls = [call.file_write(where, self.change.new, expected=self.seen, backup=backup)]
        if self.booted is not None:
            calls.append(pending.write(self.user.sid, NAME, self.change.new, self.booted))
        answers = yield from ask(*calls, progress=f"writing {where}")
        for answer, what in zip(answers, (where, "the note that it is not live yet"), strict=False):
            if not answer.ok:
                remedy = _REMEDIES.get(answer.kind, "run again with --debug")
                raise StepError(f"{what} could not be written: {answer.message}", remedy, answer.kind)


@dataclass(frozen=True, slots=True)
class _Shutdown:
    user: User
    wsl: str

    def talk(self, run: Run) -> Talk[None]:
        (answer,) = yield from self.user.ask(run, wsl_exe.command(self.wsl, "--shutdown"), progress="stopping the WSL VM")
        if not answer.ok:
            raise StepError(f"the WSL VM could not be stopped: {answer.message}", "run again", answer.kind)
        if not (output := Output.of(answer)).ok:
            cause, remedy, code = errors.explain(output)
            raise StepError(f"the WSL VM could not be stopped: {cause}", remedy, code)
        yield from ask(pending.remove_all(self.user.sid))


@dataclass(frozen=True, slots=True)
class _Seen:
    user: User

    def talk(self, run: Run) -> Talk[None]:  # noqa: ARG002 - every talk is given the run
        yield from ask(pending.remove(self.user.sid, NAME))
