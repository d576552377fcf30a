"""Find out about the hosts of an inventory: from here outward, as a dry run does it, without a lock and without a change.

What a run would do of what is declared is found by the roles themselves, as `deploy.py` calls them, in pyinfra's preparing stage.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gevent.pool import Pool
from pyinfra import logger
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_host, ctx_state

from pyinfra_wsl import registry
from pyinfra_wsl.agent.channel import AgentError, AgentRefusedError
from pyinfra_wsl.connectors import known_hosts
from pyinfra_wsl.connectors.command import LookShell, trace, unreadable
from pyinfra_wsl.connectors.linssh import LinSSHConnector
from pyinfra_wsl.connectors.psrp import PsrpConnector
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.ssh import ReportedSSHConnector
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core import call, port, show
from pyinfra_wsl.core.failure import Failure, LostError, StepError
from pyinfra_wsl.core.linux import host as linux
from pyinfra_wsl.core.plan import named
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.whose import EVERY
from pyinfra_wsl.doctor.found import Found, Key, Linux, Stage, Winrm
from pyinfra_wsl.edge import laptop
from pyinfra_wsl.edge.door import plain
from pyinfra_wsl.report.journal import journal
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.survey import roles

AT_ONCE = 20
"""So many hosts are looked at at the same time."""

_SSHD = r"HKLM\SOFTWARE\OpenSSH"
_LINUX = f"{linux.PRELUDE}part uid id -u\npart kernel uname -r\npart machine uname -m\npart os cat /etc/os-release\n"


class _StoppedError(Exception):
    """The doctor did not get past a stage."""

    def __init__(self, stage: Stage, failure: Failure) -> None:
        super().__init__(failure.said)
        self.stage, self.failure = stage, failure


def examine(hosts: Sequence[Host], done: Callable[[Found], None], at_once: int = AT_ONCE) -> list[Found]:
    """Find out about hosts; what one says or does ends nothing of the others.

    Args:
        hosts: of one inventory, none of them connected.
        done: told of each host when all is found out about it.
        at_once: how many are looked at at the same time.

    Returns:
        what was found, in the order of the hosts.

    """
    if not hosts:
        return []
    state = hosts[0].state
    state.set_stage(StateStage.Prepare)
    state.check_for_changes = True

    def work(host: Host) -> Found:
        with ctx_host.use(host):
            found = _contained(state, host)
        done(found)
        return found

    with ctx_state.use(state):
        return list(Pool(at_once).imap(work, hosts))


def _contained(state: State, host: Host) -> Found:
    found = Found(host.name)
    try:
        for found in _examined(state, host):  # noqa: B007 - as far as it came
            pass
    except _StoppedError as stopped:
        return replace(_latest(host, found), stopped=stopped.stage, failure=stopped.failure)
    except Exception as error:  # noqa: BLE001 - as `unreadable` says
        return replace(_latest(host, found), stopped="look", failure=unreadable(error, "looking at the host"))
    finally:
        _hang_up(host)
    return found


def _latest(host: Host, found: Found) -> Found:
    """Return what is known of a host, with what is planned so far."""
    return replace(found, plans=tuple((one.resource, named(one.plan, one.person)) for one in journal(host).foretold))


def _hang_up(host: Host) -> None:
    try:
        host.connector.disconnect()
    except Exception as error:  # noqa: BLE001 - whoever is gone need not be told so
        trace(error)


def _examined(state: State, host: Host) -> Iterator[Found]:
    """Yield what is found out, more each time."""
    found = _known(host)
    yield found
    if not isinstance(host.connector, ReportedSSHConnector | PsrpConnector):
        cause = f"{host.name} is not reached by @winssh, @psrp or @linssh"
        raise _StoppedError("key", Failure(cause, "name it @winssh/…, @psrp/… or @linssh/…, as inventory.groups does"))
    if isinstance(host.connector, PsrpConnector):
        _connect(state, host, host.connector)
    else:
        found = replace(found, new_key=_connected(state, host, host.connector))
    yield found
    if isinstance(host.connector, WindowsConnector):
        yield from _laptop(state, host, host.connector.session, found)
    elif isinstance(host.connector, LinSSHConnector):
        yield from _linux(state, host, found)


def _known(host: Host) -> Found:
    """Return what this machine knows of a host."""
    data, connector = host.data, host.connector
    if isinstance(connector, PsrpConnector):
        return _known_of_winrm(host, connector)
    path = data.get("ssh_key")
    kinds = (("windows", WindowsConnector), ("linux", LinSSHConnector))
    return Found(
        host.name,
        system=next((name for name, kind in kinds if isinstance(connector, kind)), ""),
        address=f"{data.get('ssh_hostname') or host.name}:{_port(data.get('ssh_port') or known_hosts.DEFAULT_PORT)}",
        account=data.get("ssh_user") or getpass.getuser(),
        key=None if path is None else Key(str(path), _mode(str(path))),
        password=data.get("ssh_password") is not None,
        accepts_new=data.get("ssh_strict_host_key_checking") == "accept-new",
        values=_values(host),
    )


def _port(given: object) -> object:
    return port.number(given) or show.value(given)


def _known_of_winrm(host: Host, connector: PsrpConnector) -> Found:
    try:
        options = connector.options
    except StepError as error:
        raise _StoppedError("key", error.failure) from error
    trusted = options.trusted if isinstance(options.trusted, str) else "Python's own list"
    path = options.certificate_key if options.auth == "certificate" else None
    return Found(
        host.name,
        system="windows",
        address=options.address,
        account=options.user or "whose ticket it is",
        key=None if path is None else Key(path, _mode(path)),
        password=options.password is not None,
        winrm=Winrm(options.scheme, options.auth, trusted),
        values=_values(host),
    )


def _values(host: Host) -> Mapping[str, Any]:
    """Return what is declared for a host, by the keys of the resources."""
    keys = {one.key for one in registry.found() if one.key}
    found: dict[str, Any] = plain({name: one for name, one in host.data.dict().items() if name in keys and one is not None})
    return found


def _mode(path: str) -> int | None:
    try:
        return Path(path).expanduser().stat().st_mode & 0o7777
    except OSError:
        return None


def _connected(state: State, host: Host, connector: ReportedSSHConnector) -> bool:
    """Connect, and return whether the host's key is new; who is new is let in where a run would, and not written down."""
    asked = connector.data["ssh_strict_host_key_checking"] or "yes"
    if asked == "accept-new":
        connector.data["ssh_strict_host_key_checking"] = "no"
    _connect(state, host, connector)
    return asked != "yes" and _is_new(host, connector.client)


def _connect(state: State, host: Host, connector: ReportedSSHConnector | PsrpConnector) -> None:
    try:
        host.connect(show_errors=False, raise_exceptions=True)
    except ConnectError as error:
        first = error.__cause__ if isinstance(error.__cause__, ConnectError) else error
        raise _StoppedError(*connector.told(first)) from error
    state.activate_host(host)


def _is_new(host: Host, client: Any) -> bool:
    key = client.get_transport().get_remote_server_key()
    named = host.data.get("ssh_known_hosts_file") or "~/.ssh/known_hosts"
    address, number = host.data.get("ssh_hostname") or host.name, int(host.data.get("ssh_port") or known_hosts.DEFAULT_PORT)
    try:
        lines = known_hosts.read(str(Path(named).expanduser())).about(*known_hosts.names(address, number))
    except (OSError, ValueError):
        return True
    return not known_hosts.says(lines, address, number, (key.get_name(), key.asbytes())).known


def _laptop(state: State, host: Host, session: Session, found: Found) -> Iterator[Found]:
    try:
        found = replace(found, hello=session.channel.hello)
    except AgentRefusedError as error:
        raise _StoppedError("language mode", error.failure) from error
    except AgentError as error:
        raise _StoppedError(*_unstarted(error)) from error
    except OSError as error:
        raise _StoppedError("PowerShell", _failure(error)) from error
    yield found
    try:
        (shell,) = session.ask([call.registry_read(_SSHD)], keep_going=True) if found.winrm is None else (None,)
        target = laptop.target()
        seen = session.look(laptop.resources(), replace(target, inside=()), None, executing=False)
    except (StepError, OSError) as error:
        raise _StoppedError("look", _failure(error)) from error
    default = str(value_of(shell, "DefaultShell") or "") if shell is not None and shell.ok else None
    found = replace(found, laptop=seen, shell=default, asleep=_asleep(seen, target.inside))
    yield found
    _leave_alone(host, found)
    yield _planned(state, host, found)


def _asleep(seen: Laptop, inside: Sequence[str]) -> tuple[str, ...]:
    """Return the distributions that are declared and there, and do not run."""
    have: wsl_distro.State | None = seen.states.get(wsl_distro.State)
    if have is None:  # it could not be read
        return tuple(inside)
    return tuple(name for name in inside if have.find(name) is not None and not have.runs(name))


def _leave_alone(host: Host, found: Found) -> None:
    """Plan nothing for which a stopped distribution would be started: a run looks into it, the doctor does not."""
    declared = host.data.get("wsl_distros")
    everybodys = host.data.get("user") == EVERY and isinstance(declared, Mapping)
    asleep = tuple(declared) if everybodys else found.asleep  # of others nobody has looked what runs
    laptop.leave_asleep(asleep)
    if asleep and isinstance(declared, Mapping):
        kept = {
            name: {key: one for key, one in distro.items() if key != "wsl_conf"} if name in asleep else distro
            for name, distro in declared.items()
        }
        host.data.wsl_distros = kept


def _unstarted(error: AgentError) -> tuple[Stage, Failure]:
    """Return what an agent did not get past that has not greeted: nothing came, or something else than an agent."""
    if "is not our agent" in error.failure.cause or "no agent answers" in error.failure.cause:
        return "agent", error.failure
    remedy = "look whether powershell.exe of Windows starts there: Windows PowerShell 5.1 is a part of Windows, and in the PATH"
    return "PowerShell", Failure(f"PowerShell does not start the agent: {error.failure.cause}", remedy, error.failure.code)


def _failure(error: Exception) -> Failure:
    if isinstance(error, StepError | LostError):
        return error.failure
    return Failure(str(error) or type(error).__name__, "run it again", "connection")


def _linux(state: State, host: Host, found: Found) -> Iterator[Found]:
    arguments = {"_sudo": True} if host.data.get("_sudo") else {}
    try:
        done, output = host.run_shell_command(LookShell(_LINUX), **arguments)
    except OSError as error:
        raise _StoppedError("look", _failure(error)) from error
    if not done:
        said = " ".join(output.stderr_lines)[:300]
        cause = f"no program can be run as root there{f': {said}' if said else ''}"
        raise _StoppedError("rights", Failure(cause, linux.NOT_ROOT.remedy))
    parts = linux.parts(output.stdout)
    uid = parts.get("uid", linux.Part()).word or ""
    names = (line.partition("=") for line in parts.get("os", linux.Part()).lines)
    told = {name: value.strip("\"'") for name, _, value in names}
    seen = Linux(
        uid=int(uid) if uid.isdigit() else None,
        distribution=told.get("PRETTY_NAME", ""),
        kernel=parts.get("kernel", linux.Part()).word or "",
        architecture=parts.get("machine", linux.Part()).word or "",
    )
    found = replace(found, linux=seen)
    yield found
    yield _planned(state, host, found) if seen.uid == 0 else found


def _planned(state: State, host: Host, found: Found) -> Found:
    """Return what was found with what a run would do; a plan that cannot be made is said, and the rest stays."""
    roles.ours()
    found = _latest(host, found)
    failure = next((one for _resource, one in journal(host).all_failures), None)
    if failure is None and host in state.failed_hosts:
        failure = Failure("the host could not be looked at for its plans", "run it again with --debug")
    if failure is not None:
        logger.debug("plans of %s: %s", host.name, failure.said)
        return replace(found, stopped="plans", failure=failure)
    return found
