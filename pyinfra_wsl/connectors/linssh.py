"""``@linssh/HOST``: a Linux host over SSH, by pyinfra's own SSH connector; who cannot be reached stands in the report."""

from __future__ import annotations

from pyinfra_wsl.connectors.ssh import ReportedSSHConnector


class LinSSHConnector(ReportedSSHConnector):
    """Connect to Linux hosts over SSH.

    .. code:: shell

        pyinfra @linssh/build-01.corp.example fact pyinfra_wsl.facts.Kvm
    """

    machine = "host"
    guide = "docs/linux.md"
