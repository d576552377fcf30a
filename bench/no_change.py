"""What a run that changes nothing costs: `make bench` or `python bench/no_change.py 1 10 100`.

Each size gets a lab of its own with that many converged laptops over real SSH. Measured is the control process alone, against
the replay of its own bytes on the same machine in the same minute (bench/limit.py); the lab runs in another process and takes
processor time of its own, which shows in the seconds. A laptop's share is what it adds to a run over one laptop. What it may
cost is held against *awake*, the replay by paramiko as it comes, which wakes all connections all the time. Beside it stands the
least that can be, by a replay that sleeps as our connections do.
"""

import json
import sys
from pathlib import Path

import limit
from place import BIN, ROOT, Cost, lab, measure

SIZES = (1, 10, 100, 500, 1000)
LIMIT = 3.0  # times the raw replay that a laptop may cost
LINEAR = 1.1  # times what a laptop among 100 costs that one among 1,000 may
MEBIBYTES = 0.2  # that a laptop may add
COLUMNS = "laptops", "seconds", "processor s", "ms/laptop", "replay ms", "ratio", "awake ms", "ratio", "MiB", "MiB/laptop"


def _times(size: int) -> int:
    """Return how often each is measured; the least counts, since others may be at work on the machine: what is short shows it."""
    return 9 if size <= 100 else 3


def run(folder: Path) -> Cost:
    """Run deploy.py once over a lab that is converged; return what it cost."""
    cost = measure(folder, BIN / "pyinfra", "inventory/lab.py", ROOT / "deploy.py", "-y")
    documents = [json.loads(path.read_text()) for path in max((folder / "results").iterdir()).glob("*.json")]
    wrong = [one["host"] for one in documents if one["outcome"] != "converged" or one["changes"] or one["requests"] > 2]
    if cost.code or wrong:
        sys.exit(f"the run was not a converged one: exit code {cost.code}, {wrong[:5]}")
    return cost


def bench(size: int) -> tuple[Cost, Cost, Cost]:
    """Measure runs over a new lab of `size` laptops, but for the first, which builds the laptops; and both replays."""
    with lab(size) as folder:
        run(folder)
        limit.record(folder)
        ways = (lambda: run(folder)), (lambda: limit.replay(folder)), (lambda: limit.replay(folder, awake=True))
        ours, replay, awake = (min((way() for _ in range(_times(size))), key=lambda one: one.processor) for way in ways)
        return ours, replay, awake


def main(sizes: tuple[int, ...]) -> None:
    """Print one row per size; exit 1 where a laptop costs more than it may."""
    print("".join(f"{name:>12}" for name in COLUMNS), flush=True)
    bases, shares, faults = bench(1), {}, []
    for size in sizes:
        costs = bench(size) if size > 1 else bases
        cost, memory = costs[0], (costs[0].mebibytes - bases[0].mebibytes) / max(size - 1, 1)
        row = f"{size:12}{cost.seconds:12.1f}{cost.processor:12.1f}"
        if size == 1:
            print(f"{row}{'':60}{cost.mebibytes:12.0f}", flush=True)
            continue
        share, least, awake = (
            (one.processor - base.processor) / (size - 1) * 1000 for one, base in zip(costs, bases, strict=True)
        )
        ratios = f"{least:12.1f}{share / least:12.1f}{awake:12.1f}{share / awake:12.1f}"
        print(f"{row}{share:12.1f}{ratios}{cost.mebibytes:12.0f}{memory:12.2f}", flush=True)
        shares[size] = share
        faults += [f"{size} laptops: {share / awake:.1f} times the raw replay"] if size >= 100 and share > LIMIT * awake else []
        faults += [f"{size} laptops: {memory:.2f} MiB each"] if size >= 100 and memory > MEBIBYTES else []
    small, large = (shares.get(size) for size in (100, 1000))
    if small and large and large > small * LINEAR:
        faults.append(f"not linear: a laptop among 1,000 costs {large / small:.2f} times one among 100")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
