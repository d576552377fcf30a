"""How a laptop is reached over WinRM, as host data says it; what would send a password or a command in the clear is refused."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from pyinfra_wsl.core import port, show
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.core.windows.winrm import ADDRESS, CONFIGURATION, PASSWORD, PORTS, Auth, Scheme, insecure, is_host

_SAY = "correct it in the inventory or the fleet file"
_PORT = f"write a number from 1 to {port.LAST}"


@dataclass(frozen=True, slots=True)
class Options:
    """One laptop's address and logon.

    Args:
        host: name or address.
        port: of the listener.
        user: as whom one logs on, ``DOMAIN\\name``, ``name@REALM`` or the name of a local account; None: who holds the ticket.
        password: theirs, or the passphrase of the certificate's key; None where a ticket or a key alone stands for them.
        auth: the way to log on.
        scheme: with TLS or without; without it each message is encrypted by the logon's keys.
        ca: file of the certificates that are trusted; None: those that this machine trusts.
        certificate, certificate_key: files of the client's certificate and its private key.
        proxy: ``http://proxy.corp.example:3128``; None for none, whatever the environment says.
        configuration: the endpoint.
        seconds: for a connection to come about.

    """

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    auth: Auth = "negotiate"
    scheme: Scheme = "https"
    ca: str | None = None
    certificate: str | None = None
    certificate_key: str | None = None
    proxy: str | None = None
    configuration: str = CONFIGURATION
    seconds: int = 10

    @property
    def address(self) -> str:
        """Host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def sealed(self) -> bool:
        """Whether each message is encrypted by the logon's keys instead of TLS."""
        return self.scheme == "http"

    @property
    def trusted(self) -> str | bool:
        """What verifies the laptop's certificate: a file, or True for the certificates that come with Python's requests.

        A company's own CA is in the system's file, not in that of requests (pypsrp reads only the latter by itself).
        """
        system = ssl.get_default_verify_paths().cafile
        return self.ca or (system if system and Path(system).is_file() else True)


def of(data: Mapping[str, Any], name: str, seconds: int) -> Options:
    """Read host data.

    Args:
        data: with ``psrp_hostname`` and so on, as `psrp.DATA` says.
        name: the host's, where data names no address.
        seconds: for a connection to come about.

    Raises:
        StepError: what is said is no way to a laptop, or one that is not safe.

    """
    scheme = cast(Scheme, _one_of(data, "psrp_scheme", get_args(Scheme)))
    auth = cast(Auth, _one_of(data, "psrp_auth", get_args(Auth)))
    found = Options(
        host=str(data["psrp_hostname"] or name),
        port=_port(data["psrp_port"] or PORTS[scheme]),
        user=data["psrp_user"] or None,
        password=_plain(data["psrp_password"]),
        auth=auth,
        scheme=scheme,
        ca=_file(data, "psrp_ca"),
        certificate=_file(data, "psrp_certificate"),
        certificate_key=_file(data, "psrp_certificate_key"),
        proxy=data["psrp_proxy"] or None,
        configuration=data["psrp_configuration"] or CONFIGURATION,
        seconds=seconds,
    )
    for problem, remedy in _problems(found):
        raise StepError(problem, remedy, "connection")
    return found


def _one_of(data: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    if (value := data[key] or known[0]) not in known:
        raise StepError(f"{key} is {show.value(value)}", f"write one of {', '.join(known)}", "connection")
    return str(value)


def _plain(password: str | None) -> str | None:
    return password.reveal() if isinstance(password, Secret) else password or None


def _file(data: Mapping[str, Any], key: str) -> str | None:
    path = data[key]
    try:
        return str(Path(path).expanduser()) if path else None
    except RuntimeError:  # no home of such a user is known here, so that nothing is there
        return str(path)


def _port(told: Any) -> int:
    if (found := port.number(told)) is None:
        raise StepError(f"{show.value(told)} is not a port", _PORT, "connection")
    return found


def _problems(options: Options) -> list[tuple[str, str]]:
    found = list(insecure(options.scheme, options.auth, options.proxy))
    if not is_host(options.host):  # it becomes part of an address, in which it could mean another host
        found.append((f"{show.value(options.host)} is not an address", ADDRESS))
    if options.auth == "certificate" and not (options.certificate and options.certificate_key):
        found.append(("a logon by certificate needs psrp_certificate and psrp_certificate_key", "name both files"))
    if options.password is None and options.auth in PASSWORD:
        found.append((f"a logon by {options.auth} needs a password", "say with password_from where it comes from"))
    if options.user is None and (options.password is not None or options.auth == "basic") and options.auth != "certificate":
        found.append(("a password is given, and nobody whose it is", "name the account with user"))
    for what in (options.ca, options.certificate, options.certificate_key):
        if what is not None and not Path(what).is_file():
            found.append((f"{show.value(what)} is not there, or no file", _SAY))
    if options.ca is not None and options.scheme == "https" and not found and (why := _untrusted(options.ca)):
        problem = f"{show.value(options.ca)} holds no certificates that can be trusted: {why}"
        found.append((problem, "write them there in PEM form"))
    return found


@cache
def _untrusted(file: str) -> str:
    """Return why a file cannot be trusted in, once for all laptops of a run; empty where it can."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError:
        return "it is no PEM of certificates"
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    return ""
