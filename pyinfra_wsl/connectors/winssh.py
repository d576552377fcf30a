"""``@winssh/HOST``: a Windows laptop over SSH; keys, known hosts and retries are those of pyinfra's SSH connector."""

from __future__ import annotations

import gevent
from gevent import Greenlet
from pyinfra import logger
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from typing_extensions import override

from pyinfra_wsl.agent.channel import Wire
from pyinfra_wsl.connectors import beginning, no_wait
from pyinfra_wsl.connectors.session import ClosedError
from pyinfra_wsl.connectors.ssh import ReportedSSHConnector
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.connectors.wire import SSHWire
from pyinfra_wsl.core.failure import LostError


class WinSSHConnector(WindowsConnector, ReportedSSHConnector):
    """Connect to Windows laptops over SSH.

    .. code:: shell

        pyinfra @winssh/lt-0001.corp.example fact pyinfra_wsl.facts.WslDistros
        pyinfra @winssh/lt-0001.corp.example exec -- hostname
    """

    machine = "laptop"
    guide = "docs/prepare-laptops.md"

    def __init__(self, state: State, host: Host) -> None:
        """Look how the run was called, while pyinfra still tells."""
        super().__init__(state, host)
        self._patient = not no_wait.asked()
        self._coming: Greenlet | None = None

    @override
    def connect(self) -> None:
        """Connect; where nobody is to wait for another, who answers late is waited for by their own work alone."""
        if self._patient:
            super().connect()
            return
        self._coming = gevent.spawn(self.try_to_connect)
        if beginning.of(self.state).wait_for(self._coming):
            self._arrived()
        else:
            self.host.log("does not answer yet, the others go on", logger.info)

    def _arrived(self) -> None:
        """Wait for a connection that is still coming about; raises ConnectError where none does."""
        error = None if self._coming is None else self._coming.get()
        if error is not None:
            raise error
        self._coming = None

    @override
    def disconnect(self) -> None:
        """Do as always, also where it is still being connected."""
        if self._coming is not None:
            self._coming.kill()
        super().disconnect()

    @override
    def open_wire(self) -> Wire:
        """Start the agent over a connection, made anew where there is none: who is away for a restart is not offline."""
        try:
            self._arrived()
            if self.client is None:
                self.connect_once()
            assert self.client is not None  # noqa: S101 - connect() leaves a client or raises
            return SSHWire(self.client)
        except ConnectError as error:
            # Only while connecting does pyinfra contain its own error to this host.
            # Paramiko says "Unable to connect" where a port refuses, and something else where nobody answers.
            kind, failure = ClosedError if "Unable to connect" in str(error) else LostError, self.reason(error)
            raise kind(failure.cause, failure.remedy, failure.code) from error
        except OSError:
            # A connection that broke is of no use to the next attempt.
            self.hang_up()
            raise

    @override
    def hang_up(self) -> None:
        """Close the connection."""
        if self.client is not None:
            self.client.close()
            self.client = None
