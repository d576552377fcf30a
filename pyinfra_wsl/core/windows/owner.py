"""The person whose WSL is changed: asked as themselves, in one request with what the machine is asked before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Request, Run, Talk
from pyinfra_wsl.core.windows import wsl_exe
from pyinfra_wsl.core.windows.machine import Windows, desktops, sids
from pyinfra_wsl.core.windows.user import READ, WAIT, Task, User

_PATIENCE = 120.0  # seconds after which it is looked whether who is asked is still there


class Round(NamedTuple):
    """The answers of one request: what the machine was asked, what the owner was asked, what the machine was asked afterwards.

    Those to a `guard` come last; where one of them failed, nothing else was done and there are no other answers.
    """

    before: Sequence[Answer]
    answers: Sequence[Answer]
    after: Sequence[Answer]
    guard: Sequence[Answer] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """The person whose WSL is changed, and with what.

    Args:
        user: the person.
        wsl: path of wsl.exe.
        windows: their laptop.

    """

    user: User
    wsl: str
    windows: Windows

    def command(self, *arguments: str, timeout: float = 300.0, live: bool = False) -> Call:
        """Return a call of wsl.exe."""
        return wsl_exe.command(self.wsl, *arguments, timeout=timeout, live=live)

    def ask(
        self,
        run: Run,
        *calls: Call,
        before: Sequence[Call] = (),
        after: Sequence[Call] = (),
        guard: Sequence[Call] = (),
        progress: str = "",
    ) -> Talk[Round]:
        """Ask them, and the machine before and after, in one request; all of it is asked even where a part fails.

        Args:
            run: this run.
            calls: what they are asked.
            before, after: what the machine is asked.
            guard: what the machine is asked first of all: where one of these fails, nothing that comes after it is done.
            progress: what a person is told meanwhile.

        """
        patience = _PATIENCE if guard else float("inf")
        task = None if self.user.connected else Task.of(self.user, run, calls, patience=patience)
        return (yield from _round(task, calls, before, after, progress=progress, guard=guard))

    def touch(
        self, run: Run, *calls: Call, before: Sequence[Call] = (), after: Sequence[Call] = (), progress: str = ""
    ) -> Talk[Round]:
        """Read and write files in their profile: with their own rights while they are within reach, else for them.

        What is done for them follows no link of theirs, and is refused with ``link`` where one is: `User.for_them`.
        """
        if not self.user.within_reach:
            return (yield from _round(None, [self.user.for_them(one) for one in calls], before, after, progress=progress))
        task = None if self.user.connected else Task.of(self.user, run, calls, keep_going=True)
        return (yield from _round(task, calls, before, after, progress=progress))

    def said(self, answer: Answer) -> Output:
        """Return what wsl.exe said; raises `StepError` where it could not be started."""
        return wsl_exe.said(answer)

    def need(self, answer: Answer, doing: str, fine: Sequence[str] = ()) -> Output:
        """Return what wsl.exe said; raises `StepError` unless it succeeded: `wsl_exe.need`."""
        return wsl_exe.need(answer, doing, self.windows.culture, fine)


def _round(
    task: Task | None,
    calls: Sequence[Call],
    before: Sequence[Call],
    after: Sequence[Call],
    *,
    progress: str,
    guard: Sequence[Call] = (),
) -> Talk[Round]:
    middle = list(task.calls if task else calls)
    plain = yield Request([*guard, *before, *middle, *after], keep_going=not guard, progress=progress)
    guards, rest = plain[: len(guard)], plain[len(guard) :]
    if not all(answer.ok for answer in guards):
        return Round((), (), (), guards)
    end = len(before) + len(middle)
    asked, last = rest[len(before) : end], rest[end:]
    asked, gone = (yield from _waited(task, asked, progress)) if task and guard else (asked, False)
    if guard and any(answer.kind == "skipped" for answer in rest):
        cleaning = task.cleaning if task else ()
        again = yield Request([*cleaning, *after], keep_going=True)
        last = again[len(cleaning) :]
    if task and gone:
        raise task.gone()
    return Round(rest[: len(before)], task.answers(asked) if task else asked, last, guards)


def _waited(task: Task, asked: Sequence[Answer], progress: str) -> Talk[tuple[Sequence[Answer], bool]]:
    """Wait on for a task that takes long, while its user is logged on; return the answers, and whether they have left.

    With their session all ends that ran in it, and the reply would be waited for as long as the work may take: hours.
    """
    found, waited = list(asked), task.patience
    while more := task.still(found, waited):
        seats, *later = yield Request([desktops(), *more], True, progress)
        seated = sids(seats)
        found[WAIT : READ + 1] = later
        if not later[0].ok and seated is not None and task.user.sid not in seated:
            return found, True
        waited += task.patience
    return found, False
