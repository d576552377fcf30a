"""What the contract's cases are tried against: an agent, a place for files, and a program that does what a case needs."""

from __future__ import annotations

import abc
import base64
import json
from collections.abc import Callable
from typing import Any

Result = dict[str, Any]


def no_listener(_event: Result) -> None:
    """Take an event that nobody wants."""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def unbase64(text: str) -> bytes:
    return base64.b64decode(text)


def out(result: Result, stream: str = "stdout") -> str:
    """The text that a program printed, whatever its line ends."""
    return unbase64(result["value"][stream]).decode().replace("\r\n", "\n")


def fails(result: Result, kind: str) -> None:
    assert not result["ok"], result
    assert result["error"]["kind"] == kind, result


class Place(abc.ABC):
    """A folder of the agent's machine, empty at first, seen without the agent."""

    folder: str
    separator: str

    def path(self, *names: str) -> str:
        return self.separator.join([self.folder, *names])

    @abc.abstractmethod
    def write(self, path: str, data: bytes) -> None: ...

    @abc.abstractmethod
    def read(self, path: str) -> bytes: ...

    @abc.abstractmethod
    def exists(self, path: str) -> bool: ...

    @abc.abstractmethod
    def names(self) -> list[str]: ...

    @abc.abstractmethod
    def make(self, path: str) -> None: ...

    @abc.abstractmethod
    def link(self, path: str, target: str) -> None: ...

    @abc.abstractmethod
    def file_link(self, path: str, target: str) -> None: ...

    @abc.abstractmethod
    def second_name(self, path: str, existing: str) -> None: ...

    @abc.abstractmethod
    def is_link(self, path: str) -> bool: ...


class Agent(abc.ABC):
    """One agent process; `ask` sends calls and returns their results, in order."""

    place: Place
    windows: bool
    hello: Result
    _last = 0

    @abc.abstractmethod
    def send(self, line: bytes) -> None: ...

    @abc.abstractmethod
    def receive_line(self) -> bytes: ...

    @abc.abstractmethod
    def kill(self) -> None:
        """End it as a lost connection does."""

    @abc.abstractmethod
    def another(self) -> Agent:
        """Start a second one on the same machine."""

    @abc.abstractmethod
    def probe(self, what: str, *words: str) -> Result:
        """Return the fields ``exe`` and ``arguments`` that start the cases' own program."""

    @abc.abstractmethod
    def runs(self, process: int) -> bool:
        """Whether a process is there."""

    @abc.abstractmethod
    def from_file_to_file(self, request: str, reply: str) -> None:
        """Start one as a scheduled task does, and wait for its end."""

    @abc.abstractmethod
    def close(self) -> None: ...

    def receive(self) -> Result:
        message: Result = json.loads(self.receive_line())
        return message

    def ask(self, *calls: Any, keep_going: bool = False, on_event: Callable[[Result], None] = no_listener) -> list[Result]:
        self._last += 1
        self.send(json.dumps({"id": self._last, "calls": calls, "keep_going": keep_going}).encode())
        while "event" in (message := self.receive()):
            on_event(message)
        assert message["id"] == self._last, message
        results: list[Result] = message["results"]
        return results

    def run(self, what: str, *words: str, on_event: Callable[[Result], None] = no_listener, **fields: Any) -> Result:
        (result,) = self.ask({"verb": "run", **self.probe(what, *words), **fields}, on_event=on_event)
        return result
