"""What every test host is to a test: a name, a port on loopback, and ssh."""

import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from hosts.place import key

RECORD = "/run/commands"  # written by furnish.sh's /usr/local/bin/recorded


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Host(ABC):
    """A booted Linux host, reached as root or as ops, who may sudo without a password."""

    def __init__(self, name: str, port: int, host_key: Path) -> None:
        """Name the host; host_key is the public key that its sshd shows."""
        self.name = name
        self.port = port
        self.folder = Path()
        self._host_key = host_key

    @abstractmethod
    def start(self) -> None:
        """Boot, and return when sshd answers."""

    @abstractmethod
    def stop(self) -> None:
        """End the host and remove what it wrote."""

    @abstractmethod
    def alive(self) -> bool:
        """Whether the host still runs."""

    @abstractmethod
    def console(self) -> str:
        """The end of what the host said while it booted."""

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file that names this host and no other."""
        path = self.folder / "known_hosts"
        path.write_text(f"[127.0.0.1]:{self.port} {' '.join(self._host_key.read_text().split()[:2])}\n")
        return path

    def ssh(self, user: str = "root") -> list[str]:
        """The ssh command line up to the command."""
        options = ["BatchMode=yes", f"UserKnownHostsFile={self.known_hosts}", "LogLevel=ERROR", "ConnectTimeout=60",
                   "ControlMaster=auto", "ControlPersist=60", f"ControlPath=/tmp/test-host-{self.port}-%r",
                   "ServerAliveInterval=5", "ServerAliveCountMax=4"]  # fmt: skip
        return ["ssh", "-i", str(key()), "-p", str(self.port), *(f"-o{o}" for o in options), f"{user}@127.0.0.1"]

    def run(self, command: str, *, user: str = "root", timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a shell command on the host; the caller judges its exit status."""
        return subprocess.run([*self.ssh(user), command], capture_output=True, text=True, timeout=timeout, check=False)

    def out(self, command: str, *, user: str = "root", timeout: float = 120) -> str:
        """What a command that must succeed prints."""
        done = self.run(command, user=user, timeout=timeout)
        assert done.returncode == 0, f"{self.name}: {command!r} exits {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def remote_commands(self) -> list[str]:
        """What clients asked this host's sshd to run since forget_commands or the boot."""
        return self.out(f"tr '\\n' ' ' < {RECORD} | tr '\\0' '\\n'").splitlines()[:-1]

    def forget_commands(self) -> None:
        """Begin the record of remote commands anew."""
        self.out(f": > {RECORD}")

    def reboot(self) -> None:
        """Ask the host to reboot, and return when it is back."""
        self.run("touch /run/before-reboot; systemctl reboot")
        self.hang_up()
        self.wait_for_ssh(until="test ! -e /run/before-reboot")

    def hang_up(self) -> None:
        """End the connections that are kept open between commands."""
        for user in ("root", "ops"):
            subprocess.run([*self.ssh(user)[:-1], "-O", "exit", f"{user}@127.0.0.1"], capture_output=True, check=False)

    def wait_for_ssh(self, *, until: str = "true", seconds: float = 240) -> None:
        """Return when a command succeeds over ssh; a host that died or is late is an error with its console's end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.alive():
                raise RuntimeError(f"{self.name} died while it booted: {self.console()}")
            if self.run(until).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} does not answer on port {self.port} after {seconds:.0f} s: {self.console()}")
