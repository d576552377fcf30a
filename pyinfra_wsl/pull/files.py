"""Files that are whole or not there: written beside, flushed to the disk, then renamed."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

_PART = re.compile(r"\..+\.[0-9a-f]{8}")
_BY_HAND = ".disabled.json."


def write(path: Path, data: bytes) -> None:
    """Write a file so that whoever reads it meets the old content or the new one, also after a power loss.

    Args:
        path: its place; its folder is made.
        data: its content.

    Raises:
        OSError: it could not be written; what was there is still there.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def is_link(path: Path) -> bool:
    """Whether a path leads elsewhere: a symbolic link, or a junction, which is Windows' way for folders."""
    return path.is_symlink() or bool(getattr(path, "is_junction", bool)())


def sweep(folder: Path) -> None:
    """Remove what writes have left below a folder that were cut off: who was killed in one, or lost power, removed nothing.

    Only where nobody writes meanwhile but who holds the lock. What people write by hand with `write` is left alone.
    """
    for path in folder.rglob(".*"):
        if _PART.fullmatch(path.name) and not path.name.startswith(_BY_HAND):
            with suppress(OSError):
                path.unlink()


def read(path: Path, largest: int) -> bytes | None:
    """Return a file's content; None where there is none, or it is larger than it may be.

    Args:
        path: its place.
        largest: bytes that are read.

    Raises:
        OSError: it is there and cannot be read.

    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return data if len(data) <= largest else None
