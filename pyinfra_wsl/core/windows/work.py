r"""What is under way on a laptop and no list of running distributions shows: transfers by wsl.exe, and Docker Desktop.

``wsl --list --running`` hides a distribution that is being imported, exported or converted, and ``--shutdown`` does not look at
what is locked (src/windows/service/exe/LxssUserSession.cpp). The processes show it, of everybody, to an administrator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.windows.machine import objects

DOCKER_DISTRO = "docker-desktop"
"""The distribution in which Docker Desktop's engine runs."""

_WSL = "wsl.exe"
_INSTALLER = "Docker Desktop Installer.exe"
_DOCKER = ("Docker Desktop.exe", "com.docker.backend.exe")
_DOCKER_CLI = ("docker.exe", "docker-buildx.exe", "docker-compose.exe")
_BUILDS = ("build", "bake", "pull", "push", "save", "load", "import", "export", "commit", "cp", "run", "up", "create")
"""What `docker` does that no list of running containers shows (Docker, "docker": the commands of its command line)."""

_TRANSFERS = (
    "--import", "--import-in-place", "--export", "--set-version", "--install", "--manage", "--unregister", "--update",
    "--uninstall",
)  # fmt: skip
_ASKS = (
    "--list", "-l", "--status", "--version", "-v", "--help", "--set-default", "-s", "--set-default-version", "--terminate", "-t",
)  # fmt: skip
_CHOICES = ("-d", "--distribution", "--distribution-id")
_WORDS = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Work:
    """One process.

    Args:
        program: its file's name.
        words: of its command line, after the program, in lower case; None where that is not told, as of one that is just ending.
        sid: whose it is; empty while unknown.

    """

    program: str
    words: tuple[str, ...] | None
    sid: str = ""

    def of(self, sid: str | None) -> bool:
        """Whether it is, or may be, of a person; None is anybody."""
        return sid is None or self.sid in ("", sid)

    @property
    def transfer(self) -> str:
        """What would be broken off, as a person writes it; empty for nothing."""
        if self.program.lower() == _INSTALLER.lower():
            return self.program
        moves = _TRANSFERS if self._wsl else _BUILDS if self._docker_cli else ()
        if moves and self.words is None:
            return f"a {self.program} whose command line is not told"
        return next((f"{self.program} {word}" for word in self.words or () if word in moves), "")

    @property
    def docker(self) -> bool:
        """Whether it is Docker Desktop."""
        return self.program.lower() in {name.lower() for name in _DOCKER}

    @property
    def _wsl(self) -> bool:
        return self.program.lower() == _WSL

    @property
    def _docker_cli(self) -> bool:
        return self.program.lower() in _DOCKER_CLI

    def about(self, name: str) -> bool:
        """Whether it may be about a distribution: its words name it, or are not told; what is Docker's is about Docker's."""
        if name.lower() == DOCKER_DISTRO and (self._docker_cli or self.program.lower() == _INSTALLER.lower()):
            return True
        return not self._docker_cli and (self.words is None or name.lower() in self.words)

    def uses(self, name: str, guid: str, *, default: bool) -> bool:
        """Whether somebody works in a distribution by it, at a shell or with an editor.

        Args:
            name: the distribution's.
            guid: its key's name.
            default: whether it is the default one, which is meant where none is chosen.

        """
        if not self._wsl or self.words is None or self.transfer:
            return False
        chosen = next((value for word, value in zip(self.words, self.words[1:], strict=False) if word in _CHOICES), None)
        if chosen is None and self.words and self.words[0].startswith("{"):
            chosen = self.words[0]
        return default if chosen is None and self.client else chosen in (name.lower(), guid.lower())

    @property
    def client(self) -> bool:
        """Whether it is a wsl.exe in which somebody works, not one that only asks or changes something."""
        return self._wsl and self.words is not None and not self.transfer and self.words[:1] not in [(word,) for word in _ASKS]


def probe() -> Call:
    """Return the call that asks for the processes that may be at work, with their owners."""
    where = " OR ".join(f"Name='{name}'" for name in (_WSL, *_DOCKER, *_DOCKER_CLI, _INSTALLER))
    return call.cim_get("Win32_Process", ["Handle", "ProcessId", "Name", "CommandLine"], where=where, method="GetOwnerSid")


def vm() -> Call:
    """Return the call that asks for the process under which a WSL VM shows (src/windows/common/helpers.cpp)."""
    return call.cim_get("Win32_Process", ["ProcessId"], where="Name='vmmemWSL'")


def read(answer: Answer) -> tuple[Work, ...] | None:
    """Read the answer to `probe`; None while unknown."""
    if not answer.ok:
        return None
    return tuple(
        Work(str(one.get("Name") or ""), _words(one.get("CommandLine")), str((one.get("returns") or {}).get("Sid") or ""))
        for one in objects(answer)
    )


def _words(line: object) -> tuple[str, ...] | None:
    found = [quoted or plain for quoted, plain in _WORDS.findall(str(line or ""))]
    return tuple(word.lower() for word in found[1:]) if found else None
