"""One worker on this machine: ``python -m pyinfra_wsl.rollout.cluster.process``, told by a line of JSON at its standard input.

It says a line once it is registered, and ends when its input does. What opens the scheduler comes through that pipe only, and so
does all of the environment that it did not need to begin.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from pyinfra_wsl.core.garbage import undisturbed
from pyinfra_wsl.rollout import local as runner
from pyinfra_wsl.rollout.cluster.early import RUNNER
from pyinfra_wsl.rollout.cluster.local import NO_PULSE, NOWHERE, THERE, calm
from pyinfra_wsl.rollout.cluster.worker import leave_all
from pyinfra_wsl.rollout.surroundings import become

_LONGEST = 1 << 24
"""Bytes of the line: an environment may have megabytes."""


async def _read(stream: Any) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(_LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stream)
    return reader


async def _work() -> None:
    if RUNNER in sys.argv:
        await runner.ahead()
    with undisturbed():
        from distributed import Worker  # noqa: PLC0415
        from distributed.security import Security  # noqa: PLC0415

    told = await _read(sys.stdin)
    line = await told.readline()
    if not line:  # nobody needs it
        await runner.left()
        return
    about = json.loads(line)
    become(about["environment"])
    security = Security(
        require_encryption=True, tls_ca_file=about["ca"], tls_worker_cert=about["certificate"], tls_worker_key=about["key"]
    )
    gone = asyncio.create_task(told.read())
    with calm():
        registered = asyncio.ensure_future(Worker(
            about["scheduler"], name=about["name"], nthreads=about["threads"], security=security, host="127.0.0.1",
            protocol="tls", local_directory=about["folder"], memory_limit=0, dashboard=False, dashboard_address=NOWHERE,
            death_timeout=60, heartbeat_interval=NO_PULSE,
        ))  # fmt: skip
        await asyncio.wait([gone, registered], return_when=asyncio.FIRST_COMPLETED)
    if not registered.done():  # nobody hears it any more, and it would try for a minute; nothing was begun
        await runner.left()
        os._exit(0)
    worker = registered.result()
    sys.stdout.write(f"{THERE}\n")
    sys.stdout.flush()
    await asyncio.wait([gone, asyncio.create_task(worker.finished())], return_when=asyncio.FIRST_COMPLETED)
    await leave_all()
    await runner.left()
    await worker.close()


if __name__ == "__main__":
    asyncio.run(_work())
