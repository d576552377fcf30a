"""At the end of a run, however it ends: print the table and write the results.

pyinfra has no hook for the end of a run that is reached when hosts failed too; the end of the process is.
"""

from __future__ import annotations

import atexit
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

import click
import gevent
import pyinfra
from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import State

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.report import codes, grouped, reading, results, summary
from pyinfra_wsl.report import run as this_run
from pyinfra_wsl.report.journal import Journal, journal
from pyinfra_wsl.report.question import Questions
from pyinfra_wsl.report.results import Document

_INTERRUPTED = 128 + signal.SIGINT
_LOOKS = ("fact", "exec", "debug-inventory")
_FORETOLD = "    Nothing was carried out; what would change stands above, as without -y."


@dataclass
class _End:
    """What is known of the end before it comes.

    Args:
        deploys: whether pyinfra's command line was called for what is declared, not for a fact or a command.
        dry: whether it was told to carry nothing out.
        unasked: whether it is a dry run in which it was told to ask nothing.
        code: the exit code of a run that is broken off.
        questions: what pyinfra asks in it.
        file: the inventory file's name without its ending, which pyinfra makes a group of all that stands in it.

    """

    deploys: bool
    dry: bool
    unasked: bool = False
    code: int = 1
    questions: Questions | None = None
    file: str = ""

    @classmethod
    def of_command_line(cls) -> _End:
        """Read the words with which pyinfra was called; where it is called from Python there are none."""
        context = click.get_current_context(silent=True)
        told = context.params if context else {}
        words = told.get("operations") or _LOOKS
        dry = any(told.get(name) for name in ("dry", "debug_facts", "debug_operations"))
        file = Path(str(told.get("inventory") or "")).stem
        return cls(words[0] not in _LOOKS, dry, unasked=bool(told.get("dry") and told.get("yes")), file=file)


_TOLD_BY_OTHERS = WeakSet[State]()


def told_by_others(state: State) -> None:
    """Leave table and results of a run to whoever carries it out.

    Args:
        state: pyinfra's state of this run.

    """
    _TOLD_BY_OTHERS.add(state)


@cache
def report_at_end(state: State) -> None:
    """Arrange for table and results at the end of the process; a second call changes nothing.

    Args:
        state: pyinfra's state of this run.

    """
    if state in _TOLD_BY_OTHERS:
        return
    end = _End.of_command_line()
    # With -y pyinfra finds no changes out, since it is about to make them; a dry run makes none, and would say nothing at all.
    state.check_for_changes |= end.unasked
    end.questions = Questions(state)
    _end_on_interrupt(state, end)
    atexit.register(_report, state, end)


def end_on_interrupt() -> None:
    """Let Ctrl-C end the process as broken off while there are no hosts yet: at the question for a password."""
    _end_on_interrupt(None, _End(deploys=False, dry=False))


def _end_on_interrupt(state: State | None, end: _End) -> None:
    """Let Ctrl-C or SIGTERM end the run as broken off: pyinfra ends it with 0, and what it began goes on for a while.

    A signal arrives in whatever is at work. Where that is one of paramiko's threads, `threading` would swallow the end of the
    process, and what was begun would be waited for; so it is brought to the main greenlet from wherever it arrives.
    """
    if getattr(signal.getsignal(signal.SIGINT), "__module__", "") not in ("pyinfra_cli.main", __name__):
        return

    def interrupt(told: int, _frame: object) -> None:
        click.echo("Exiting upon user request!" if told == signal.SIGINT else "Exiting, since the system ends this run!")
        end.code = _INTERRUPTED
        hub, current = gevent.get_hub(), gevent.getcurrent()
        if state is not None and state.initialised:
            state.pool.kill(block=False)
        if current is hub.parent:
            sys.exit(end.code)
        hub.loop.run_callback(hub.parent.throw, SystemExit(end.code))
        if (
            state is not None and state.initialised and current in state.pool
        ):  # it may wait for a person's answer, with all others behind it
            raise gevent.GreenletExit

    signal.signal(signal.SIGINT, interrupt)
    term = signal.getsignal(signal.SIGTERM)
    if term is signal.SIG_DFL or getattr(term, "__module__", "") == __name__:
        signal.signal(signal.SIGTERM, interrupt)  # a pipeline that is cancelled: else a session over WinRM locks its laptop


def _report(state: State, end: _End) -> None:
    """Report; where the run was broken off or could not be reported, the process does not end as if all were well."""
    if end.unasked and end.deploys and end.code != _INTERRUPTED:
        click.echo(_FORETOLD, err=True)  # pyinfra says that it skips what it has done
    code = end.code
    try:
        journals = _spoken_of(state, end)
        whole = _told(journals, {"all", end.file})
        if whole:
            code = codes.of((one.outcome for one in journals.values()), strict=codes.is_strict(journals))
            whole = code != codes.WAITS  # of what failed pyinfra's own code tells
    except Exception as error:  # noqa: BLE001 - a traceback tells nobody what to do
        logger.debug("the report", exc_info=True)
        problem = f"the results of this run cannot be shown ({type(error).__name__}: {error})"
        with suppress(OSError):  # nobody may be there to be told
            click.secho(f"{problem}. Next: run again with --debug", fg="red", err=True)
        whole = False
    if not whole and pyinfra.is_cli:
        codes.leave(code)


def _spoken_of(state: State, end: _End) -> dict[Host, Journal]:
    """Return the hosts of which there is something to say: all of a run that began to carry out what is declared.

    Where it did not come to that, it is who could not be reached; with the others, unless nothing was to be done to them anyway.
    """
    hosts = [host for host in state.inventory if state.is_host_in_limit(host)] if state.initialised else []
    journals = {host: settled(state, host) for host in hosts}
    if any(one.begun or (one.left_out and state.is_executing) for one in journals.values()):
        return journals
    unreached = {host: one for host, one in journals.items() if one.offline or one.all_failures}
    if state.is_executing or not end.deploys:
        return {}
    ended = end.questions is not None and end.questions.ended
    return journals if unreached and (ended or not end.dry) else unreached


def _told(journals: dict[Host, Journal], everybody: set[str]) -> bool:
    """Print and write; whether all of it could be, and was reached by the run. Groups that are of everybody tell nothing."""
    if not journals:
        return True
    ended = datetime.now(UTC)
    run = {"id": this_run.RUN_ID, "ended": ended.isoformat(), "holder": this_run.HOLDER}
    groups = {host: sorted(set(map(str, host.groups)) - everybody) for host in journals}
    documents = [document(host, run, found, groups[host]) for host, found in journals.items()]
    return _print_and_write(documents, f"{ended:%Y-%m-%dT%H-%M-%S}-{this_run.RUN_ID}") and not any(map(_open, documents))


def _open(document: Document) -> bool:
    return document["outcome"] in ("unfinished", "not looked at") and bool(document["not_reached"])


def _print_and_write(documents: list[Document], name: str) -> bool:
    """Print the table before anything is written, which may fail; whether all was written."""
    folder = reading.root() / name
    console = summary.console()
    grouped.print_run(documents, console)
    problems = results.write(documents, folder)
    summary.print_totals(documents, str(folder), console)
    for problem in problems:
        console.print(f"not written: {summary.shown(problem)}. Next: look at the folder's drive and permissions", style="red")
    return not problems


def document(host: Host, run: dict[str, str], found: Journal, groups: list[str]) -> Document:
    """Return a host's document; where what was noted of one cannot be put together, that one has failed and no other.

    Args:
        host: which one.
        run: id, end and holder.
        found: what was noted of it, with what only pyinfra knows (`settled`).
        groups: the host's.

    """
    spent = _spent(host)
    try:
        return results.document(host.name, run, found, spent, groups)
    except Exception as error:  # noqa: BLE001 - what one host says must not take the results of all others along
        logger.debug("the result of %s", host.name, exc_info=True)
        cause = f"what was noted of this host cannot be put together ({type(error).__name__})"
        lost = Journal(failures=[("report", Failure(cause, "run again with --debug", "report"))])
        return results.document(host.name, run, lost, spent, groups)


def settled(state: State, host: Host) -> Journal:
    """Return a host's journal with what only pyinfra knows: what was not reached, who did not answer, what else failed.

    Args:
        state: pyinfra's, after its work on the host.
        host: which one.

    """
    found = journal(host)
    found.left = _left(state, host)
    if host in state.failed_hosts and not (found.offline or found.all_failures):
        if host in state.activated_hosts:
            found.failed("operation", _of_pyinfra(state, host))
        else:
            found.unreachable(Failure("no connection, the reason stands above", "mend what it names, then run again", "offline"))
    return found


def _of_pyinfra(state: State, host: Host) -> Failure:
    """Return why an operation failed that is not one of ours: which, and the last that it said."""
    for one, data in state.ops[host].items():
        meta = data.operation_meta
        if not meta.is_complete() or meta.did_succeed() or data.global_arguments.get("_ignore_errors"):
            continue
        said = [line.strip() for line in meta.stderr_lines or meta.stdout_lines if line.strip()]
        name = ", ".join(sorted(state.get_op_meta(one).names))
        if said:
            return Failure(f"{name}: {said[-1]}", "mend what it names, then run again")
        return Failure(f"{name} failed without a word of why", "run it again with -vvv, which shows what it does")
    return Failure("something failed outside of any operation", "run again with --debug, which shows where")


def _left(state: State, host: Host) -> tuple[str, ...]:
    """Return the operations on a host that did not come to their end: pyinfra notes each with its result."""
    left = [one for one, data in state.ops[host].items() if not data.operation_meta.is_complete()]
    return tuple(", ".join(sorted(state.get_op_meta(one).names)) for one in left)


def _spent(host: Host) -> dict[str, int | None]:
    session: Any = getattr(host.connector, "session", None)
    return {name: getattr(session, name, None) for name in ("processes", "requests", "restarts")}
