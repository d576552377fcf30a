"""``/etc/wsl.conf``: the settings of one distribution, read by its init at every start.

Windows cannot read it while the distribution is stopped, so it is read and written by wsl.exe as root inside, which starts it; a
change counts from the next start on, for which ``wsl --terminate`` is enough (src/linux/init/init.cpp).
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.formats.ini import change as ini_change
from pyinfra_wsl.core.formats.ini import check as ini_check
from pyinfra_wsl.core.formats.ini import merge as ini_merge
from pyinfra_wsl.core.formats.ini import parse as ini_parse
from pyinfra_wsl.core.formats.ini.change import Change, Entries, Render
from pyinfra_wsl.core.formats.ini.check import Problem
from pyinfra_wsl.core.formats.ini.files import WSL_CONF as FILE
from pyinfra_wsl.core.formats.ini.parse import Parsed
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.plan import Deferred, Failure, Plan, Step
from pyinfra_wsl.core.talk import Later, Run, StepError, Talk, ask
from pyinfra_wsl.core.windows import errors, pending, wsl_exe
from pyinfra_wsl.core.windows.reach import reach
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.reboot import plan as reboot

if TYPE_CHECKING:
    from pyinfra_wsl.core.windows.laptop import Laptop

PATH = "/etc/wsl.conf"
NEW = "/etc/wsl.conf.pyinfra-new"
BACKUP = "/etc/wsl.conf.bak"


@dataclass(frozen=True, slots=True)
class State:
    """The file as it is.

    Args:
        exists: whether it is there; None while unknown, and then `problem` says why.
        data: its bytes, in base64.
        values: what is in force, by ``section.key``, as text.
        problems: what is wrong with it, line by line.
        problem: why it could not be read.

    """

    exists: bool | None
    data: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    problem: str = ""

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return base64.b64decode(self.data)

    def value(self, section: str, key: str) -> str | None:
        """Return what the file sets, as text; None where it sets nothing, or while unknown."""
        return self.values.get(f"{section}.{key}")


def parse(data: bytes) -> Parsed:
    """Read a ``wsl.conf`` as init does: every line's effect and the values in force."""
    return ini_parse.parse(data, FILE)


def check(settings: Mapping[str, object]) -> list[Problem]:
    """Return everything that is wrong with a distribution's ``wsl_conf:`` of a fleet file."""
    return ini_check.check(settings, FILE)


def entries(settings: Mapping[str, object]) -> Entries:
    """Return the settings as sections with keys and values, quoted and escaped, ready for the template."""
    return ini_merge.entries(ini_check.wanted(settings, FILE), FILE)


def merge(old: bytes, settings: Mapping[str, object], remove: Collection[tuple[str, str]] = ()) -> bytes:
    """Return the file with the settings in force; other lines stay as they are."""
    return ini_merge.merge(old, ini_check.wanted(settings, FILE), FILE, remove)


def _inside(exe: str, distro: str, *command: str, stdin: bytes | None = None) -> Call:
    arguments = ("-d", distro, "-u", "root", "-e", *command)
    return call.run(exe, *arguments, timeout=120, stdin=stdin, environment={"WSL_UTF8": "1"})


def probe(exe: str, distro: str) -> dict[str, Call]:
    """Return what has to be asked, as the user whose distribution it is; it is started for that."""
    return {"file": _inside(exe, distro, "cat", PATH)}


def read(answers: Mapping[str, Answer]) -> State:
    """Read what ``cat`` printed. It ends with 1 where there is no file; wsl.exe itself fails with -1 (WslClient.cpp)."""
    answer = answers.get("file", Answer(False, message="it was not asked for"))
    if not answer.ok:
        return State(None, problem=f"{PATH} could not be read: {answer.message}")
    output = Output.of(answer)
    if output.timed_out or output.exit_code not in (0, 1):
        return State(None, problem=f"{PATH} could not be read: {output.said() or 'the distribution did not answer in time'}")
    data = output.stdout if output.exit_code == 0 else b""
    parsed = parse(data)
    shown = ini_merge.shown(parsed, FILE)
    return State(output.exit_code == 0, base64.b64encode(data).decode(), shown, parsed.problems)


def plan(distro: str, want: Mapping[str, object], laptop: Laptop, render: Render | None = None) -> Plan:
    """Compare and plan: one step that writes the file and, where that may be, ends the distribution so that it counts.

    Args:
        distro: the distribution's name.
        want: the declaration: sections, ``mode`` (``merge``), ``apply`` (``when_idle``).
        laptop: the laptop as it is.
        render: the template for ``mode: replace``.

    """
    called = f"wsl.conf of {distro}"
    user, have = laptop.user, laptop.wsl_conf.get(distro, State(None, problem="the distribution was not looked into"))
    impossible = ini_change.failures(f"{distro}.wsl_conf", want, FILE)
    if impossible:
        return Plan(failures=impossible)
    obstacle = reach(laptop, f"{called} as declared")
    if user is None or obstacle is not None:
        return Plan(failures=(obstacle,)) if isinstance(obstacle, Failure) else Plan(deferred=(obstacle,) if obstacle else ())
    if have.exists is None and laptop.wsl_distro.distros is not None and laptop.wsl_distro.find(distro) is None:
        blocked = reboot.blocks(laptop)
        if blocked:
            return Plan(deferred=(Deferred(f"{called} as declared", "reboot", f"{distro} is not there yet: {blocked}"),))
        return Plan(failures=(Failure(f"there is no distribution {distro}", "declare it in wsl_distros, or correct the name"),))
    if have.exists is None or laptop.wsl.exe is None:
        problem = have.problem or "WSL is not installed"
        return Plan(failures=(Failure(f"{called}: {problem}", f"start {distro} by hand and look"),))
    change = ini_change.change(have.content, want, FILE, called, render)
    after = parse(change.new if change else have.content)
    warnings = tuple(f"{called} line {line.number}: {line.message}" for line in after.lines if line.message)
    return _plan(_Conf(user, laptop.wsl.exe, distro, laptop.windows.booted), want, laptop, change, warnings)


@dataclass(frozen=True, slots=True)
class _Conf:
    """One distribution's file: whose it is, and how it is reached."""

    user: User
    wsl: str
    distro: str
    booted: str

    @property
    def mark(self) -> str:
        """The name of its marker."""
        return f"wsl_conf {self.distro}"

    def inside(self, *command: str, stdin: bytes | None = None) -> Call:
        return _inside(self.wsl, self.distro, *command, stdin=stdin)

    def write(self, have: State, change: Change, *, mark: bool, run: Run) -> Talk[None]:
        """Write a new file beside the old one, prove it, and only then put it in the old one's place."""
        keep = [self.inside("cp", "-p", PATH, BACKUP)] if have.exists else []
        calls = [self.inside("cat", PATH), self.inside("tee", NEW, stdin=change.new), *keep]
        seen, written, *kept = yield from self.user.ask(run, *calls, progress=f"writing {PATH} of {self.distro}")
        doing = f"{PATH} of {self.distro} could not be written"
        now = read({"file": seen})
        if now.exists is None:
            raise StepError(f"{doing}: {now.problem}", "run again", seen.kind)
        if (now.exists, now.content) != (have.exists, have.content):
            raise StepError(f"{PATH} of {self.distro} was changed while this run merged it", "run again", "changed")
        if self._need(written, doing).stdout != change.new:
            raise StepError(f"{doing}: the new file is not what was sent", "look whether its disk is full, then run again")
        for answer in kept:
            self._need(answer, doing)
        (moved,) = yield from self.user.ask(run, self.inside("mv", "-f", NEW, PATH))
        self._need(moved, doing)
        if mark:
            yield from ask(pending.write(self.user.sid, self.mark, change.new, self.booted))

    def terminate(self, run: Run) -> Talk[None]:
        command = wsl_exe.command(self.wsl, "--terminate", self.distro)
        (answer,) = yield from self.user.ask(run, command, progress=f"ending {self.distro}")
        self._need(answer, f"{self.distro} could not be ended")
        yield Later([pending.remove(self.user.sid, self.mark)])

    def _need(self, answer: Answer, doing: str) -> Output:
        if not answer.ok:
            raise StepError(f"{doing}: {answer.message}", "run again", answer.kind)
        if not (output := Output.of(answer)).ok:
            cause, remedy, code = errors.explain(output)
            raise StepError(f"{doing}: {cause}", remedy, code)
        return output


def _plan(conf: _Conf, want: Mapping[str, object], laptop: Laptop, change: Change | None, warnings: tuple[str, ...]) -> Plan:
    policy, runs = str(want.get("apply") or "when_idle"), laptop.wsl_distro.runs(conf.distro)
    waits = pending.waits(laptop.wslconfig.marks, conf.mark, conf.booted)
    live = f"{conf.distro}: restart with the written wsl.conf"
    # A distribution that did not run was started by our look: before a change, so it has to end; after one, so it has read it.
    ends = (change is not None or (waits and bool(runs))) and (policy == "now" or (policy == "when_idle" and runs is False))
    held = (change is not None or waits) and policy == "when_idle" and runs is not False
    steps = []
    if change is not None:
        have = laptop.wsl_conf[conf.distro]
        note = f"takes effect when {conf.distro} next starts"
        steps.append(Step(change.sentence, lambda run: conf.write(have, change, mark=held, run=run), note, change.diff))
    if ends:
        steps.append(Step(live, conf.terminate, f"stops {conf.distro}" if runs else f"{conf.distro} was not in use"))
    reason = f"{conf.distro} runs" if runs else f"it could not be seen whether {conf.distro} runs"
    deferred = (Deferred(live, "vm idle", reason),) if held else ()
    return Plan(tuple(steps), deferred, warnings=warnings, noop=f"wsl.conf of {conf.distro} is as declared")
