"""The real agent: a PowerShell at the end of two pipes."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from pathlib import Path

from side import Agent, Place, Result

from pyinfra_wsl import agent as shipped

HERE = Path(__file__).resolve().parent
SOURCE = Path(shipped.__file__).with_name("agent.ps1")
OPTIONS = ["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass"]


class RealPlace(Place):
    separator = os.sep

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def write(self, path: str, data: bytes) -> None:
        Path(path).write_bytes(data)

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()

    def exists(self, path: str) -> bool:
        return Path(path).exists()

    def names(self) -> list[str]:
        return [path.name for path in Path(self.folder).iterdir()]

    def make(self, path: str) -> None:
        Path(path).mkdir(parents=True)

    def link(self, path: str, target: str) -> None:
        Path(path).symlink_to(target, target_is_directory=True)

    def file_link(self, path: str, target: str) -> None:
        Path(path).symlink_to(target)

    def second_name(self, path: str, existing: str) -> None:
        Path(path).hardlink_to(existing)

    def is_link(self, path: str) -> bool:
        return Path(path).is_symlink()


class PowerShellAgent(Agent):
    """One agent; `before` is PowerShell that stands in for cmdlets that only Windows has."""

    windows = os.name == "nt"

    def __init__(self, powershell: str, folder: Path, before: str = "") -> None:
        self.powershell, self._folder = powershell, folder
        self.place = RealPlace(folder)
        encoded = shipped.command_line().rpartition(" ")[2]
        self.process = subprocess.Popen(
            [powershell, *OPTIONS, "-EncodedCommand", encoded],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        source = shipped.source().decode().replace("# --- answers", before + "# --- answers", 1)
        self.send(base64.b64encode(source.encode()))
        self.hello = self.receive()["hello"]

    def send(self, line: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive_line(self) -> bytes:
        assert self.process.stdout
        assert self.process.stderr
        return self.process.stdout.readline() or self.process.stderr.read()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def another(self) -> Agent:
        return PowerShellAgent(self.powershell, self._folder)

    def probe(self, what: str, *words: str) -> Result:
        return {"exe": sys.executable, "arguments": [str(HERE / "probe.py"), what, *words]}

    def runs(self, process: int) -> bool:
        if os.name == "nt":
            listed = subprocess.run(["tasklist", "/fi", f"PID eq {process}"], capture_output=True, check=True).stdout
            return str(process).encode() in listed
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        stat = Path(f"/proc/{process}/stat")
        return not (stat.exists() and stat.read_text().split()[2] == "Z")  # dead; nobody may be there to reap it

    def from_file_to_file(self, request: str, reply: str) -> None:
        command = [self.powershell, *OPTIONS, "-File", str(SOURCE), "-Request", request, "-Reply", reply]
        subprocess.run(command, check=True, timeout=60)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:
                continue
