"""What SSH to laptops and to Linux hosts has in common: who does not answer, or does not let us in, is told with a next step."""

from __future__ import annotations

import getpass
import logging
from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, Literal

from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.base import DataMeta
from pyinfra.connectors.ssh import SSHConnector, connector_data_meta
from typing_extensions import override

from pyinfra_wsl.connectors import descriptors, host_keys, key, known_hosts, no_wait, quick_paramiko, quicker
from pyinfra_wsl.connectors.command import trace
from pyinfra_wsl.connectors.logs import Debug
from pyinfra_wsl.core import port, show
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import journal

Stage = Literal["key", "address", "port", "known host", "logon"]
"""What a connection needs, in the order in which it is tried."""

_ANSWERED = ("host key", "Authentication", "banner")
"""Signs in paramiko's words that somebody answered."""


@cache
def _listen() -> None:
    logging.getLogger("paramiko").addHandler(Debug())


_STRICT = "ssh_strict_host_key_checking"

descriptors.use_in_pyinfra()
host_keys.use()
no_wait.use()
quick_paramiko.use()
quicker.use()


class _KnownError(ConnectError):
    """Why there is no connection is known, and needs no words of paramiko's."""

    def __init__(self, failure: Failure, stage: Stage = "known host") -> None:
        """Keep the failure, and how far the connection came."""
        super().__init__(failure.said)
        self.failure, self.stage = failure, stage


class ReportedSSHConnector(SSHConnector):
    """pyinfra's SSH connector, whose failures to connect stand in the report of the run."""

    # An unknown host key ends the connection unless the inventory says otherwise by name.
    data_meta = {**connector_data_meta, _STRICT: DataMeta("SSH strict host key checking", "yes")}  # noqa: RUF012 - pyinfra's shape
    machine: ClassVar[str]
    """What is at the other end, in a word."""
    guide: ClassVar[str]
    """The page that says how it is prepared."""

    def __init__(self, state: State, host: Host) -> None:
        """Arrange for the report while pyinfra still tells what it was called for."""
        super().__init__(state, host)
        report_at_end(state)

    @override
    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Name the host as it was named, without the connector's name before it."""
        yield name, {"ssh_hostname": name}, []

    @override
    def connect(self) -> None:
        """Connect; who does not answer is noted as offline, who does not let us in as failed, both with what to do next."""
        error = self.try_to_connect()
        if error is not None:
            raise error

    def try_to_connect(self) -> ConnectError | None:
        """Connect, and note who does not answer; return why there is no connection, None where there is one."""
        _listen()
        descriptors.check(self.state)
        try:
            with journal(self.host).at_work():
                self.connect_once()
        except ConnectError as error:
            stage, failure = self.told(error)
            if isinstance(error, _KnownError) or any(sign in str(error) for sign in _ANSWERED):
                journal(self.host).failed("connection", failure)
            else:
                journal(self.host).unreachable(failure)
            told = _KnownError(failure, stage)
            told.__cause__ = error
            return told
        host_keys.tell(self.client, lambda note: journal(self.host).warned("connection", note))
        return None

    def connect_once(self) -> None:
        """Connect, without a word in the report; whatever goes wrong is a `ConnectError`, the only one that pyinfra contains.

        What answers may be no SSH server, or a hostile one, and paramiko has no end of errors for what it says.
        """
        try:
            super().connect()
        except Exception as error:
            refused = host_keys.refusal(self.client)
            if self.client is not None:  # else its thread would go on reading
                self.client.close()
                self.client = None
            if refused:
                raise _KnownError(refused) from error
            if isinstance(error, ConnectError):
                raise
            trace(error)
            raise ConnectError(f"SSH error ({type(error).__name__}: {error})") from error

    @override
    def make_paramiko_kwargs(self) -> dict[str, Any]:
        """Return what paramiko is told; a port or a key that cannot be used is this host's failure."""
        if port.number(given := self.data["ssh_port"] or known_hosts.DEFAULT_PORT) is None:
            cause = f"{show.value(given)} is no port"
            raise _KnownError(Failure(cause, f"give ssh_port a number from 1 to {port.LAST}", "connection"), "port")
        if path := self.data["ssh_key"]:
            try:
                key.load(self.state, path, self.data["ssh_key_password"])
            except key.KeyFailedError as error:
                raise _KnownError(error.failure, "key") from error
        found: dict[str, Any] = super().make_paramiko_kwargs()
        return found

    def reason(self, raised: ConnectError) -> Failure:
        """Put what paramiko said of a connection in words of ours, with a next step."""
        return self.told(raised)[1]

    def told(self, raised: ConnectError) -> tuple[Stage, Failure]:
        """Return how far a connection came that did not come about, and why, in words of ours.

        Args:
            raised: by `connect_once`.

        """
        if isinstance(raised, _KnownError):
            return raised.stage, raised.failure
        error = str(raised)
        address = f"{self.data['ssh_hostname'] or self.host.name}:{self.data['ssh_port'] or known_hosts.DEFAULT_PORT}"
        user, seconds = self.data["ssh_user"] or getpass.getuser(), self.state.config.CONNECT_TIMEOUT
        known: tuple[tuple[str, Stage, str, str], ...] = (
            ("Authentication", "logon", f"{address} refuses user {user}", "check key or password"),
            ("resolve", "address", f"the name {address} is unknown", "check the address in the fleet file"),
            ("timed out", "port", f"no answer on {address} in {seconds} s", f"turn the {self.machine} on, then run again"),
            ("banner", "port", f"what answers on {address} is no SSH server", "look at address and port in the fleet file"),
            ("refused", "port", f"no SSH server on {address}", f"see {self.guide}"),
            ("Unable to connect", "port", f"no SSH server on {address}", f"turn the {self.machine} on, or see {self.guide}"),
        )
        for sign, stage, cause, remedy in known:
            if sign in error:
                return stage, Failure(cause, remedy, "connection")
        cause = f"no connection with {address}: {error.rstrip('.')}"
        return "port", Failure(cause, "try ssh -p with the same user and address by hand", "connection")
