"""A process that reads an inventory for a rollout's control: ``python -m pyinfra_wsl.rollout.telling FD INVENTORY``.

pyinfra turns what waits into greenlets where it reads an inventory, and the control has a loop of its own. What is read goes
through a pipe, for passwords are among it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyinfra.api.connectors import get_execution_connectors
from pyinfra.api.host import Host

from pyinfra_wsl.rollout import form, kept, wire
from pyinfra_wsl.rollout.model import Laptop, Member
from pyinfra_wsl.testing import inventory as inventories


def main(descriptor: int, path: str) -> None:
    """Read an inventory, and tell of it, or what is wrong with it."""
    with os.fdopen(descriptor, "wb") as pipe:
        try:
            said = _told(path)
        except FileNotFoundError as error:
            said = {"error": f"{error}. Next: name an inventory, such as inventory/laptops.py", "usage": True}
        except (inventories.InventoryError, wire.WireError) as error:
            said = {"error": str(error)}
        pipe.write(wire.line(said))


def _told(path: str) -> dict[str, Any]:
    hosts = list(inventories.load(path).values())
    laptops = form.laptops((host.name, host.groups, host.data.dict()) for host in hosts)
    return {
        "declared": kept.text(form.declared(path)),
        "laptops": [_laptop(one) for one in laptops],
        "members": [wire.member(one) for one in _members(hosts, Path(path).stem)],
    }


def _laptop(one: Laptop) -> dict[str, Any]:
    return {"name": one.name, "groups": one.groups, "site": one.site, "zone": one.zone}


def _members(hosts: list[Host], file: str) -> Iterator[Member]:
    """Yield hosts as workers need them; pyinfra makes a group of all that stands in an inventory file."""
    names = {of: name for name, of in get_execution_connectors().items()}
    for host in hosts:
        groups = tuple(map(str, host.groups))
        everybody = tuple(one for one in ("all", file) if one in groups)
        yield Member(host.name, host.data.dict(), groups, names[host.connector_cls], everybody)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
