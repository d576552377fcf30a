"""One laptop in one run: its agent, its lock, its snapshot, and the figures of what was spent.

The session drives talks (`core.talk`): it sends their requests, brings their files, waits through restarts. It opens the agent
when something is asked for the first time, and again after the connection was lost.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from pyinfra import logger

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import AgentError, Channel
from pyinfra_wsl.connectors.upload import Held, hold, upload
from pyinfra_wsl.core.call import Answer, Call, file_lock
from pyinfra_wsl.core.output import decode
from pyinfra_wsl.core.talk import Later, Request, Restart, Run, StepError, Talk, Upload
from pyinfra_wsl.core.windows import laptop
from pyinfra_wsl.core.windows.laptop import Laptop, Raw, Target
from pyinfra_wsl.core.windows.user import HOME

T = TypeVar("T")
Tell = Callable[[str], None]

SNAPSHOT_TTL = 600.0
"""Seconds that a snapshot is believed, unless something is changed; the lock keeps other runs out meanwhile."""

_MACHINE = frozenset({"windows_feature", "hypervisor", "reboot", "wsl"})
"""Nouns of the machine: what one request can tell."""

_USER = frozenset({"wslconfig", "wsl_distro", "wsl_conf", "docker_integration"})
"""Nouns of the laptop's user."""

_DEPENDS: dict[str, frozenset[str]] = {
    "windows_feature": frozenset({"windows_feature"}),
    "hypervisor": frozenset({"hypervisor"}),
    "wsl": frozenset({"windows_feature", "wsl"}),
    "reboot": _MACHINE - {"wsl"},
    "wslconfig": frozenset({"wslconfig"}),
    "wsl_distro": _MACHINE | {"wsl_distro"},
    "wsl_conf": frozenset({"wsl_distro", "wsl_conf"}),
    "docker_integration": frozenset({"wsl_distro", "docker_integration"}),
}
"""Whose changes make a snapshot useless for a noun's plan; any other noun depends on all."""


class ClosedError(ConnectionError):
    """Nothing listens at the laptop's port: Windows is up without SSH, or down."""


_ENDS_WSL = frozenset({"wsl", "wslconfig", "wsl_conf"})
"""Nouns whose changes may end distributions, and with them the integration of a Docker Desktop that runs."""


_NUMBERS = itertools.count(1)


class LockedError(StepError):
    """Another run works on this laptop."""


@dataclass
class Snapshot:
    """Answers with the time they were given, and which nouns were changed since."""

    target: Target
    raw: Raw
    taken: float
    locked: bool
    stale: set[str] = field(default_factory=set)

    def serves(self, target: Target, noun: str | None, ttl: float) -> bool:
        """Whether it can still be believed for a noun: nothing it depends on was changed."""
        needed = _DEPENDS.get(noun or "", _MACHINE | _USER)
        if noun == "docker_integration" and laptop.docker_runs(self.raw):
            needed |= _ENDS_WSL
        same = target.user == self.target.user and set(target.distros) <= set(self.target.distros)
        return same and not self.stale & needed and time.monotonic() - self.taken < ttl


class Session:
    """What one laptop is asked in one run.

    Args:
        open_channel: connects where necessary and starts an agent.
        hang_up: closes the connection.
        run_id: letters and digits, different for every run.
        holder: who runs it, for the lock.
        tell: shows a person a line.

    """

    def __init__(
        self, open_channel: Callable[[], Channel], hang_up: Callable[[], None], run_id: str, holder: str, tell: Tell
    ) -> None:
        """Begin without a connection and without knowledge."""
        self._open_channel, self._hang_up, self._tell = open_channel, hang_up, tell
        self._id, self._holder = run_id, holder
        self._own_id = f"{run_id}x{next(_NUMBERS)}"  # two entries of an inventory may mean the same laptop
        self._channel: Channel | None = None
        self._snapshot: Snapshot | None = None
        self._locked = False
        self._booted = ""
        self._held: Held | None = None
        self._later: list[Call] = []
        self.first: Snapshot | None = None
        self.processes = 0
        self.requests = 0
        self.restarts = 0

    @property
    def channel(self) -> Channel:
        """The agent, started where it does not run."""
        if self._channel is None:
            self._channel = self._open_channel()
            self.processes += 1
            self._locked = False
        return self._channel

    @property
    def run(self) -> Run:
        """This run, as talks know it."""
        hello = self.channel.hello
        return Run(
            id=self._own_id,
            holder=self._holder,
            agent=agent.source(),
            process=hello.process,
            account=f"{hello.domain}\\{hello.user}",
            now=datetime.now(UTC).isoformat(),
        )

    def ask(self, calls: Sequence[Call], *, keep_going: bool = False, progress: str = "") -> list[Answer]:
        """Send one request; a connection that breaks is forgotten, so that the next request opens another."""
        held, self._held = self._held, None
        if held:
            return held.taken(self.ask([*held.calls, *calls], keep_going=keep_going, progress=progress))
        if self._later:
            return self._ask_with_later(calls, keep_going, progress)
        channel, begun = self.channel, time.monotonic()
        self.requests += 1
        try:
            answers = channel.ask(calls, keep_going=keep_going, listener=_Progress(self._tell, progress, channel.hello.culture))
        except AgentError:
            self.close()
            self._hang_up()
            raise
        seconds = time.monotonic() - begun
        logger.debug("request %d, %s: %s in %.2f s", self.requests, progress or "-", _listed(calls, answers), seconds)
        return answers

    def _ask_with_later(self, calls: Sequence[Call], keep_going: bool, progress: str) -> list[Answer]:
        """Send what was put off, and the calls; should that bookkeeping fail, the calls are asked all the same."""
        later, self._later = self._later, []
        answers = self.ask([*later, *calls], keep_going=keep_going, progress=progress)
        failed = [answer.message for answer in answers[: len(later)] if not answer.ok]
        if not failed:
            return answers[len(later) :]
        self._tell(f"note: what was done could not be written down and is looked at again by the next run: {failed[0]}")
        return answers[len(later) :] if keep_going else self.ask(calls, keep_going=keep_going, progress=progress)

    def flush(self) -> None:
        """Send what was put off, if anything was."""
        if self._later and self._channel:
            self.ask([])

    def converse(self, talk: Talk[T]) -> T:
        """Drive a talk to its end and return its result."""
        answers: Sequence[Answer] | None = None
        while True:
            try:
                wish = next(talk) if answers is None else talk.send(answers)
            except StopIteration as end:
                result: T = end.value
                return result
            answers = self._serve(wish)

    def _serve(self, wish: Request | Upload | Restart | Later) -> Sequence[Answer]:
        if isinstance(wish, Request):
            return self.ask(wish.calls, keep_going=wish.keep_going, progress=wish.progress)
        if isinstance(wish, Upload):
            self._held = hold(wish)
            return [self._held.promise] if self._held else [upload(self.ask, wish, self._tell)]
        if isinstance(wish, Later):
            self._later += wish.calls
            return []
        return [Answer(True, {"closed": self._restart(wish)})]

    def change(self, noun: str, talk: Talk[None]) -> None:
        """Drive a talk that changes a noun, under the lock; afterwards what was known of it is not believed any more."""
        self.lock()
        try:
            self.converse(talk)
        finally:
            self._held = None
            if self._snapshot:
                self._snapshot.stale.add(noun)

    def look(self, target: Target, noun: str | None, *, executing: bool, ttl: float = SNAPSHOT_TTL) -> Raw:
        """Return a snapshot, a new one where the old one cannot be believed.

        Args:
            target: what to look at.
            noun: for whose plan; None for all.
            executing: whether changes may follow, so that the lock is taken first.
            ttl: seconds that a snapshot is believed.

        Raises:
            LockedError: another run works on this laptop.

        """
        known = self._snapshot
        if known and known.serves(target, noun, ttl) and (known.locked or not executing):
            return known.raw
        locking = executing and not self._locked
        self._snapshot = self._look(known, target, noun, [self._lock_call()] if locking else [])
        self._snapshot.locked = executing
        if locking:
            self._note_lock(Answer.from_message(self._snapshot.raw.pop("before.0")))
        self.first = self.first or self._snapshot
        self._check_restarted()
        return self._snapshot.raw

    def _look(self, known: Snapshot | None, target: Target, noun: str | None, before: list[Call]) -> Snapshot:
        """Look at everything, or where a noun of the machine asks and the user is known already, at the machine."""
        if known and noun in _MACHINE and target == known.target:
            machine = self.converse(laptop.look_at_machine(self.run, before))
            return Snapshot(target, known.raw | machine, time.monotonic(), False, set(_USER))
        raw = self.converse(laptop.look(self.run, target, before, self._lately(known) if known else None))
        raw = laptop.wake(raw, target, known.raw if known else None)
        return Snapshot(target, raw, time.monotonic(), False)

    def _check_restarted(self) -> None:
        """A connection may break off without a restart: only another boot time is one."""
        before, self._booted = self._booted, ""
        if before and self._snapshot and laptop.booted(self._snapshot.raw) == before:
            raise StepError("the laptop answers, and has not restarted", "look at its screen: a program may hold the restart up")

    def _lately(self, known: Snapshot) -> Laptop:
        hello = self.channel.hello
        seen = laptop.read(known.target, known.raw, f"{hello.domain}\\{hello.user}", hello.culture)
        if "wsl" in known.stale and seen.wsl.exe is None:
            # This run has installed it meanwhile; the look compares the guess with what it finds.
            return replace(seen, wsl=replace(seen.wsl, exe=rf"{seen.windows.program_files}\WSL\wsl.exe"))
        return seen

    def lock(self) -> None:
        """Take the laptop's lock, unless this run holds it."""
        if not self._locked:
            (answer,) = self.ask([self._lock_call()])
            self._note_lock(answer)

    def close(self) -> None:
        """End the agent, if one runs."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            self._locked = False

    def _lock_call(self) -> Call:
        return file_lock(rf"{HOME}\lock", self._holder)

    def _note_lock(self, answer: Answer) -> None:
        if answer.kind == "in_use":
            if self._id not in answer.message:
                raise LockedError(
                    f"another run works on this laptop: {answer.message}", "wait for its end, then run again", "locked"
                )
        elif not answer.ok:
            raise StepError(
                f"the lock in {HOME} cannot be taken: {answer.message}", "connect as an administrator of the laptop", answer.kind
            )
        self._locked = True

    def _restart(self, wish: Restart) -> bool:
        """Wait until the laptop hangs up, then until it answers again; whether its port was closed in between."""
        deadline = time.monotonic() + wish.timeout
        self.restarts += 1
        self._booted = laptop.booted(self._snapshot.raw) if self._snapshot else ""
        self._tell(wish.progress or "restarting")
        if not self.channel.wait_for_end(wish.timeout / 2):
            raise StepError(
                "the laptop was told to restart and does not", "look at its screen: a program may hold the restart up"
            )
        self.close()
        self._hang_up()
        if self._snapshot:
            self._snapshot.taken = float("-inf")
        pause, closed = 0.2, False
        while True:
            try:
                _ = self.channel
                return closed
            except OSError as error:
                closed = closed or isinstance(error, ClosedError)
                if time.monotonic() > deadline:
                    raise StepError(
                        f"the laptop did not come back within {wish.timeout:.0f} s ({error})",
                        "look at its screen, then run again",
                    ) from error
                time.sleep(pause)
                pause = min(5.0, pause * 1.5)


def _listed(calls: Sequence[Call], answers: Sequence[Answer]) -> str:
    verbs = Counter(f"{one.verb}{'' if answer.ok else f' ({answer.kind})'}" for one, answer in zip(calls, answers, strict=True))
    return ", ".join(f"{count} {verb}" for verb, count in verbs.items())


class _Progress:
    """Show what a long request says: a line now and then, not every one."""

    def __init__(self, tell: Tell, what: str, culture: str) -> None:
        self._tell, self._what, self._culture = tell, what, culture
        self._begun = self._shown = time.monotonic()

    def __call__(self, data: bytes | None) -> None:
        now = time.monotonic()
        lines = [] if data is None else decode(data, self._culture).split()
        if data is None or now - self._shown >= 5:
            self._shown = now
            said = f": {' '.join(lines)[-80:]}" if lines else ""
            self._tell(f"{self._what or 'working'}{said} ({now - self._begun:.0f} s)")
