"""A testinfra backend that runs commands on a Windows laptop through ``@winssh``: the same wire, none of our facts."""

from __future__ import annotations

from typing import Any

import testinfra.backend
from pyinfra.api.host import Host
from testinfra.backend.base import BaseBackend, CommandResult

from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Call
from pyinfra_wsl.core.output import Output, decode
from pyinfra_wsl.core.talk import ask
from pyinfra_wsl.core.windows import machine as windows
from pyinfra_wsl.core.windows.user import CMD, User

HOSTS: dict[str, Host] = {}
"""The laptops by name; testinfra hands a backend nothing but a name."""


class WinSSHBackend(BaseBackend):  # type: ignore[misc] # testinfra ships no types
    """Run commands in cmd.exe on a laptop, as the connected account or as the laptop's user.

    Args:
        name: the laptop, one of `HOSTS`.

    """

    NAME = "winssh"

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Take the laptop; it is connected with the first command."""
        self._laptop = HOSTS[name]
        self._user: User | None = None
        self._asked = False
        super().__init__(name, *args, **kwargs)

    @property
    def session(self) -> Session:
        """The session with the laptop, connected."""
        if not self._laptop.connected:
            self._laptop.connect(raise_exceptions=True)
        assert isinstance(self._laptop.connector, WindowsConnector)  # noqa: S101 - HOSTS holds laptops only
        return self._laptop.connector.session

    @property
    def user(self) -> User | None:
        """Whose WSL is meant; None for nobody: no such person, or nobody at the screen."""
        if not self._asked:
            session = self.session
            calls = windows.probe(session.run)
            answers = dict(zip(calls, session.ask(list(calls.values()), keep_going=True), strict=True))
            seen = windows.read(answers, session.run.account, session.channel.hello.culture)
            self._user = windows.find_user(seen, self._laptop.data.get("user"))
            self._asked = True
        return self._user

    def run(self, command: str, *args: str, **_kwargs: Any) -> CommandResult:
        """Run a command line; ``%s`` in it takes `args`, put between double quotes where they hold spaces."""
        return self._run(command, args, None)

    def run_as_user(self, command: str, *args: str) -> CommandResult:
        """Run a command line as the laptop's user, in their own session.

        Raises:
            LookupError: there is no such user now.

        """
        if self.user is None:
            raise LookupError("nobody is at the screen")
        return self._run(command, args, self.user)

    def _run(self, command: str, args: tuple[str, ...], user: User | None) -> CommandResult:
        line = command % tuple(_quoted(one) for one in args) if args else command
        wanted = _cmd(line)
        run = self.session.run
        (answer,) = self.session.converse(user.ask(run, wanted) if user else ask(wanted))
        output = Output.of(answer)
        culture = self.session.channel.hello.culture
        code = output.exit_code if output.exit_code is not None else -1
        return self.result(code, line.encode(), decode(output.stdout, culture), decode(output.stderr, culture))


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def _cmd(line: str) -> Call:
    # A quote travels as a variable: the agent would escape it for programs of C, which cmd.exe is not.
    environment = {"WSL_UTF8": "1", "QUOTE": '"'}
    return call.run(CMD, "/d", "/s", "/c", line.replace('"', "%QUOTE%") + " ", environment=environment, timeout=120)


testinfra.backend.BACKENDS[WinSSHBackend.NAME] = f"{__name__}.{WinSSHBackend.__name__}"
