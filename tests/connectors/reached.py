"""pyinfra's hosts of a lab, in this process."""

import runpy

from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State

from pyinfra_wsl.core import call
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Restart, ask


def load(rehearsal):
    """Return pyinfra's hosts by name, without pyinfra's command line, which would turn this process' threads into greenlets."""
    machines = runpy.run_path(str(rehearsal.folder / "inventory" / "lab.py"))["all"]
    state = State()
    state.init(Inventory((machines, {})), Config())
    return {host.name: host for host in state.inventory}


def restarted(session, machine):
    """Have a laptop restart and tell its name then; return its boots, the restarts, the agents."""

    def talk():
        yield from ask(call.run("shutdown.exe", "/r", "/t", "0"))
        yield Restart(30, "restarting")
        return (yield from ask(call.run("hostname.exe")))

    before = machine.boot_count
    assert Output.of(session.converse(talk())[0]).text().strip() == machine.name
    return machine.boot_count - before, session.restarts, session.processes
