"""With which code a run ends where pyinfra's own would say too little: something waits, or nobody was meant."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

import click
import pyinfra
from pyinfra.api.host import Host
from pyinfra.context import ctx_state, state

from pyinfra_wsl.core import show
from pyinfra_wsl.core.nearest import nearest

STRICT = "PYINFRA_WSL_STRICT"
"""Environment variable with which a run ends as one that waits where something does; ``--data strict=true`` says the same."""

FAILED, USAGE, WAITS = 1, 2, 3
_OFF = ("", "0", "false", "no", "off")
_NAMED = 8


def is_strict(hosts: Iterable[Host]) -> bool:
    """Whether a run is to end with a code of its own where something waits: by the environment, or by any host's data."""
    told = [os.environ.get(STRICT, ""), *(host.data.get("strict") for host in hosts)]
    return any(str(one if one is not None else "").strip().lower() not in _OFF for one in told)


def of(outcomes: Iterable[str], *, strict: bool) -> int:
    """Return the code for what became of some hosts: 0 where all is well, else the worst of them.

    Args:
        outcomes: as `Journal.outcome` has them.
        strict: whether what waits is told from what is converged.

    """
    found = set(outcomes)
    if found - {"converged", "deferred"}:
        return FAILED
    return WAITS if strict and "deferred" in found else 0


@cache
def end_where_nobody_is_meant() -> None:
    """Let pyinfra's command line end with an error where ``--limit`` and ``--exclude`` leave no host: it would end with 0."""
    context = click.get_current_context(silent=True)  # there is none any more at the end
    if pyinfra.is_cli and context is not None:
        atexit.register(_nobody, [str(one) for one in context.params.get("limit") or ()])


def _nobody(limits: list[str]) -> None:
    if not ctx_state.isset() or not state.initialised:
        return
    names = [host.name for host in state.inventory]
    if not names or any(state.is_host_in_limit(host) for host in state.inventory):
        return
    _say(f"no host is left of {len(names)}: nothing was done. Next: {_instead(limits, names, list(state.inventory.groups))}")
    leave(USAGE)


def _instead(limits: list[str], names: list[str], groups: list[str]) -> str:
    for limit in limits:
        if meant := nearest(limit, [*names, *groups]):
            return f"--limit {show.name(limit)} matches nobody; did you mean {show.name(meant)}?"
    hosts = ", ".join(map(show.name, names[:_NAMED])) + (", …" if len(names) > _NAMED else "")
    return f"correct --limit or --exclude; the hosts are {hosts}"


def _say(what: str) -> None:
    with suppress(OSError):  # nobody may be there to be told
        click.secho(what, fg="red", err=True)


def leave(code: int) -> None:
    """End the process at its very end, where an exception changes no exit code any more."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)
