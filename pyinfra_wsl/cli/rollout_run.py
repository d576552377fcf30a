"""``pyinfra-wsl rollout INVENTORY`` itself."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from pyinfra_wsl.core import show
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.report import reading, summary
from pyinfra_wsl.rollout import clock, hold, members, opening, plan
from pyinfra_wsl.rollout.cluster.early import Early
from pyinfra_wsl.rollout.control import INTERRUPTED, Control, Order
from pyinfra_wsl.rollout.documents import Documents
from pyinfra_wsl.rollout.ledger import Ledger
from pyinfra_wsl.rollout.local import SHARDS, LocalEngine
from pyinfra_wsl.rollout.model import Engine, EngineError, Event
from pyinfra_wsl.rollout.shown import Shown
from pyinfra_wsl.rollout.spool import Spool
from pyinfra_wsl.rollout.watch.screen import Screen

_FEW, _EACH_CORE = 16, 4
"""Workers that any machine may be asked for, and for each of its cores: each is two processes, some 200 MiB of them."""

_LONG_WAIT = 60.0
"""Seconds after each of which it is said who is waited for."""

_NEXT = {
    "ended": "has ended already. Next: begin anew with --anew, or try those again that failed: pyinfra-wsl rollout retry",
    "aborted": "was aborted. Next: pyinfra-wsl rollout resume, then call it again; or begin anew with --anew",
    "paused": "is paused, and waits. Next: pyinfra-wsl rollout resume",
}
"""What is told of a rollout at once that is found so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line.

    Args:
        inventory: as pyinfra takes it.
        state: the state file.
        plan, workers, scheduler, tls_ca, tls_cert, tls_key, deploy, until, once, metrics, anew: the options.

    """

    inventory: str
    state: Path
    plan: bool
    workers: int | None
    scheduler: str | None
    tls_ca: Path | None
    tls_cert: Path | None
    tls_key: Path | None
    deploy: tuple[Path, ...]
    until: str | None
    once: bool
    metrics: Path | None
    anew: bool


def run(asked: Asked) -> int:
    """Roll out; return the exit code."""
    if asked.workers and asked.scheduler:
        raise click.UsageError("--workers are of this machine, and --scheduler has its own: give one of them")
    if asked.workers and asked.workers > (most := max(_FEW, _EACH_CORE * (os.cpu_count() or 1))):
        raise click.UsageError(f"{asked.workers} workers would only be in each other's way here; the most is {most}")
    if asked.plan:
        found = _loaded(asked)
        for line in plan.lines(found.declared, found.laptops, datetime.now(UTC), clock.here()):
            click.echo(escape(line))
        return 0
    holder = f"{hold.who()}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    try:
        with hold.held(asked.state, holder):
            return _held(asked, holder)
    except EngineError as error:
        raise click.ClickException(escape(error)) from None
    except KeyboardInterrupt:  # before it began to work, when a signal is heard by its loop
        _say("ended before anybody was begun")
        return INTERRUPTED


def _loaded(asked: Asked, meanwhile: Callable[[], object] = int) -> members.Loaded:
    try:
        found = members.load(asked.inventory, meanwhile)
    except FileNotFoundError as error:
        raise click.UsageError(f"{escape(str(error))}. Next: name an inventory, such as inventory/laptops.py") from None
    except Exception as error:
        from pyinfra_wsl.testing.inventory import InventoryError  # noqa: PLC0415 - it brings pyinfra along

        if not isinstance(error, InventoryError):
            raise
        raise click.ClickException(str(error)) from None
    if not found.members:
        raise click.UsageError(f"{escape(asked.inventory)} has no hosts: nothing was begun")
    return found


def _held(asked: Asked, holder: str) -> int:
    with Early(asked.workers or 0) as early:
        loaded = _loaded(asked, early.start if asked.workers or asked.scheduler else int)
        return _opened(asked, holder, loaded, early)


def _opened(asked: Asked, holder: str, loaded: members.Loaded, early: Early) -> int:
    now = datetime.now(UTC)
    wanted = opening.Wanted(asked.inventory, loaded, [one.resolve() for one in asked.deploy], holder)
    spool = Spool(_beside(asked.state))
    until = _until(asked.until, [one.name for one in loaded.declared.rings])
    engine = _engine(asked, spool.folder, loaded.passwords_from, early)
    _wait_for_others(spool)
    with opening.opened(asked.state, wanted, now, _say, anew=asked.anew) as store:
        snapshot = store.snapshot()
        if snapshot.stage in _NEXT and not store.wishes():
            _say(f"this rollout {_NEXT[snapshot.stage]}")
        folder = reading.root() / f"{snapshot.begun:%Y-%m-%dT%H-%M-%S}-{snapshot.name}"
        ledger = Ledger(store, Documents(folder, snapshot.laptops), clock.Clock())
        deploy = tuple(map(str, wanted.deploy))
        order = Order({one.name: one for one in loaded.members}, deploy, clock.here(), until, asked.once, holder)
        return _carried_out(asked, ledger, engine, order, spool)


def _carried_out(asked: Asked, ledger: Ledger, engine: Engine, order: Order, spool: Spool) -> int:
    left = list(spool.left())
    with Screen(order.here, summary.console()) as screen:
        code = asyncio.run(_run(Control(ledger, engine, order, Shown(ledger, screen, asked.metrics)), left, screen))
    for name, _shard, _event in left:
        spool.drop(name)
    return code


async def _run(control: Control, left: Sequence[tuple[str, str, Event]], screen: Screen) -> int:
    code = await control.run([(shard, event) for _name, shard, event in left])
    if control.hurried:  # whoever is at work comes to an end without us: to wait for them is what nobody wants
        screen.__exit__(None, None, None)
        _say("those at work come to their end by themselves; the next call takes over what they tell")
        control.ledger.store.close()
        _leave(INTERRUPTED)
    return code


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _beside(state: Path) -> Path:
    """Return the folder of what workers tell, which no two states share: whoever takes it over forgets what it does not know."""
    return state.with_suffix(".spool") if state.suffix == ".db" else state.with_name(f"{state.name}-spool")


def _wait_for_others(spool: Spool) -> None:
    """Wait until workers that an earlier control has left have come to their end: never are two at work on one laptop."""
    if spool.is_idle():
        return
    _say("waits for the laptops that the control before left at work; Ctrl-C to leave it at that")
    while not spool.is_idle(_LONG_WAIT):
        processes = ", ".join(map(str, spool.writers())) or "one that this machine does not name"
        _say(f"still waits for process {processes}, which has laptops at work; see what it does, or end it: kill -9")


def _until(name: str | None, names: list[str]) -> int | None:
    if name is None:
        return None
    if name not in names:
        raise click.UsageError(f"no ring is called {show.name(name)}; there are {', '.join(map(show.name, names))}")
    return names.index(name)


def _engine(asked: Asked, spool: Path, without: Sequence[str], early: Early) -> Engine:
    if not asked.workers and not asked.scheduler:
        return LocalEngine(SHARDS, spool, without)
    from pyinfra_wsl.rollout.cluster.engine import ClusterEngine  # noqa: PLC0415 - what it needs is an extra
    from pyinfra_wsl.rollout.cluster.reach import Files  # noqa: PLC0415 - as above

    if asked.workers:
        return ClusterEngine(asked.workers, spool=spool, without=without, early=early)
    if asked.tls_ca is None or asked.tls_cert is None or asked.tls_key is None:
        raise click.UsageError("--scheduler needs --tls-ca, --tls-cert and --tls-key: no secret travels without")
    return ClusterEngine(scheduler=asked.scheduler or "", files=Files(asked.tls_ca, asked.tls_cert, asked.tls_key))


def _say(text: str) -> None:
    click.echo(escape(text), err=True)
