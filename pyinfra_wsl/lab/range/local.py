"""A program on a simulated laptop as a process here: ``python -m pyinfra_wsl.lab.range.local STATE LAPTOP``.

It speaks as the agent does that Windows' task scheduler would start as LocalSystem: lines in and out. The laptop's restart ends
it, and its end, or that of its input, ends what runs there.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path

from pyinfra_wsl.lab.range.state import State

PIECE = 65536


def main() -> int:
    """Be the agent's process: carry bytes between its pipes and the lab."""
    state, laptop = State(Path(sys.argv[1])), sys.argv[2]
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(state.socket))
        except OSError:
            sys.stderr.write("no lab is up\n")
            return 1
        connection.sendall(json.dumps({"verb": "agent", "laptop": laptop}).encode() + b"\n")
        threading.Thread(target=_send, args=(connection,), daemon=True).start()
        first = True
        while piece := connection.recv(PIECE):
            if first:
                said, _, piece = piece.partition(b"\n")
                first = False
                if b'"ok": true' not in said:
                    sys.stderr.write(f"{said.decode(errors='replace')}\n")
                    return 1
            _write(piece)
    os._exit(0)  # the thread may still wait for its input


def _send(connection: socket.socket) -> None:
    while piece := os.read(0, PIECE):
        connection.sendall(piece)
    os._exit(0)  # whose input ends, ends


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    sys.exit(main())
