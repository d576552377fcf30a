"""What was found out about one host: all that the checks may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyinfra_wsl.agent.channel import Hello
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Plan
from pyinfra_wsl.core.windows.laptop import Laptop

Stage = Literal[
    "key", "address", "port", "known host", "logon", "PowerShell", "language mode", "agent", "rights", "look", "plans", "end"
]
STAGES: tuple[Stage, ...] = (
    "key", "address", "port", "known host", "logon", "PowerShell", "language mode", "agent", "rights", "look", "plans", "end"
)  # fmt: skip
"""How far the doctor came with a host, from the control machine outward; a host of which all is known came to the ``end``."""


@dataclass(frozen=True, slots=True)
class Key:
    """The private key of a connection: its file, and the file's mode (``0o600``); None where there is none."""

    path: str
    mode: int | None = None


@dataclass(frozen=True, slots=True)
class Winrm:
    """A connection over WinRM: with TLS (``https``) or without, the way to log on, and whose word a certificate needs."""

    scheme: str
    auth: str
    trusted: str


@dataclass(frozen=True, slots=True)
class Linux:
    """What a Linux host says of itself: who we are there (0 is root), its distribution, kernel and processor."""

    uid: int | None = None
    distribution: str = ""
    kernel: str = ""
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One host.

    Args:
        name: as the inventory has it.
        system: ``windows``, ``linux``, or empty for a host that is reached in another way than ours.
        address: ``HOST:PORT``.
        account: as whom one logs on.
        key: the declared private key; None where none is.
        password: whether a password is declared.
        winrm: how it is reached over WinRM; None for who is reached over SSH.
        new_key: whether the host's key is in no file of known hosts; None while unknown.
        accepts_new: whether a run lets such a host in, and writes its key down.
        stopped: what the doctor did not get past.
        failure: why not.
        hello: how the agent greeted.
        shell: the shell that sshd starts; empty for Windows' own choice, None while unknown.
        laptop: the laptop as it is.
        asleep: the distributions into which nobody looked, since that would have started them.
        linux: the Linux host.
        values: what is declared for it.
        plans: what a run would do, each with the name of its resource.

    """

    name: str
    system: str = ""
    address: str = ""
    account: str = ""
    key: Key | None = None
    password: bool = False
    winrm: Winrm | None = None
    new_key: bool | None = None
    accepts_new: bool = False
    stopped: Stage = "end"
    failure: Failure | None = None
    hello: Hello | None = None
    shell: str | None = None
    laptop: Laptop | None = None
    asleep: tuple[str, ...] = ()
    linux: Linux | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    plans: tuple[tuple[str, Plan], ...] = ()

    def passed(self, stage: Stage) -> bool:
        """Whether the doctor got past a stage."""
        return STAGES.index(stage) < STAGES.index(self.stopped)

    def of(self, *resources: str) -> tuple[Plan, ...]:
        """Return what a run would do of some resources, by their names."""
        return tuple(plan for name, plan in self.plans if name in resources)
