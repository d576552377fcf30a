"""A lab in this very process: pyinfra meets it over real SSH, and a test looks at its machines and changes them."""

import asyncio
import json
import sys
import threading
from pathlib import Path

from pyinfra_wsl import fleet
from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.range import Range
from pyinfra_wsl.lab.range.state import State

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


class Stage:
    """Laptops of a fleet file, served by a thread of this process.

    Args:
        folder: holds ``inventory``; the lab's files go to ``.lab`` beside it.
        scenarios: of each laptop.
        shell: the default shell of its sshd.
        winrm: what their WinRM is like, by the names of the lab's settings; None for none.

    """

    def __init__(self, folder, scenarios, shell="cmd", winrm=None):
        state = State(folder / ".lab")
        state.folder.mkdir()
        hosts = fleet.load(folder / "inventory" / "fleet.yml").hosts
        laptops = {
            name: {"scenario": scenario, "declared": json.loads(json.dumps(hosts[name].data, default=str)), "shell": shell}
            for name, scenario in scenarios.items()
        }
        for order in laptops.values() if winrm is not None else ():
            order["winrm"] = winrm
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._range = Range(state, {"port": 0, "pace": 0.02, "laptops": laptops})
        self._await(self._range.start(), 300)  # of thousands
        self._control = self._await(control.serve(self._range))

    def _await(self, work, seconds=30):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def do(self, function, *arguments):
        """Call a function where the laptops live, so that nothing else happens meanwhile; return its result."""

        async def call():
            return function(*arguments)

        return self._await(call())

    def machine(self, name):
        """Return a laptop's machine."""
        return self.do(self._range.machine, name)

    def laptop(self, name):
        """Return a laptop's SSH server."""
        return self._range.laptops[name]

    def close(self):
        """Hang up everywhere."""

        async def stop():
            self._control.close()
            self._range.stop()
            await asyncio.sleep(0.05)  # for what was cancelled

        self._await(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
