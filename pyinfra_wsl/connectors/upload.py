"""Bring a file of the control machine to a laptop: small ones in one request, large ones in pieces that a later run resumes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.talk import StepError, Upload

SMALL = 4 * 2**20  # bytes that travel in one request
PIECE = 512 * 1024  # the size measured best with a real PowerShell: 37 MB/s

Ask = Callable[..., list[Answer]]


def upload(ask: Ask, wish: Upload, tell: Callable[[str], None]) -> Answer:
    """Bring the file, verify its SHA-256 on the laptop and only then give it its name; return the last answer.

    Args:
        ask: sends calls and returns answers.
        wish: which file, where to, and its SHA-256.
        tell: shows a person a line.

    Raises:
        StepError: the file cannot be read here, or what arrived is not it.

    """
    source = Path(wish.source)
    try:
        size = source.stat().st_size
        if size <= SMALL:
            answer, state = ask([call.file_write(wish.path, source.read_bytes()), call.file_state(wish.path, digest=True)])
            answer.need()
        else:
            state = _in_pieces(ask, source, wish.path, size, tell)
    except FileNotFoundError as error:
        raise StepError(f"{wish.source} is not there", "put the file where the fleet file says it is", "missing") from error
    arrived = str(state.need().get("sha256", ""))
    if wish.sha256 and arrived != wish.sha256.lower():
        ask([call.file_remove(wish.path)])
        raise StepError(
            f"{source.name} has the SHA-256 {arrived}, declared is {wish.sha256.lower()}",
            "declare the right file or hash",
            "sha256",
        )
    return state


def _in_pieces(ask: Ask, source: Path, path: str, size: int, tell: Callable[[str], None]) -> Answer:
    part = f"{path}.part"
    (found,) = ask([call.file_state(part)])
    offset = int(found.value.get("size") or 0) if found.exists else 0
    if not found.exists or offset > size:
        offset = 0
        ask([call.file_write(part, b"")])[0].need()
    shown = time.monotonic()
    with source.open("rb") as file:
        file.seek(offset)
        while piece := file.read(PIECE):
            ask([call.file_append(part, offset, piece)])[0].need()
            offset += len(piece)
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                tell(f"{source.name}: {offset * 100 // size} % of {size / 2**20:.0f} MiB sent")
    _removed, moved, state = ask([call.file_remove(path), call.file_move(part, path), call.file_state(path, digest=True)])
    moved.need()
    return state
