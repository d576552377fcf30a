"""What a rollout costs by workers: `python bench/rollout.py 1 10 100 500 2000`. What becomes of lost ones tries bench/lost.py.

Each size gets a lab of its own with that many converged laptops over real SSH. It is carried out by one process, which is control
with its one runner, and by two workers of this machine. A laptop's share is what it adds to the processor time of a rollout in
which all that there is to start has started: of control, and of all that it has started.

The lab is one process, which takes more time for a laptop than ours, of the same cores: on the clock it holds both ways up. So
*alone* says how long ours would have been at work without it, and without waiting: one process all of its processor time, since
that is one thing after the other. Of two workers it is the reading of the inventory, and half of what is more to load beside it,
which are several processes; what else control does before the first shard; then the busier worker, and no less than half of all
that there is from then on, since control works beside them.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from place import ROOT, Cost, lab, measure

SIZES = (1, 10, 100, 500, 2000)
SHARD = 50  # laptops that a worker is given at a time
STARTED = 40  # laptops, in shards of ten, with which all has started
DEARER = 1.15  # times what a laptop costs one process that it may cost two workers
SOONER = 0.6  # times the seconds of one process in which two workers must end
MANY = 2000  # laptops from which on these are held to: of fewer, the beginning is too much of it
_TIMES = 2  # that each is measured; the least counts, since others may be at work on the machine
_CONTROL = ROOT / "tests" / "support" / "rollout_control.py"
COLUMNS = ("seconds", "alone", "processor s", "ms/laptop", "MiB")


@dataclass(frozen=True)
class Way:
    """What one way of carrying a rollout out took, and how long ours would have been at work alone."""

    cost: Cost
    alone: float

    def share(self, base: "Way", size: int) -> float:
        """Milliseconds of processor time that a laptop adds."""
        return (self.cost.processor - base.cost.processor) / (size - STARTED) * 1000

    def row(self, share: str) -> str:
        """Return its part of a row."""
        cost = self.cost
        return f"{cost.seconds:12.1f}{self.alone:12.1f}{cost.processor:12.1f}{share:>12}{cost.mebibytes:12.0f}"


def run(folder: Path, workers: int, shard: int = SHARD) -> Way:
    """Carry a rollout out over a lab that is converged; return what it cost."""
    told = folder / "told.json"
    about = {"workers": workers, "shard": shard, "told": str(told)}
    cost = measure(folder, sys.executable, _CONTROL, json.dumps(about))
    found = json.loads(told.read_text()) if not cost.code else {"documents": {}}
    wrong = [
        one["host"]
        for one in found["documents"].values()
        if one["outcome"] != "converged" or one["changes"] or one["requests"] > 2
    ]
    if cost.code or wrong:
        sys.exit(f"the rollout was not one without a change: exit code {cost.code}, {wrong[:5]}")
    if not found["busy"]:
        return Way(cost, cost.processor)
    return Way(cost, alone(found, cost.processor))


def alone(found: dict[str, Any], processor: float) -> float:
    """Return the seconds that two workers would have been at work without the lab, of the processor time of all."""
    beside = found["loading"] + sum(found["early"])
    rest = processor - found["reading"] - beside - found["before"]
    busier = max(found["busy"]) - min(found["early"])
    first = max(found["reading"], (found["reading"] + beside) / 2)
    return first + found["before"] + max(busier, rest / 2)


def bench(size: int, shard: int = SHARD) -> tuple[Way, Way]:
    """Measure both ways over a new lab of `size` laptops, but for the first run, which builds the laptops."""
    with lab(size) as folder:
        run(folder, 0)
        ways = ([run(folder, workers, shard) for _ in range(_TIMES)] for workers in (0, 2))
        one, two = (min(way, key=lambda each: each.cost.processor) for way in ways)
        return one, two


def main(sizes: tuple[int, ...]) -> None:
    """Print one row per size; exit 1 where workers cost more, or bring less, than they must."""
    print(f"{'':12}{'one process':>60}{'two workers, to one process':>84}")
    print("".join(f"{name:>12}" for name in ("laptops", *COLUMNS, *COLUMNS, "processor", "alone")), flush=True)
    bases, faults = bench(STARTED, 10), []
    for size in sizes:
        one, two = ways = bench(size)
        shares = [way.share(base, size) for way, base in zip(ways, bases, strict=True)] if size > 2 * STARTED else []
        dearer = shares[1] / shares[0] if shares else two.cost.processor / one.cost.processor
        parts = "".join(way.row(share) for way, share in zip(ways, [f"{one:.1f}" for one in shares] or ["", ""], strict=True))
        print(f"{size:12}{parts}{dearer:12.2f}{two.alone / one.alone:12.2f}", flush=True)
        if size >= MANY:
            faults += [f"{size} laptops: each costs {dearer:.2f} times what it costs one process"] if dearer > DEARER else []
            faults += [f"{size} laptops: {two.alone / one.alone:.2f} times as long"] if two.alone > SOONER * one.alone else []
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    print(f"{os.cpu_count()} cores, {SHARD} laptops in a shard")
    main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
