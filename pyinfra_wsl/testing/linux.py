"""A Linux host of the inventory as testinfra's host."""

from __future__ import annotations

import shlex

import testinfra
from pyinfra.api.host import Host
from testinfra.host import Host as Linux


def linux_host(host: Host) -> Linux:
    """Return testinfra's host for one of pyinfra's, over the ``ssh`` program, with the same key and the same known hosts.

    Who does not connect as root must be allowed to ``sudo`` without a password, as for a run.

    Args:
        host: a host that pyinfra reaches by SSH.

    """
    data = host.data
    user, port = data.get("ssh_user"), data.get("ssh_port")
    spec = "".join([f"{user}@" if user else "", data.get("ssh_hostname") or host.name, f":{port}" if port else ""])
    options = {
        "BatchMode": "yes",
        "LogLevel": "ERROR",
        "StrictHostKeyChecking": data.get("ssh_strict_host_key_checking"),
        "UserKnownHostsFile": data.get("ssh_known_hosts_file"),
    }
    extra = " ".join(f"-o {shlex.quote(f'{name}={value}')}" for name, value in options.items() if value)
    return testinfra.get_host(f"ssh://{spec}", ssh_identity_file=data.get("ssh_key"), ssh_extra_args=extra, sudo=user != "root")
