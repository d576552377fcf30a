"""pyinfra's ``--no-wait``, with which no host waits for another: what it lacks to be right for a fleet.

pyinfra carries out all operations of a host one after the other, hosts beside each other. But whoever fails an operation ends
with a traceback and counts as if all were well, ``--fail-percent`` is not looked at, whoever is lost is asked on, and the start
of each operation is told again for each host. Seen in pyinfra 3.10 (`api/operations.py`); any other version is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import click
import gevent
from pyinfra.api import operations
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.api.util import log_operation_start
from pyinfra.progress import progress_spinner
from pyinfra.version import __version__

_KNOWN = ("3.10",)
"""Versions of pyinfra, by their first two numbers, of which the function was read."""


def use(version: str = __version__) -> bool:
    """Put ours in place of pyinfra's; return whether the version is one of which it was read."""
    if ".".join(version.split(".")[:2]) not in _KNOWN:
        return False
    vars(operations)["_run_no_wait_ops"] = run
    return True


def asked() -> bool:
    """Whether pyinfra's command line was told to carry out at once, and to let no host wait for another."""
    context = click.get_current_context(silent=True)
    told = context.params if context else {}
    return bool(told.get("no_wait") and told.get("yes") and not any(told.get(one) for one in ("dry", "serial")))


def run(state: State) -> None:
    """Carry out all operations on all hosts.

    Args:
        state: pyinfra's.

    Raises:
        PyinfraError: as where it waits: nobody is left, or more have failed than may.

    """
    hosts, order = list(state.inventory.get_active_hosts()), state.get_op_order()
    work = _Work(state, order)
    with progress_spinner(product(hosts, order)) as work.progress:
        at_work = [state.pool.spawn(work.on, host) for host in hosts]
        for one in gevent.iwait(at_work):
            if work.ended is not None or one.exception is not None:
                gevent.killall(at_work)
                raise work.ended or one.exception
            one.get()


class _Work:
    """What is carried out, and who ended it for all.

    Args:
        state: pyinfra's.
        order: its operations.

    """

    progress: Any = None
    ended: PyinfraError | None = None

    def __init__(self, state: State, order: list[str]) -> None:
        self._state, self._order = state, order
        self._told: set[str] = set()

    def on(self, host: Host) -> None:
        """Carry everything out on one host, until it fails."""
        for operation in self._left(host):
            if not operations._run_host_op_with_context(self._state, host, operation):
                try:
                    self._state.fail_hosts({host})
                except PyinfraError as error:
                    self.ended = self.ended or error
                return

    def _left(self, host: Host) -> Iterator[str]:
        for operation in self._order:
            if self.ended is not None or host not in self._state.active_hosts:
                return
            if operation not in self._told:
                self._told.add(operation)
                log_operation_start(self._state.get_op_meta(operation))
            yield operation
            self.progress((host, operation))
