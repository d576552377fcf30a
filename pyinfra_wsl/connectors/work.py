"""Who is at work on a host: where the run ends meanwhile, their work ends without a word, since it has not failed.

pyinfra hangs up while others are still at work, where one host's failure, or a person's answer to it, has ended the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gevent
from gevent import Greenlet
from pyinfra.api.host import Host

_KEY = "pyinfra_wsl.at_work"
_SECONDS = 10.0  # until who is at work has laid it down


@contextmanager
def under_way(host: Host) -> Iterator[None]:
    """Note who carries out the block.

    Args:
        host: on which.

    """
    workers, mine = _workers(host), gevent.getcurrent()
    outermost = mine not in workers
    workers.add(mine)
    try:
        yield
    finally:
        if outermost:
            workers.discard(mine)


def end(host: Host) -> None:
    """End what is under way on a host; whoever ends it goes on."""
    gevent.killall(
        [one for one in _workers(host) if isinstance(one, Greenlet) and one is not gevent.getcurrent()], timeout=_SECONDS
    )


def _workers(host: Host) -> set[object]:
    found: set[object] = host.connector_data.setdefault(_KEY, set())
    return found
