"""What a schema cannot say of one machine's values: which of them need, exclude or contradict one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File

from pyinfra_wsl import registry
from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.core.windows import winrm, zone
from pyinfra_wsl.sources import NoFileError, whole

_SOURCE = ("connection", "password_from")
_FILES = ("key", "known_hosts", "ca", "certificate", "certificate_key")
_OVER_WINRM = ("scheme", "auth", "ca", "certificate", "certificate_key", "proxy", "configuration")
_SSH_PORT = 22


def check(values: Values, gone: Sequence[Path] = ()) -> list[Problem]:
    """Return what is wrong with one machine's values.

    Args:
        values: after inheritance; their form is right.
        gone: paths of values that were left out because something else is wrong with them; they are not missed again.

    """
    found = [*_connection(values), *_zone(values)]
    for resource in registry.found():
        found += [*registry.ask(resource, "check", values), *registry.ask(resource, "complete", values)]
    return [problem for problem in found if problem.path not in gone]


def address(values: Values, name: str) -> Iterator[Problem]:
    """Yield what is wrong with how a machine is called, which over WinRM becomes part of an address.

    Args:
        values: after inheritance; their form is right.
        name: the machine's, by which it is reached where it has no address.

    """
    if values.get("connection", {}).get("transport") != "psrp":
        return
    told = values.get("address")
    if not winrm.is_host(name if told is None else told):
        path = () if told is None else ("address",)
        yield Problem(path, f"{show.value(name if told is None else told)} is no address over WinRM", winrm.ADDRESS)


def _connection(values: Values) -> Iterator[Problem]:
    connection = values.get("connection", {})
    for key in _FILES:
        try:
            whole(connection.get(key, ""), File())
        except NoFileError as error:
            yield Problem(("connection", key), f"{show.value(connection[key])} {error}")
    yield from _winrm(values, connection)
    source = connection.get("password_from")
    if isinstance(source, Mapping) and len(source) > 1:
        other = next(iter(source))
        yield Problem(_SOURCE, f"has both {' and '.join(source)}, one of them inherited", f"remove it with {other}: null")
    elif isinstance(source, Mapping) and not source:
        yield Problem(_SOURCE, "names no source", "write prompt, {env: NAME} or {command: [program, argument]}")


def _zone(values: Values) -> Iterator[Problem]:
    try:
        if (name := values.get("time_zone")) is not None:
            zone.find(name)
    except zone.ZoneError as error:
        yield Problem(("time_zone",), error.message, error.remedy)


def _winrm(values: Values, connection: Values) -> Iterator[Problem]:
    """Yield what is wrong with a way over WinRM, or with one over SSH that speaks of it."""
    if connection.get("transport", "ssh") != "psrp":
        for key in _OVER_WINRM:
            if key in connection:
                yield Problem(
                    ("connection", key), "means nothing over SSH", f"write transport: psrp, or remove it with {key}: null"
                )
        return
    if values.get("os") == "linux":
        yield Problem(("connection", "transport"), "psrp leads to Windows only", "write transport: ssh")
    if connection.get("sudo"):
        yield Problem(("connection", "sudo"), "is of Linux hosts", "remove it with sudo: null")
    if connection.get("port") == _SSH_PORT:
        yield Problem(("connection", "port"), "22 is the port of SSH", "remove it with port: null, for 5986")
    if connection.get("configuration", "").lower() == winrm.NARROW.lower():
        problem = f"{winrm.NARROW} has 32 bits, to which Windows shows other programs than WSL's"
        yield Problem(("connection", "configuration"), problem, f"write {winrm.CONFIGURATION}")
    auth = connection.get("auth", "negotiate")
    for message, remedy in winrm.insecure(connection.get("scheme", "https"), auth, connection.get("proxy")):
        yield Problem(("connection",), message, remedy)
    pair = [key for key in ("certificate", "certificate_key") if key in connection]
    if auth == "certificate" and len(pair) < 2:
        yield Problem(("connection", "auth"), "a logon by certificate needs certificate and certificate_key", "name both files")
    elif auth != "certificate" and pair:
        yield Problem(("connection", pair[0]), f"means nothing with auth {auth}", "write auth: certificate")
    if auth in winrm.PASSWORD and "password_from" not in connection:
        yield Problem(("connection", "auth"), f"a logon by {auth} needs a password", "say with password_from where it comes from")
    if auth in winrm.PASSWORD and "user" not in connection:
        yield Problem(("connection", "auth"), f"a logon by {auth} needs an account", "name it with user")
