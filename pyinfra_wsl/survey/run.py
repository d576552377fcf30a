"""The hosts of an inventory, looked at as a dry run looks: connected, prepared side by side, and never told to carry out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import gevent
from pyinfra import logger
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import NoGroupError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from pyinfra_wsl.connectors.command import trace
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.report.journal import Foretold, journal
from pyinfra_wsl.testing import inventory as inventories

_LOST = Failure("the host could not be looked at", "run the same with pyinfra INVENTORY deploy.py --dry, which says more")


class NoHostError(Exception):
    """A limit names no host of the inventory; its text says which, and what there is."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One host after the look.

    Args:
        name: in the inventory.
        foretold: what a run would do, of each operation of ours, in their order.
        failures: why it could not be looked at; empty where it was.
        others: names of operations that are not ours and would change something.

    """

    name: str
    foretold: Sequence[Foretold] = ()
    failures: Sequence[Failure] = ()
    others: Sequence[str] = field(default=())


def survey(path: str, limit: Sequence[str], work: Callable[[], None]) -> list[Looked]:
    """Look at the hosts of an inventory, and call what is declared for each of them as before a run.

    Args:
        path: an inventory as pyinfra takes it.
        limit: names or patterns of hosts, or groups; none for all.
        work: calls the operations of the host of the moment, as a deploy file does.

    Raises:
        FileNotFoundError: there is no such inventory.
        InventoryError: the inventory cannot be used.
        NoHostError: a limit matches nothing.

    """
    with opened(path, limit) as state:
        unforeseen = prepare(state, work)
        return [_looked(state, host, unforeseen.get(host)) for host in chosen(state)]


@contextmanager
def opened(path: str, limit: Sequence[str]) -> Iterator[State]:
    """Connect to the hosts of an inventory, and hang up at the end; arguments and errors as of `survey`."""
    if not any(isinstance(one, logging.NullHandler) for one in logger.handlers):
        logger.addHandler(logging.NullHandler())  # what is said of the hosts is ours to show, in one place
    state, inventory, config = inventories.begun(path)
    state.init(inventory, config, initial_limit=_limited(inventory, limit))
    with ctx_config.use(config), ctx_state.use(state), ctx_inventory.use(inventory):
        try:
            _connect(state)
            yield state
        finally:
            state.set_stage(StateStage.Disconnect)
            disconnect_all(state)


def _limited(inventory: Inventory, limit: Sequence[str]) -> list[Host] | None:
    found: dict[Host, None] = {}
    for pattern in limit:
        try:
            hosts = list(inventory.get_group(pattern))
        except NoGroupError:
            hosts = [host for host in inventory if fnmatch(host.name, pattern)]
        if not hosts:
            raise NoHostError(f"no host or group of the inventory is called {pattern}")
        found.update(dict.fromkeys(hosts))
    return list(found) if limit else None


def _connect(state: State) -> None:
    state.set_stage(StateStage.Connect)
    try:
        connect_all(state)
    except PyinfraError as error:  # with the last host pyinfra's runs end; here each host is told of
        trace(error)
    state.set_stage(StateStage.Prepare)


def chosen(state: State) -> list[Host]:
    """Return the hosts that are looked at, in the inventory's order."""
    return [host for host in state.inventory if state.is_host_in_limit(host)]


def prepare(state: State, work: Callable[[], None]) -> dict[Host, Exception]:
    """Call something for each connected host, side by side; return what went wrong by host.

    Args:
        state: with hosts that are connected.
        work: is called with its host as pyinfra's host of the moment.

    """

    def one(host: Host) -> Exception | None:
        try:
            with ctx_config.use(state.config.copy()), ctx_host.use(host):
                work()
        except Exception as error:  # noqa: BLE001 - what one host says must not end the look at all others
            trace(error)
            return error
        return None

    jobs = {host: state.pool.spawn(one, host) for host in list(state.inventory.get_active_hosts())}
    gevent.joinall(list(jobs.values()))
    return {host: error for host, job in jobs.items() if (error := job.get()) is not None}


def why_lost(host: Host, unforeseen: Exception | None) -> tuple[Failure, ...]:
    """Return why a host could not be looked at, or not as a whole; empty where it was.

    Args:
        host: which one.
        unforeseen: what went wrong beside what its journal has noted.

    """
    notes = journal(host)
    words = ", ".join(notes.left_out.values())
    left = Failure(f"left out, as told by only or skip: {words}", "look without them", "only")
    found = (
        *([left] if notes.left_out else []),
        *([notes.offline] if notes.offline else []),
        *(failure for _resource, failure in notes.all_failures),
    )
    if found:
        return found
    if unforeseen is not None and not isinstance(unforeseen, PyinfraError):
        return (Failure(f"the look ended with {type(unforeseen).__name__}", _LOST.remedy),)
    return (_LOST,) if unforeseen is not None or host in host.state.failed_hosts else ()


def _looked(state: State, host: Host, unforeseen: Exception | None) -> Looked:
    ours = {one.operation for one in journal(host).foretold}
    others = [
        ", ".join(sorted(state.get_op_meta(name).names))
        for name, data in state.ops[host].items()
        if name not in ours and data.operation_meta._maybe_is_change
    ]
    return Looked(host.name, tuple(journal(host).foretold), why_lost(host, unforeseen), tuple(others))


def folder_of(path: str) -> Path:
    """Return the folder in which an inventory lies; the current one where it is no file."""
    return Path(path).parent if path.endswith(".py") else Path()
