"""``@winssh/HOST``: a Windows laptop over SSH; keys, known hosts and retries are those of pyinfra's SSH connector."""

from __future__ import annotations

from io import IOBase
from typing import IO, Any, cast

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.api.util import get_file_io
from pyinfra.connectors.ssh import SSHConnector
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors import posix, shell, transfer
from pyinfra_wsl.connectors.command import UNREADABLE, AgentCommand, output, unreadable
from pyinfra_wsl.connectors.session import ClosedError, Session
from pyinfra_wsl.connectors.ssh import ReportedSSHConnector
from pyinfra_wsl.connectors.wire import SSHWire
from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.talk import StepError
from pyinfra_wsl.report.run import HOLDER, RUN_ID


class WinSSHConnector(ReportedSSHConnector):
    """Connect to Windows laptops over SSH; everything on them goes through one agent per run.

    .. code:: shell

        pyinfra @winssh/lt-0001.corp.example fact pyinfra_wsl.resources.wsl_distro.fact.WslDistros
        pyinfra @winssh/lt-0001.corp.example exec -- hostname
    """

    machine = "laptop"
    guide = "docs/prepare-laptops.md"

    def __init__(self, state: State, host: Host) -> None:
        """Prepare a session; nothing is connected yet."""
        super().__init__(state, host)
        self.session = Session(self._open_channel, self._hang_up, RUN_ID, HOLDER, lambda line: host.log(line, logger.info))

    @override
    def disconnect(self) -> None:
        """Send what was put off, end the agent and hang up."""
        try:
            self.session.flush()
        except OSError as error:
            self.host.log(f"note: the last entries of this run are lost, the next run makes them again: {error}", logger.warning)
        self.session.close()
        self._hang_up()
        super().disconnect()

    @override
    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Carry out one of our commands, answer one of pyinfra's file facts, or run anything else in cmd.exe or PowerShell."""
        if isinstance(command, AgentCommand):
            return command.attempt(self.session, self.host)
        if print_input:
            self.host.log(f">>> {command}")
        # pyinfra's own facts hand over plain text.
        text = command.get_raw_value() if isinstance(command, StringCommand) else str(command)
        try:
            lines = posix.answer(text, self.session.ask)
            if lines is not None:
                return True, output(lines)
            result = shell.run(self.session, text, arguments)
        except (CallError, StepError, shell.UnsupportedError) as error:
            return False, output([str(error)], "stderr")
        except UNREADABLE as error:
            return False, output([unreadable(error)], "stderr")
        if print_output:
            for line in result[1]:
                self.host.log(line.line)
        return result

    @override
    def put_file(
        self,
        filename_or_io: str | IOBase,
        remote_filename: str,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Upload a file through the agent, whole or not at all."""
        with get_file_io(cast("str | IO[Any]", filename_or_io)) as file:
            return self._told(lambda: transfer.put(self.session, file, remote_filename))

    @override
    def get_file(
        self,
        remote_filename: str,
        filename_or_io: str | IOBase,
        remote_temp_filename: str | None = None,
        print_output: bool = False,
        print_input: bool = False,
        **arguments: Any,
    ) -> bool:
        """Download a file through the agent."""
        with get_file_io(cast("str | IO[Any]", filename_or_io), mode="wb") as file:
            return self._told(lambda: transfer.get(self.session, remote_filename, file))

    def _told(self, work: Any) -> bool:
        try:
            work()
        except (CallError, StepError) as error:
            reason = str(error)
        except UNREADABLE as error:
            reason = unreadable(error)
        else:
            return True
        self.host.log_styled(reason, log_func=logger.error, fg="red")
        return False

    def _open_channel(self) -> Channel:
        try:
            if self.client is None:
                SSHConnector.connect(self)  # not our own: who is away for a restart is not offline
            assert self.client is not None  # noqa: S101 - connect() leaves a client or raises
            return Channel(SSHWire(self.client))
        except ConnectError as error:
            # Only while connecting does pyinfra contain its own error to this host.
            # Paramiko says "Unable to connect" where a port refuses, and something else where nobody answers.
            kind = ClosedError if "Unable to connect" in str(error) else ConnectionError
            raise kind(self.reason(str(error))) from error
        except OSError:
            # A connection that broke is of no use to the next attempt.
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        if self.client is not None:
            self.client.close()
            self.client = None
