"""How the plan of a Linux noun becomes commands of pyinfra, and how a failure stays one clear line of one host."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from paramiko import SSHException
from pyinfra import logger
from pyinfra.api.arguments import ConnectorArguments
from pyinfra.api.command import FileUploadCommand, PyinfraCommand, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.api.output import format_text
from pyinfra.api.state import State, StateStage
from pyinfra.connectors.util import CommandOutput, OutputLine
from pyinfra.context import host, state
from pyinfra.operations import apt, dnf, pacman, systemd
from typing_extensions import override

from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import Act, Change, Fetch, LinuxPlan, PackageFile, Packages, Service, Shell
from pyinfra_wsl.core.linux.packages import fetch, install_file, verify, wait_for_apt
from pyinfra_wsl.core.plan import Deferred, Failure
from pyinfra_wsl.data import template
from pyinfra_wsl.report.end import report_at_end
from pyinfra_wsl.report.journal import journal

Commands = Generator[PyinfraCommand, None, None]

_LOCK_SECONDS = 300
"""How long apt may be held by others; ``apt_lock_timeout`` in a host's data says otherwise."""
_LISTS_SECONDS = 3600


class ChangeCommand(StringCommand):
    """One command of a change; where it fails, the journal gets the cause and the next step."""

    def __init__(self, noun: str, change: Change, line: StringCommand | str) -> None:
        """Keep what it belongs to."""
        super().__init__(line)
        self.noun, self.change = noun, change

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        """Run it; a cut connection is a failure of this host, never an exception."""
        try:
            done, output = super().execute(state, host, connector_arguments)
        except (TimeoutError, OSError, SSHException, UnicodeError) as error:
            cause = f"{self.change.sentence}: the connection broke ({error or type(error).__name__})"
            return _failed(host, self.noun, Failure(cause, "run again: what was begun is completed", "connection"))
        if not done:
            _failed(host, self.noun, explain(self.change.sentence, [*output.stdout_lines, *output.stderr_lines]))
        return done, output


class UploadCommand(FileUploadCommand):
    """A file of this machine brought to the host as part of a change."""

    def __init__(self, noun: str, change: Change, src: str, dest: str) -> None:
        """Keep what it belongs to."""
        super().__init__(src, dest)
        self.noun, self.change = noun, change

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:
        """Upload it; a cut connection is a failure of this host, never an exception."""
        try:
            if super().execute(state, host, connector_arguments):
                return True
            failure = Failure(
                f"{self.change.sentence}: {self.src} could not be uploaded", "look whether the host's disk is full", "upload"
            )
        except (TimeoutError, OSError, SSHException) as error:
            cause = f"{self.change.sentence}: the upload broke ({error or type(error).__name__})"
            failure = Failure(cause, "run again: what was begun is completed", "connection")
        host.log_styled(_said(failure), fg="red")
        journal(host).failed(self.noun, failure)
        return False


class RefusalCommand(StringCommand):
    """What cannot be done: fails with every cause and remedy, so that only this host's run ends."""

    def __init__(self, noun: str, failures: Sequence[Failure]) -> None:
        """Keep the failures."""
        super().__init__("; ".join(_said(failure) for failure in failures))
        self.noun, self.failures = noun, failures

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> tuple[bool, CommandOutput]:
        """Fail without asking the host anything."""
        return _failed(host, self.noun, *self.failures)


def render(name: str, **values: object) -> str:
    """Fill in a template of this project, by its file name."""
    return template(name).render(values)


def _failed(host: Host, noun: str, *failures: Failure) -> tuple[bool, CommandOutput]:
    for failure in failures:
        journal(host).failed(noun, failure)
    return False, CommandOutput([OutputLine("stderr", _said(failure)) for failure in failures])


def _said(failure: Failure) -> str:
    return f"{failure.cause}. Next: {failure.remedy}" if failure.remedy else failure.cause


def converge(
    noun: str, fact: type[FactBase[Any]], arguments: Mapping[str, Any], plan: Callable[[Mapping[str, Any]], LinuxPlan]
) -> Commands:
    """Look, plan, carry out, and look again after changes: what did not take effect is a failure.

    Args:
        noun: what it is about.
        fact: the fact that looks.
        arguments: the fact's arguments.
        plan: decides from what the fact returned.

    """
    report_at_end(host.state)  # hosts that another connector reaches stand in the report too
    decided = _decide(noun, fact, arguments, plan)
    if decided is None:
        return
    yield from carry_out(noun, decided)
    if decided.changes and not decided.failures and _executing():
        left = _decide(noun, fact, arguments, plan)
        if left is not None and (missed := (*left.failures, *(_without_effect(change) for change in left.changes))):
            yield RefusalCommand(noun, missed)


def _decide(
    noun: str, fact: type[FactBase[Any]], arguments: Mapping[str, Any], plan: Callable[[Mapping[str, Any]], LinuxPlan]
) -> LinuxPlan | None:
    """Return the plan; None where the host could not be looked at, which pyinfra has counted as its failure already."""
    try:
        seen = host.get_fact(fact, **arguments)
        if seen is not None:
            return plan(seen)
    except PyinfraError:  # pyinfra ends the run with its last host
        _unseen(noun)
        raise
    except (LookupError, TypeError, ValueError, RecursionError) as error:  # pyinfra would end the run of the whole fleet
        cause = f"what the host says of itself cannot be read ({type(error).__name__}: {error})"
        return LinuxPlan(
            failures=(Failure(cause, "look at the host's files that are named above, then run again", "unreadable"),)
        )
    _unseen(noun)
    return None


def _unseen(noun: str) -> None:
    if _executing():
        journal(host).failed(noun, Failure("the host could not be looked at", "mend what the output above names, then run again"))


def _without_effect(change: Change) -> Failure:
    return Failure(
        f"{change.sentence}: made, and not to be seen afterwards", "look at the host's log with 'journalctl -b', then run again"
    )


def carry_out(noun: str, plan: LinuxPlan) -> Commands:
    """Yield the changes of a plan; say what waits. With a failure only that is yielded.

    Args:
        noun: what it is about.
        plan: what is to be done.

    """
    journal(host).declared |= _executing()
    for warning in plan.warnings:
        host.log_styled(f"note: {warning}", fg="yellow")
        journal(host).warned(noun, warning)
    if not _executing():
        _foretell(plan)
    if plan.failures:
        yield RefusalCommand(noun, plan.failures)
        return
    for deferred in plan.deferred:
        _defer(noun, deferred)
    for change in plan.changes:
        yield from _make(noun, change)
    if not plan.changes:
        host.noop(plan.noop)


def _make(noun: str, change: Change) -> Commands:
    begun = time.monotonic()
    if _executing():
        host.log(change.said)
    for act in change.acts:
        if isinstance(act, Fetch) and not act.remote:
            yield ChangeCommand(noun, change, f"mkdir -p {shlex.quote(act.place.rpartition('/')[0])}")
            yield UploadCommand(noun, change, act.source, f"{act.place}.part")
        for command in _commands(act):
            yield ChangeCommand(noun, change, command)
    journal(host).changed(noun, change.sentence, time.monotonic() - begun)


def _defer(noun: str, deferred: Deferred) -> None:
    host.log_styled(f"waits for {deferred.waits_for}: {deferred.sentence} ({deferred.reason})", fg="yellow")
    if _executing():
        journal(host).deferred(noun, deferred)


def _foretell(plan: LinuxPlan) -> None:
    """Say everything that would be done: pyinfra itself stops at the first command when it only looks for changes."""
    for failure in plan.failures:
        host.log_styled(f"cannot: {_said(failure)}", fg="red")
    for change in () if plan.failures else plan.changes:
        host.log(f"would: {change.said}")
        if state.config.DIFF:
            for line in change.diff:
                logger.info("  %s", format_text(line, {"+": "green", "-": "red"}[line[0]]) if line[:1] in ("+", "-") else line)


def _executing() -> bool:
    return bool(state.current_stage == StateStage.Execute)


def _commands(act: Act) -> Iterator[StringCommand | str]:
    match act:
        case Shell(line):
            yield line
        case Service(name, present, restarted):
            yield from systemd.service._inner(name, running=present, enabled=present, restarted=restarted)
        case Fetch(source, sha256, place):
            yield (fetch if act.remote else verify)(source, sha256, place)
        case PackageFile(manager, place, replaces):
            if manager == "apt":
                yield wait_for_apt(_lock_seconds())
            yield install_file(manager, place, replaces, _lock_seconds())
        case Packages():
            yield from _packages(act)


def _lock_seconds() -> int:
    return int(host.data.get("apt_lock_timeout") or _LOCK_SECONDS)


def _packages(act: Packages) -> Iterator[StringCommand | str]:
    if act.manager == "apt":
        seconds = _lock_seconds()
        lists = 0 if act.update else _LISTS_SECONDS
        lock = f"-o DPkg::Lock::Timeout={seconds}"
        yield wait_for_apt(seconds)
        yield from apt.packages._inner(
            list(act.names),
            present=act.present,
            update=act.present,
            cache_time=lists,
            no_recommends=True,
            allow_downgrades=True,
            extra_install_args=f"{lock} --allow-change-held-packages" if act.held else lock,
            extra_uninstall_args=lock,
        )
    elif act.manager == "dnf":
        yield from dnf.packages._inner(list(act.names), present=act.present)
    else:
        yield from pacman.packages._inner(list(act.names), present=act.present, update=act.present)
