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


RUN_ID = secrets.token_hex(4)
HOLDER = f"{_user()}@{socket.gethostname()}, run {RUN_ID}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
