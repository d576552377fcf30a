"""What SSH to laptops and to Linux hosts has in common: who does not answer, or does not let us in, is told with a next step."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from typing import Any, ClassVar

from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors.base import DataMeta
from pyinfra.connectors.ssh import SSHConnector, connector_data_meta
from typing_extensions import override

from pyinfra_wsl.connectors import host_keys
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import journal

_ANSWERED = ("host key", "Authentication", "banner")
"""Signs in paramiko's words that somebody answered."""

_STRICT = "ssh_strict_host_key_checking"

host_keys.use()


class ReportedSSHConnector(SSHConnector):
    """pyinfra's SSH connector, whose failures to connect stand in the report of the run."""

    # An unknown host key ends the connection unless the inventory says otherwise by name.
    data_meta = {**connector_data_meta, _STRICT: DataMeta("SSH strict host key checking", "yes")}  # noqa: RUF012 - pyinfra's shape
    machine: ClassVar[str]
    """What is at the other end, in a word."""
    guide: ClassVar[str]
    """The page that says how it is prepared."""

    @override
    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Name the host as it was named, without the connector's name before it."""
        yield name, {"ssh_hostname": name}, []

    @override
    def connect(self) -> None:
        """Connect; who does not answer is noted as offline, who does not let us in as failed, both with what to do next."""
        journal(self.host)
        report_at_end(self.state)
        try:
            super().connect()
        except ConnectError as error:
            failure = self.reason(str(error))
            if any(sign in str(error) for sign in _ANSWERED):
                journal(self.host).failed("connection", failure)
            else:
                journal(self.host).unreachable(failure)
            raise ConnectError(failure.said) from error
        host_keys.tell(self.client, lambda note: journal(self.host).warned("connection", note))

    def reason(self, error: str) -> Failure:
        """Put what paramiko said of a connection in words of ours, with a next step."""
        if refused := host_keys.refusal(self.client):
            return refused
        address = f"{self.data['ssh_hostname'] or self.host.name}:{int(self.data['ssh_port'] or 22)}"
        user, seconds = self.data["ssh_user"] or getpass.getuser(), self.state.config.CONNECT_TIMEOUT
        known = (
            ("Authentication", f"{address} refuses user {user}", "check key or password"),
            ("resolve", f"the name {address} is unknown", "check the address in the fleet file"),
            ("timed out", f"no answer on {address} in {seconds} s", f"turn the {self.machine} on, then run again"),
            ("banner", f"what answers on {address} is no SSH server", "look at the address and the port in the fleet file"),
            ("refused", f"no SSH server on {address}", f"see {self.guide}"),
            ("Unable to connect", f"no SSH server on {address}", f"turn the {self.machine} on, or see {self.guide}"),
        )
        otherwise = Failure(
            f"no connection with {address}: {error.rstrip('.')}",
            "try ssh -p with the same user and address by hand",
            "connection",
        )
        return next((Failure(cause, remedy, "connection") for sign, cause, remedy in known if sign in error), otherwise)
