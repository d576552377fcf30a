"""A shard carried out in this process: each of its hosts from the connection to its document, none waiting for another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import gevent
from gevent import Greenlet, GreenletExit
from gevent.lock import Semaphore
from pyinfra import logger
from pyinfra.api import operations
from pyinfra.api.config import Config
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_inventory, ctx_state

from pyinfra_wsl.connectors import descriptors
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.report import end, results
from pyinfra_wsl.report import run as this_run
from pyinfra_wsl.report.journal import Journal, journal
from pyinfra_wsl.rollout.model import Member, Shard
from pyinfra_wsl.rollout.runner import deploys, hosts
from pyinfra_wsl.rollout.runner.state import ShardState

Tell = Callable[[int, Mapping[str, Any]], None]
"""Is told the number of a host in its shard, and its document."""

_LONG = 30.0
"""Seconds after which a host takes nobody's place any more: such long work is nearly all waiting."""


_SHORT = 3
"""Characters of a secret that is too short to be looked for in a text."""


class Carrying:
    """The work on a shard.

    Args:
        shard: which one.
        tell: is told of each host at its end.
        at_once: so many hosts are at work at once.

    """

    def __init__(self, shard: Shard, tell: Tell, at_once: int) -> None:
        """Keep what is to be done; nothing is connected yet."""
        if not any(isinstance(one, logging.NullHandler) for one in logger.handlers):
            logger.addHandler(logging.NullHandler())  # what is said of a host is in its document
        self._shard, self._tell = shard, tell
        self._members = {one.name: (number, one) for number, one in enumerate(shard.members)}
        self._jobs: dict[Host, Greenlet] = {}
        self._changing: set[Host] = set()
        self._stopped = False
        self._turn, self._room = Semaphore(at_once), Semaphore(at_once)
        self._state = ShardState()
        end.told_by_others(self._state)

    def run(self) -> None:
        """Carry the shard out, until the last of its hosts has come to its end."""
        self._state.cwd = str(Path.cwd())
        inventory, config = hosts.inventory(self._shard.members), Config()
        with ctx_state.use(self._state), ctx_inventory.use(inventory):
            self._broken = deploys.read_config(config)
            self._state.init(inventory, config)
            self._room = Semaphore(descriptors.room(self._state))
            for one in self._shard.members:
                if one.name not in inventory.hosts:
                    self._refuse(one)
            self._jobs = {host: gevent.spawn(self._one, host) for host in inventory}
            gevent.joinall(list(self._jobs.values()))

    def stop(self) -> None:
        """Begin no host any more, and break off what has changed nothing yet; those that are being changed come to their end."""
        self._stopped = True
        gevent.killall([job for host, job in self._jobs.items() if host not in self._changing], block=False)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for a place among those at work, and for a connection; who takes long gives the place to another, and goes on."""
        self._turn.acquire()
        give_up = cache(self._turn.release)  # once
        late = gevent.spawn_later(_LONG, give_up)
        try:
            with self._room:
                yield
        finally:
            late.kill(block=False)
            give_up()

    def _one(self, host: Host) -> None:
        with self._place():
            if self._stopped:
                return
            try:
                self._converge(host)
            except GreenletExit:
                return
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it is this host's alone
                self._failed(host, error)
                self._state.fail_hosts({host})
            with suppress(Exception):  # a session that is gone cannot be ended better
                if host in self._state.activated_hosts:
                    host.disconnect()
            self._told(host)

    def _converge(self, host: Host) -> None:
        if self._broken:
            journal(host).failed("operation", self._broken)
            return
        self._state.current_stage = StateStage.Connect
        host.connect()
        if not host.connected:
            self._state.fail_hosts({host})
            return
        self._state.activate_host(host)
        self._state.current_stage = StateStage.Prepare
        if self._prepared(host):
            self._carry_out(host)

    def _prepared(self, host: Host) -> bool:
        """Call what is declared for a host, as before a run; whether it may be carried out."""
        try:
            with ctx_host.use(host):
                deploys.call(self._state, self._shard.deploy)
        except PyinfraError as error:
            if not journal(host).all_failures:  # as a rule it is the end of what was noted already
                self._failed(host, error)
            self._state.fail_hosts({host})
            return False
        finally:
            ctx_host.reset()
            ctx_config.reset()
        return True

    def _failed(self, host: Host, error: BaseException) -> None:
        _number, member = self._members[host.name]
        secrets = [one.reveal() for one in member.data.values() if isinstance(one, Secret) and len(one.reveal()) > _SHORT]
        journal(host).failed("operation", deploys.why(error, self._shard.deploy, secrets))

    def _carry_out(self, host: Host) -> None:
        self._changing.add(host)
        self._state.current_stage, self._state.is_executing = StateStage.Execute, True
        for operation in list(host.op_hash_order):
            if host not in self._state.active_hosts:
                return
            if not operations._run_host_op_with_context(self._state, host, operation):
                self._state.fail_hosts({host})
                return
            journal(host).begun = True  # operations that are not ours note nothing

    def _told(self, host: Host) -> None:
        number, member = self._members[host.name]
        try:
            notes = end.settled(self._state, host)
        except Exception as error:  # noqa: BLE001 - as `_one`
            cause = f"what was noted of this host cannot be put together ({type(error).__name__})"
            notes = Journal(failures=[("report", Failure(cause, "run pyinfra with --debug over this host", "report"))])
        self._tell(number, end.document(host, _run(), notes, _groups(member)))

    def _refuse(self, member: Member) -> None:
        cause = f"no connector is called {member.connector} on the machine that should work on it"
        notes = Journal(failures=[("connection", Failure(cause, "install what brings it there, too", "connector"))])
        spent = dict.fromkeys(("processes", "requests", "restarts"))
        self._tell(self._members[member.name][0], results.document(member.name, _run(), notes, spent, _groups(member)))


def _run() -> dict[str, str]:
    return {"id": this_run.RUN_ID, "ended": datetime.now(UTC).isoformat(), "holder": this_run.HOLDER}


def _groups(member: Member) -> list[str]:
    return sorted(set(member.groups) - set(member.everybody))
