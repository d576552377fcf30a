"""The program that runs on a laptop (``agent.ps1``) and the client's half of its protocol.

It is started by ``bootstrap.ps1`` as a process, by ``runspace.ps1`` in a runspace.
"""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files

PROTOCOL = 1


@cache
def source() -> bytes:
    """Return the agent's source, as it travels to the laptop."""
    return files(__name__).joinpath("agent.ps1").read_bytes()


@cache
def encoded() -> bytes:
    """Return the agent's source in base64, as the bootstrap takes it."""
    return base64.b64encode(source())


@cache
def command_line() -> str:
    """Return the command that starts the agent; it reads the same to cmd.exe and to PowerShell as the remote default shell.

    cmd.exe allows 8191 characters for a whole line (Microsoft, "Command prompt line string limitation").
    """
    bootstrap = files(__name__).joinpath("bootstrap.ps1").read_text("ascii")
    encoded = base64.b64encode(bootstrap.encode("utf-16-le")).decode()
    return f"powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand {encoded}"


@cache
def pipeline_script() -> str:
    """Return the script of a pipeline that is the agent in a runspace: its objects are what the lines are to a process."""
    return files(__name__).joinpath("runspace.ps1").read_text("ascii")
