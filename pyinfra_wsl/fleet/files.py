"""The files that a fleet file names: where they are, whether they have the declared SHA-256, and whether keys are keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path as File
from typing import Any
from urllib.parse import unquote

from pyinfra_wsl import registry
from pyinfra_wsl.core import private_key, show
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.fleet.nodes import control


def is_local(source: str) -> bool:
    r"""Whether a source is a file here, and neither an ``https://`` address nor ``\\server\share\path``."""
    return not source.startswith(("https://", "http://", "\\\\"))


def sources(values: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """Yield each source that a machine's values name: its path, the mapping in which it stands, and its key."""
    for resource in registry.found():
        for path in registry.ask(resource, "sources", values):
            holder: Any = values
            try:
                for part in path[:-1]:
                    holder = holder[part]
                if not isinstance(holder[path[-1]], str):
                    raise TypeError("it is no text")
            except (LookupError, TypeError) as error:
                raise registry.unusable(resource, f"its sources name {path}, which is no source ({error})") from error
            yield path, holder, str(path[-1])


def locate(source: str, folder: File) -> str:
    """Return a source as it can be used from anywhere: a file here as its whole path; one that names no file as it is."""
    if not is_local(source):
        return source
    try:
        return str(whole(_path(source), folder).resolve())
    except (NoFileError, RuntimeError):  # a link that leads to itself is a RuntimeError until Python 3.13
        return source


def _path(source: str) -> str:
    return unquote(source.removeprefix("file://")) if source.startswith("file:///") else source


class NoFileError(Exception):
    """A text that is no path of a file here; it says why."""


def whole(path: str, folder: File) -> File:
    """Return the whole path of a file here.

    Args:
        path: beside the fleet file, absolute, or from ``~``.
        folder: the fleet file's folder.

    Raises:
        NoFileError: no file has such a path.

    """
    if wrong := control(path, one_line=True):
        raise NoFileError(wrong)
    try:
        return folder / File(path).expanduser()
    except RuntimeError:
        home = File(path).parts[0]
        raise NoFileError(f"begins with {home}, and no home of such a user is known here; write the whole path") from None


def check(values: Mapping[str, Any], folder: File) -> Iterator[Problem]:
    """Yield what is wrong with the files that a machine's values name.

    Args:
        values: after inheritance; their form is right.
        folder: the fleet file's folder.

    """
    for path, holder, key in sources(values):
        source, expected = holder[key], holder.get("sha256")
        if source.startswith("http://"):
            yield Problem(path, f"'{source}' is not encrypted", "write https://")
        elif is_local(source) and (problem := _wrong(source, folder, expected)) is not None:
            yield Problem(path if problem[0] == "file" else (*path[:-1], "sha256"), *problem[1:])


KEY: Path = ("connection", "key")


@dataclass(frozen=True, slots=True)
class KeyProblem:
    """What is to be said of a machine's private key.

    Args:
        problem: where, what, and what to do.
        here: whether it is only so on this machine, which need not be the one that connects: a note, and no error.

    """

    problem: Problem
    here: bool


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
        message, remedy, here = _of_key(named, folder / File(named).expanduser())
    except OSError as error:
        message, remedy, here = f"cannot be read: {error.strerror}", "correct its rights or the path", True
    return KeyProblem(Problem(KEY, f"'{named}' {message}", remedy), here) if message else None


def _of_key(named: str, file: File) -> tuple[str, str, bool]:
    if not file.exists():
        return f"is not there (looked for {file})", "make it with ssh-keygen, or correct the path", True
    if not file.is_file():
        return "is no file", "name the file of the private key", False
    with file.open("rb") as stream:
        found = private_key.kind(stream.read(private_key.LARGEST), named)
    if found.encrypted:
        remedy = "a run asks for its passphrase; where nobody can be asked, add it to the SSH agent and leave key out"
        return "is encrypted", remedy, True
    return found.problem, found.remedy, False


def _foreign(source: str) -> tuple[str, str] | None:
    if source.startswith("file:") and not source.startswith("file:///"):
        return f"'{source}' names another machine", "write file:///path, or the path alone"
    if "\\" in source:
        return f"'{source}' is a Windows path", r"write a file beside the fleet file, https://… or '\\server\share\path'"
    try:
        whole(_path(source), File())
    except NoFileError as error:
        return f"{show.value(source)} {error}", ""
    return None


def _wrong(source: str, folder: File, expected: str | None) -> tuple[str, str, str] | None:
    """Return what is wrong with a file here: of which of the two keys, the problem, the right form."""
    if (foreign := _foreign(source)) is not None:
        return "file", *foreign
    file = File(locate(source, folder))
    try:
        if not file.is_file():
            return "file", f"'{source}' is not there (looked for {file})", "put the file there, or correct the path"
        state = file.stat()
        if not state.st_size:
            return "file", f"'{source}' is empty", "fetch it again"
        found = _digest(file, state.st_size, state.st_mtime_ns)
    except OSError as error:
        return "file", f"'{source}' cannot be read: {error.strerror}", "correct its rights or the path"
    if expected is not None and found != expected.lower():
        message = f"{source} has another SHA-256 ({found}): it is truncated or another file"
        return "sha256", message, "fetch it again, or correct sha256"
    return None


@cache
def _digest(file: File, _size: int, _changed: int) -> str:
    """Return a file's SHA-256; size and time of its last change make a changed file another question."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
