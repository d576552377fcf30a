"""Whether the files that a fleet file names for connections are there, and its private keys are keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from pyinfra_wsl.core import private_key, show
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.sources import NoFileError, looked_for, whole

KEY: Path = ("connection", "key")


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """What is to be said of a machine's private key, or of a file for WinRM.

    Args:
        problem: where, what, and what to do.
        here: whether it is only so on this machine, which need not be the one that connects: a note, and no error.

    """

    problem: Problem
    here: bool


_OVER_WINRM = ("ca", "certificate", "certificate_key")


def check_files(values: Mapping[str, Any], folder: File) -> Iterator[KeyProblem]:
    """Yield what is to be said of the files by which a machine is reached; those of the other transport are not used.

    Args:
        values, folder: as of `check_key`.

    """
    connection = values.get("connection", {})
    if connection.get("transport", "ssh") == "ssh":
        if (said := check_key(values, folder)) is not None:
            yield said
        return
    for key in (one for one in _OVER_WINRM if one in connection):
        named = connection[key]
        if why := _not_there(named, whole(named, folder)):
            problem = Problem(("connection", key), f"{show.value(named)} {why}", "put the PEM file there, or correct the path")
            yield KeyProblem(problem, here=True)


def _not_there(named: str, file: File) -> str:
    try:
        if file.is_file():
            return ""
        return "is no file" if file.exists() else f"is not there{looked_for(named, file)}"
    except OSError as error:
        return f"cannot be looked at: {error.strerror}"


def check_key(values: Mapping[str, Any], folder: File) -> KeyProblem | None:
    """Return what is to be said of the private key that a machine's values name; None for nothing.

    A run reads it only when it connects: where it cannot be used, that machine fails, and the others go on.

    Args:
        values: after inheritance; their form is right.
        folder: the fleet file's folder.

    """
    named = values.get("connection", {}).get("key")
    if named is None:
        return None
    try:
        message, remedy, here = _of_key(named, whole(named, folder))
    except NoFileError as error:
        message, remedy, here = str(error), "", False
    except OSError as error:
        message, remedy, here = f"cannot be read: {error.strerror}", "correct its rights or the path", True
    return KeyProblem(Problem(KEY, f"{show.value(named)} {message}", remedy), here) if message else None


def _of_key(named: str, file: File) -> tuple[str, str, bool]:
    if not file.exists():
        return f"is not there{looked_for(named, file)}", "make it with ssh-keygen, or correct the path", True
    if not file.is_file():
        return "is no file", "name the file of the private key", False
    with file.open("rb") as stream:
        found = private_key.kind(stream.read(private_key.LARGEST), named)
    if found.encrypted:
        remedy = "a run asks for its passphrase; where nobody can be asked, add it to the SSH agent and leave key out"
        return "is encrypted", remedy, True
    return found.problem, found.remedy, False
