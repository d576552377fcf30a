"""``/etc/wsl.conf`` as it is wanted: written by wsl.exe as root inside the distribution, and live.

A change counts from the next start of the distribution on, for which ``wsl --terminate`` is enough (src/linux/init/init.cpp).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.formats.ini import change as ini_change
from pyinfra_wsl.core.formats.ini import check as ini
from pyinfra_wsl.core.formats.ini.change import Change, Render
from pyinfra_wsl.core.formats.ini.files import WSL_CONF as FILE
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Plan, Step, held_up
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.talk import Later, Request, Run, Talk
from pyinfra_wsl.core.windows import pending, wsl_exe
from pyinfra_wsl.core.windows.idle import Question
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.core.windows.reach import reach
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf.state import PATH, Conf, State, read
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wslconfig import state as wslconfig

_SUFFIX = ".pyinfra-new"
NEW = f"{PATH}{_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared: of which distribution, and of its file."""

    distro: str
    file: ini.Want

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``wsl_conf`` of the one distribution that is in a host's values."""
        ((distro, declared),) = ((name, one["wsl_conf"]) for name, one in values["wsl_distros"].items())
        return cls(distro, ini.want(declared, FILE))


def plan(want: Want, laptop: Laptop, render: Render | None = None) -> Plan:
    """Compare and plan: one step that writes the file and, where that may be, ends the distribution so that it counts.

    Args:
        want: what is declared.
        laptop: the laptop as it is.
        render: the template for ``mode: replace``.

    """
    called, user = f"wsl.conf of {want.distro}", laptop.user
    obstacle = reach(laptop, f"{called} as declared")
    if user is None or obstacle is not None:
        return held_up(obstacle)
    have, exe = laptop.of(State).conf(want.distro), laptop.of(wsl.State).exe
    if have is None or have.exists is None or exe is None:
        if _to_come(want.distro, laptop):
            return Plan((Step(f"{called} as declared", _unseen, "what it says already can be read only then"),))
        return held_up(_unread(want.distro, called, have, laptop))
    change = ini_change.change(have.parsed, want.file, FILE, called, render)
    after = change.after if change else have.parsed
    file = _File(Owner(user, exe, laptop.windows), want.distro)
    steps, deferred = file.plan(want.file.apply, laptop, have, change)
    spoken = (f"{called} line {line.number}: {line.message}" for line in after.lines if line.message)
    return Plan(tuple(steps), deferred, warnings=(*(change.beside if change else ()), *spoken), noop=f"{called} is as declared")


def _to_come(distro: str, laptop: Laptop) -> bool:
    """Whether the distribution can be looked into once the changes planned before are made."""
    there = laptop.of(wsl_distro.State).find(distro) is not None and laptop.of(wsl.State).exe is not None
    return laptop.foreseen and there and reboot.blocks(laptop) is None


def _unseen(run: Run) -> Talk[None]:
    """Change nothing: whoever carries out looks first, and plans with what is there."""
    raise StepError(f"this was foreseen, and is planned anew (run {run.id})", "run again")
    yield Request(())


def _unread(distro: str, called: str, have: Conf | None, laptop: Laptop) -> Deferred | Failure:
    distros = laptop.of(wsl_distro.State)
    if distros.distros is not None and distros.find(distro) is None:
        if blocked := reboot.blocks(laptop):
            return Deferred(f"{called} as declared", "reboot", f"{distro} is not there yet: {blocked}")
        return Failure(f"there is no distribution {distro}", "declare it in wsl_distros, or correct the name")
    problem = "the distribution was not looked into" if have is None else have.problem or "WSL is not installed"
    remedy = have.remedy if have else ""
    return Failure(f"{called}: {problem}", remedy or f"start {distro} by hand and look")


@dataclass(frozen=True, slots=True)
class _File:
    """One distribution's file: whose it is, and how it is reached."""

    owner: Owner
    distro: str

    @property
    def mark(self) -> str:
        """The name of its marker."""
        return f"wsl_conf {self.distro}"

    def plan(
        self, policy: ini.Apply, laptop: Laptop, have: Conf, change: Change | None
    ) -> tuple[list[Step], tuple[Deferred, ...]]:
        """Decide whether the file is written, and whether the distribution ends so that it counts."""
        runs = laptop.of(wsl_distro.State).runs(self.distro)
        waits = pending.waits(laptop.of(wslconfig.State).marks, self.mark, laptop.windows.booted)
        live = f"{self.distro}: restart with the written wsl.conf"
        # One that did not run was started by our look: before a change, so it has to end; after one, so it has read it.
        hindrance = wsl_distro.idle(laptop).hindrance(self.distro, consent=policy == "now")
        ends = (change is not None or (waits and bool(runs))) and policy != "next_start" and not hindrance
        held = (change is not None or waits) and policy != "next_start" and bool(hindrance)
        end = _End(self, wsl_distro.question(self.owner, laptop, self.distro, consent=policy == "now")) if ends else None
        steps = [] if change is None else [self._written(have, change, end, mark=held or ends)]
        if end:
            steps.append(Step(live, end.talk, f"stops {self.distro}" if runs else f"{self.distro} was not in use"))
        return steps, (Deferred(live, "vm idle", hindrance),) if held else ()

    def _written(self, have: Conf, change: Change, end: _End | None, *, mark: bool) -> Step:
        note = f"takes effect when {self.distro} next starts"
        talk = partial(self.write, have, change, end, mark=mark)
        return Step(change.sentence, talk, note, change.diff, parts=change.parts)

    def inside(self, *command: str, stdin: bytes | None = None) -> Call:
        """Return a call of a program in the distribution, as its root."""
        return wsl_exe.inside(self.owner.wsl, self.distro, *command, stdin=stdin)

    def write(self, have: Conf, change: Change, end: _End | None, run: Run, *, mark: bool) -> Talk[None]:
        """Write a new file beside the old one, prove it, and only then put it in the old one's place; a link stays one."""
        user = self.owner.user
        keep = self.inside("cp", "-p", PATH, f"{PATH}.bak-{run.id}") if have.exists else self.inside("test", "-e", PATH)
        calls = [self.inside("cat", PATH), self.inside("readlink", "-f", PATH), self.inside("tee", NEW, stdin=change.new), keep]
        seen, leads, written, kept = yield from user.ask(run, *calls, progress=f"writing {PATH} of {self.distro}")
        doing = f"{PATH} of {self.distro} could not be written"
        self._unchanged(seen, have, doing)
        if not have.exists and kept.ok and Output.of(kept).ok:
            raise StepError(
                f"{doing}: it is there, and is no file that can be read", f"look at it in {self.distro}", "unreadable"
            )
        place = self._place(leads)
        if place != PATH:
            calls = [self.inside("tee", f"{place}{_SUFFIX}", stdin=change.new), self.inside("rm", "-f", NEW)]
            written, _gone = yield from user.ask(run, *calls, progress=f"writing {PATH} of {self.distro}")
        if self._need(written, doing).stdout != change.new:
            raise StepError(f"{doing}: the new file is not what was sent", "look whether its disk is full, then run again")
        if have.exists:
            self._need(kept, doing)
        question = end.question if end else None
        session, machine = (question.session, question.machine) if question else ((), ())
        marks = [pending.write(user.sid, self.mark, change.new, self.owner.windows.booted)] if mark else []
        round_ = yield from self.owner.ask(
            run, self.inside("mv", "-f", f"{place}{_SUFFIX}", place), *session, before=marks, after=machine
        )
        self._need(round_.answers[0], doing)
        if end:
            end.asked.append((round_.answers[1:], round_.after))

    @staticmethod
    def _place(leads: Answer) -> str:
        """Return where the file lies to which a link leads; its own path where that does not tell."""
        output = Output.of(leads) if leads.ok else None
        found = output.text().strip() if output is not None and output.ok else ""
        return found if found.startswith("/") else PATH

    def _unchanged(self, seen: Answer, have: Conf, doing: str) -> None:
        now = read({"file": seen})
        if now.exists is None:
            raise StepError(f"{doing}: {now.problem}", "run again", seen.kind)
        if (now.exists, now.data) != (have.exists, have.data):
            raise StepError(f"{PATH} of {self.distro} was changed while this run merged it", "run again", "changed")

    def _need(self, answer: Answer, doing: str) -> Output:
        return self.owner.need(answer, doing)


@dataclass(frozen=True, slots=True)
class _End:
    """The end of the distribution, so that it reads the file anew.

    Args:
        file: which file.
        question: what is asked right before.
        asked: the answers to it, where they travelled with the last request of what was written just now.

    """

    file: _File
    question: Question
    asked: list[tuple[Sequence[Answer], Sequence[Answer]]] = field(default_factory=list)

    def talk(self, run: Run) -> Talk[None]:
        """End it, unless that would end or break off more."""
        owner, distro, doing = self.file.owner, self.file.distro, f"{self.file.distro} was not ended"
        if self.asked:
            yield from self.question.judge(*self.asked.pop(), doing)
        else:
            yield from self.question.ask(run, doing)
        command = wsl_exe.command(owner.wsl, "--terminate", distro)
        (answer,) = yield from owner.user.ask(run, command, progress=f"ending {distro}")
        owner.need(answer, f"{distro} could not be ended")
        yield Later([pending.remove(owner.user.sid, self.file.mark)])
