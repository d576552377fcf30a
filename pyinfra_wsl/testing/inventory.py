"""The hosts of a pyinfra inventory, outside of a pyinfra run."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_config, ctx_state


def load(path: str) -> dict[str, Host]:
    """Return the hosts of an inventory file by name; none of them is connected yet.

    Args:
        path: an inventory file, or anything else that pyinfra takes as an inventory.

    Raises:
        FileNotFoundError: there is no such file.

    """
    state, inventory, config = begun(path)
    state.init(inventory, config)
    return {host.name: host for host in inventory}


def begun(path: str) -> tuple[State, Inventory, Config]:
    """Return what a use of an inventory begins with: a state that is not initialised yet, the inventory, pyinfra's settings.

    Args:
        path: as of `load`.

    Raises:
        FileNotFoundError: there is no such file.

    """
    if path.endswith(".py") and not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such inventory")
    # pyinfra's command line turns all threads of the process into greenlets; who has no inventory keeps theirs.
    from pyinfra_cli.inventory import make_inventory  # noqa: PLC0415

    config, state = Config(), State()
    state.cwd = str(Path.cwd())
    # pyinfra executes inventory files within its own context.
    with ctx_config.use(config), ctx_state.use(state):
        return state, make_inventory(path, cwd=state.cwd), config
