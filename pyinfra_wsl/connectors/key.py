"""The private key of a connection: read once for all machines that name it; where that fails, each of them does.

pyinfra would end the run of all machines for a key of one that cannot be read.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from weakref import WeakKeyDictionary

from paramiko import PKey
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.state import State
from pyinfra.connectors.ssh_util import get_private_key

from pyinfra_wsl.core import private_key
from pyinfra_wsl.core.failure import Failure, StepError

CODE = "key"
"""The code of a failure that is the key's."""

_FAILED: WeakKeyDictionary[State, dict[str, Failure]] = WeakKeyDictionary()
"""Keys that cannot be used, by run and file: nobody is asked for a passphrase once for each machine."""


class KeyFailedError(StepError):
    """A private key cannot be used."""


def load(state: State, path: str, password: str) -> PKey:
    """Return a private key.

    Args:
        state: pyinfra's state of this run.
        path: its file.
        password: its passphrase; empty where a person is to be asked, if it has one and they can be.

    Raises:
        KeyFailedError: it cannot be used.

    """
    failed = _FAILED.setdefault(state, {})
    if (known := failed.get(path)) is not None:
        raise KeyFailedError(known.cause, known.remedy, known.code)
    try:
        if path not in state.private_keys:
            _check(Path(path).expanduser(), password)
        return get_private_key(state, path, password)
    except KeyFailedError as error:
        failure = error.failure
    except PyinfraError as error:
        failure = Failure(f"the key {path} cannot be used: {error}", f"try it by hand: ssh-keygen -y -f {path}", CODE)
    except (EOFError, OSError) as error:
        failure = Failure(f"the key {path} cannot be read: {_why(error)}", "correct its rights or its path", CODE)
    except Exception as error:  # noqa: BLE001 - paramiko's readers raise whatever their libraries do
        cause = f"the key {path} cannot be used ({type(error).__name__}: {error})"
        failure = Failure(cause, f"try it by hand: ssh-keygen -y -f {path}", CODE)
    failed[path] = failure
    raise KeyFailedError(failure.cause, failure.remedy, failure.code)


def _check(path: Path, password: str) -> None:
    """Say what is wrong with a file in words that paramiko does not have for it."""
    if not path.exists():
        raise KeyFailedError(f"the key {path} is not there", "make it with ssh-keygen, or correct connection.key", CODE)
    if not path.is_file():
        raise KeyFailedError(f"the key {path} is no file", "name the file of the private key in connection.key", CODE)
    with path.open("rb") as file:
        found = private_key.kind(file.read(private_key.LARGEST), str(path))
    if found.problem:
        raise KeyFailedError(f"the key {path} {found.problem}", found.remedy, CODE)
    if found.encrypted and not password and not _somebody_there():
        raise KeyFailedError(
            f"the key {path} is encrypted, and there is no terminal to ask for its passphrase",
            f"add it to the SSH agent with ssh-add {path}, and leave connection.key out",
            CODE,
        )


def _somebody_there() -> bool:
    """Whether a person can be asked: getpass takes the process's own terminal, wherever its streams lead."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin is not None and sys.stdin.isatty()
    return True


def _why(error: EOFError | OSError) -> str:
    return getattr(error, "strerror", None) or str(error) or "nobody gave its passphrase"
