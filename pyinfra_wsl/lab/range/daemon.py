"""The process that serves a lab: ``python -m pyinfra_wsl.lab.range.daemon STATE_FOLDER``; `pyinfra-wsl lab up` starts it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.range import Range
from pyinfra_wsl.lab.range.state import State

WATCH = 2.0
"""Seconds between two looks whether the state folder is still ours."""


async def _until_abandoned(state: State, laptops: Range) -> None:
    """Stop once nobody can find this lab any more: its folder was removed, or another lab took it over."""
    while True:
        await asyncio.sleep(WATCH)
        running = state.read()
        if running is None or running["pid"] != os.getpid():
            laptops.stopped.set()


async def serve(state: State) -> None:
    """Serve the laptops of ``order.json`` until told to stop."""
    laptops = Range(state, json.loads(state.order.read_text()))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, laptops.stopped.set)
    await laptops.start()
    server = await control.serve(laptops)
    watch = asyncio.get_running_loop().create_task(_until_abandoned(state, laptops))
    try:
        await laptops.stopped.wait()
    finally:
        watch.cancel()
        server.close()
        laptops.stop()
        state.socket.unlink(missing_ok=True)


def main() -> None:
    """Run until the end, with a log on standard error."""
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # for each laptop a port and a connection
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve(State(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
