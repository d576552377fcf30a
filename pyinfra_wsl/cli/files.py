"""Files that a command writes: whole, or not at all."""

from __future__ import annotations

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
