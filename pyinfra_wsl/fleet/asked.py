"""Machines that a command names: ``hosts_from`` of a fleet file. Bounded in time and in size, and no shell is between.

What it prints is a list of names, a name in each line or as JSON, or as JSON the values of each machine, as ``hosts:`` has them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path as File
from typing import IO, Any

from pyinfra_wsl.core import show

SECONDS = 60
"""How long it may take, unless the fleet file says otherwise."""

_MOST_BYTES = 10_000_000
_PAUSE = 0.02
_MOST_LINE = 300  # characters of what it says of its failure


class AskedError(Exception):
    """A command does not name machines; the text says why, and what to do."""


def hosts(declared: Mapping[str, Any], folder: File) -> dict[str, dict[str, Any]]:
    """Return the machines that a command names, with their values.

    Args:
        declared: ``hosts_from``, whose form is right.
        folder: the fleet file's, in which the command runs.

    Raises:
        AskedError: it could not be started, failed, took too long, printed too much, or names nobody, or somebody twice.

    """
    command = [str(word) for word in declared["command"]]
    found = _read(_output(command, folder, float(declared.get("timeout") or SECONDS)), command[0])
    if not found:
        raise AskedError(f"{called(command)} names no machine; run it by hand to see why")
    groups = list(declared.get("groups") or ())
    return {name: {**values, **({"groups": [*groups, *_own(values)]} if groups else {})} for name, values in found.items()}


def _own(values: Mapping[str, Any]) -> list[Any]:
    own = values.get("groups")
    return own if isinstance(own, list) else []


def called(command: Sequence[Any]) -> str:
    """Return how a command is called where it is told of."""
    return show.name(str(command[0]))


def _output(command: Sequence[str], folder: File, seconds: float) -> bytes:
    program = command[0]
    if "/" in program and not program.startswith("~"):
        program = str((folder / program).resolve())
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                [str(File(program).expanduser()), *command[1:]], cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                start_new_session=True,
            )  # fmt: skip
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "no program has such a name"
            raise AskedError(f"{called(command)} cannot be started: {why}; install it, or correct its path") from None
        try:
            _wait(process, (out, err), command, seconds)
        finally:
            _end(process)
        if process.returncode:
            said = _last(err)
            told = f"{called(command)} ended with exit code {process.returncode}{f': {said}' if said else ''}"
            raise AskedError(f"{told}; run it by hand to see why")
        out.seek(0)
        return out.read()


def _wait(process: subprocess.Popen[bytes], streams: Sequence[IO[bytes]], command: Sequence[str], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        ended = process.poll() is not None
        if any(os.fstat(one.fileno()).st_size > _MOST_BYTES for one in streams):
            raise AskedError(f"{called(command)} prints more than {_MOST_BYTES} bytes; let it print names only")
        if ended:
            return
        if time.monotonic() > deadline:
            raise AskedError(f"{called(command)} gave no answer in {seconds:g} s; run it by hand, or write a longer timeout")
        time.sleep(_PAUSE)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it has started."""
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last(stream: IO[bytes]) -> str:
    """Return the last line of what a command says of its failure."""
    stream.seek(max(0, os.fstat(stream.fileno()).st_size - 10_000))
    lines = [one.strip() for one in stream.read().decode("utf-8", "replace").splitlines() if one.strip()]
    return show.line(lines[-1][:_MOST_LINE]) if lines else ""


def _read(output: bytes, program: str) -> dict[str, dict[str, Any]]:
    called = show.name(program)
    try:
        text = output.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise AskedError(f"{called} prints what is no UTF-8 text; run it by hand to see what") from None
    if not text.startswith(("[", "{")):
        return _of_lines(text, called)
    try:
        found = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, called))
    except (ValueError, RecursionError) as error:
        raise AskedError(f"{called} prints JSON that cannot be read: {show.line(str(error))}; run it by hand to see") from None
    return _of_list(found, called) if isinstance(found, list) else _of_mapping(found, called)


def _of_lines(text: str, called: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name = line.strip()
        if name and not name.startswith("#"):
            _add(found, name, {}, f"line {number} of what {called} prints")
    return found


def _of_list(items: Sequence[Any], called: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, name in enumerate(items, 1):
        where = f"item {number} of what {called} prints"
        if not isinstance(name, str):
            raise AskedError(f"{where} is {show.value(name)}; let it print names, or a mapping of names to values")
        _add(found, name, {}, where)
    return found


def _of_mapping(values: Mapping[str, Any], called: str) -> dict[str, dict[str, Any]]:
    for name, one in values.items():
        if one is not None and not isinstance(one, dict):
            raise AskedError(f"{show.value(name)} of what {called} prints is {show.value(one)}; write its values, or {{}}")
    return {name: one or {} for name, one in values.items()}


def _add(found: dict[str, dict[str, Any]], name: str, values: dict[str, Any], where: str) -> None:
    if name in found:
        raise AskedError(f"{where} names {show.value(name)} a second time; let it name each once")
    found[name] = values


def _once(pairs: Sequence[tuple[str, Any]], called: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise AskedError(f"{show.value(name)} stands twice in what {called} prints; let it name each once")
        found[name] = value
    return found
