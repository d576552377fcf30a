"""Connections stay open for a whole run, each a file of this process: as many as are allowed, and a word where too few are.

The usual soft limit of 1,024 is for programs with select(2), which takes none above; whoever uses something else may raise it to
the hard limit (systemd.exec(5), LimitNOFILE=; setrlimit(2)). gevent does: epoll or kqueue.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from pyinfra_wsl.core.failure import Failure

try:
    import resource
except ModuleNotFoundError:  # Windows has no such limit, and pyinfra loads every connector there too
    resource = None  # type: ignore[assignment]

_ENDLESS = -1
"""What is returned where there is no limit; Linux and macOS have a constant for it of their own."""
_MOST = (2**20, 10240)
"""What is tried where the hard limit is no number that the system takes: Linux' usual fs.nr_open, and macOS' OPEN_MAX."""
_OTHERS = 32
"""For modules that are loaded, results that are written, and what a library opens for a moment."""
_CHECKED = "pyinfra_wsl_descriptors"


def use() -> int:
    """Raise the soft limit to the hard one; return what it is then."""
    if resource is None:
        return _ENDLESS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (hard, *(one for one in _MOST if hard == resource.RLIM_INFINITY or one < hard)):
        if soft == most or (soft != resource.RLIM_INFINITY and 0 <= most <= soft):
            break
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            break
    found, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _ENDLESS if found == resource.RLIM_INFINITY else found


def use_in_pyinfra() -> None:
    """Raise the limit, and let pyinfra's warning about ``--parallel`` go by it: it read the limit when it was loaded (3.10)."""
    limit, module = use(), import_module("pyinfra.api.state")
    if limit != _ENDLESS and {"nofile_limit", "MAX_PARALLEL"} <= vars(module).keys():
        vars(module).update(nofile_limit=limit, MAX_PARALLEL=round((limit - 10) / 3))


def check(state: Any) -> None:
    """Let a run begin only if it may open what it needs.

    Args:
        state: pyinfra's, before it connects; looked at once.

    Raises:
        SystemExit: it may not; the text says how many are needed, and how to have them.

    """
    if getattr(state, _CHECKED, False):
        return
    setattr(state, _CHECKED, True)
    hosts = sum(1 for host in state.inventory if state.is_host_in_limit(host))
    limit = use()
    failure = None if limit == _ENDLESS else short(hosts, int(state.config.PARALLEL), limit, _open())
    if failure:
        raise SystemExit(failure.said)


def room(state: Any) -> int:
    """Return how many hosts may be connected at once, for who connects and hangs up one by one; `check` then lets all begin.

    Args:
        state: pyinfra's.

    """
    setattr(state, _CHECKED, True)
    limit = use()
    return len(state.inventory) + 1 if limit == _ENDLESS else max(1, (limit - _open() - _OTHERS) // 2)


def short(hosts: int, parallel: int, limit: int, opened: int) -> Failure | None:
    """Return what is wrong with a run over so many hosts; None where all of them can be connected at once.

    Args:
        hosts: so many connections.
        parallel: so many hosts are at work at once, each of which may read a file that it brings.
        limit: so many files this process may have open.
        opened: so many it has open already.

    """
    needed = opened + hosts + min(parallel, hosts) + _OTHERS
    if needed <= limit:
        return None
    fewer = max(limit - opened - _OTHERS - min(parallel, hosts), 0)
    advice = f"ulimit -n {needed} (of a service: LimitNOFILE={needed})"
    return Failure(
        f"{hosts} hosts need {needed} open files, {limit} are allowed here: every connection stays open until the end of the run",
        f"{advice}, or no more than {fewer} hosts at once with --limit" if fewer else advice,
        "descriptors",
    )


def _open() -> int:
    """Return how many files this process has open."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return sum(1 for _one in Path(folder).iterdir())
    return _OTHERS
