"""How a Linux host is looked at, and how the acts of a step become commands of pyinfra."""

from __future__ import annotations

import shlex
from collections.abc import Generator, Iterator, Mapping
from typing import Any

from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.facts import FactBase
from pyinfra.context import host
from pyinfra.operations import apt, dnf, pacman, systemd
from typing_extensions import override

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.command import LookShell, executing, fail, trace
from pyinfra_wsl.core.acts import Act, Fetch, PackageFile, Packages, Service, Shell
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.linux.packages import fetch, install_file, verify, wait_for_apt
from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.linux.units import watched
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.edge.commands import ShellCommand, UploadCommand
from pyinfra_wsl.report.journal import journal

_LOCK_SECONDS = 300
"""How long apt may be held by others; ``apt_lock_timeout`` in a host's data says otherwise."""
_LISTS_SECONDS = 3600


class UnreadableError(StepError):
    """What a host says of itself cannot be read."""


class Host(FactBase[Any]):
    """Return the state of a resource of a Linux host, by one command.

    + resource: its name
    + arguments: those of its look
    """

    @override
    def command(self, resource: str, arguments: Mapping[str, Any]) -> LookShell:
        """Return the look."""
        self._resource = registry.of(resource)
        assert isinstance(self._resource, LinuxResource)  # noqa: S101 - asked for by name, in this file
        return LookShell(self._resource.script(**arguments))

    @override
    def process(self, output: list[str]) -> Any:
        """Read it."""
        assert isinstance(self._resource, LinuxResource)  # noqa: S101 - as above
        return self._resource.read("\n".join(output))


def look(resource: LinuxResource[Any, Any], arguments: Mapping[str, Any]) -> Any:
    """Return the state of a resource of the host; None where it could not be looked at, which pyinfra has counted as a failure.

    Args:
        resource: of what.
        arguments: of its look.

    Raises:
        UnreadableError: what the host says of itself is of no form that can be read.

    """
    try:
        with journal(host).at_work():
            seen = host.get_fact(Host, resource=resource.name, arguments=arguments)
    except PyinfraError:  # pyinfra ends the run with its last host
        _unseen(resource.name)
        raise
    except Exception as error:
        trace(error)
        cause = f"{resource.words}: what the host says of it cannot be read{registry.why(resource, error)}"
        raise UnreadableError(cause, "look at the host's files that are named above, then run again", "unreadable") from error
    if seen is None:
        _unseen(resource.name)
    else:
        journal(host).seen = True
    return seen


def _unseen(resource: str) -> None:
    host.state.failed_hosts.add(host)  # also in a role, whose errors pyinfra ignores
    if executing(host):  # else the run itself looks anew
        cause = "the host could not be looked at"
        fail(host, resource, (Failure(cause, "mend what the output above names, then run again"),), lost=True)


def without_effect(step: Step) -> Failure:
    """Return the failure of a step that was made and cannot be seen."""
    cause = f"{step.sentence}: made, and not to be seen afterwards"
    return Failure(cause, "look at the host's log with 'journalctl -b', then run again")


def acts(resource: str, step: Step) -> Generator[PyinfraCommand, None, None]:
    """Yield the commands of a step's acts.

    Args:
        resource: of what.
        step: one that does acts.

    """
    for act in () if callable(step.does) else step.does:
        if isinstance(act, Fetch) and not act.remote:
            yield ShellCommand(resource, step, f"mkdir -p {shlex.quote(act.place.rpartition('/')[0])}")
            yield UploadCommand(resource, step, act.source, f"{act.place}.part")
        for command in _commands(act):
            yield ShellCommand(resource, step, command)


def _commands(act: Act) -> Iterator[StringCommand | str | Shell]:
    match act:
        case Shell():
            yield act
        case Service(name, present, restarted):
            for command in systemd.service._inner(name, running=present, enabled=present, restarted=restarted):
                yield watched(_line(command))
        case Fetch(source, sha256, place):
            yield (fetch if act.remote else verify)(source, sha256, place)
        case PackageFile(manager, place, replaces):
            if manager == "apt":
                yield wait_for_apt(_lock_seconds())
            yield watched(install_file(manager, place, replaces, _lock_seconds()))
        case Packages():
            for command in _packages(act):
                yield command if isinstance(command, Shell) else watched(_line(command))


def _line(command: StringCommand | str) -> str:
    return command.get_raw_value() if isinstance(command, StringCommand) else command


def _lock_seconds() -> int:
    return int(host.data.get("apt_lock_timeout") or _LOCK_SECONDS)


def _packages(act: Packages) -> Iterator[StringCommand | str | Shell]:
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
            extra_uninstall_args=f"{lock} --allow-change-held-packages" if act.held else lock,
        )
    elif act.manager == "dnf":
        yield from dnf.packages._inner(list(act.names), present=act.present)
    else:
        yield from pacman.packages._inner(list(act.names), present=act.present, update=act.present)
