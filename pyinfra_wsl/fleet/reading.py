"""The text of a fleet file, whatever it is that somebody names; and which files a folder of them has."""

from __future__ import annotations

import io
import os
from pathlib import Path as File

from pyinfra_wsl.core import show

_MOST_BYTES = 10_000_000
_MOST_FILES = 500
_SUFFIXES = (".yml", ".yaml")


class ReadError(Exception):
    """A file cannot be read; the text is a whole line that says which and why."""


def files(path: File) -> list[File]:
    """Return the files of a fleet: the one that is named, or those of YAML right below a folder, by name.

    Raises:
        ReadError: a folder has none, too many, or cannot be listed.

    """
    try:
        if not path.is_dir():
            return [path]
        found = sorted(
            one for one in path.iterdir() if one.suffix in _SUFFIXES and not one.name.startswith(".") and one.is_file()
        )
    except (OSError, ValueError) as error:
        raise ReadError(_cannot(path, error)) from None
    if not found:
        raise ReadError(
            f"{show.name(str(path))}: holds no file *.yml or *.yaml; give the path of a fleet file, or of a folder of them"
        )
    if len(found) > _MOST_FILES:
        raise ReadError(f"{show.name(str(path))}: holds {len(found)} files; the most is {_MOST_FILES}")
    return found


def text(file: File) -> str:
    """Return what a file holds.

    Raises:
        ReadError: it cannot be read, is too large, or is no text.

    """
    try:
        with open(file, "rb", opener=_opened) as stream:
            found = stream.read(_MOST_BYTES + 1)
        if len(found) > _MOST_BYTES:
            raise ReadError(f"{file}:1: has more than {_MOST_BYTES} bytes; give the path of a fleet file")
        return io.StringIO(found.decode("utf-8-sig"), newline=None).read()
    except UnicodeDecodeError:
        raise ReadError(f"{file}:1: is not UTF-8 text; save it as UTF-8") from None
    except (OSError, ValueError) as error:  # a path with NUL is a ValueError
        raise ReadError(_cannot(file, error)) from None


def _cannot(path: File, error: Exception) -> str:
    cause = error.strerror if isinstance(error, OSError) else "no file has such a path"
    return f"{show.name(str(path))}: {cause}; give the path of a fleet file"


def _opened(path: str, flags: int) -> int:
    """Open a file without waiting for someone who writes to it: a pipe that nobody writes to is empty."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(descriptor, True)
    return descriptor
