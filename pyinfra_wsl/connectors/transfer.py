"""pyinfra's own transfers through the agent: no SFTP, no rights of another program."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from pyinfra_wsl.connectors.posix import usable
from pyinfra_wsl.connectors.session import Session
from pyinfra_wsl.connectors.upload import PIECE, hold, upload
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import LostError
from pyinfra_wsl.core.talk import Upload


def put(session: Session, file: IO[Any], path: str) -> None:
    """Upload what a file object holds; raises `CallError` where the laptop refuses, StepError for a path that is none there."""
    path = usable(path)
    with tempfile.NamedTemporaryFile() as copy:
        content = file.read()
        copy.write(content.encode() if isinstance(content, str) else content)
        copy.flush()
        asked = Upload(copy.name, path, "")
        held = hold(asked)
        if held:
            held.taken(session.ask(held.calls))
        else:
            upload(session.ask, asked, lambda _line: None)


def get(session: Session, path: str, file: IO[bytes]) -> None:
    """Download a file; raises FileNotFoundError where it is not there, ConnectionError when it changes meanwhile."""
    path = usable(path)
    offset, digest = 0, ""
    while True:
        answer = session.ask([call.file_read(path, offset, PIECE)])[0]
        value = answer.need()
        if not value["exists"]:
            raise FileNotFoundError(f"{path} is not there")
        if digest and answer.sha256 != digest:
            raise LostError(f"{path} changed while it was read", "run again", "changed")
        digest = answer.sha256
        offset += file.write(answer.data)
        if offset >= int(value["size"]):
            return
