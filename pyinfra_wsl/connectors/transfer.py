"""pyinfra's own transfers through the agent: no SFTP, no rights of another program."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pyinfra_wsl.connectors.posix import usable
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.upload import PIECE, hold, upload
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import LostError
from pyinfra_wsl.core.talk import Upload

_HASH = 120.0  # seconds for the SHA-256 of a file, and more of them for each byte
_HASHED = 10 * 2**20  # bytes a second
_CHUNK = 2**20


def put(session: Session, file: IO[Any], path: str) -> None:
    """Upload what a file object holds, of any size.

    Raises:
        CallError: the laptop refuses.
        StepError: the path is none on a laptop, or what arrived is not what was read here.

    """
    path = usable(path)
    with _on_disk(file) as (source, sha256):
        asked = Upload(source, path, sha256)
        held = hold(asked)
        if held:
            held.taken(session.ask(held.calls))
        else:
            upload(session, asked, lambda _line: None, resume=False)


@contextmanager
def _on_disk(file: IO[Any]) -> Iterator[tuple[str, str]]:
    """Yield the path of a file that holds what is to be read, and its SHA-256; never all of it in memory."""
    digest, name = hashlib.sha256(), getattr(file, "name", None)
    if isinstance(name, str) and "b" in file.mode and file.tell() == 0:  # it lies there already
        for piece in _read(file):
            digest.update(piece)
        yield name, digest.hexdigest()
        return
    with tempfile.NamedTemporaryFile() as copy:
        for piece in _read(file):
            copy.write(piece)
            digest.update(piece)
        copy.flush()
        yield copy.name, digest.hexdigest()


def _read(file: IO[Any]) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece.encode() if isinstance(piece, str) else piece


def get(session: Session, path: str, file: IO[bytes]) -> None:
    """Download a file, and compare its SHA-256 with the laptop's in the end.

    Raises:
        FileNotFoundError: it is not there.
        LostError: it changes meanwhile.
        StepError: the path is none on a laptop.
        ValueError: the laptop answers what no file holds.

    """
    path = usable(path)
    size, begun, digest, offset = -1, "", hashlib.sha256(), 0
    while offset != size:
        answer = session.ask([call.file_read(path, offset, PIECE)])[0]
        value, data = answer.need(), answer.data
        if not value["exists"]:
            raise FileNotFoundError(f"{path} is not there")
        found, modified = value["size"], str(value.get("modified"))
        if size >= 0 and (found, modified) != (size, begun):
            raise _changed(path)
        size, begun = found, modified
        if type(size) is not int or len(data) != min(PIECE, size - offset):
            raise ValueError(f"{len(data)} bytes of a file of {size!r} at {offset}")
        offset += len(data)
        digest.update(data)
        file.write(data)
    if digest.hexdigest() != (answer.sha256 or _sha256(session, path, size)):
        raise _changed(path)


def _sha256(session: Session, path: str, size: int) -> str:
    (state,) = session.ask([call.file_state(path, digest=True)], seconds=_HASH + size / _HASHED)
    return str(state.need().get("sha256"))


def _changed(path: str) -> LostError:
    return LostError(f"{path} changed while it was read", "run again", "changed")
