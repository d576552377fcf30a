"""What a run that changes nothing costs: `make bench` or `python bench/no_change.py 1 10 100`.

Each size gets a lab of its own with that many converged laptops over real SSH. Measured is the control process alone; the lab
runs in another one on the same machine and takes processor time of its own, which shows in the seconds.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SIZES = (1, 10, 100, 500)
LINEAR = 1.5  # a laptop among 500 may cost this many times what it costs among 100


def furnish(folder, size):
    """Lay out an inventory of `size` laptops that are all converged."""
    shutil.copytree(ROOT / "inventory", folder / "inventory")
    (folder / "schemas").symlink_to(ROOT / "schemas")
    fleet = yaml.safe_load((ROOT / "inventory" / "fleet.yml").read_text())
    fleet["hosts"] = {f"LT-{number:04}": {"groups": ["developers"]} for number in range(1, size + 1)}
    (folder / "inventory" / "fleet.yml").write_text(yaml.safe_dump(fleet))
    (folder / "inventory" / "lab.yml").write_text(yaml.safe_dump(dict.fromkeys(fleet["hosts"], "converged")))


def lab(folder, *arguments):
    """Call ``pyinfra-wsl lab`` in a folder."""
    subprocess.run([BIN / "pyinfra-wsl", "lab", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def measure(folder):
    """Run deploy.py once; return seconds, processor seconds and MiB of the control process, and its results."""
    begun = time.monotonic()
    command = [BIN / "pyinfra", "inventory/lab.py", str(ROOT / "deploy.py"), "-y"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - begun
    documents = [json.loads(path.read_text()) for path in max((folder / "results").iterdir()).glob("*.json")]
    wrong = [one["host"] for one in documents if one["outcome"] != "converged" or one["changes"] or one["requests"] > 2]
    if process.returncode or wrong:
        sys.exit(f"the run was not a converged one: exit code {process.returncode}, {wrong[:5]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, len(documents)


def bench(size):
    """Measure the second of two runs over a new lab of `size` laptops: the first one builds the laptops."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder, size)
        lab(folder, "up")
        try:
            measure(folder)
            return measure(folder)
        finally:
            lab(folder, "down")


def main(sizes):
    """Print one row per size; exit 1 if the cost of a laptop grows with their number."""
    print(f"{'laptops':>8} {'seconds':>8} {'processor s':>12} {'ms/laptop':>10} {'MiB':>6} {'MiB/laptop':>11}", flush=True)
    rows = {}
    for size in sizes:
        seconds, processor, memory, _ = bench(size)
        rows[size] = processor / size
        print(
            f"{size:8} {seconds:8.1f} {processor:12.1f} {processor / size * 1000:10.0f} {memory:6.0f} {memory / size:11.2f}",
            flush=True,
        )
    if 100 in rows and 500 in rows and rows[500] > rows[100] * LINEAR:
        sys.exit(f"not linear: a laptop among 500 costs {rows[500] / rows[100]:.1f} times one among 100")


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or SIZES)
