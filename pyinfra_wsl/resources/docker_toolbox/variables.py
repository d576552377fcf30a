r"""Which variables are Docker Toolbox's, and which lead docker elsewhere on purpose.

``docker-machine env`` prints DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_MACHINE_NAME and DOCKER_TLS_VERIFY, which people set for good;
the installer sets DOCKER_TOOLBOX_INSTALL_PATH, and removes all five from the account that uninstalls (docker-archive/toolbox,
``windows/Toolbox.iss``: ``[Registry]``, ``[UninstallRun]``). Its VMs lie in 192.168.99.0/24 (docker/machine, driver virtualbox:
``--virtualbox-hostonly-cidr``). Who set a DOCKER_HOST to another engine did not do so for the Toolbox: it is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.resources.docker_toolbox.places import Whose

HOST, CERTIFICATES, NAMED, TLS = "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME", "DOCKER_TLS_VERIFY"
INSTALL_PATH = "DOCKER_TOOLBOX_INSTALL_PATH"
NAMES = (HOST, CERTIFICATES, TLS, NAMED, INSTALL_PATH)
HIJACK = (HOST, "DOCKER_CONTEXT", CERTIFICATES, NAMED, TLS)
"""Variables that make the command line speak to another engine, whoever set them (Docker, "docker": environment variables)."""
STORAGE = "MACHINE_STORAGE_PATH"
"""Where docker-machine keeps machines instead of the profile (docker/machine, its option ``--storage-path``)."""

_NETWORK = re.compile(r"tcp://192\.168\.99\.\d{1,3}(?::\d{1,5})?/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """The variables of one person or of the machine, by name only: what they hold is nobody's business.

    Args:
        ours: those of Docker Toolbox.
        theirs: those that lead docker elsewhere.

    """

    ours: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()


def texts(environment: Answer) -> dict[str, str]:
    """Return the variables of an environment's key by their names in capitals; what is no text is left out."""
    values = environment.value.get("values") or {} if environment.ok else {}
    held = ((name.upper(), one.get("data")) for name, one in values.items())
    return {name: data for name, data in held if isinstance(data, str) and data}


def sort(environments: Mapping[Whose, Mapping[str, str]]) -> dict[Whose, Found]:
    """Tell the Toolbox's variables from others, by what stands in all environments that are known.

    Args:
        environments: of the machine and of the person, as `texts` returns them.

    """
    elsewhere = any(HOST in one and not _is_toolboxs(one) for one in environments.values())
    return {whose: _sorted(one, elsewhere=elsewhere) for whose, one in environments.items()}


def _sorted(held: Mapping[str, str], *, elsewhere: bool) -> Found:
    there = [name for name in NAMES if name in held]
    if not there:
        return Found()
    ours = {
        HOST: _is_toolboxs(held),
        CERTIFICATES: _of_machine(held.get(CERTIFICATES, "")),
        TLS: not elsewhere,
    }
    return Found(tuple(name for name in there if ours.get(name, True)), tuple(name for name in there if not ours.get(name, True)))


def _is_toolboxs(held: Mapping[str, str]) -> bool:
    """Whether a DOCKER_HOST leads to a machine of docker-machine: by its network, or by what the same one has set beside it."""
    host = held.get(HOST, "")
    beside = NAMED in held or _of_machine(held.get(CERTIFICATES, ""))
    return bool(_NETWORK.fullmatch(host)) or (beside and host.lower().startswith("tcp://"))


def _of_machine(path: str) -> bool:
    return r"\.docker\machine" in path.replace("/", "\\").lower()
