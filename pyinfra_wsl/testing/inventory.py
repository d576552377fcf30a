"""The hosts of a pyinfra inventory, outside of a pyinfra run."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra_cli.inventory import make_inventory


def load(path: str) -> dict[str, Host]:
    """Return the hosts of an inventory file by name; none of them is connected yet.

    Args:
        path: an inventory file, or anything else that pyinfra takes as an inventory.

    Raises:
        FileNotFoundError: there is no such file.

    """
    if path.endswith(".py") and not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such inventory")
    inventory = make_inventory(path, cwd=str(Path.cwd()))
    State(inventory, Config())
    return {host.name: host for host in inventory}
