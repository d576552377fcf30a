"""The process that serves a lab: ``python -m pyinfra_wsl.lab.daemon STATE_FOLDER``; `pyinfra-wsl lab up` starts it."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path

from pyinfra_wsl.lab import control
from pyinfra_wsl.lab.range import Range
from pyinfra_wsl.lab.state import State


async def serve(state: State) -> None:
    """Serve the laptops of ``order.json`` until told to stop."""
    laptops = Range(state, json.loads(state.order.read_text()))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, laptops.stopped.set)
    await laptops.start()
    server = await control.serve(laptops)
    try:
        await laptops.stopped.wait()
    finally:
        server.close()
        laptops.stop()
        state.socket.unlink(missing_ok=True)


def main() -> None:
    """Run until the end, with a log on standard error."""
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)
    asyncio.run(serve(State(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
