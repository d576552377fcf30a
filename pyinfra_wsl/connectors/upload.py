"""Bring a file of the control machine to a laptop: small ones in one request, large ones in pieces that a later run resumes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Upload

SMALL = 4 * 2**20  # bytes that travel in one request
PIECE = 512 * 1024  # the size measured best with a real PowerShell: 37 MB/s

_NEWS = 5.0  # seconds between two lines that say how far it is


class Asks(Protocol):
    """Sends calls and returns answers, as a session does."""

    def ask(self, calls: list[Call], /) -> list[Answer]:
        """Send calls that travel together."""

    def ask_ahead(self, calls: Iterator[Call], taken: Callable[[], None], /) -> Answer | None:
        """Send calls one after the other without waiting for each answer; return the first that failed."""


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


def upload(laptop: Asks, asked: Upload, tell: Callable[[str], None], *, resume: bool = True) -> Answer:
    """Bring a file, verify its SHA-256 on the laptop and only then give it its name; return what the laptop says of it.

    Args:
        laptop: is asked.
        asked: which file, where to, and its SHA-256.
        tell: shows a person a line.
        resume: whether to go on where an upload to the same path stopped, which is right where the path names the content.

    Raises:
        StepError: the file cannot be read here, or what arrived is not it.

    """
    source, part = Path(asked.source), f"{asked.path}.part"
    (there,) = laptop.ask([call.file_state(asked.path, digest=True)])
    if asked.sha256 and there.sha256 == asked.sha256.lower():
        return there
    try:
        arrived = _in_pieces(laptop, source, part, source.stat().st_size, tell, resume=resume)
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        raise _unreadable(asked, error) from error
    digest = str(arrived.need().get("sha256", ""))
    try:
        _compare(asked, digest)
    except StepError:
        laptop.ask([call.file_remove(part)])
        raise
    _removed, moved, state = laptop.ask(
        [call.file_remove(asked.path), call.file_move(part, asked.path), call.file_state(asked.path)]
    )
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


def _in_pieces(laptop: Asks, source: Path, part: str, size: int, tell: Callable[[str], None], *, resume: bool) -> Answer:
    """Send what is missing, several pieces at a time, each of which the laptop takes only where the one before has ended."""
    (found,) = laptop.ask([call.file_state(part)])
    offset = int(found.value.get("size") or 0) if found.exists else 0
    if not found.exists or offset > size or not resume:
        offset = 0
        laptop.ask([call.file_write(part, b"")])[0].need()
    with source.open("rb") as file:
        failed = laptop.ask_ahead(_pieces(file, part, offset), _News(source.name, offset, size, tell))
    if failed:
        failed.need()
    (state,) = laptop.ask([call.file_state(part, digest=True)])
    return state


def _pieces(file: BinaryIO, part: str, offset: int) -> Iterator[Call]:
    file.seek(offset)
    while piece := file.read(PIECE):
        yield call.file_append(part, offset, piece)
        offset += len(piece)


class _News:
    """Tell now and then how much has arrived; called for each piece that has."""

    def __init__(self, name: str, offset: int, size: int, tell: Callable[[str], None]) -> None:
        self._name, self._arrived, self._size, self._tell = name, offset, size, tell
        self._shown = time.monotonic()

    def __call__(self) -> None:
        self._arrived = min(self._arrived + PIECE, self._size)
        if time.monotonic() - self._shown > _NEWS:
            self._shown = time.monotonic()
            self._tell(f"{self._name}: {self._arrived * 100 // self._size} % of {self._size / 2**20:.0f} MiB sent")
