"""What the same run costs over SSH and over WinRM: `python bench/psrp.py 200`.

One lab of converged laptops that listen for both; a run that changes nothing over each way, measured as bench/no_change.py does:
the control process alone. The first run over each way is not counted, since it builds the laptops.
"""

import sys

from no_change import run
from place import Cost, lab, reach

LIMIT = 2.0  # times the processor time of SSH
WAYS = {"ssh": {"transport": "ssh"}, "psrp": {"transport": "psrp"}, "psrp, http": {"transport": "psrp", "scheme": "http"}}
COLUMNS = "way", "seconds", "processor s", "ms/laptop", "MiB", "of SSH's"


def main(size: int) -> None:
    """Print a row for each way; exit 1 where WinRM costs more than it may."""
    print("".join(f"{name:>12}" for name in COLUMNS), flush=True)
    faults, ssh = [], None
    with lab(size, winrm=True) as folder:
        for way, connection in WAYS.items():
            reach(folder, **connection)
            run(folder)
            cost = run(folder)
            ssh = ssh or cost
            print(_row(way, cost, ssh, size), flush=True)
            if cost.processor > LIMIT * ssh.processor:
                faults.append(f"{way} costs {cost.processor / ssh.processor:.1f} times what SSH costs")
    if faults:
        sys.exit("\n".join(faults))


def _row(way: str, cost: Cost, ssh: Cost, size: int) -> str:
    each = cost.processor / size * 1000
    figures = (
        f"{cost.seconds:12.1f}{cost.processor:12.1f}{each:12.1f}{cost.mebibytes:12.0f}{cost.processor / ssh.processor:12.1f}"
    )
    return f"{way:>12}{figures}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
