"""How fast a file goes to a laptop and back: `python bench/transfer.py [MiB]`, beside OpenSSH's sftp to the same laptop.

The laptop is one of the lab's, in another process: its sshd, its SFTP server and its agent are Python, so seconds say little and
the ratio says how much of what SFTP reaches there we reach, through an agent that reads lines of base64. What it takes to start
and to connect is measured too and taken off, for both. Beside the clock stands the processor time of the client, and of the lab
for the same file: what of the seconds is the lab's, no client can save. Each way is taken three times, in turn, and the best
counts, since others may be at work on the machine.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from place import Cost, lab, measure

MEBIBYTES = 500
LEAST = 0.6  # of what sftp reaches, at which a file must go up; where the lab is too slow for it, the client for itself
FLAT = 40  # MiB of memory that an upload may take beyond what a connection does
_TIMES = 3
_FILE, _BACK = "large.bin", "back.bin"
_THERE = r"C:\Users\Public\large.bin"
_COLUMNS = "seconds", "MiB/s", "of sftp", "client s", "lab s", "MiB held"


@dataclass(frozen=True)
class Row:
    """What a way cost: seconds, seconds of processor time of the client and the lab, and MiB that the client held at most."""

    seconds: float
    client: float
    lab: float
    held: float

    def without(self, start: "Row") -> "Row":
        """Return what is left of it without start and connection."""
        return Row(self.seconds - start.seconds, self.client - start.client, self.lab - start.lab, self.held - start.held)


def main(size: int) -> None:
    """Print one row for each way; exit 1 where an upload takes more than it may."""
    with lab(1) as folder:
        _fill(folder / _FILE, size)
        measure(folder, sys.executable, __file__, "connect")  # builds the laptop
        found: dict[str, list[Row]] = {}
        for _ in range(_TIMES):
            for name, command in _ways(folder).items():
                found.setdefault(name, []).append(_row(folder, name, command))
    best = {name: min(rows, key=lambda one: one.seconds) for name, rows in found.items()}
    net = {name: row.without(best[f"{name.split()[0]} connect"]) for name, row in best.items() if "connect" not in name}
    print(f"{f'{size} MiB':12}" + "".join(f"{name:>10}" for name in _COLUMNS))
    for name, row in net.items():
        figures = f"{row.seconds:10.1f}{size / row.seconds:10.0f}{_share(net, name):10.0%}{row.client:10.1f}{row.lab:10.1f}"
        print(f"{name:12}{figures}{row.held:10.0f}")
    _judge(net)


def _share(net: dict[str, Row], name: str) -> float:
    return net[f"sftp {name.split()[1]}"].seconds / net[name].seconds


def _judge(net: dict[str, Row]) -> None:
    up, sftp, faults = net["ours up"], net["sftp up"], []
    if (share := _share(net, "ours up")) < LEAST:
        alone = sftp.seconds / up.client
        print(f"an upload reaches {share:.0%} of sftp; the lab took {up.lab:.1f} s for it, for sftp's {sftp.lab:.1f} s")
        who = "the lab" if alone >= LEAST else "it is not the lab that"
        print(f"the client alone would do for {alone:.0%}: {who} is in the way")
        faults += ["an upload is slow, and it is not the lab"] if alone < LEAST else []
    if up.held > FLAT:
        faults.append(f"an upload holds {up.held:.0f} MiB")
    if faults:
        sys.exit("\n".join(faults))


def _row(folder: Path, name: str, command: list[object]) -> Row:
    served = json.loads((folder / ".lab" / "lab.json").read_text())["pid"]
    begun = _processor(served)
    cost: Cost = measure(folder, *command)
    if cost.code:
        sys.exit(f"{name} ended with {cost.code}")
    if name.endswith("down") and (folder / _BACK).stat().st_size != (folder / _FILE).stat().st_size:
        sys.exit(f"{name}: what came back is not what went")
    return Row(cost.seconds, cost.processor, _processor(served) - begun, cost.mebibytes)


def _processor(pid: int) -> float:
    """Return the seconds of processor time that a process has taken (proc(5), fields 14 and 15 of stat)."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _ways(folder: Path) -> dict[str, list[object]]:
    (folder / "up").write_text(f"put {_FILE} sftp.bin\n")
    (folder / "down").write_text(f"get sftp.bin {_BACK}\n")
    found = json.loads((folder / ".lab" / "lab.json").read_text())
    (laptop,) = found["laptops"].values()
    options = ["-i", found["key"], "-o", f"UserKnownHostsFile={found['known_hosts']}", "-P", laptop["port"]]
    sftp = ["sftp", "-q", *options]
    place = f"{found['user']}@{laptop['host']}"
    (folder / "connect").write_text("pwd\n")
    return {
        "sftp connect": [*sftp, "-b", "connect", place],
        "ours connect": [sys.executable, __file__, "connect"],
        "sftp up": [*sftp, "-b", "up", place],
        "ours up": [sys.executable, __file__, "up"],
        "sftp down": [*sftp, "-b", "down", place],
        "ours down": [sys.executable, __file__, "down"],
    }


def _fill(path: Path, size: int) -> None:
    with path.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(2**20))


def _transfer(way: str) -> None:
    """Be the process that is measured: pyinfra's host and connector, under greenlets as its command line makes them."""
    from gevent import monkey  # noqa: PLC0415 - first of all, as pyinfra does it

    monkey.patch_all()
    import runpy  # noqa: PLC0415

    from pyinfra.api.config import Config  # noqa: PLC0415
    from pyinfra.api.inventory import Inventory  # noqa: PLC0415
    from pyinfra.api.state import State  # noqa: PLC0415

    from pyinfra_wsl.core import call  # noqa: PLC0415

    state = State()
    state.init(Inventory((runpy.run_path("inventory/lab.py")["all"], {})), Config())
    (host,) = state.inventory
    host.connect(raise_exceptions=True)
    carried = {
        "connect": lambda: host.connector.session.ask([call.file_remove(_THERE)]),  # else it would not be sent again
        "up": lambda: host.connector.put_file(_FILE, _THERE),
        "down": lambda: host.connector.get_file(_THERE, _BACK),
    }
    done = carried[way]()
    host.connector.disconnect()
    os._exit(0 if done else 1)  # not by the report of a run, of which this is none


if __name__ == "__main__":
    _WORD = sys.argv[1] if len(sys.argv) > 1 else str(MEBIBYTES)
    main(int(_WORD)) if _WORD.isdigit() else _transfer(_WORD)
