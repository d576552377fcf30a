"""One table of one run over one lab: `python bench/compare.py [LAPTOPS]`, what a laptop costs us, others, and the wire itself.

Replayed are the bytes of our own run over bare paramiko (bench/limit.py). Plain pyinfra and Ansible ask eight things each
(bench/plain.py, bench/ansible.py), with environments of their own that are made here: ours would not be plain, since our package
makes pyinfra quicker. A laptop's share is what it adds to a run over one laptop; of Ansible, the masters of its connections are
not counted, so that is the least it may take.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import ansible
import limit
import no_change
import plain
from place import Cost, lab

LAPTOPS = 100
CHEAPER = 10  # times, than Ansible
_OURS, _PLAIN = "pyinfra-wsl, no change", "plain pyinfra, 8 commands"
_ANSIBLE = "Ansible raw, 8 tasks, {} forks"
Way = Callable[[Path], Cost]


def main(size: int) -> None:
    """Print the table; exit 1 where others are cheaper than they may be."""
    with tempfile.TemporaryDirectory() as name:
        ways = _ways(Path(name))
        with lab(1) as folder:
            first = _all(folder, ways)
        with lab(size) as folder:
            many = _all(folder, ways)
    shares = {name: (many[name].processor - first[name].processor) / (size - 1) * 1000 for name in many}
    ours, wire = shares[_OURS], next(iter(shares.values()))
    print(f"{f'{size} laptops':34}{'ms/laptop':>11}{'of the replay':>15}{'of ours':>9}{'seconds':>9}{'MiB':>7}")
    for name, share in shares.items():
        ratios = f"{share / wire:14.1f}×{share / ours:8.1f}×"
        print(f"{name:34}{share:11.1f}{ratios}{many[name].seconds:9.1f}{many[name].mebibytes:7.0f}")
    faults = [f"{name}: {share / ours:.1f} times ours" for name, share in shares.items() if share < _least(name) * ours]
    if faults:
        sys.exit("\n".join(faults))


def _least(name: str) -> float:
    return CHEAPER if name.startswith("Ansible") else 1 if name == _PLAIN else 0


def _ways(folder: Path) -> dict[str, Way]:
    found: dict[str, Way] = {"the same bytes, replayed": limit.replay, _OURS: no_change.run}
    try:
        command = plain.install(folder)
        found[_PLAIN] = lambda where: plain.run(where, command)
        playbook = ansible.install(folder)
        for forks in (5, 20):
            found[_ANSIBLE.format(forks)] = lambda where, forks=forks: ansible.run(where, playbook, forks)
    except subprocess.CalledProcessError as error:
        print(f"left out, since pip ended with {error.returncode}: is PyPI reached from here? Next: pip download pyinfra")
    return found


def _all(folder: Path, ways: dict[str, Way]) -> dict[str, Cost]:
    no_change.run(folder)  # builds the laptops
    limit.record(folder)
    return {name: way(folder) for name, way in ways.items()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LAPTOPS)
