"""Talk to one agent: JSON requests and answers, one per line, ASCII both ways.

The channel knows the protocol and nothing of the wire: an SSH channel and a local process are both a `Wire`.
Every exception here is an `OSError`, because pyinfra contains only those (and paramiko's) to the laptop where they happen.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pyinfra_wsl import agent
from pyinfra_wsl.core import answered, heard, shape
from pyinfra_wsl.core.call import Answer, Call, request, unbase64
from pyinfra_wsl.core.failure import LostError

LIVE = 30.0
"""Seconds of silence after which a person is told that the work goes on."""

_START = 120.0  # seconds for a slow laptop to start PowerShell
_GONE = 0.1  # seconds for the last words of one that has ended already
_MARGIN = 120.0  # seconds beside the calls' own time until an agent that does not answer is given up
_CALL = 60.0  # seconds for a call that has no time of its own
_SLOWEST = 16384  # bytes a second that a laptop takes, at least, of pieces that are under way
_AHEAD = 4  # pieces that may be under way: what is held of them, here and there, stays a few MiB, whatever the file's size
_BITS = 64  # of 32, System32 means SysWOW64, which has no wsl.exe, and %ProgramFiles% another folder (Microsoft, "WOW64")
_NONE = "the laptop answered what no agent answers"
_PLACE = "look at what runs there in the agent's place, then run again with --debug"
_SHOWN = 120  # characters of what is no answer
_AGAIN = "run again, what was done is kept"


class AgentError(LostError):
    """The agent did not start, broke off, or answered what no agent answers."""


class AgentRefusedError(AgentError):
    """PowerShell does not allow the agent: the language mode that Windows forced on the session."""


class AgentSilentError(AgentError):
    """The agent did not answer in its time."""


class TooMuchError(AgentError):
    """The other side does not end its line: what was read of it is not kept, and nothing more is read."""

    def __init__(self) -> None:
        """Say how much was too much."""
        super().__init__(
            f"the laptop answered with a line of more than {heard.LARGEST / 2**20:g} MiB",
            "look at what the account's PowerShell profile prints; where it is a program's output, ask for less of it",
        )


class Wire(Protocol):
    """A pair of byte streams with a program at the other end."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def read_line(self, timeout: float) -> bytes:
        """Return the next line; empty at the end.

        Raises:
            TimeoutError: there was none in `timeout` seconds, whatever else arrived meanwhile.
            TooMuchError: it is longer than `heard.LARGEST`.

        """

    def last_words(self) -> str:
        """Return what the program said on standard error, after its end."""

    def close(self) -> None:
        """Hang up; what runs at the other end is ended by that."""


@dataclass(frozen=True, slots=True)
class Hello:
    """How an agent greets."""

    protocol: int
    powershell: str
    user: str
    domain: str
    computer: str
    bits: int
    culture: str
    process: int


_HELLO = {"protocol": int, "powershell": str, "user": str, "domain": str, "computer": str, "bits": int, "culture": str,
          "process": int}  # fmt: skip

Listener = Callable[[bytes | None], None]
"""Told each piece of live output, and None when there is only silence."""


class Channel:
    """One agent process.

    Args:
        wire: where the bootstrap waits.

    Raises:
        AgentError: the agent does not start.

    """

    waiting: bool
    """Whether an answer is still to come, also where whoever asked has given up."""

    def __init__(self, wire: Wire) -> None:
        """Send the agent's source and read its greeting."""
        self._wire = wire
        self._last = 0
        self._asked: Sequence[Call] = ()
        self.waiting = False
        message = self._begin()
        if "refused" in message:
            raise AgentRefusedError(
                f"PowerShell runs in {str(message['refused'])[:_SHOWN]} mode here, in which the agent cannot work",
                "ask who owns the App Control (WDAC) or AppLocker policy; docs/prepare-laptops.md says what it must allow",
                "language_mode",
            )
        self.hello = _hello(message)
        if self.hello.protocol != agent.PROTOCOL:
            raise AgentError(f"the agent speaks protocol {self.hello.protocol}, not {agent.PROTOCOL}", "run again with --debug")
        if self.hello.bits != _BITS:
            raise AgentError(
                f"PowerShell runs with {self.hello.bits} bits here: Windows shows it other programs and folders than WSL has",
                "take the endpoint Microsoft.PowerShell, or the sshd and default shell of 64 bits",
                "bits",
            )

    def _begin(self) -> dict[str, Any]:
        """Send the agent's source and return what is answered: where it is refused, its end may come before all was taken."""
        lost: OSError | None = None
        try:
            self._wire.write(agent.encoded() + b"\n")
        except OSError as error:
            lost = error
        try:
            return self._receive(_START if lost is None else _GONE)
        except AgentError:
            if isinstance(lost, LostError):  # the wire knows why; what came after is only that nothing came
                raise _broken(lost) from lost
            raise

    def ask(
        self, calls: Sequence[Call], *, keep_going: bool = False, seconds: float | None = None, listener: Listener | None = None
    ) -> list[Answer]:
        """Send calls and return their answers, in order.

        Args:
            calls: what is asked.
            keep_going: answer the rest after a failure.
            seconds: in which all must be answered; what the calls may take together, and some more, where None.
            listener: told live output and silence while it runs.

        Raises:
            AgentError: the connection broke, or the answer is none.

        """
        self._send(calls, keep_going=keep_going)
        self._asked = calls
        patience = seconds or sum(float(one.fields.get("timeout", _CALL)) for one in calls) + _MARGIN
        message = self._await_answer(time.monotonic() + patience, listener)
        self.waiting, self._asked = False, ()
        return _answers(message, self._last, calls)

    def ask_ahead(self, calls: Iterator[Call], taken: Callable[[], None]) -> Answer | None:
        """Send calls, each in a request of its own, without waiting for the answer to one before the next is on its way.

        Nothing more is sent after one that failed. What was under way behind it is answered too, and must be such that the
        laptop refuses it then, as ``file.append`` is, whose piece fits at one place only.

        Args:
            calls: what is asked, taken when there is room for one more.
            taken: called for each call whose answer is good.

        Returns:
            The answer to the first that failed, None where none did.

        Raises:
            AgentError: the connection broke, or an answer is none.
            Exception: what `calls` raises; the answers to all before that have been heard.

        """
        sent: deque[Call] = deque()
        failed: Answer | None = None
        try:
            for call in calls:
                self._send([call])
                sent.append(call)
                failed = self._hear(sent, _AHEAD - 1, taken)
                if failed:
                    break
        except AgentError:
            raise
        except Exception:
            self._hear(sent, 0, taken)
            raise
        rest = self._hear(sent, 0, taken)
        return failed or rest

    def _hear(self, sent: deque[Call], left: int, taken: Callable[[], None]) -> Answer | None:
        """Hear the oldest answers until so many are left; return the first that is none of success."""
        failed: Answer | None = None
        while len(sent) > left:
            size = sum(len(one.fields.get("data", "")) for one in sent)
            message = self._await_answer(time.monotonic() + _CALL + _MARGIN + size / _SLOWEST, None)
            number = self._last - len(sent) + 1
            call = sent.popleft()
            self.waiting = bool(sent)
            (answer,) = _answers(message, number, [call])
            if answer.ok and not failed:
                taken()
            failed = failed or (None if answer.ok else answer)
        return failed

    def _send(self, calls: Sequence[Call], *, keep_going: bool = False) -> None:
        self._last += 1
        self.waiting = True
        line = request(calls, keep_going=keep_going, number=self._last)
        try:
            self._wire.write(line + b"\n")
        except (OSError, EOFError) as error:
            raise _broken(error) from error

    def close(self) -> None:
        """End the agent by ending its input."""
        self._wire.close()

    def wait_for_end(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until the other side hangs up, as a restart makes it; whether it did."""
        try:
            return self._wire.read_line(timeout) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    def _await_answer(self, deadline: float, listener: Listener | None) -> dict[str, Any]:
        """Return the answer; events tell that the work goes on, and put nothing off: each call ends in its own time."""
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = self._receive(min(LIVE, left))
            except AgentSilentError:
                if listener:
                    listener(None)
                continue
            if "event" not in message:
                return message
            if listener and isinstance(message.get("data"), str):
                listener(_bytes(message["data"]))
        raise _silent()

    def _receive(self, timeout: float) -> dict[str, Any]:
        try:
            line = self._wire.read_line(timeout)
        except TimeoutError as error:
            raise _silent() from error
        except AgentError:
            raise
        except (OSError, EOFError) as error:
            raise _broken(error) from error
        if not line:
            words = " ".join(self._wire.last_words().split())
            raise AgentError(f"the connection broke off{f' ({words[:300]})' if words else ''}", _AGAIN)
        if self._asked and (known := answered.answers(line, self._last, self._asked)) is not None:
            return {"id": self._last, "results": known}
        try:
            message = heard.parse(line)
        except heard.HeardError as error:
            raise _garbage(line) if error.__cause__ else self._too_much(line, error) from error
        if not isinstance(message, dict):
            raise _garbage(line)
        return message

    def _too_much(self, line: bytes, error: heard.HeardError) -> AgentError:
        """Return what is wrong with an answer that is beyond all bounds; anybody can fill a registry of their own."""
        largest = answered.most_of(line, self._last, self._asked) if self._asked else None
        if largest is None:
            return AgentError(f"{_NONE}: {error}", _PLACE)
        cause = f"the laptop answered more than is read: {error}, most of them for {shape.told(largest)}"
        return AgentError(cause, "look on the laptop what fills that, then run again")


def _answers(message: dict[str, Any], number: int, calls: Sequence[Call]) -> list[Answer]:
    results = message.get("results")
    if message.get("id") != number or not isinstance(results, list) or len(results) != len(calls):
        raise _garbage(message)
    try:
        return [
            result if isinstance(result, Answer) else shape.answer(one, result)
            for one, result in zip(calls, results, strict=True)
        ]
    except shape.ShapeError as error:
        raise AgentError(f"{_NONE}: {error}", _PLACE) from error


def _hello(message: dict[str, Any]) -> Hello:
    hello = message.get("hello")
    if not isinstance(hello, dict) or {name: type(one) for name, one in hello.items()} != _HELLO:
        raise _garbage(message)
    return Hello(**hello)


def _bytes(data: str) -> bytes:
    try:
        return unbase64(data)
    except ValueError as error:
        raise _garbage(data) from error


def _broken(error: OSError | EOFError) -> AgentError:
    """Return what is said of a wire that broke: what the wire itself knows of it, where it is one that does."""
    if isinstance(error, LostError):
        return AgentError(error.failure.cause, error.failure.remedy or _AGAIN, error.failure.code)
    return AgentError(f"the connection broke off{f' ({error})' if str(error) else ''}", _AGAIN)


def _silent() -> AgentSilentError:
    return AgentSilentError("the laptop does not answer any more", "look whether it sleeps, then run again")


def _garbage(message: object) -> AgentError:
    seen = message[:_SHOWN] if isinstance(message, bytes) else str(message)[:_SHOWN]
    return AgentError(f"what answers is not our agent: {seen!r}", "look at what the account's PowerShell profile prints")
