"""Bring a file of the control machine to a laptop: small ones in one request, large ones in pieces that a later run resumes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Upload

SMALL = 4 * 2**20  # bytes that travel in one request
PIECE = 512 * 1024  # the size measured best with a real PowerShell: 37 MB/s

Ask = Callable[..., list[Answer]]


@dataclass(frozen=True, slots=True)
class Held:
    """A small file that travels with the request that uses it.

    Args:
        asked: which file, where to, and its SHA-256.
        data: its bytes.

    """

    asked: Upload
    data: bytes

    @property
    def calls(self) -> list[Call]:
        """What goes before the calls of that request."""
        return [call.file_write(self.asked.path, self.data), call.file_state(self.asked.path, digest=True)]

    @property
    def promise(self) -> Answer:
        """What the laptop will say of the file."""
        return Answer(True, {"exists": True, "path": self.asked.path, "sha256": _digest(self.data)})

    def taken(self, answers: list[Answer]) -> list[Answer]:
        """Look whether it arrived and return the answers to the other calls; raises `CallError` or `StepError`."""
        written, state, *rest = answers
        written.need()
        _compare(self.asked, str(state.need().get("sha256", "")))
        return rest


def hold(asked: Upload) -> Held | None:
    """Return a small file, read and verified; None for a large one, which is brought on its own.

    Raises:
        StepError: the file cannot be read here, or is not the declared one.

    """
    source = Path(asked.source)
    try:
        if source.stat().st_size > SMALL:
            return None
        data = source.read_bytes()
    except OSError as error:
        raise _unreadable(asked, error) from error
    _compare(asked, _digest(data))
    return Held(asked, data)


def upload(ask: Ask, asked: Upload, tell: Callable[[str], None], *, resume: bool = True) -> Answer:
    """Bring a file, verify its SHA-256 on the laptop and only then give it its name; return what the laptop says of it.

    Args:
        ask: sends calls and returns answers.
        asked: which file, where to, and its SHA-256.
        tell: shows a person a line.
        resume: whether to go on where an upload to the same path stopped, which is right where the path names the content.

    Raises:
        StepError: the file cannot be read here, or what arrived is not it.

    """
    source, part = Path(asked.source), f"{asked.path}.part"
    (there,) = ask([call.file_state(asked.path, digest=True)])
    if asked.sha256 and there.sha256 == asked.sha256.lower():
        return there
    try:
        arrived = _in_pieces(ask, source, part, source.stat().st_size, tell, resume=resume)
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        raise _unreadable(asked, error) from error
    digest = str(arrived.need().get("sha256", ""))
    try:
        _compare(asked, digest)
    except StepError:
        ask([call.file_remove(part)])
        raise
    _removed, moved, state = ask([call.file_remove(asked.path), call.file_move(part, asked.path), call.file_state(asked.path)])
    moved.need()
    return Answer(state.ok, {**state.value, "sha256": digest})


def _compare(asked: Upload, digest: str) -> None:
    if asked.sha256 and digest != asked.sha256.lower():
        raise StepError(
            f"{Path(asked.source).name} has the SHA-256 {digest}, declared is {asked.sha256.lower()}",
            "declare the right file or hash",
            "sha256",
        )


def _unreadable(asked: Upload, error: OSError) -> StepError:
    return StepError(
        f"{asked.source} cannot be read: {error.strerror}", "put the file where the fleet file says it is", "missing"
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _in_pieces(ask: Ask, source: Path, part: str, size: int, tell: Callable[[str], None], *, resume: bool) -> Answer:
    (found,) = ask([call.file_state(part)])
    offset = int(found.value.get("size") or 0) if found.exists else 0
    if not found.exists or offset > size or not resume:
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
    (state,) = ask([call.file_state(part, digest=True)])
    return state
