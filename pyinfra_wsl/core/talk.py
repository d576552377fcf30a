"""A talk: requests to a laptop and what is made of the answers, as a generator, without any I/O.

A talk yields `Request` (calls that travel together) and is sent the answers, in order; or it yields `Restart` when the laptop
restarts, and is sent answers once the laptop is back. Whoever drives it, a connector or a test, brings the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pyinfra_wsl.core.call import Answer, Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """Calls that travel together.

    Args:
        calls: what is asked, answered in order.
        keep_going: answer the rest after a failure; else they are ``skipped``.
        progress: what a person is told while it runs.
        seconds: in which all must be answered; what the calls may take together, and some more, where None.

    """

    calls: Sequence[Call]
    keep_going: bool = False
    progress: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Bring a file of the control machine to the laptop, in pieces, verified by SHA-256; answered with one `Answer`."""

    source: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Restart:
    """The laptop was told to restart: wait until it answers again, at most `timeout` seconds.

    May be answered with one `Answer` whose ``closed`` says whether its port was seen closed meanwhile.
    """

    timeout: float
    progress: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """Bookkeeping that need not have a request of its own: it travels with the next one, at the latest at the end of the run.

    Only for what a later run repairs when it gets lost on the way. Answered with nothing.
    """

    calls: Sequence[Call]


Talk = Generator[Request | Upload | Restart | Later, Sequence[Answer], T]


@dataclass(frozen=True, slots=True)
class Run:
    """What every talk of one run may need to know of the run itself.

    Args:
        id: letters and digits that no other run has; a run that only looks and holds no lock has ``look`` before them.
        holder: who runs it, for the lock: ``ada@control, run 7f3a``.
        agent: the agent's source, for tasks in the user's own session.
        process: the agent's process id on the laptop.
        account: ``DOMAIN\\name`` as which we are connected.
        now: the control machine's time, ISO 8601 UTC.

    """

    id: str
    holder: str
    agent: bytes = field(repr=False)
    process: int
    account: str
    now: str


def ask(*calls: Call, keep_going: bool = False, progress: str = "") -> Talk[Sequence[Answer]]:
    """Ask once and return the answers: ``answers = yield from ask(...)``."""
    return (yield Request(calls, keep_going, progress))


def drive(talk: Talk[T], serve: Callable[[Request | Upload | Restart | Later], Sequence[Answer]]) -> T:
    """Carry a talk to its end and return its result.

    Args:
        talk: the talk.
        serve: answers one of its requests.

    """
    answers: Sequence[Answer] | None = None
    while True:
        try:
            asked = next(talk) if answers is None else talk.send(answers)
        except StopIteration as end:
            result: T = end.value
            return result
        answers = serve(asked)
