"""``python -m pyinfra_wsl.rollout.runner``: be told by a line what is needed, then carry shards out, as `rollout.wire` has it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PIECE = 1 << 16

# pyinfra's command line puts greenlets in the place of these; here they are what they were before that is imported.
SYSTEM: dict[str, Callable[..., Any]] = {"fork": os.fork, "waitpid": os.waitpid, "poll": select.poll, "signal": signal.signal}


def main() -> None:
    """Load everything, hear the rest, serve."""
    from pyinfra_wsl.core.garbage import undisturbed  # noqa: PLC0415 - behind the names above
    from pyinfra_wsl.rollout.runner import preload, serve  # noqa: PLC0415

    with undisturbed():
        preload.everything()
    if about := _told():
        serve.Server(SYSTEM, *about).run()


def _told() -> tuple[Path, int, int] | None:
    """Hear where answers are kept, how many shards are carried out at once, how many hosts of each, and the environment."""
    from pyinfra_wsl.rollout import surroundings, wire  # noqa: PLC0415 - as above

    line = bytearray()
    while not line.endswith(b"\n"):  # requests come once it is ready
        if not (piece := os.read(0, _PIECE)):
            return None
        line += piece
    about = wire.read(bytes(line))
    surroundings.become(about["environment"])
    spool = Path(about["spool"])
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    return spool, int(about["children"]), int(about["at_once"])


if __name__ == "__main__":
    main()
