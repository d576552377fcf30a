"""The product as a user calls it: a fleet file, an inventory, and ``pyinfra inventory.py deploy.py -y``."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hosts.host import Host
from hosts.place import CHECKOUT, key

BIN = Path(sys.executable).parent
IMAGE = (
    "apt-get install -y -q busybox-static >/dev/null 2>&1; mkdir -p /tmp/image/bin; cp /bin/busybox /tmp/image/bin/;"
    " tar -C /tmp/image -cf /tmp/image.tar . && chmod 644 /tmp/image.tar"
)
"""Makes /tmp/image.tar on a host, for docker import: busybox and nothing else."""
INVENTORY = """from pathlib import Path

from pyinfra_wsl import inventory

globals().update(inventory.groups(Path(__file__).parent / "fleet.yml"))
"""


@dataclass(frozen=True)
class Run:
    """One run of pyinfra over one host: what it printed, its results, and what the host was asked to do."""

    exit: int
    output: str
    result: dict[str, Any]
    commands: list[str]

    @property
    def changes(self) -> list[str]:
        """The sentences of what was changed."""
        return [change["sentence"] for change in self.result["changes"]]

    @property
    def failures(self) -> list[str]:
        """Each failure as ``cause. Next: remedy``."""
        return [f"{failure['cause']}. Next: {failure['remedy']}" for failure in self.result["failures"]]

    @property
    def deferred(self) -> list[str]:
        """The sentences of what waits."""
        return [deferred["sentence"] for deferred in self.result["deferred"]]


@dataclass
class Fleet:
    """A folder with the fleet file of one host."""

    folder: Path
    host: Host
    declared: dict[str, Any]
    user: str = "root"
    runs: int = field(default=0, init=False)

    def converge(self, *arguments: str, **declared: Any) -> Run:
        """Run deploy.py; keyword arguments are declared in the place of the usual."""
        self.host.forget_commands()
        done = self.call(*arguments, **declared)
        output = done.stdout + done.stderr
        documents = list(self.folder.glob(f"results-{self.runs}/*/{self.host.name}.json"))
        assert len(documents) == 1, output
        return Run(done.returncode, output, json.loads(documents[0].read_text()), self.host.remote_commands())

    def call(self, *arguments: str, **declared: Any) -> subprocess.CompletedProcess[str]:
        """Run deploy.py, and return the finished process whatever became of it."""
        self._write({**self.declared, **declared})
        self.runs += 1
        yes = [] if "--dry" in arguments else ["-y"]  # -y skips the look for changes that --dry is about
        command = [BIN / "pyinfra", "inventory.py", CHECKOUT / "deploy.py", *yes, *arguments]
        results = {"PYINFRA_WSL_RESULTS": str(self.folder / f"results-{self.runs}")}
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=420, check=False,
            env=os.environ | {"PYINFRA_PROGRESS": "off", "COLUMNS": "200"} | results,
        )  # fmt: skip

    def dry(self) -> list[str]:
        """Run deploy.py with --dry, and return what it would do."""
        done = self.call("--dry")
        assert done.returncode == 0, done.stdout + done.stderr
        return re.findall(r"would: (.+)", done.stdout + done.stderr)

    def verify(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Verify the host: testinfra's own modules, generated from the fleet file."""
        command = [BIN / "pyinfra-wsl", "verify", "inventory.py", "-q", *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False)

    def _write(self, declared: dict[str, Any]) -> None:
        connection = {
            "transport": "ssh", "user": self.user, "sudo": self.user != "root", "port": self.host.port,
            "key": str(key()), "known_hosts": str(self.host.known_hosts),
        }  # fmt: skip
        host = {"os": "linux", "address": "127.0.0.1", "connection": connection, **declared}
        (self.folder / "fleet.yml").write_text(yaml.safe_dump({"hosts": {self.host.name: host}}))
        (self.folder / "inventory.py").write_text(INVENTORY)


def assert_converged(run: Run) -> None:
    """The run succeeded, and the host is as declared."""
    assert run.exit == 0, run.output
    assert run.result["outcome"] == "converged", run.result
    assert "Traceback" not in run.output


def assert_unchanged(run: Run) -> None:
    """The run found everything as declared and changed nothing."""
    assert_converged(run)
    assert run.changes == []
    assert not re.search(r"^\s*Changed: [1-9]", run.output, re.MULTILINE), run.output


def assert_refused(run: Run, *words: str) -> None:
    """The run failed with exactly one line that has these words and a next step, and without a traceback."""
    assert run.exit != 0
    assert run.result["outcome"] == "failed"
    assert len(run.failures) == 1, run.failures
    (line,) = run.failures
    assert "\n" not in line
    assert re.search(r"\. Next: \S", line), line
    for word in words:
        assert word in line, line
    assert "Traceback" not in run.output, run.output
