"""``@psrp/HOST``: a Windows laptop over WinRM, by PowerShell's remoting protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.base import ConnectorData, DataMeta
from typing_extensions import override

from pyinfra_wsl.agent.channel import Wire
from pyinfra_wsl.connectors import descriptors
from pyinfra_wsl.connectors.command import trace
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.connectors.winrm import options
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.remembered import REMEMBERED, Left, whose
from pyinfra_wsl.connectors.winrm.told import Stage
from pyinfra_wsl.core.failure import Failure, LostError, StepError
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import journal

if TYPE_CHECKING:  # what it needs is an extra, and must not be imported before gevent has patched what it uses
    from pyinfra_wsl.connectors.winrm.runspace import Runspace

_WORDS = ("user", "password", "port")
_MISSING = Failure("WinRM needs what is not installed here", "pip install 'pyinfra-wsl[psrp]'", "connection")


class Data(ConnectorData):
    """Host data of ``@psrp``."""

    psrp_hostname: str
    psrp_port: int
    psrp_user: str
    psrp_password: str
    psrp_auth: str
    psrp_scheme: str
    psrp_ca: str
    psrp_certificate: str
    psrp_certificate_key: str
    psrp_proxy: str
    psrp_configuration: str


class _KnownError(ConnectError):
    """Why there is no connection."""

    def __init__(self, stage: Stage, failure: Failure) -> None:
        """Keep how far it came, and why no further."""
        super().__init__(failure.said)
        self.stage, self.failure = stage, failure


class PsrpConnector(WindowsConnector):
    """Connect to Windows laptops over WinRM.

    .. code:: shell

        pyinfra @psrp/lt-0001.corp.example --data psrp_user=fleet-admin@CORP.EXAMPLE exec -- hostname
    """

    handles_execution = True
    data_cls = Data
    data_meta = {  # noqa: RUF012 - pyinfra's shape
        "psrp_hostname": DataMeta("Name or address"),
        "psrp_port": DataMeta("Port; 5986 for https, 5985 for http"),
        "psrp_user": DataMeta("Account to log on as: DOMAIN\\name, name@REALM or a local one"),
        "psrp_password": DataMeta("Its password, or the passphrase of psrp_certificate_key"),
        "psrp_auth": DataMeta("negotiate, kerberos, ntlm, certificate or basic", "negotiate"),
        "psrp_scheme": DataMeta("https, or http with encrypted messages", "https"),
        "psrp_ca": DataMeta("File of the certificates that are trusted"),
        "psrp_certificate": DataMeta("File of the client's certificate"),
        "psrp_certificate_key": DataMeta("File of its private key"),
        "psrp_proxy": DataMeta("http://proxy.corp.example:3128; none by default, whatever the environment says"),
        "psrp_configuration": DataMeta("Endpoint", "Microsoft.PowerShell"),
    }

    def __init__(self, state: State, host: Host) -> None:
        """Arrange for the report while pyinfra still tells what it was called for."""
        super().__init__(state, host)
        report_at_end(state)
        self._runspace: Runspace | None = None
        self._taken = False
        self._own: Left | None = None
        self._left: list[Left] = []

    @override
    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Name the host as it was named, without the connector's name before it."""
        yield name, {"psrp_hostname": name}, []

    @override
    def try_to_connect(self) -> ConnectError | None:
        """Open a session; who does not answer is noted as offline, who does not let us in as failed."""
        descriptors.check(self.state)
        try:
            with journal(self.host).at_work():
                self._open()
        except StepError as error:
            journal(self.host).failed("connection", error.failure)
            return _KnownError("key", error.failure)
        except BrokenError as error:
            if error.told.answered:
                journal(self.host).failed("connection", error.failure)
            else:
                journal(self.host).unreachable(error.failure)
            return _KnownError(error.told.stage, error.failure)
        return None

    def told(self, raised: ConnectError) -> tuple[Stage, Failure]:
        """Return how far a connection came that did not come about, and why.

        Args:
            raised: by `connect`.

        """
        assert isinstance(raised, _KnownError)  # noqa: S101 - `try_to_connect` makes no other
        return raised.stage, raised.failure

    @property
    def options(self) -> Options:
        """How it is reached; raises StepError where that is none, or not safe."""
        return options.of({**self.data, **self._command_line()}, self.host.name, self.state.config.CONNECT_TIMEOUT)

    def _command_line(self) -> dict[str, Any]:
        """Return what pyinfra's ``--user``, ``--password`` and ``--port`` say, which it names after SSH."""
        told = self.state.inventory.override_data
        return {f"psrp_{name}": told[f"ssh_{name}"] for name in _WORDS if f"ssh_{name}" in told and f"psrp_{name}" not in told}

    def _open(self) -> Runspace:
        """Open a session, and end those that broken connections have left; raises BrokenError or StepError."""
        found = self.options
        try:
            from pyinfra_wsl.connectors.winrm.runspace import Runspace  # noqa: PLC0415 - as above
        except ImportError as error:
            trace(error)
            raise StepError(_MISSING.cause, _MISSING.remedy, _MISSING.code) from error
        self._runspace = runspace = Runspace(found)
        if (own := runspace.left) is not None:
            self._own = own
            REMEMBERED.opened(whose(found), own)
        self._left += [one for one in REMEMBERED.dead(whose(found)) if one not in (*self._left, own)]
        while self._left:
            runspace.delete(self._left[-1])
            REMEMBERED.closed(self._left.pop())
        return runspace

    @override
    def open_wire(self) -> Wire:
        """Start the agent in the session, or in a new one where there is none: who is away for a restart is not offline."""
        try:
            self.arrived()
        except _KnownError as error:
            raise LostError(error.failure.cause, error.failure.remedy, error.failure.code) from error
        if self._taken:  # by an agent that is gone, or never greeted: what it has left there is not for another
            self.hang_up()
        runspace = self._runspace or self._open()
        self._taken = True
        from pyinfra_wsl.connectors.winrm.wire import RunspaceWire  # noqa: PLC0415 - as above

        return RunspaceWire(runspace)

    @override
    def hang_up(self) -> None:
        """End the session; what may live on is remembered, and ended when the next one is open."""
        runspace, self._runspace, self._taken = self._runspace, None, False
        if runspace is None:
            return
        runspace.close()
        if runspace.left is not None:
            self._left.append(runspace.left)
        elif self._own is not None:
            REMEMBERED.closed(self._own)

    @override
    def disconnect(self) -> None:
        """End the run on this laptop, and the sessions that broken connections have left there: they would lock out the next."""
        super().disconnect()
        left, self._left = self._left, []
        if left:
            from pyinfra_wsl.connectors.winrm import runspace  # noqa: PLC0415 - as above

            try:
                for one in runspace.end(self.options, left):
                    REMEMBERED.closed(one)
            except StepError as error:  # a file that is gone since: no reason to end the run of the others
                trace(error)
