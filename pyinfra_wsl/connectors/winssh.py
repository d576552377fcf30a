"""``@winssh/HOST``: a Windows laptop over SSH; keys, known hosts and retries are those of pyinfra's SSH connector."""

from __future__ import annotations

from pyinfra.api.exceptions import ConnectError
from typing_extensions import override

from pyinfra_wsl.agent.channel import Wire
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

    @override
    def try_to_connect(self) -> ConnectError | None:
        """Connect by SSH."""
        return ReportedSSHConnector.try_to_connect(self)

    @override
    def open_wire(self) -> Wire:
        """Start the agent over a connection, made anew where there is none: who is away for a restart is not offline."""
        try:
            self.arrived()
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
