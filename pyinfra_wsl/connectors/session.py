"""One laptop in one run: its agent, its lock, its snapshot, and the figures of what was spent.

The session drives talks (`core.talk`): it sends their requests, brings their files, waits through restarts. It opens the agent
when something is asked for the first time, and again after the connection was lost.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from pyinfra import logger

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import AgentError, Channel
from pyinfra_wsl.connectors.progress import Progress, Tell, listed
from pyinfra_wsl.connectors.snapshot import Resource, Snapshot, snapshot
from pyinfra_wsl.connectors.upload import Held, hold, upload
from pyinfra_wsl.core.call import Answer, Call, file_lock
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import LostError, StepError
from pyinfra_wsl.core.talk import Later, Request, Restart, Run, Talk, Upload, drive
from pyinfra_wsl.core.windows import home
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.look import keep, look, look_at_machine, noted, still_loaded
from pyinfra_wsl.core.windows.machine import desktops, find_user, sids
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.core.windows.people import look as look_for_people
from pyinfra_wsl.core.windows.reading import Reader, Resources
from pyinfra_wsl.core.windows.user import HOME, LEFT
from pyinfra_wsl.core.windows.whose import Nobody

T = TypeVar("T")

SNAPSHOT_TTL = 600.0
"""Seconds that a snapshot is believed, unless something is changed; the lock keeps other runs out meanwhile."""

_FLUSH = 60.0  # seconds for the bookkeeping at the end of a run, which the next run makes again


class ClosedError(LostError):
    """Nothing listens at the laptop's port: Windows is up without SSH, or down."""


_NUMBERS = itertools.count(1)


class LockedError(StepError):
    """Another run works on this laptop."""


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
        self._snapshots: dict[str | None, Snapshot] = {}
        self._snapshot: Snapshot | None = None
        self.people: Sequence[Person] | None = None
        """Who uses WSL or Docker Desktop; None before anybody has looked for them."""
        self._locked = False
        self._booted = ""
        self._held: Held | None = None
        self._later: list[Call] = []
        self._executing = False
        self._sweep: list[Call] = []
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
        looks = "" if self._executing or self._locked else home.LOOK
        again = f"p{self.processes}" if self.processes > 1 else ""  # a task of the agent that was lost may still be under way
        return Run(
            id=f"{looks}{self._own_id}{again}",
            holder=self._holder,
            agent=agent.source(),
            process=hello.process,
            account=f"{hello.domain}\\{hello.user}",
            now=datetime.now(UTC).isoformat(),
        )

    def ask(
        self, calls: Sequence[Call], *, keep_going: bool = False, progress: str = "", seconds: float | None = None
    ) -> list[Answer]:
        """Send one request; a connection that breaks is forgotten, so that the next request opens another."""
        held, self._held = self._held, None
        if held:
            return held.taken(self.ask([*held.calls, *calls], keep_going=keep_going, progress=progress, seconds=seconds))
        if self._later:
            return self._ask_with_later(calls, keep_going, progress, seconds)
        if self._sweep and keep_going:  # its failures are the next run's, and must not skip what is asked
            swept, self._sweep = self._sweep, []
            return self.ask([*swept, *calls], keep_going=True, progress=progress, seconds=seconds)[len(swept) :]
        channel, begun = self.channel, time.monotonic()
        self.requests += 1
        try:
            listener = Progress(self._tell, progress, channel.hello.culture)
            answers = channel.ask(calls, keep_going=keep_going, seconds=seconds, listener=listener)
        except AgentError:
            self.end()
            raise
        if logger.isEnabledFor(logging.DEBUG):
            told = self.requests, escape(progress) or "-", listed(calls, answers), time.monotonic() - begun
            logger.debug("request %d, %s: %s in %.2f s", *told)
        return answers

    def ask_ahead(self, calls: Iterator[Call], taken: Callable[[], None]) -> Answer | None:
        """Send calls one by one without waiting for each answer, as of `Channel.ask_ahead`; nothing else travels with them."""

        def counted() -> Iterator[Call]:
            for call in calls:
                self.requests += 1
                yield call

        try:
            return self.channel.ask_ahead(counted(), taken)
        except AgentError:
            self.end()
            raise

    def _ask_with_later(self, calls: Sequence[Call], keep_going: bool, progress: str, seconds: float | None) -> list[Answer]:
        """Send what was put off, and the calls; should that bookkeeping fail, the calls are asked all the same."""
        later, self._later = self._later, []
        answers = self.ask([*later, *calls], keep_going=keep_going, progress=progress, seconds=seconds)
        failed = [answer.message for answer in answers[: len(later)] if not answer.ok]
        if not failed:
            return answers[len(later) :]
        self._tell(f"note: what was done could not be written down and is looked at again by the next run: {failed[0]}")
        return answers[len(later) :] if keep_going else self.ask(calls, progress=progress, seconds=seconds)

    def flush(self) -> None:
        """Send what was put off, if anything was; an agent that was left at its work hears nothing more before that ends."""
        if (self._later or self._sweep) and self._channel and not self._channel.waiting:
            self.ask([], keep_going=True, seconds=_FLUSH)

    def converse(self, talk: Talk[T]) -> T:
        """Carry a talk to its end and return its result."""
        return drive(talk, self._serve)

    def _serve(self, asked: Request | Upload | Restart | Later) -> Sequence[Answer]:
        if isinstance(asked, Request):
            return self.ask(asked.calls, keep_going=asked.keep_going, progress=asked.progress, seconds=asked.seconds)
        if isinstance(asked, Upload):
            if self._held:  # of which there is only a promise yet
                self.ask([])
            self._held = hold(asked)
            return [self._held.promise] if self._held else [upload(self, asked, self._tell)]
        if isinstance(asked, Later):
            self._later += asked.calls
            return []
        return [Answer(True, {"closed": self._restart(asked)})]

    def change(self, resource: str, talk: Talk[T]) -> T:
        """Drive a talk that changes a resource, under the lock; afterwards what was known of it is not believed any more."""
        self.lock()
        try:
            return self.converse(talk)
        finally:
            self._held = None
            for one in self._snapshots.values():
                one.stale.add(resource)

    @property
    def seen(self) -> Laptop | None:
        """The laptop as it was seen last; None before the first look."""
        return self._snapshot.laptop if self._snapshot else None

    def look(
        self, resources: Resources, target: Target, wanted: Resource | None, *, executing: bool, ttl: float = SNAPSHOT_TTL
    ) -> Laptop:
        """Return the laptop as it is; looked at anew where what was seen cannot be believed.

        Args:
            resources: what is looked at.
            target: whose, and into what.
            wanted: for whose plan; None for all.
            executing: whether changes may follow, so that the lock is taken first.
            ttl: seconds that a snapshot is believed.

        Raises:
            LockedError: another run works on this laptop.

        """
        if (served := self.known(target, wanted, executing=executing, ttl=ttl)) is not None:
            return served
        known = self._snapshots.get(target.user)
        locking = executing and not self._locked
        self._executing = executing
        before = [*home.before_lock(), self._lock_call(), *home.left()] if locking else []
        self._snapshot = self._snapshots[target.user] = self._look(known, resources, target, wanted, before)
        self._snapshot.locked = executing
        if locking:
            answers = self._snapshot.first
            self._note_lock(answers[len(home.before_lock())])
            runs, cache, hives = answers[-3:]
            self._sweep = home.sweep(runs, cache, hives, self._id, self.run.now)
        if self._locked:
            self._later += noted(resources, self._snapshot.laptop)
        self._check_restarted()
        return self._snapshot.laptop

    def known(self, target: Target, wanted: Resource | None, *, executing: bool, ttl: float = SNAPSHOT_TTL) -> Laptop | None:
        """Return the laptop as it was seen, where that can be believed; arguments as of `look`."""
        found = self._snapshots.get(target.user)
        if found is None or not found.serves(target, wanted, ttl) or (executing and not found.locked):
            return None
        self._snapshot = found
        return found.laptop

    def _look(
        self, known: Snapshot | None, resources: Resources, target: Target, wanted: Resource | None, before: list[Call]
    ) -> Snapshot:
        """Look at everything, or where a resource of the machine asks and the user is known already, at the machine."""
        if known and wanted and wanted.whose == "machine" and target == known.target:
            raw = known.answers.raw | self.converse(look_at_machine(resources, self.run, before))
            of_users = {one.name for one in resources if one.whose == "user"}
            return snapshot(target, raw, self._reader(resources, target).whole(raw), before, of_users)
        lately = self._lately(known, resources) if known else self._of_another(target)
        reader = self._reader(resources, target)
        raw = self.converse(look(resources, self.run, target, before, lately=lately, reader=reader))
        laptop = reader.whole(raw)
        if loaded := still_loaded(raw):
            self._tell(f"note: a copy of the registry of {target.user} is loaded still, and unloaded by the next look: {loaded}")
        kept = keep(resources, raw, laptop, known.answers.raw if known else None)
        return snapshot(target, kept, laptop if kept is raw else reader.again(laptop, raw, kept), before)

    def _reader(self, resources: Resources, target: Target) -> Reader:
        return Reader(resources, target, self.run.account, self.channel.hello.culture)

    def _lately(self, known: Snapshot, resources: Resources) -> Laptop:
        """Return the laptop as it probably is: as it was seen, with what this run has changed meanwhile."""
        laptop = known.laptop
        for resource in resources:
            laptop = resource.expected(laptop) if resource.name in known.stale else laptop
        return laptop

    def _of_another(self, target: Target) -> Laptop | None:
        """Return the machine as it was seen for somebody else with this person, who so is asked in one request with it."""
        if self.people is None or self.seen is None:
            return None
        person = find_user(self.seen.windows, target.user)
        return None if isinstance(person, Nobody) else Laptop(target, self.seen.windows, person)

    def find_people(self) -> None:
        """Look for those who use WSL or Docker Desktop, on the laptop as it was seen last."""
        assert self.seen  # noqa: S101 - whoever asks has looked
        self.people = self.converse(look_for_people(self.seen.windows))

    def _check_restarted(self) -> None:
        """A connection may break off without a restart: only another boot time is one."""
        before, self._booted = self._booted, ""
        if before and self.seen and self.seen.windows.booted == before:
            raise StepError("the laptop answers, and has not restarted", "look at its screen: a program may hold the restart up")

    def who_left(self, code: str) -> str:
        """Return the name of the person of the moment where a task of theirs failed since they have logged off; else nothing.

        Args:
            code: of the failure.

        """
        user = self.seen.user if self.seen else None
        if user is None or user.connected or code not in LEFT:
            return ""
        seated = sids(self.ask([desktops()], keep_going=True)[0])
        if seated is None or user.sid in seated:
            return ""
        self.forget()
        return user.account

    def forget(self) -> None:
        """Believe nothing any more that was seen."""
        for one in self._snapshots.values():
            one.taken = float("-inf")

    def lock(self) -> None:
        """Take the laptop's lock, unless this run holds it."""
        if not self._locked:
            *_own, answer = self.ask([*home.before_lock(), self._lock_call()], keep_going=True)
            self._note_lock(answer)

    def end(self) -> None:
        """End the agent and hang up; first hang up on one that may take nothing any more, so that nothing waits for it."""
        if self._channel is not None and self._channel.waiting:
            self._hang_up()
        self.close()
        self._hang_up()

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
                    f"another run works on this laptop: the lock says that it is held by {answer.message}",
                    "wait for its end, then run again; where no such run is, its session over WinRM ends within 15 minutes; "
                    "over SSH restart the laptop",
                    "locked",
                )
        elif not answer.ok:
            denied = answer.kind == "access_denied"
            remedy = (
                "connect as an administrator of the laptop" if denied else "look at that folder on the laptop, then run again"
            )
            raise StepError(f"the lock in {HOME} cannot be taken: {answer.message}", remedy, answer.kind)
        self._locked = True

    def _restart(self, asked: Restart) -> bool:
        """Wait until the laptop hangs up, then until it answers again; whether its port was closed in between."""
        deadline = time.monotonic() + asked.timeout
        self.restarts += 1
        self._booted = self.seen.windows.booted if self.seen else ""
        self._tell(asked.progress or "restarting")
        if not self.channel.wait_for_end(asked.timeout / 2):
            raise StepError(
                "the laptop was told to restart and does not", "look at its screen: a program may hold the restart up"
            )
        self.end()
        self.forget()
        pause, closed = 0.2, False
        while True:
            try:
                _ = self.channel
                return closed
            except OSError as error:
                closed = closed or isinstance(error, ClosedError)
                if time.monotonic() > deadline:
                    raise StepError(
                        f"the laptop did not come back within {asked.timeout:.0f} s ({_cause(error)})",
                        "look at its screen, then run again",
                    ) from error
                time.sleep(pause)
                pause = min(5.0, pause * 1.5)


def _cause(error: OSError) -> str:
    return error.failure.cause if isinstance(error, LostError) else str(error)
