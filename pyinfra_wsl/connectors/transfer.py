"""pyinfra's own transfers through the agent: no SFTP, no rights of another program."""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, Any

from pyinfra_wsl.connectors.posix import usable
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.upload import PIECE, hold, upload
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import LostError
from pyinfra_wsl.core.talk import Upload

_HASH = 120.0  # seconds for the SHA-256 of a file, and more of them for each byte
_HASHED = 10 * 2**20  # bytes a second


def put(session: Session, file: IO[Any], path: str) -> None:
    """Upload what a file object holds; raises `CallError` where the laptop refuses, StepError for a path that is none there."""
    path = usable(path)
    with tempfile.NamedTemporaryFile() as copy:
        content = file.read()
        copy.write(content.encode() if isinstance(content, str) else content)
        copy.flush()
        copy.seek(0)
        asked = Upload(copy.name, path, hashlib.file_digest(copy, "sha256").hexdigest())
        held = hold(asked)
        if held:
            held.taken(session.ask(held.calls))
        else:
            upload(session.ask, asked, lambda _line: None, resume=False)


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
