"""At the end of a run, however it ends: write the results and print the table.

pyinfra has no hook for the end of a run that is reached when hosts failed too; the end of the process is.
"""

from __future__ import annotations

import atexit
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pyinfra.api.host import Host
from pyinfra.api.state import State

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.report import results, summary
from pyinfra_wsl.report.journal import Journal, journal
from pyinfra_wsl.report.run import HOLDER, RUN_ID

RESULTS = "PYINFRA_WSL_RESULTS"
"""Environment variable that names another folder than ``results``."""


@cache
def report_at_end(state: State) -> None:
    """Arrange for results and table at the end of the process; a second call changes nothing.

    Args:
        state: pyinfra's state of this run.

    """
    atexit.register(_report, state)


def _report(state: State) -> None:
    hosts = [host for host in state.inventory if state.is_host_in_limit(host)]
    journals = {host.name: _settled(state, host) for host in hosts}
    if not any(one.declared or one.offline or one.failures for one in journals.values()):
        return
    ended = datetime.now(UTC)
    run = {"id": RUN_ID, "ended": ended.isoformat(), "holder": HOLDER}
    documents = [results.document(host.name, run, journals[host.name], _spent(host)) for host in hosts]
    folder = Path(os.environ.get(RESULTS) or results.FOLDER) / f"{ended:%Y-%m-%dT%H-%M-%S}-{RUN_ID}"
    results.write(documents, folder)
    summary.print_table(documents, str(folder), summary.console())


def _settled(state: State, host: Host) -> Journal:
    """Return a host's journal with what only pyinfra knows: that a host did not answer, or that another operation failed."""
    found = journal(host)
    if host in state.failed_hosts and not (found.failures or found.offline):
        if host in state.activated_hosts:
            found.failed(
                "operation", Failure("an operation failed, its output stands above", "mend what it names, then run again")
            )
        else:
            found.unreachable(Failure("no connection, the reason stands above", "mend what it names, then run again", "offline"))
    return found


def _spent(host: Host) -> dict[str, int | None]:
    session: Any = getattr(host.connector, "session", None)
    return {name: getattr(session, name, None) for name in ("processes", "requests", "restarts")}
