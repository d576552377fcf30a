"""One running Docker Desktop: there is at most one on a laptop (docker/for-win #13962)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.lab.docker_desktop.engines import Engine
from pyinfra_wsl.lab.docker_desktop.places import Installation
from pyinfra_wsl.lab.docker_desktop.policy import Policy
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.wsl.distro_instance import Instance
from pyinfra_wsl.lab.wsl.user import WslUser

Status = Literal["starting", "running", "failed"]


@dataclass(eq=False, repr=False)
class App:
    """Docker Desktop while it runs.

    Args:
        token: in whose session.
        window: its ``Docker Desktop.exe``.
        installation: which Docker Desktop it is.
        status: ``failed`` shows an error and has no engine.
        problem: what it shows.
        settings: as read at the start; None where the file was refused.
        policy: what the organisation lays down.
        backend: its ``com.docker.backend.exe``.
        engine: what answers.
        held: the distributions it keeps running.
        user: the WSL session they belong to.

    """

    token: Token
    window: Process
    installation: Installation
    status: Status = "starting"
    problem: str = ""
    settings: dict[str, Any] | None = None
    policy: Policy = field(default_factory=Policy)
    backend: Process | None = None
    engine: Engine | None = None
    held: list[Instance] = field(default_factory=list)
    user: WslUser | None = None
    work: asyncio.Task[None] | None = None
