"""Hosts as they travel, and as pyinfra has them: what an inventory says of them, in both directions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyinfra.api.connectors import get_execution_connectors
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory

from pyinfra_wsl.rollout.model import Member


class UnknownConnectorError(Exception):
    """A host is reached by a connector that is not installed here; its text says which."""


def members(inventory: Inventory, path: str) -> list[Member]:
    """Return the hosts of an inventory as a worker needs them.

    Args:
        inventory: after it was read.
        path: where it was read from; pyinfra makes a group of all that stands in it, with the file's name.

    """
    names = {kind: name for name, kind in get_execution_connectors().items()}
    everybody = ("all", Path(path).stem)
    return [
        Member(host.name, host.data.dict(), tuple(map(str, host.groups)), names[host.connector_cls], everybody)
        for host in inventory
    ]


def inventory(wanted: Iterable[Member]) -> Inventory:
    """Return an inventory of these hosts; who is reached by an unknown connector is left out, as `unknown` says."""
    made, connectors = Inventory(([], {})), get_execution_connectors()
    for one in wanted:
        if (kind := connectors.get(one.connector)) is None:
            continue
        made.host_data[one.name] = dict(one.data)
        host = made.hosts[one.name] = Host(one.name, inventory=made, groups=list(one.groups), connector_cls=kind)
        for group in one.groups:
            made.groups[group].append(host)
    return made
