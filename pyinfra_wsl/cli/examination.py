"""What ``pyinfra-wsl doctor`` does: examine the hosts of an inventory, and print what is said of them."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence

import click
from pyinfra_cli.inventory import make_inventory_from_iterable  # turns all threads of the process into greenlets, so it is first

# isort: split
import gevent
from pyinfra.api.config import Config
from pyinfra.api.host import Host
from pyinfra.api.state import State

from pyinfra_wsl import inventory as fleets
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.doctor import examine, shown, table, told
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.doctor.line import Line
from pyinfra_wsl.testing import inventory as inventories

_YAML = (".yml", ".yaml")
_INDENT = " " * 7
_INTERRUPTED = 128 + signal.SIGINT


class UsageError(click.ClickException):
    """The inventory cannot be used, or a name is none of its hosts."""

    exit_code = 2


def run(inventory: str, names: Sequence[str], *, as_json: bool, debug: bool) -> int:
    """Examine hosts and print what is said of them; return the exit code.

    Args:
        inventory: an inventory file as pyinfra has it, or a fleet file.
        names: of the hosts; empty for all.
        as_json: whether JSON is printed.
        debug: whether pyinfra's own log is heard.

    Raises:
        UsageError: the inventory cannot be used, or has no such host.

    """
    signal.signal(signal.SIGINT, _end)
    _listen(debug)
    hosts = list(_chosen(_hosts(inventory), names))
    found = examine.examine(hosts, _tell)
    lines = {one.name: table.lines(one) for one in found}
    if as_json:
        click.echo(shown.as_json(lines, inventory))
    else:
        for name, of_host in lines.items():
            _print(name, of_host)
        click.echo(escape(told.next_step(lines, inventory)))
    return told.exit_code(lines)


def _end(_signal: int, _frame: object) -> None:
    """End as one that was broken off, wherever the signal arrives."""
    click.echo("Broken off; nothing was changed.", err=True)
    hub = gevent.get_hub()
    if gevent.getcurrent() is hub.parent:
        sys.exit(_INTERRUPTED)
    hub.loop.run_callback(hub.parent.throw, SystemExit(_INTERRUPTED))


def _listen(debug: bool) -> None:
    """Let pyinfra's own log be heard only where that is wanted: what counts is said in lines."""
    log = logging.getLogger("pyinfra")
    log.propagate = False
    log.addHandler(logging.StreamHandler(sys.stderr) if debug else logging.NullHandler())
    log.setLevel(logging.DEBUG if debug else logging.CRITICAL)


def _hosts(inventory: str) -> list[Host]:
    """Return the hosts of an inventory; what is wrong with it is wrong usage."""
    try:
        if not inventory.endswith(_YAML):
            return list(inventories.load(inventory).values())
        with inventories.guarded(inventory):
            state = State()
            state.init(make_inventory_from_iterable(fleets.hosts(inventory)), Config())
            return list(state.inventory)
    except (inventories.InventoryError, FileNotFoundError) as error:
        raise _usage(str(error)) from None


def _chosen(hosts: Sequence[Host], names: Sequence[str]) -> Iterator[Host]:
    by_name = {host.name: host for host in hosts}
    for name in names:
        if name not in by_name:
            there = ", ".join(list(by_name)[:8]) + (f" and {len(by_name) - 8} more" if len(by_name) > 8 else "")
            raise _usage(f"the inventory has no host {name}. Next: name one that it has: {there or 'none'}")
    if not by_name:
        raise _usage("the inventory has no hosts. Next: name an inventory file, or a fleet file with hosts")
    yield from (host for name, host in by_name.items() if not names or name in names)


def _usage(cause: str) -> UsageError:
    return UsageError("\n".join(escape(line) for line in cause.splitlines()))


def _tell(found: Found) -> None:
    """Say on a terminal how it goes on; elsewhere nobody watches."""
    if sys.stderr.isatty():
        click.echo(f"looked at {escape(found.name)}", err=True)


def _print(name: str, lines: Sequence[Line]) -> None:
    color = False if os.environ.get("NO_COLOR") else None  # None: as the terminal can
    for number, (verdict, said) in enumerate(shown.text(name, lines)):
        if not number:
            click.secho(said, bold=True, color=color)
        elif verdict:
            click.echo(f"  {click.style(f'{verdict:5}', fg=shown.COLOURS[verdict])}  {said}", color=color)
        else:
            click.echo(f"{_INDENT}  {said}")
    click.echo()
