"""``@winssh/HOST``: a Windows laptop over SSH; keys, known hosts and retries are those of pyinfra's SSH connector."""

from __future__ import annotations

import getpass
import secrets
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from io import IOBase
from typing import IO, Any, cast

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.api.util import get_file_io
from pyinfra.connectors.base import DataMeta
from pyinfra.connectors.ssh import SSHConnector, connector_data_meta
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors import posix, shell, transfer
from pyinfra_wsl.connectors.command import UNREADABLE, AgentCommand, output, unreadable
from pyinfra_wsl.connectors.session import ClosedError, Session
from pyinfra_wsl.connectors.wire import SSHWire
from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.plan import Failure
from pyinfra_wsl.core.talk import StepError
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import journal

RUN_ID = secrets.token_hex(4)
HOLDER = f"{getpass.getuser()}@{socket.gethostname()}, run {RUN_ID}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"

_ANSWERED = ("No host key", "does not match", "Authentication", "banner")
"""Signs in paramiko's words that somebody answered."""

_STRICT = "ssh_strict_host_key_checking"


class WinSSHConnector(SSHConnector):
    """Connect to Windows laptops over SSH; everything on them goes through one agent per run.

    .. code:: shell

        pyinfra @winssh/lt-0001.corp.example fact pyinfra_wsl.facts.wsl_distro.WslDistros
        pyinfra @winssh/lt-0001.corp.example exec -- hostname
    """

    # An unknown host key ends the connection unless the inventory says otherwise by name.
    data_meta = {**connector_data_meta, _STRICT: DataMeta("SSH strict host key checking", "yes")}  # noqa: RUF012 - pyinfra's shape

    def __init__(self, state: State, host: Host) -> None:
        """Prepare a session; nothing is connected yet."""
        super().__init__(state, host)
        self.session = Session(self._open_channel, self._hang_up, RUN_ID, HOLDER, lambda line: host.log(line, logger.info))

    @override
    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Name the host as it was named, without the connector's name before it."""
        yield name, {"ssh_hostname": name}, []

    @override
    def connect(self) -> None:
        """Connect; who does not answer is noted as offline, who does not let us in as failed, both with what to do next."""
        journal(self.host)
        report_at_end(self.state, RUN_ID, HOLDER)
        try:
            super().connect()
        except ConnectError as error:
            reason = self._reason(str(error))
            if any(sign in str(error) for sign in _ANSWERED):
                cause, _, remedy = reason.partition(". Next: ")
                journal(self.host).failed("connection", Failure(cause, remedy, "connection"))
            else:
                journal(self.host).unreachable(reason)
            raise ConnectError(reason) from error

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
                super().connect()
            assert self.client is not None  # noqa: S101 - connect() leaves a client or raises
            return Channel(SSHWire(self.client))
        except ConnectError as error:
            # Only while connecting does pyinfra contain its own error to this host.
            # Paramiko says "Unable to connect" where a port refuses, and something else where nobody answers.
            kind = ClosedError if "Unable to connect" in str(error) else ConnectionError
            raise kind(self._reason(str(error))) from error
        except OSError:
            # A connection that broke is of no use to the next attempt.
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        if self.client is not None:
            self.client.close()
            self.client = None

    def _reason(self, error: str) -> str:
        address = f"{self.data['ssh_hostname'] or self.host.name}:{int(self.data['ssh_port'] or 22)}"
        known = (
            (
                "No host key",
                f"the host key of {address} is not in known_hosts. Next: verify the key, then add it with ssh-keyscan",
            ),
            ("does not match", f"the host key of {address} is not the known one. Next: find out why before you replace it"),
            (
                "Authentication",
                f"{address} refuses user {self.data['ssh_user'] or getpass.getuser()}. Next: check key or password",
            ),
            ("resolve", f"the name {address} is unknown. Next: check the address in the fleet file"),
            (
                "timed out",
                f"no answer on {address} in {self.state.config.CONNECT_TIMEOUT} s. Next: turn the laptop on, then run again",
            ),
            ("banner", f"what answers on {address} is no SSH server. Next: look at the address and the port in the fleet file"),
            ("refused", f"no SSH server on {address}. Next: see docs/prepare-laptops.md"),
            ("Unable to connect", f"no SSH server on {address}. Next: turn the laptop on, or see docs/prepare-laptops.md"),
        )
        otherwise = f"no connection with {address}: {error.rstrip('.')}. Next: try ssh -p with the same user and address by hand"
        return next((text for sign, text in known if sign in error), otherwise)
