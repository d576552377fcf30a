"""``python -m pyinfra_wsl.rollout.runner --spool FOLDER [--children N]``: carry shards out, as `rollout.wire` has it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from typing import Any

# pyinfra's command line puts greenlets in the place of these; here they are what they were before that is imported.
SYSTEM: dict[str, Callable[..., Any]] = {"fork": os.fork, "waitpid": os.waitpid, "poll": select.poll, "signal": signal.signal}


def main() -> None:
    """Read the words, load everything, serve."""
    import argparse  # noqa: PLC0415 - behind the names above
    from pathlib import Path  # noqa: PLC0415

    from pyinfra_wsl.core.garbage import undisturbed  # noqa: PLC0415
    from pyinfra_wsl.rollout.runner import preload, serve  # noqa: PLC0415

    words = argparse.ArgumentParser(prog="pyinfra_wsl.rollout.runner", description=__doc__)
    words.add_argument("--spool", type=Path, required=True)
    words.add_argument("--children", type=int, default=1, help="so many shards at once")
    words.add_argument("--at-once", type=int, default=60, help="so many hosts of a shard at once")
    told = words.parse_args()
    told.spool.mkdir(mode=0o700, parents=True, exist_ok=True)  # before what takes long
    with undisturbed():
        preload.everything()
    serve.Server(SYSTEM, told.spool, told.children, told.at_once).run()


if __name__ == "__main__":
    main()
