"""What every way to a laptop has in common: commands, files and the session; a connector of its own only opens a wire."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from io import IOBase
from typing import IO, Any, cast

import gevent
from gevent import Greenlet
from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.api.util import get_file_io
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from pyinfra_wsl.agent.channel import Channel, Wire
from pyinfra_wsl.connectors import beginning, no_wait, posix, shell, transfer, work
from pyinfra_wsl.connectors.command import AgentCommand, output, unreadable
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.report import run as this_run


class WindowsConnector(BaseConnector):
    """A laptop, on which everything goes through one agent per run."""

    session_class: type[Session] = Session
    """How its session goes."""

    def __init__(self, state: State, host: Host) -> None:
        """Prepare a session, and look how the run was called, while pyinfra still tells; nothing is connected yet."""
        super().__init__(state, host)
        self._patient = not no_wait.asked()
        self._coming: Greenlet | None = None
        run, holder = this_run.RUN_ID, this_run.HOLDER
        self.session = self.session_class(
            lambda: Channel(self.open_wire()), self.hang_up, run, holder, lambda line: host.log(escape(line), logger.info)
        )

    @abstractmethod
    def try_to_connect(self) -> ConnectError | None:
        """Connect, and note who does not answer; return why there is no connection, None where there is one."""

    @override
    def connect(self) -> None:
        """Connect; where nobody is to wait for another, who answers late is waited for by their own work alone."""
        if self._patient:
            if (error := self.try_to_connect()) is not None:
                raise error
            return
        self._coming = gevent.spawn(self.try_to_connect)
        if beginning.of(self.state).wait_for(self._coming):
            self.arrived()
        else:
            self.host.log("does not answer yet, the others go on", logger.info)

    def arrived(self) -> None:
        """Wait for a connection that is still coming about; raises ConnectError where none does."""
        error = None if self._coming is None else self._coming.get()
        if error is not None:
            raise error
        self._coming = None

    @abstractmethod
    def open_wire(self) -> Wire:
        """Connect where necessary and start the program at the other end; raises OSError."""

    @abstractmethod
    def hang_up(self) -> None:
        """Close the connection, if there is one."""

    @override
    def disconnect(self) -> None:
        """End what is still under way, send what was put off, end the agent and hang up."""
        if self._coming is not None:
            self._coming.kill()
        work.end(self.host)
        try:
            self.session.flush()
        except Exception as error:  # noqa: BLE001 - as `unreadable` says
            lost = "note: the last entries of this run are lost, the next run makes them again"
            self.host.log(f"{lost}: {escape(error)}", logger.warning)
        self.session.end()
        super().disconnect()

    @override
    def run_shell_command(
        self, command: StringCommand, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Carry out one of our commands, answer one of pyinfra's file facts, or run anything else in cmd.exe or PowerShell."""
        with work.under_way(self.host):
            if isinstance(command, AgentCommand):
                return command.attempt(self.session, self.host)
            return self._run(command, print_output, print_input, arguments)

    def _run(
        self, command: StringCommand, print_output: bool, print_input: bool, arguments: dict[str, Any]
    ) -> tuple[bool, CommandOutput]:
        if print_input:
            self.host.log(f">>> {command}")
        # pyinfra's own facts hand over plain text.
        text = command.get_raw_value() if isinstance(command, StringCommand) else str(command)
        try:
            lines = posix.answer(text, self.session.ask)
            if lines is not None:
                return True, output(lines)
            if not shell.is_powershell(arguments) and (refused := posix.refusal(text)):
                raise refused
            result = shell.run(self.session, text, arguments)
        except (CallError, StepError, shell.UnsupportedError) as error:
            return False, output([str(error)], "stderr")
        except OSError:  # pyinfra contains it to this host
            raise
        except Exception as error:  # noqa: BLE001 - as `unreadable` says
            return False, output([unreadable(error, "").said], "stderr")
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

    def _told(self, bring: Callable[[], None]) -> bool:
        try:
            with work.under_way(self.host):
                bring()
        except (CallError, StepError) as error:
            reason = str(error)
        except OSError:  # pyinfra contains it to this host
            raise
        except Exception as error:  # noqa: BLE001 - as `unreadable` says
            reason = unreadable(error, "").said
        else:
            return True
        self.host.log_styled(reason, log_func=logger.error, fg="red")
        return False
