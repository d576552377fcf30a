"""What a shard costs beside a plain run: processor time and seconds for each laptop, and what a child needs to begin.

``python bench/shard.py [LAPTOPS...]``: over a lab of converged laptops, a plain run of pyinfra's command line, then a runner that
carries the same out as shards of `SHARD`, one after the other.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from place import BIN, ROOT, Cost, lab, measure

from pyinfra_wsl.rollout import members, wire
from pyinfra_wsl.rollout.model import Shard

SHARD = 50
DEPLOY = str(ROOT / "deploy.py")


def loaded(folder: Path) -> list:
    """Return the hosts of a lab's inventory."""
    os.chdir(folder)
    return list(members.load("inventory/lab.py").members)


def carried_out(folder: Path, hosts: list) -> tuple[Cost, float, set]:
    """Let a runner carry hosts out; return its cost, the longest time until a child has told its first, and the outcomes."""
    command = [sys.executable, "-P", "-m", "pyinfra_wsl.rollout.runner"]
    about = {"spool": str(folder / "spool"), "children": 1, "at_once": 60, "environment": dict(os.environ)}
    begun, outcomes, starts = time.monotonic(), set(), []
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(wire.line(about))
    process.stdin.flush()
    process.stdout.readline()
    for first in range(0, len(hosts), SHARD):
        asked = time.monotonic()
        process.stdin.write(wire.request(Shard(f"s{first}", hosts[first : first + SHARD], (DEPLOY,))))
        process.stdin.flush()
        told, waited = {}, 0.0
        while told.get("event") not in ("done", "lost"):
            told = wire.read(process.stdout.readline())
            if told["event"] == "ended":
                waited = waited or time.monotonic() - asked
                outcomes.add(told["document"]["outcome"])
        starts.append(waited)
    process.stdin.close()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    cost = Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
    return cost, min(starts), outcomes


def main() -> None:
    """Measure and print a table."""
    print(" laptops   plain s   cpu s  shards s   cpu s  ratio   MiB   MiB  first s")
    for size in map(int, sys.argv[1:] or ("1", "100")):
        with lab(size) as folder:
            command = (BIN / "pyinfra", "inventory/lab.py", DEPLOY, "-y", "--no-wait")
            measure(folder, *command)
            plain = measure(folder, *command)
            cost, first, outcomes = carried_out(folder, loaded(folder))
            if outcomes != {"converged"} or plain.code or cost.code:
                raise SystemExit(f"not all is as it should be: {outcomes}, {plain.code}, {cost.code}")
            ratio = cost.processor / plain.processor
            print(
                f"{size:8} {plain.seconds:9.1f} {plain.processor:7.2f} {cost.seconds:9.1f} {cost.processor:7.2f} {ratio:6.2f}"
                f" {plain.mebibytes:5.0f} {cost.mebibytes:5.0f} {first:8.2f}",
                flush=True,
            )
            os.chdir(ROOT)


if __name__ == "__main__":
    main()
