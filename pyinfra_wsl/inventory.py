r"""A fleet file as a pyinfra inventory. In an inventory file::

    from pathlib import Path
    from pyinfra_wsl import inventory

    globals().update(inventory.groups(Path(__file__).parent / "fleet.yml"))

makes the fleet's groups pyinfra's groups, and ``all`` of every machine. Windows laptops are reached by ``@winssh``, or by
``@psrp`` where their transport is that, Linux hosts by ``@linssh``. Every key of a resource in the fleet file becomes host data
of the same name: ``host.data.wsl_distros``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import click

from pyinfra_wsl import fleet, sources
from pyinfra_wsl.core import garbage
from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.fleet import Host
from pyinfra_wsl.report.codes import end_where_nobody_is_meant
from pyinfra_wsl.report.end import end_on_interrupt

HostData = tuple[str, dict[str, Any]]
Overlay = Mapping[str, Mapping[str, Any]]

HOST = "{host}"
"""Stands in an argument of ``password_from.command`` for the machine's name, of letters, digits, ``.``, ``_`` and ``-``."""

_COMMAND_SECONDS = 60
_AT_ONCE = 16
_CHECKING = {"known": "yes", "accept_new": "accept-new"}
_SAME = ("user", "port")
_ONLY = {"windows": (("shell", "_shell_executable"),), "linux": (("sudo", "_sudo"),)}
_FILES = {
    "ssh": (("key", "ssh_key"), ("known_hosts", "ssh_known_hosts_file")),
    "psrp": tuple((one, f"psrp_{one}") for one in ("ca", "certificate", "certificate_key")),
}
_PSRP = ("scheme", "auth", "proxy", "configuration")
_NO_DATA = ("address", "connection")
_noted: ContextVar[list[fleet.Fleet] | None] = ContextVar("_noted", default=None)


def hosts(path: str | os.PathLike[str], overlay: Overlay | None = None, **override: Any) -> list[HostData]:
    """Return the machines of a fleet file as pyinfra's inventories need them: ``(name, data)``.

    Args:
        path: the fleet file.
        overlay: host data by machine that comes over the fleet file's; where given, machines that it does not name are left out.
        override: host data for all machines that comes last.

    Raises:
        SystemExit: the fleet file is wrong or a password cannot be had; its text is what to tell, one line for each problem.
            pyinfra lets it pass, where it would print any other exception of an inventory with a traceback.

    """
    return [data for _, data in _machines(_load(path), overlay, override)]


def groups(path: str | os.PathLike[str], overlay: Overlay | None = None, **override: Any) -> dict[str, list[HostData]]:
    """Return the groups of a fleet file, each with its machines, and ``all``; arguments and errors as of `hosts`."""
    found = _load(path)
    machines = _machines(found, overlay, override)
    named = {group: [data for host, data in machines if group in host.groups] for group in found.groups}
    return {"all": [data for _, data in machines], **named}


def _machines(found: fleet.Fleet, overlay: Overlay | None, override: Mapping[str, Any]) -> list[tuple[Host, HostData]]:
    chosen = [host for name, host in found.hosts.items() if overlay is None or name in overlay]
    read = _reader(chosen)
    return [
        (host, (_address(host), {**_data(host, found.folder, read), **(overlay or {}).get(host.name, {}), **override}))
        for host in chosen
    ]


def _load(path: str | os.PathLike[str]) -> fleet.Fleet:
    garbage.seldom()
    end_on_interrupt()
    end_where_nobody_is_meant()
    try:
        found = fleet.load(path)
    except fleet.FleetError as error:
        raise SystemExit(str(error)) from None
    if (noted := _noted.get()) is not None:
        noted.append(found)
    return found


@contextmanager
def noted() -> Iterator[list[fleet.Fleet]]:
    """Note the fleet files that are read within, as by an inventory that is executed: what of them is of no single machine."""
    found: list[fleet.Fleet] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def _address(host: Host) -> str:
    connector = "linssh" if host.os == "linux" else "psrp" if _transport(host) == "psrp" else "winssh"
    return f"@{connector}/{host.name}"


def _transport(host: Host) -> str:
    return str(host.data.get("connection", {}).get("transport", "ssh"))


def _data(host: Host, folder: Path, read: Callable[[Host], str | None]) -> dict[str, Any]:
    connection = host.data.get("connection", {})
    data: dict[str, Any] = {key: value for key, value in host.data.items() if key not in _NO_DATA}
    way = _transport(host)
    data[f"{way}_hostname"] = host.data.get("address", host.name)
    data.update((f"{way}_{key}", connection[key]) for key in _SAME if key in connection)
    if way == "ssh":
        data["ssh_strict_host_key_checking"] = _CHECKING[connection.get("host_keys", "known")]
    else:
        data.update((f"psrp_{key}", connection[key]) for key in _PSRP if key in connection)
    data.update((ours, connection[key]) for key, ours in _ONLY[host.os] if key in connection)
    data.update((ours, str(sources.whole(connection[key], folder.resolve()))) for key, ours in _FILES[way] if key in connection)
    if host.os == "windows":
        data.setdefault("user", "console")
    if (password := read(host)) is not None:
        data[f"{way}_password"] = Secret(password)
    return data


def _reader(hosts: Iterable[Host]) -> Callable[[Host], str | None]:
    """Return what reads passwords; each source is asked once, however many machines share it, and commands side by side."""
    asked = _side_by_side({words for host in hosts if (words := _words(host))})

    def command(words: tuple[str, ...]) -> str:
        if isinstance(answer := asked[words], PasswordError):
            raise answer
        return answer

    @cache
    def prompt(user: str) -> str:
        try:
            return str(click.prompt(f"Password of {user}", hide_input=True, err=True))
        except click.Abort:
            raise PasswordError("nobody answered the question; run it at a terminal, or write {env: NAME}") from None

    def read(host: Host) -> str | None:
        connection = host.data.get("connection", {})
        source = connection.get("password_from")
        try:
            if source is None:
                return None
            if source == "prompt":
                return prompt(connection.get("user", "the connecting user"))
            return _from_environment(source["env"]) if "env" in source else command(_words(host))
        except PasswordError as error:
            told = f"{host.name}: connection.password_from: {error}"
            if isinstance(source, Mapping) and any(HOST in str(word) for word in source.get("command", ())):  # its own
                click.echo(f"{told}. This machine is tried without a password", err=True)
                return None
            raise SystemExit(told) from None

    return read


def _words(host: Host) -> tuple[str, ...]:
    """Return the command that prints a machine's password, with its name where `HOST` stands; nothing where there is none."""
    source = host.data.get("connection", {}).get("password_from")
    words = source.get("command", ()) if isinstance(source, Mapping) else ()
    return tuple(str(word).replace(HOST, host.name) for word in words)


def _side_by_side(commands: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], str | PasswordError]:
    """Return what each command prints, or why it does not: one for each laptop would take long one after the other."""

    def ask(words: tuple[str, ...]) -> str | PasswordError:
        try:
            return _from_command(words)
        except PasswordError as error:
            return error

    if len(commands) <= 1:
        return {words: ask(words) for words in commands}
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        return dict(zip(commands, pool.map(ask, commands), strict=True))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class PasswordError(Exception):
    """A password cannot be had from where the fleet file says; the text never holds what was read."""


def _from_environment(name: str) -> str:
    if not (value := os.environ.get(name)):
        raise PasswordError(f"the environment variable {name} is not set; set it and run again")
    if any("\ud800" <= one <= "\udfff" for one in value):  # so Python has bytes that are no text
        raise PasswordError(f"the environment variable {name} holds what is no UTF-8 text; set it again")
    return value


def _from_command(arguments: tuple[str, ...]) -> str:
    program = arguments[0]
    try:
        done = subprocess.run(arguments, capture_output=True, timeout=_COMMAND_SECONDS, check=False)
        lines = done.stdout.decode().splitlines()  # not by run, whose threads would print what they cannot read with a traceback
    except subprocess.TimeoutExpired:
        raise PasswordError(
            f"{program} gave no answer in {_COMMAND_SECONDS} s; run it by hand to see what it waits for"
        ) from None
    except UnicodeDecodeError:
        raise PasswordError(f"{program} prints what is no UTF-8 text; run it by hand to see what") from None
    except OSError as error:
        raise PasswordError(f"{program} cannot be started: {error.strerror}; install it or correct its name") from None
    if done.returncode or not lines or not lines[0]:
        raise PasswordError(f"{program} ended with exit code {done.returncode} and no password; run it by hand to see why")
    return lines[0]
