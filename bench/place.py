"""What the benchmarks share: a lab of converged laptops in a folder of its own, and a process that is measured."""

import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NAMES = "LT-{:04}"


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of processor time, MiB at most, and how it ended."""

    seconds: float
    processor: float
    mebibytes: float
    code: int


@contextmanager
def lab(size: int, *, winrm: bool = False) -> Iterator[Path]:
    """Yield a folder with an inventory of `size` laptops, all converged and served by a lab that ends with the block.

    With `winrm` they listen for WinRM too; by which way they are reached, `reach` says. Our modules are compiled before, as pip
    does when it installs them: what is compiled anew by each process, where pyinfra keeps Python from writing it down, is no
    cost that anybody has.
    """
    compileall.compile_dir(ROOT / "pyinfra_wsl", quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder, size, winrm=winrm)
        _lab(folder, "up")
        try:
            yield folder
        finally:
            _lab(folder, "down")


def measure(folder: Path, *command: object, environment: dict[str, str] | None = None) -> Cost:
    """Run a command in a folder, and return what its process cost with all that it started and waited for."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def furnish(folder: Path, size: int, *, winrm: bool = False) -> None:
    """Write an inventory of `size` converged laptops into a folder, each with a person, a profile and distributions of its own.

    What is read of one and known of the next is so no more than in a fleet: the models are four, the rest is set up alike.
    """
    shutil.copytree(ROOT / "inventory", folder / "inventory")
    (folder / "schemas").symlink_to(ROOT / "schemas")
    fleet = yaml.safe_load((ROOT / "inventory" / "fleet.yml").read_text())
    fleet["hosts"] = {NAMES.format(number): {"groups": ["developers"]} for number in range(1, size + 1)}
    (folder / "inventory" / "fleet.yml").write_text(yaml.safe_dump(fleet))
    asked = {"scenario": "converged", **({"winrm": {}} if winrm else {})}
    laptops = {name: {**asked, "person": f"p{number}"} for number, name in enumerate(fleet["hosts"], 1)}
    (folder / "inventory" / "lab.yml").write_text(yaml.safe_dump(laptops))


def reach(folder: Path, **connection: str) -> None:
    """Write by which way all laptops of an inventory are reached."""
    path = folder / "inventory" / "fleet.yml"
    fleet = yaml.safe_load(path.read_text())
    fleet["defaults"]["connection"] = {"user": "fleet-admin", **connection}
    path.write_text(yaml.safe_dump(fleet))
    addresses = folder / "inventory" / "lab.py"
    port = f'one["{connection.get("scheme", "https")}"]'
    addresses.write_text(addresses.read_text().replace('one["https"]', port).replace('one["http"]', port))


def _lab(folder: Path, word: str) -> None:
    subprocess.run([BIN / "pyinfra-wsl", "lab", word], cwd=folder, check=True, stdout=subprocess.DEVNULL)
