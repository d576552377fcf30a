"""``.wslconfig`` as it is wanted: written, and live.

WSL reads it whenever the VM is created, so what is written becomes live when the VM next starts; it ends by itself once no
distribution runs, by ``wsl --shutdown``, and when the user logs off (src/windows/service/exe/LxssUserSession.cpp,
ServiceMain.cpp). Its user writes it in their session, with their rights; for one who is logged off an administrator does, and
follows no link.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.formats import version
from pyinfra_wsl.core.formats.ini import change as ini_change
from pyinfra_wsl.core.formats.ini.change import Change, Render
from pyinfra_wsl.core.formats.ini.check import Apply, Want
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG as FILE
from pyinfra_wsl.core.formats.ini.parse import Parsed
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.talk import Run, Talk, ask
from pyinfra_wsl.core.windows import pending, wsl_exe
from pyinfra_wsl.core.windows.idle import Question
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import WINDOWS_11
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.reach import linked, reach
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wslconfig import notes
from pyinfra_wsl.resources.wslconfig.live import differences
from pyinfra_wsl.resources.wslconfig.start import hindrances
from pyinfra_wsl.resources.wslconfig.state import NAME, State, path

_DECLARED = ".wslconfig as declared"
_LIVE = "WSL VM: restart with the written .wslconfig"
_REMEDIES = {
    "changed": "run again; the file was changed while this run merged it",
    "access_denied": "connect as an administrator of the laptop",
    "link": "let that user log on: in their session their links are followed; or put a plain file in its place",
    "in_use": "close the program that holds the file, then run again",
    "disk_full": "free some space on the drive, then run again",
}


def plan(want: Want, laptop: Laptop, render: Render | None = None) -> Plan:
    """Compare and plan: one step that writes the file, one that makes it live where that may be.

    Args:
        want: what is declared.
        laptop: the laptop as it is.
        render: the template for ``mode: replace``.

    """
    have, user = laptop.of(State), laptop.user
    if user is None:
        return held_up(reach(laptop, _DECLARED))
    if have.link:
        return held_up(linked(user, _DECLARED, have.link))
    if have.exists is None:
        return Plan(failures=(Failure(have.problem, have.remedy or "look into the profile folder on the laptop"),))
    change = ini_change.change(have.parsed, want, FILE, ".wslconfig", render)
    after = change.after if change else have.parsed
    fatal = [f" line {line.number}: {line.message}" for line in after.lines if line.effect == "fatal"]
    stopping = hindrances(after.values, laptop.of(wsl_policy.State).values or {}, have.there)
    live = _Live.of(want, laptop, user, change)
    return Plan(
        steps=tuple(live.steps(change, user, have)),
        deferred=tuple(live.deferred()),
        failures=(
            *(Failure(f".wslconfig{text}", "correct that line") for text in fatal),
            *(Failure(f".wslconfig: {text}", "correct the path, or bring the file there") for text in stopping),
        ),
        warnings=(
            *(change.beside if change else ()),
            *_warnings(want, laptop, after),
            *(() if live.needed else _not_live(laptop)),
        ),
        noop=".wslconfig is as declared",
    )


def _warnings(want: Want, laptop: Laptop, after: Parsed) -> Iterator[str]:
    state = laptop.of(wsl.State)
    policies = laptop.of(wsl_policy.State).values or {}
    yield from (f".wslconfig {text}" for text in notes.blocked(want.values, policies))
    yield from (f".wslconfig {text}" for text in notes.too_old(want.values, laptop.windows.build, version.known(state.version)))
    yield from (f".wslconfig: {text}" for text in notes.notes(after.values))
    if after.decoded.doubt:
        yield f".wslconfig: {after.decoded.doubt}; save it as UTF-8"
    spoken = (line for line in after.lines if line.message and line.effect != "fatal")
    yield from (f".wslconfig line {line.number}: {line.message}" for line in spoken)


def _not_live(laptop: Laptop) -> Iterator[str]:
    """Say what of the VM that runs is not as written, where no change of ours is known to wait for its end."""
    have, kernel = laptop.of(State), laptop.of(wsl.State).kernel
    found = differences(have.live, have.parsed.values, laptop.windows.memory, kernel) if have.live else ()
    waits = "it waits for 'wsl --shutdown', unless WSL could not bring it about, which it said when the VM started"
    yield from (f".wslconfig {one}: {waits}" for one in found)


def _seen_stopped(laptop: Laptop) -> bool:
    """Whether no WSL VM runs; only since Windows 11 has its process a name of its own (src/windows/common/helpers.cpp)."""
    return laptop.of(wsl.State).vm is False and (laptop.windows.build or 0) >= WINDOWS_11


@dataclass(frozen=True, slots=True)
class _Live:
    """Whether and how what is written becomes live in this run.

    Args:
        owner: whose VM; the path of wsl.exe is empty where no VM of theirs runs: no WSL, no VM at all, no distribution, or they
            are logged off.
        booted: when the laptop started; empty while unknown.
        needed: whether anything is written that a running VM does not know.
        pending: whether a marker of an earlier run stands.
        policy: ``now``, ``when_idle``, ``next_start``.
        question: what is asked right before the VM is ended.
        running: the distributions that run; None while unknown.
        hindrance: what the end of the VM would end or break off that may not be; empty for nothing.

    """

    owner: Owner
    booted: str
    needed: bool
    pending: bool
    policy: Apply
    question: Question
    running: tuple[str, ...] | None
    hindrance: str

    @classmethod
    def of(cls, want: Want, laptop: Laptop, user: User, change: Change | None) -> _Live:
        waiting = pending.waits(laptop.of(State).marks, NAME, laptop.windows.booted)
        new = change is not None and not notes.AT_ONCE.issuperset(change.slots)
        distros = laptop.of(wsl_distro.State)
        none = distros.distros == {} or (_seen_stopped(laptop) and not distros.running)
        exe = "" if none or not user.within_reach else laptop.of(wsl.State).exe or ""
        owner = Owner(user, exe, laptop.windows)
        question = wsl_distro.question(owner, laptop, consent=want.apply == "now")
        hindrance = wsl_distro.idle(laptop).hindrance(consent=want.apply == "now")
        return cls(owner, laptop.windows.booted, new or waiting, waiting, want.apply, question, distros.running, hindrance)

    @property
    def stops(self) -> bool:
        """Whether the VM is stopped by this run."""
        return bool(self.needed and self.owner.wsl and self.policy != "next_start" and not self.hindrance)

    def steps(self, change: Change | None, user: User, have: State) -> Iterator[Step]:
        if change is not None:
            mark = self.needed and bool(self.owner.wsl) and self.policy != "next_start"
            write = _Write(self.owner, change, have.sha256, self.booted if mark else None, self.pending)
            yield Step(change.sentence, write.talk, self._note(change), change.diff, parts=change.parts)
        if self.stops:
            yield Step(_LIVE, _Shutdown(self.owner, self.question).talk, self._interrupts())
        elif self.pending and not self.owner.wsl:
            yield Step(".wslconfig: live, no WSL VM runs that began before it was written", _Seen(user).talk)

    def deferred(self) -> Iterator[Deferred]:
        if self.needed and self.owner.wsl and self.policy != "next_start" and not self.stops:
            yield Deferred(_LIVE, "vm idle", self.hindrance)

    def _note(self, change: Change) -> str:
        if not self.needed or notes.AT_ONCE.issuperset(change.slots):
            return "takes effect at once, for distributions that are installed from now on"
        return "takes effect when the WSL VM next starts"

    def _interrupts(self) -> str:
        return f"stops {', '.join(self.running)}" if self.running else "no distribution runs"


@dataclass(frozen=True, slots=True)
class _Write:
    owner: Owner
    change: Change
    seen: str
    booted: str | None  # set where the change is marked as not live
    marked: bool  # whether a mark of an earlier run stands

    def talk(self, run: Run) -> Talk[None]:
        where, sid = path(self.owner.user), self.owner.user.sid
        write = call.file_write(where, self.change.new, expected=self.seen, backup=f"{where}.bak-{run.id}" if self.seen else None)
        # Marked before: a mark too many makes the VM restart once more, one too few leaves it as it was for ever.
        marks = [] if self.booted is None else [pending.write(sid, NAME, self.change.new, self.booted)]
        round_ = yield from self.owner.touch(run, write, before=marks, progress=f"writing {where}")
        (written,) = round_.answers
        if not written.ok and marks and not self.marked:
            yield from ask(pending.remove(sid, NAME))
        for answer, what in ((written, where), *((mark, "the note that it is not live yet") for mark in round_.before)):
            if not answer.ok:
                remedy = _REMEDIES.get(answer.kind, "run again with --debug")
                raise StepError(f"{what} could not be written: {answer.message}", remedy, answer.kind)


@dataclass(frozen=True, slots=True)
class _Shutdown:
    owner: Owner
    question: Question

    def talk(self, run: Run) -> Talk[None]:
        user, shutdown = self.owner.user, wsl_exe.command(self.owner.wsl, "--shutdown")
        yield from self.question.ask(run, "the WSL VM was not stopped")
        (answer,) = yield from user.ask(run, shutdown, progress="stopping the WSL VM")
        self.owner.need(answer, "the WSL VM could not be stopped")
        yield from ask(pending.remove_all(user.sid))


@dataclass(frozen=True, slots=True)
class _Seen:
    user: User

    def talk(self, run: Run) -> Talk[None]:  # noqa: ARG002 - every talk is given the run
        yield from ask(pending.remove(self.user.sid, NAME))
