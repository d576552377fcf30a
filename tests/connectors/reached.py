"""pyinfra's hosts of a lab, in this process."""

import runpy

from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State


def load(rehearsal):
    """Return pyinfra's hosts by name, without pyinfra's command line, which would turn this process' threads into greenlets."""
    machines = runpy.run_path(str(rehearsal.folder / "inventory" / "lab.py"))["all"]
    state = State()
    state.init(Inventory((machines, {})), Config())
    return {host.name: host for host in state.inventory}
