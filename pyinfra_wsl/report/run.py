"""This run: its own name, and who runs it."""

from __future__ import annotations

import getpass
import secrets
import socket
from datetime import UTC, datetime

RUN_ID = secrets.token_hex(4)
HOLDER = f"{getpass.getuser()}@{socket.gethostname()}, run {RUN_ID}, since {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
