"""What the commands cost that contact nobody: `python bench/commands.py`, in seconds of processor time.

Beside each stands what Python takes to start and to load the YAML reader and the command line's library, which no command of ours
can save: on a machine with others seconds say little, and the ratio says more.
"""

import json
import sys
import tempfile
from pathlib import Path

from place import BIN, NAMES, ROOT, furnish, lab, measure

HOSTS, RESULTS = 10_000, 2_000
_LEAST = "import click, yaml, json, pathlib, re"
_TIMES = 3


def main() -> None:
    """Print one row for each command; exit 1 where one takes longer than it may."""
    faults = []
    with tempfile.TemporaryDirectory() as name, lab(1) as folder:
        furnish(Path(name), HOSTS)
        results = _results(folder)
        measure(folder, BIN / "pyinfra-wsl", "--help")  # compiles
        bare = _least(folder, sys.executable, "-c", _LEAST)
        rows = (
            ("pyinfra-wsl --help", 0.4, (folder, BIN / "pyinfra-wsl", "--help")),
            (f"validate, {HOSTS:,} hosts", 5.0, (Path(name), BIN / "pyinfra-wsl", "validate", "inventory/fleet.yml")),
            (f"report, {RESULTS:,} results", 1.5, (folder, BIN / "pyinfra-wsl", "report", results)),
        )
        print(f"{'':28}{'processor s':>12}{'may take':>10}{'of bare Python':>16}{'MiB':>8}", flush=True)
        for what, limit, command in rows:
            seconds, mebibytes = _least(*command)
            print(f"{what:28}{seconds:12.2f}{limit:10.1f}{seconds / bare[0]:15.1f}×{mebibytes:8.0f}", flush=True)
            faults += [f"{what}: {seconds:.2f} s"] if seconds > limit else []
    if faults:
        sys.exit("\n".join(faults))


def _least(folder: Path, *command: object) -> tuple[float, float]:
    costs = [measure(folder, *command) for _ in range(_TIMES)]
    if any(one.code for one in costs):
        sys.exit(f"{command} ended with {costs[0].code}")
    return min(one.processor for one in costs), min(one.mebibytes for one in costs)


def _results(folder: Path) -> Path:
    """Return a folder with the results of a run over many laptops that ended as this lab's one does."""
    measure(folder, BIN / "pyinfra", "inventory/lab.py", ROOT / "deploy.py", "-y")
    (one,) = max((folder / "results").iterdir()).glob("*.json")
    document = json.loads(one.read_text())
    many = folder / "many"
    many.mkdir()
    for number in range(1, RESULTS + 1):
        host = NAMES.format(number)
        (many / f"{host}.json").write_text(json.dumps(document | {"host": host}))
    return many


if __name__ == "__main__":
    main()
