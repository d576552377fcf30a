"""This run: its own name, and who runs it."""

from __future__ import annotations

import getpass
import secrets
import socket
from datetime import UTC, datetime


def _user() -> str:
    """Return who runs this; of LocalSystem Python may know no name."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # there is no module pwd on Windows
        return "system"


RUN_ID = HOLDER = ""


def begin_anew() -> None:
    """Give this process a run of its own: it may have been forked from one that has another."""
    ours = secrets.token_hex(4)
    holder = f"{_user()}@{socket.gethostname()}, run {ours}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    globals().update(RUN_ID=ours, HOLDER=holder)


begin_anew()
