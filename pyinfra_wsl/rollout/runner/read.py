"""``python -m pyinfra_wsl.rollout.runner.read INVENTORY PIPE``: read an inventory, and tell its hosts by a pipe."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from pyinfra_wsl.connectors import seldom

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while all below is loaded: who started this says so
    gc.disable()  # as `core.garbage.undisturbed`
    seldom.use()

from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.fleet import declared
from pyinfra_wsl.rollout import form, kept, wire
from pyinfra_wsl.rollout.model import Member
from pyinfra_wsl.rollout.runner import hosts
from pyinfra_wsl.testing import inventory as inventories


def told(path: str) -> Iterator[dict[str, Any]]:
    """Yield what is told of an inventory: its hosts, and at the end that these were all, or why they cannot be had.

    Args:
        path: as pyinfra takes it.

    """
    try:
        state, inventory, config = inventories.begun(path)
        with inventories.guarded(path):
            state.init(inventory, config)
            members = hosts.members(inventory, path)
            found = form.declared(path)
            if not inventories.fleets(path) and not any(any(declared.settings(dict(one.data))) for one in members):
                found = form.UNSEEN
        laptops = form.laptops((one.name, one.groups, one.data) for one in members)
        lines = [{"member": wire.member(one)} for one in members]
    except FileNotFoundError as error:
        yield {"missing": str(error)}
    except (inventories.InventoryError, wire.WireError) as error:
        yield {"error": str(error)}
    else:
        yield from lines
        sites = [[one.site, one.zone] for one in laptops]
        yield {"passwords_from": _environment(members), "declared": kept.text(found), "laptops": sites}


def _environment(members: Iterable[Member]) -> list[str]:
    secrets = {value.reveal() for one in members for value in one.data.values() if isinstance(value, Secret)}
    return sorted(name for name, value in os.environ.items() if value in secrets)


def main() -> None:
    """Tell of the inventory and by the pipe of the command line."""
    path, number = sys.argv[1:]
    gc.freeze()
    gc.enable()
    os.set_inheritable(int(number), False)
    sys.path.append(os.getcwd())  # noqa: PTH109 - as pyinfra's command line has it, for what inventories import
    with suppress(BrokenPipeError), open(int(number), "wb") as pipe:  # noqa: PTH123 - it has no path; nobody may hear it any more
        for one in told(path):
            pipe.write(wire.line(one))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # it may ask for a password, with a terminal that shows nothing
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
