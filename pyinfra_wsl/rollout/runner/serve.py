"""The runner's own work: read requests, fork a child for each, pass on what they tell. It waits for all of them at once.

It is one thread without greenlets, and calls the system's own functions, handed to it from before pyinfra has replaced them.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Verified
from pyinfra_wsl.rollout.runner import preload
from pyinfra_wsl.rollout.spool import Spool

_IN, _OUT = 0, 1
_PIECE = 1 << 20
_ENOUGH = 64 << 20
"""Bytes that nobody has heard yet, from which on children are not listened to."""
_LOOKS = 8
"""Hosts that are looked up at once, each by a process of its own."""
_ONLY_WAITS = 1.0
"""Seconds after which those of a shard who are still at work are mostly waited for: to connect and to read takes each some
milliseconds of the processor. Were it longer than laptops need, they would be begun one shard after the other, and end later."""
_LOOK = 250
"""Milliseconds until it is looked again whether a shard has room that has none yet."""
_LONG = "looking it up took too long"
_MISSING = "what looks settings up is not installed. Next: pip install 'pyinfra-wsl[verify]'"
_DEATH = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


@dataclass
class Child:
    """A process that works on a shard.

    Args:
        shard: its name.
        answers: a pipe that it tells by.
        orders: a pipe that says when to end.
        verifies: the number of the host that it looks up; None where it carries the shard out.
        left: of a line that it has not yet told to the end.

    """

    shard: str
    answers: int
    orders: int
    verifies: int | None = None
    left: bytearray = field(default_factory=bytearray)


@dataclass
class Job:
    """A shard that was asked for.

    Args:
        request: the line; empty when it is no more needed.
        left: how many of its hosts have not come to their end.
        since: when it was begun, by the clock that nobody sets.
        verify: numbers of its hosts that are still to be looked up.
        at_work: processes.
        lost: why it was not carried out as a whole.
        begun: whether it was begun, or is not to be.

    """

    request: bytes
    left: int = 0
    since: float = 0.0
    verify: list[int] = field(default_factory=list)
    at_work: set[int] = field(default_factory=set)
    lost: str = ""
    begun: bool = False


class Server:
    """The runner.

    Args:
        system: fork, waitpid, poll and signal as the system has them.
        spool: where children keep what they tell.
        children: so many shards are carried out at once.
        at_once: so many hosts of each.

    """

    def __init__(self, system: Mapping[str, Callable[..., Any]], spool: Path, children: int, at_once: int) -> None:
        """Take them; nothing is read yet."""
        self._system, self._spool, self._most = system, Spool(spool), children
        self._at_once = at_once
        self._jobs: dict[str, Job] = {}
        self._children: dict[int, Child] = {}
        self._in, self._out = bytearray(), bytearray()
        self._ending = self._deaf = self._can_verify = False
        self._name = f"{socket.gethostname()} {os.getpid()}"

    def run(self) -> None:
        """Serve until nothing more can be asked, and all children have come to their end."""
        self._wake, self._waker = os.pipe()
        for pipe in (self._wake, self._waker, _IN, _OUT):
            os.set_blocking(pipe, False)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            self._system["signal"](number, self._noted)
        self._system["signal"](signal.SIGINT, signal.SIG_IGN)  # it is for the control process to say what it means
        with self._spool.at_work():
            self._say({"ready": os.getpid()})
            while not self._ending or self._children or (self._out and not self._deaf):
                self._turn()

    def _noted(self, number: int, _frame: Any) -> None:
        if number == signal.SIGTERM:
            self._ending = True

    def _turn(self) -> None:
        poll = self._system["poll"]()
        poll.register(self._wake, select.POLLIN)
        if not self._ending:
            poll.register(_IN, select.POLLIN)
        if self._out and not self._deaf:
            poll.register(_OUT, select.POLLOUT)
        if len(self._out) < _ENOUGH:
            for child in self._children.values():
                poll.register(child.answers, select.POLLIN)
        waits = any(not one.begun for one in self._jobs.values())
        ready = {number for number, _event in poll.poll(_LOOK if waits else None)}
        if self._wake in ready:
            self._drain()
        if _IN in ready:
            self._listen()
        if _OUT in ready:
            self._speak()
        for child in self._children.values():
            if child.answers in ready:
                self._hear(child)
        self._reap()
        if self._ending:
            self._stop()
        self._begin()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while os.read(self._wake, 4096):
                pass

    def _listen(self) -> None:
        piece = self._read(_IN)
        if piece is None:
            return
        self._ending = self._ending or not piece
        self._in += piece
        if b"\n" in piece:  # a request is long, and comes in many pieces
            *lines, left = bytes(self._in).split(b"\n")
            self._in = bytearray(left)
            for line in lines:
                self._asked(line)

    def _asked(self, line: bytes) -> None:
        try:
            told = wire.read(line)
        except wire.WireError as error:
            self._say({"event": "lost", "why": str(error)})
            return
        name = str(told.get("id", ""))
        if told.get("end"):
            self._end(name)
        elif "shard" in told:
            members = told["shard"].get("members")
            self._jobs[name] = Job(line, len(members) if isinstance(members, list) else 0)  # else its child says what is wrong
            if told["shard"].get("verify"):
                self._can_verify = self._can_verify or preload.suite()

    @staticmethod
    def _read(pipe: int) -> bytes | None:
        try:
            return os.read(pipe, _PIECE)
        except BlockingIOError:
            return None

    def _say(self, value: Mapping[str, Any]) -> None:
        self._out += wire.line(value)

    def _speak(self) -> None:
        try:
            del self._out[: os.write(_OUT, self._out[:_PIECE])]
        except BlockingIOError:
            return
        except OSError:  # nobody listens any more; what is told now is in the spool
            self._deaf = self._ending = True

    def _hear(self, child: Child) -> bool:
        """Take what a child has told; whether there may be more."""
        piece = self._read(child.answers)
        if not piece:
            return False
        child.left += piece
        if b"\n" not in piece:  # a document may come in a thousand pieces, and all others wait meanwhile
            return True
        *lines, left = bytes(child.left).split(b"\n")
        child.left = bytearray(left)
        for line in lines:
            if line.startswith(b"+"):
                self._jobs[child.shard].verify.append(int(line[1:]))
            elif line.startswith(b"-"):
                self._jobs[child.shard].lost = line[1:].decode()
            else:
                if child.verifies is None:
                    self._jobs[child.shard].left -= 1
                if not self._deaf:
                    self._out += line + b"\n"
        return True

    def _reap(self) -> None:
        while self._children:
            try:
                number, status = self._system["waitpid"](-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not number:
                return
            if (child := self._children.get(number)) is not None:
                while self._hear(child):
                    pass
                del self._children[number]
                self._gone(number, child, os.waitstatus_to_exitcode(status))

    def _gone(self, number: int, child: Child, code: int) -> None:
        os.close(child.answers)
        os.close(child.orders)
        job = self._jobs[child.shard]
        job.at_work.discard(number)
        how = f"was ended by signal {-code} ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
        if code and child.verifies is None:
            job.lost = f"the process that worked on it {how}{': ' if job.lost else ''}{job.lost}"
        elif code and not self._ending:
            self._unseen(child.shard, job, child.verifies or 0, _LONG if -code == signal.SIGALRM else f"the look {how}")

    def _stop(self) -> None:
        for name in list(self._jobs):
            self._end(name)

    def _end(self, name: str) -> None:
        """Let a shard come to its end before all of it is done."""
        if (job := self._jobs.get(name)) is None:
            return
        job.verify.clear()
        if not job.begun:
            job.begun, job.request = True, b""
        for number in job.at_work:
            with suppress(OSError):
                os.write(self._children[number].orders, b"e")

    def _begin(self) -> None:
        for name, job in list(self._jobs.items()):
            if not job.begun and self._has_room(job):
                job.begun, job.since = True, time.monotonic()
                self._say({"id": name, "event": "begun", "worker": self._name})
                self._fork(name, job)
            if job.verify:
                self._look(name, job)
            if job.begun and not job.at_work and not job.verify:
                told = {"event": "lost", "why": job.lost} if job.lost else {"event": "done"}
                self._say({"id": name, **told})
                del self._jobs[name]

    def _has_room(self, job: Job) -> bool:
        now = time.monotonic()
        others = [self._jobs[one.shard] for one in self._children.values() if one.verifies is None]
        return len(others) < self._most and fits(job.left, ((one.left, now - one.since) for one in others), self._at_once)

    def _look(self, name: str, job: Job) -> None:
        """Have hosts of a shard looked up that are converged."""
        while job.verify and sum(1 for one in self._children.values() if one.verifies is not None) < _LOOKS:
            number = job.verify.pop(0)
            if self._can_verify:
                self._fork(name, job, number)
            else:
                self._unseen(name, job, number, _MISSING)

    def _unseen(self, name: str, job: Job, number: int, why: str) -> None:
        """Tell of a host that it could not be looked up."""
        host = wire.read(job.request)["shard"]["members"][number]["name"]
        self._say({"id": name, **wire.event(Verified(host, None, (why,)))})

    def _fork(self, name: str, job: Job, verifies: int | None = None) -> None:
        (answers, tells), (hears, orders) = os.pipe(), os.pipe()
        number = self._system["fork"]()
        if not number:
            os.close(answers)
            os.close(orders)
            self._become(job.request, verifies, tells, hears)
        os.close(tells)
        os.close(hears)
        os.set_blocking(answers, False)
        os.set_blocking(orders, False)
        self._children[number] = Child(name, answers, orders, verifies)
        job.at_work.add(number)

    def _become(self, request: bytes, verifies: int | None, tells: int, hears: int) -> None:
        parent = os.getppid()
        self._forget(tells, hears)
        die_with(parent)
        from pyinfra_wsl.rollout.runner import child  # noqa: PLC0415 - it was loaded already, behind pyinfra's command line

        if verifies is None:
            child.main(request, tells, hears, self._spool, self._at_once)
        child.look_up(request, verifies, tells, hears, self._spool)

    def _forget(self, *kept: int) -> None:
        """Let go of what is the runner's own: its pipes, its signals, other children's orders, and what was asked of them."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD):
            self._system["signal"](number, signal.SIG_DFL)
        for one in self._children.values():
            os.close(one.answers)
            os.close(one.orders)
        os.close(self._wake)
        os.close(self._waker)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.close(nothing)
        self._jobs.clear()
        self._children.clear()
        assert not {0, 1, 2} & set(kept)  # noqa: S101 - a runner is started with its three streams


def fits(wanted: int, others: Iterable[tuple[int, float]], most: int) -> bool:
    """Whether a shard is begun beside others: it takes the places of those who have ended, or are waited for.

    Who only shares the processor with others takes more of it, and ends no sooner.

    Args:
        wanted: how many hosts it has.
        others: how many each of the others has left, and for how many seconds it has been at work.
        most: so many hosts may be at work that have just begun.

    """
    busy = sum(left for left, seconds in others if seconds < _ONLY_WAITS)
    return not busy or busy + wanted <= most


def die_with(parent: int) -> None:
    """Let this process be killed where its parent is: whoever kills a runner means all of it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
