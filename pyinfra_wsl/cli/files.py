"""Files that a command writes: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def new(path: Path, text: str) -> None:
    """Write a file that is not there yet; where that fails, as on a full disk, none is left.

    A cut or empty rest would be taken for a file that somebody wrote, and kept, by the next call.

    Args:
        path: the file; its folder must be there.
        text: what it holds, written as UTF-8.

    Raises:
        FileExistsError: something is there already; it is not touched.
        OSError: it cannot be written.

    """
    with path.open("x", encoding="utf-8") as file:
        try:
            file.write(text)
            file.flush()
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def replace(path: Path, content: bytes) -> None:
    """Write a file, in the place of one that may be there; where that fails, what was there stays as it is.

    Args:
        path: the file; a device or pipe, as ``/dev/stdout``, is written as it is.
        content: what it holds.

    Raises:
        OSError: it cannot be written.

    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    there = path.resolve()  # a link stays one
    mode = there.stat().st_mode & 0o777 if there.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(dir=there.parent, prefix=f".{there.name[:50]}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(mode)
        Path(name).replace(there)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    os.umask(mask := os.umask(0o077))
    return mask
