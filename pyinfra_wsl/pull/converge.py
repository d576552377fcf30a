"""pyinfra in this process, for the one laptop on which it runs: as its command line does it, without that."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from gevent import get_hub
from pyinfra import logger
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all, disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_ops
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from pyinfra_wsl.connectors.command import trace
from pyinfra_wsl.connectors.winlocal import LocalSession, WinLocalConnector
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.edge.laptop import leave_alone
from pyinfra_wsl.pull import roles
from pyinfra_wsl.pull.settings import Settings
from pyinfra_wsl.report.end import told_by_others
from pyinfra_wsl.report.journal import Journal, journal

_GOES_ON = "nothing: the next start of pull goes on"


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a run.

    Args:
        journal: what was noted.
        session: what was spent, and the laptop as it was seen last.
        restarts: whether the laptop is going down.

    """

    journal: Journal
    session: LocalSession

    @property
    def restarts(self) -> bool:
        """Whether the laptop goes down, and this process with it."""
        return self.session.gone


def run(found: Settings, data: Mapping[str, Any], begun: Callable[[Run], None], *, carry_out: bool, visit: bool = True) -> Run:
    """Converge the laptop, or look what differs.

    Args:
        found: how the laptop is called, and what starts its agent.
        data: what it must be.
        begun: is called before anything is done, with what will fill.
        carry_out: whether changes are made.
        visit: whether anything may be started in the person's session.

    """
    if not any(isinstance(one, logging.NullHandler) for one in logger.handlers):
        logger.addHandler(logging.NullHandler())
    state, config = State(check_for_changes=not carry_out), Config()
    theirs = {**data, "os": "windows"} | ({"agent_command": list(found.agent)} if found.agent else {})
    inventory = Inventory(([(f"@winlocal/{found.name}", theirs)], {}))
    state.init(inventory, config)
    told_by_others(state)
    (host,) = list(inventory)
    assert isinstance(host.connector, WinLocalConnector)  # noqa: S101 - as it is named
    session = host.connector.session
    assert isinstance(session, LocalSession)  # noqa: S101 - as its connector says
    made = Run(journal(host), session)
    begun(made)
    with _told_once(), ctx_config.use(config), ctx_state.use(state), ctx_inventory.use(inventory):
        try:
            _stages(state, host, carry_out=carry_out, visit=visit)
        except PyinfraError as error:  # with its last host pyinfra's runs end; why stands in the journal
            trace(error)
        finally:
            _end(state, host, made)
    return made


@contextmanager
def _told_once() -> Iterator[None]:
    """Let gevent print nothing of errors in its greenlets: they are raised here too, where they are told in a sentence."""
    hub = get_hub()
    known = hub.NOT_ERROR
    hub.NOT_ERROR = (*known, Exception)
    try:
        yield
    finally:
        hub.NOT_ERROR = known


def _stages(state: State, host: Host, *, carry_out: bool, visit: bool) -> None:
    """Go through pyinfra's stages: without them its operations count as done and nothing is carried out."""
    state.set_stage(StateStage.Connect)
    connect_all(state)
    state.set_stage(StateStage.Prepare)
    with ctx_host.use(host):
        if not visit:
            leave_alone()
        roles.whole()
    if carry_out:
        state.set_stage(StateStage.Execute)
        run_ops(state)


def _end(state: State, host: Host, made: Run) -> None:
    notes = made.journal
    notes.left = tuple(
        ", ".join(sorted(state.get_op_meta(one).names))
        for one, data in state.ops[host].items()
        if not data.operation_meta.is_complete()
    )
    if made.restarts:
        _note_restart(notes)
    elif host in state.failed_hosts and not (notes.all_failures or notes.offline):
        notes.failed("operation", Failure("an operation failed without a word of why", "run 'pyinfra-wsl pull --now -v'"))
    with suppress(Exception):  # a session that is gone cannot be ended better
        state.set_stage(StateStage.Disconnect)
        disconnect_all(state)


def _note_restart(notes: Journal) -> None:
    """Tell a restart as the change it is: what failed by it is that this process cannot outlive it."""
    doing = next((one for one in notes.failures if one[1].code == "restarting"), None)
    notes.failures[:] = [one for one in notes.failures if one[1].code != "restarting"]
    notes.lost = True
    if doing is not None:
        sentence, _, _ = doing[1].cause.partition(": the laptop restarts")
        notes.changed("reboot", "restart", sentence)
    notes.deferred("reboot", Deferred("what comes after the restart", "reboot", _GOES_ON))
