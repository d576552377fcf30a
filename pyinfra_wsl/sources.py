"""The files that a host's values name: where they are, and whether they have the declared SHA-256."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path as File
from typing import Any
from urllib.parse import unquote, urlsplit

from pyinfra_wsl import registry
from pyinfra_wsl.core import show
from pyinfra_wsl.core.control import control
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.source import is_address
from pyinfra_wsl.core.windows import path as windows_path
from pyinfra_wsl.core.windows.outlook import Size

_GZIP, _LEAST_GZIP = b"\x1f\x8b", 18


def is_local(source: str) -> bool:
    r"""Whether a source is a file here, and neither an ``https://`` address nor ``\\server\share\path``."""
    return not (source.lower().startswith(("https://", "http://")) or source.startswith("\\\\"))


Named = tuple[Path, dict[str, Any], str]
"""A source that values name: its path, the mapping in which it stands, and its key there."""


def named(values: Mapping[str, Any]) -> Iterator[Named]:
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
        return os.path.realpath(os.path.join(folder, _from_home(_path(source))))  # noqa: PTH118 - of each source of each host
    except NoFileError:
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
    return folder / _from_home(path)


def _from_home(path: str) -> str:
    """Return a path with the folder in the place of the ``~`` with which it begins; raises as `whole`."""
    if wrong := control(path, one_line=True):
        raise NoFileError(wrong)
    if "~" not in path:
        return path
    try:
        return str(File(path).expanduser())
    except RuntimeError:
        home = File(path).parts[0]
        raise NoFileError(f"begins with {home}, and no home of such a user is known here; write the whole path") from None


def check(values: Mapping[str, Any], folder: File) -> Iterator[Problem]:
    """Yield what is wrong with the files that a machine's values name.

    Args:
        values: after inheritance; their form is right.
        folder: what their paths are relative to: the fleet file's folder.

    """
    yield from wrong(named(values), folder)


def wrong(found: Iterable[Named], folder: File) -> Iterator[Problem]:
    """Yield what is wrong with files, of which the form is right.

    Args:
        found: where each is named, as of `named`.
        folder: what their paths are relative to.

    """
    for path, holder, key in found:
        source, expected = holder[key], holder.get("sha256")
        if source.lower().startswith("http://"):
            yield Problem(path, f"{show.value(source)} is not encrypted", "write https://")
        elif is_address(source) and not _leads_somewhere(source):
            yield Problem(path, f"{show.value(source)} is no address", "write it like https://host/path/file")
        elif source.startswith("\\\\") and (why := windows_path.fault(source, longest=windows_path.LONGEST, share=True)):
            yield Problem(path, f"{show.value(source)} {why}", r"write it like '\\server\share\path\file'")
        elif is_local(source) and (problem := _wrong_now(source, folder, expected)) is not None:
            yield Problem(path if problem[0] == "file" else (*path[:-1], "sha256"), *problem[1:])


_HOST = re.compile(r"\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?")
"""A host's name, also one in other letters; what it leads to only the network tells."""


def _leads_somewhere(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        if re.search(r"\s", address) or port == 0 or not parts.path.strip("/"):
            return False
        if ":" in host or re.fullmatch(r"[0-9.]+", host):
            return bool(ip_address(host))
        return _HOST.fullmatch(host) is not None
    except ValueError:
        return False


def _foreign(source: str) -> tuple[str, str] | None:
    if source.startswith("file:") and not source.startswith("file:///"):
        return f"{show.value(source)} names another machine", "write file:///path, or the path alone"
    if re.match(r"[a-z][a-z0-9+.-]+://", source, re.IGNORECASE) and not source.startswith("file:"):
        return f"{show.value(source)} is no address from which files are fetched", "write https://"
    if "\\" in source:
        return (
            f"{show.value(source)} is a Windows path",
            r"write a file beside the fleet file, https://… or '\\server\share\path'",
        )
    try:
        _from_home(_path(source))
    except NoFileError as error:
        return f"{show.value(source)} {error}", ""
    return None


def _wrong_now(source: str, folder: File, expected: str | None) -> tuple[str, str, str] | None:
    """Return what `_wrong` does, known again where a file with a whole path is the very same and unchanged: one look at it."""
    if source.startswith("/"):
        try:
            now = os.stat(source)  # noqa: PTH116 - as in `_digest_of`
        except (OSError, ValueError):  # which is told below
            return _wrong(source, folder, expected)
        same = now.st_dev, now.st_ino, now.st_mode, now.st_size, now.st_mtime_ns, now.st_ctime_ns
        try:
            return _wrong_as_it_is(source, expected, same)
        except _PassingError as error:
            return error.problem
    return _wrong(source, folder, expected)


class _PassingError(Exception):
    """What is wrong with a file, as of `_wrong`, and may pass without a change of the file, as a read that failed does."""

    def __init__(self, problem: tuple[str, str, str]) -> None:
        super().__init__(problem)
        self.problem = problem


@lru_cache(maxsize=1024)  # which keeps no error
def _wrong_as_it_is(source: str, expected: str | None, _now: tuple[int, ...]) -> tuple[str, str, str] | None:
    problem = _wrong(source, File("/"), expected)
    if problem is not None and problem[0] == "file":
        raise _PassingError(problem)
    return problem


def _wrong(source: str, folder: File, expected: str | None) -> tuple[str, str, str] | None:
    """Return what is wrong with a file here: of which of the two keys, the problem, the right form."""
    if (foreign := _foreign(source)) is not None:
        return "file", *foreign
    file = locate(source, folder)
    try:
        found = _digest_of(file)
    except FileNotFoundError:
        where = looked_for(source, File(file))
        return "file", f"{show.value(source)} is not there{where}", "put the file there, or correct the path"
    except _UnusableError as error:
        return "file", f"{show.value(source)} {error}", "name the file, fetched whole"
    except OSError as error:
        return (
            "file",
            f"{show.value(source)} cannot be read: {error.strerror or type(error).__name__}",
            "correct its rights or the path",
        )
    if expected is not None and found != expected.lower():
        message = f"{show.value(source)} has another SHA-256 ({found}): it is truncated or another file"
        return "sha256", message, "fetch it again, or correct sha256"
    return None


def looked_for(source: str, file: File) -> str:
    """Return where a file was looked for, as more words of a sentence; nothing where that may hold what was meant for an address.

    Args:
        source: as it is declared.
        file: the whole path that was made of it.

    """
    meant = source.removeprefix("file:///")
    return "" if ":" in meant or "@" in meant else f" (looked for {show.line(str(file))})"


def sizes(files: Iterable[Named]) -> dict[str, Size]:
    """Return the sizes of files of this machine, by source; of one that cannot be read nothing.

    Args:
        files: where each is named, as of `named`.

    """
    found: dict[str, Size] = {}
    for _path, holder, key in files:
        source = holder[key]
        if is_local(source) and not control(source, one_line=True):
            try:
                file = source if source.startswith("/") else locate(source, File.cwd())
                state = os.stat(file)  # noqa: PTH116 - as in `_digest_of`
                found[source] = _size(file, state.st_size, state.st_mtime_ns)
            except (OSError, ValueError):
                continue
    return found


@cache
def _size(file: str, size: int, _changed: int) -> Size:
    """Return a file's size, and that of what is in it where it is a gzip file: its last four bytes, modulo 2^32 (RFC 1952)."""
    with File(file).open("rb") as stream:
        if stream.read(2) != _GZIP or size < _LEAST_GZIP:
            return Size(size, size)
        stream.seek(-4, os.SEEK_END)
        return Size(size, max(size, int.from_bytes(stream.read(4), "little")))


class _UnusableError(Exception):
    """What stands there is no file, or an empty one."""


def _digest_of(file: str) -> str:
    state = os.stat(file)  # noqa: PTH116 - pyinfra's test kit has a stand-in for this one
    if not stat.S_ISREG(state.st_mode):
        raise _UnusableError("is no file")
    if not state.st_size:
        raise _UnusableError("is empty")
    return _digest(file, state.st_size, state.st_mtime_ns)


@cache
def _digest(file: str, _size: int, _changed: int) -> str:
    """Return a file's SHA-256; size and time of its last change make a changed file another question."""
    with File(file).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
