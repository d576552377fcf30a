"""Fifty laptops over WinRM from a program that uses pyinfra's API: they go on beside one another, as over SSH."""

import json
import sys

import pytest

LAPTOPS = [f"LT-{number:02}" for number in range(50)]
SECONDS = 2.0
PROGRAM = """
from gevent import monkey

monkey.patch_all()  # what pyinfra's command line does too, before anything else is imported

import json, runpy, time
import gevent
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra_wsl.core import call

state = State()
state.init(Inventory((runpy.run_path("inventory/lab.py")["all"], {})), Config(PARALLEL=50))
connect_all(state)
for host in state.inventory:
    host.connector.session.channel
begun = time.monotonic()
wait = [call.file_wait("C:\\\\\\\\never", SECONDS)]
answers = [gevent.spawn(host.connector.session.ask, wait, keep_going=True) for host in state.inventory]
kinds = [one.get()[0].kind for one in answers]
took = time.monotonic() - begun
disconnect_all(state)
print(json.dumps({"kinds": kinds, "took": took, "connected": len(kinds)}))
"""


@pytest.fixture(scope="module")
def rehearsal(make_rehearsal):
    laptops = {name.replace("-", "_"): {"scenario": "fresh-en", "winrm": {}} for name in LAPTOPS}
    way = {"transport": "psrp", "user": "fleet-admin"}
    return make_rehearsal(lambda fleet: fleet["defaults"].update(connection=way), **laptops)


def test_fifty_laptops_wait_beside_one_another(rehearsal):
    (rehearsal.folder / "many.py").write_text(PROGRAM.replace("SECONDS", str(SECONDS)))
    done = rehearsal.call(sys.executable, "many.py")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kinds"] == ["timeout"] * len(LAPTOPS)
    assert told["took"] < SECONDS * len(LAPTOPS) / 3, "one after the other they would take a hundred seconds"
