"""The hosts of a pyinfra inventory, outside of a pyinfra run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.context import ctx_config, ctx_state

from pyinfra_wsl.connectors import greenlets, seldom
from pyinfra_wsl.core.escape import escape

if TYPE_CHECKING:
    from pyinfra_wsl.fleet import Fleet

_fleets: dict[str, tuple[Fleet, ...]] = {}
_GIVEN: dict[str, dict[str, Host]] = {}
"""Hosts that are no inventory's, by the name by which `load` is asked for them."""


class InventoryError(Exception):
    """An inventory is there and cannot be used; the text says why, a line for each problem, as it may be shown."""


def load(path: str) -> dict[str, Host]:
    """Return the hosts of an inventory file by name; none of them is connected yet.

    Args:
        path: an inventory file, or anything else that pyinfra takes as an inventory.

    Raises:
        FileNotFoundError: there is no such file.
        InventoryError: it cannot be used.

    """
    if path in _GIVEN:
        return _GIVEN[path]
    state, inventory, config = begun(path)
    state.init(inventory, config)
    return {host.name: host for host in inventory}


def give(name: str, inventory: Inventory) -> None:
    """Let `load` return hosts that were read from nowhere.

    Args:
        name: by which it is asked for them; no path.
        inventory: of them; they belong to no state yet.

    """
    State().init(inventory, Config())
    _GIVEN[name] = {host.name: host for host in inventory}


def begun(path: str) -> tuple[State, Inventory, Config]:
    """Return what a use of an inventory begins with: a state that is not initialised yet, the inventory, pyinfra's settings.

    Args:
        path: as of `load`.

    Raises:
        FileNotFoundError: there is no such file.
        InventoryError: it cannot be used.

    """
    if path.endswith(".py") and not Path(path).exists():
        raise FileNotFoundError(f"{path}: no such inventory")
    if path.endswith((".yml", ".yaml")):
        raise _error(
            f"{path}: is a fleet file, and no inventory. Next: name the inventory that reads it, such as inventory/laptops.py"
        )
    greenlets.use()  # all threads of the process become some; who has no inventory keeps theirs
    seldom.use()
    from pyinfra_cli.inventory import make_inventory  # noqa: PLC0415

    from pyinfra_wsl.inventory import noted  # noqa: PLC0415 - who has no fleet file has no need of what checks one

    config, state = Config(), State()
    state.cwd = str(Path.cwd())
    # pyinfra executes inventory files within its own context.
    with ctx_config.use(config), ctx_state.use(state), guarded(path), noted() as fleets:
        inventory = make_inventory(path, cwd=state.cwd)
    _fleets[path] = tuple(fleets)
    return state, inventory, config


def fleets(path: str) -> tuple[Fleet, ...]:
    """Return the fleet files of an inventory, which is read unless it was in this process; arguments and errors as of `begun`."""
    if path not in _fleets:
        begun(path)
    return _fleets[path]


@contextmanager
def guarded(path: str) -> Iterator[None]:
    """Say in a sentence what goes wrong while an inventory is read; it is a person's program, and may do anything.

    Args:
        path: how the inventory is called.

    Raises:
        InventoryError: whatever was raised within.

    """
    try:
        yield
    except SystemExit as error:  # with what is wrong with a fleet file, as of `pyinfra_wsl.inventory`
        said = error.code if isinstance(error.code, str) else f"{path}: ended with exit code {error.code or 0}"
        raise _error(said) from None
    except Exception as error:
        first = getattr(error, "exception", error)  # pyinfra's own for what a file raises, which has no text
        raise _error(f"{path}: {type(first).__name__}: {first}") from error


def _error(said: str) -> InventoryError:
    return InventoryError("\n".join(escape(line) for line in said.splitlines()))
