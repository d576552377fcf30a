"""A testinfra backend that runs commands on a Windows laptop: the wire of `@winssh` or `@psrp`, and none of our facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import testinfra.backend
import testinfra.host
from pyinfra.api.host import Host
from testinfra.backend.base import BaseBackend, CommandResult

from pyinfra_wsl.connectors import shell
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import Output, decode
from pyinfra_wsl.core.talk import ask
from pyinfra_wsl.core.windows import hive, people
from pyinfra_wsl.core.windows import machine as windows
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.core.windows.user import CMD, User
from pyinfra_wsl.core.windows.whose import Nobody
from pyinfra_wsl.testing import modules, quoting

_SECONDS = 120.0
_QUERY = "reg.exe query %s"

HOSTS: dict[str, Host] = {}
"""The laptops by name; testinfra hands a backend nothing but a name."""


class WinSSHBackend(BaseBackend):  # type: ignore[misc] # testinfra ships no types
    """Run commands in cmd.exe on a laptop, as the connected account or as the laptop's user.

    Args:
        name: the laptop, one of `HOSTS`.
        person: the SID of the person who is meant, where that is another than the host's own user.

    """

    NAME = "winssh"

    def __init__(self, name: str, *args: Any, person: str | None = None, **kwargs: Any) -> None:
        """Take the laptop; it is connected with the first command. Raises NotImplementedError for ``sudo``."""
        self._laptop, self._person = HOSTS[name], person
        self._machine: Windows | None = None
        self._user: User | None = None
        self._nobody = ""
        self._asked = False
        super().__init__(name, *args, **kwargs)
        if self.sudo or self.sudo_user:
            raise NotImplementedError(modules.NO_SUDO)

    def set_host(self, host: testinfra.host.Host) -> None:
        """Give testinfra's host the modules that ask Windows' own programs."""
        super().set_host(host)
        modules.install(host)

    @property
    def session(self) -> Session:
        """The session with the laptop, connected."""
        if not self._laptop.connected:
            self._laptop.connect(raise_exceptions=True)
        assert isinstance(self._laptop.connector, WindowsConnector)  # noqa: S101 - HOSTS holds laptops only
        return self._laptop.connector.session

    @property
    def declared(self) -> dict[str, Any]:
        """All that the inventory declares of the laptop, for a test that needs more than its one setting."""
        found: dict[str, Any] = self._laptop.data.dict()
        return found

    @property
    def user(self) -> User | None:
        """Whose WSL is meant; None for nobody: no such person, or nobody at the screen."""
        if not self._asked:
            found = windows.find_user(self.machine, self._person or self._laptop.data.get("user"))
            self._user, self._nobody = (None, found.reason) if isinstance(found, Nobody) else (found, "")
            self._asked = True
        return self._user

    @property
    def machine(self) -> Windows:
        """What its own look tells of the machine, and of who is on it."""
        if self._machine is None:
            session = self.session
            calls = windows.probe(session.run)
            answers = dict(zip(calls, session.ask(list(calls.values()), keep_going=True), strict=True))
            self._machine = windows.read(answers, session.run.account, session.channel.hello.culture)
        return self._machine

    @property
    def people(self) -> Sequence[Person]:
        """Who uses WSL or Docker Desktop, or may do so: those for whom ``user: every`` is declared."""
        session = self.session
        if session.people is None:
            session.people = session.converse(people.look(self.machine))
        return session.people

    def run(self, command: str, *args: str, shell: str = "cmd", **kwargs: Any) -> CommandResult:
        """Run a command line; ``%s`` in it takes `args`, which arrive as they are, and ``%%`` is a percent sign.

        Args:
            command: the line; without `args` it is taken as it is.
            args: arguments of programs.
            shell: ``cmd`` or ``powershell``.
            kwargs: ``encoding``, which testinfra gives, is of no meaning here.

        Raises:
            RefusedError: an argument that no quoting carries through the shell; nothing has run then.
            NotImplementedError: ``sudo``.

        """
        return self._run(command, args, None, shell, kwargs)

    def run_as_user(self, command: str, *args: str, shell: str = "cmd") -> CommandResult:
        """Run a command line as the laptop's user, in their own session; arguments and errors as of `run`.

        Raises:
            LookupError: there is no such user now.

        """
        if self.user is None:
            raise LookupError(self._nobody)
        return self._run(command, args, self.user, shell, {})

    def registry(self, key: str, *options: str) -> CommandResult:
        r"""Return what reg.exe query says of a key below their ``HKEY_CURRENT_USER``.

        Windows loads that with their session. Where they are logged off and ``every`` is declared, it is read in a copy of
        their hive, whose keys begin with ``HKEY_USERS\pyinfra-wsl-SID``.

        Args:
            key: ``Software\Corp``, say.
            options: further arguments of reg.exe query, as ``/s``.

        Raises:
            LookupError: there is no such user, or what is in their registry cannot be known.

        """
        user = self.user
        if user is None:
            raise LookupError(self._nobody)
        loaded = rf"HKU\{user.sid}\Software"
        if user.within_reach or self.run(_QUERY, loaded).rc == 0:
            said = self.run(f"{_QUERY}{' %s' * len(options)}", rf"HKU\{user.sid}\{key}", *options)
            if said.rc == 0 or self.run(_QUERY, loaded).rc == 0:
                return said  # else they have logged off since: that nothing is there says nothing
        if self._person is None:
            raise LookupError(f"{user.account} is logged off, and their registry is not loaded")
        wanted = _call(f"{_QUERY}{' %s' * len(options)}", (rf"{hive.key(user.sid)}\{key}", *options), "cmd")
        answers = self.session.converse(hive.within(user, [wanted]))
        if isinstance(answers, str):
            raise LookupError(f"the registry of {user.account} is not known: {answers}")
        return self._result(_QUERY, answers[0])

    def get_sudo_command(self, command: str, sudo_user: str | None) -> str:
        """Refuse it."""
        raise NotImplementedError(modules.NO_SUDO)

    def decode(self, data: bytes) -> str:
        """Return what a program printed as text."""
        return decode(data, self.session.channel.hello.culture)

    def get_encoding(self) -> str:
        """Return the encoding of what is sent."""
        return "utf-8"

    def _run(self, command: str, args: tuple[str, ...], user: User | None, name: str, kwargs: dict[str, Any]) -> CommandResult:
        if unknown := set(kwargs) - {"encoding"}:
            raise NotImplementedError(modules.NO_SUDO if "sudo" in unknown else f"no such option: {', '.join(sorted(unknown))}")
        wanted = _call(command, args, name)
        run = self.session.run
        (answer,) = self.session.converse(user.ask(run, wanted) if user else ask(wanted))
        return self._result(command, answer)

    def _result(self, command: str, answer: Answer) -> CommandResult:
        output = Output.of(answer)
        code = output.exit_code if output.exit_code is not None else -1
        return self.result(code, self.encode(command), output.stdout, output.stderr)


def _call(command: str, args: tuple[str, ...], name: str) -> Call:
    variables = {"WSL_UTF8": "1"}
    if name == "powershell":
        return shell.powershell(quoting.powershell(command, args).text, environment=variables, timeout=_SECONDS)
    line = quoting.cmd(command, args)
    words = ("/d", "/v:off", "/s", "/c", f"{line.text} ")
    return call.run(CMD, *words, environment=variables | dict(line.environment), timeout=_SECONDS)


testinfra.backend.BACKENDS[WinSSHBackend.NAME] = f"{__name__}.{WinSSHBackend.__name__}"
