"""What slow laptops cost the others: `python bench/slow.py [LAPTOPS]`.

Each laptop answers after 0.2 s. Then every twentieth answers ten times later, and one in a hundred not at all: one after the
other its agent is silent, or what listens in its place. Told is, from the run's start, when the last of the others had its
last answer with --no-wait, and when the run ended without, in which each waits for all at each operation. With --no-wait the run
goes on until the silent ones are given up, and is ended here.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from place import BIN, ROOT, furnish

LAPTOPS = 200
LIMIT = 1.3  # times what the others take alone
_ANSWER = 0.2  # seconds
_SLOWER = 10
_SILENT = 1e6  # seconds
_PARALLEL = 200
_LAST = "last.json"  # when the last answer of each laptop was given, by the clock of the machine since its start
_WAYS = {"alone": (), "with slow ones": ("slow",), "with slow and silent ones": ("slow", "silent")}
_TIMES = 3  # that it is tried; the best counts, since others may be at work on the machine
_LONGEST = 180.0  # seconds after which a run is not looked at any longer


def main(size: int) -> None:
    """Print one row for each way; exit 1 where others are held up with --no-wait."""
    print(f"{size} laptops: seconds until the last of the others", flush=True)
    print(f"{'':28}{'--no-wait':>12}{'ratio':>8}{'waiting':>12}{'ratio':>8}", flush=True)
    alone: dict[bool, float] = {}
    held_up = False
    for name, faults in _WAYS.items():
        row = f"{name:28}"
        for no_wait in (True, False):
            seconds = min(_seconds(size, faults, no_wait=no_wait) for _ in range(_TIMES if no_wait else 1))
            ratio = seconds / alone.setdefault(no_wait, seconds)
            row += f"{seconds:12.1f}{ratio:8.2f}" if seconds < _LONGEST else f"{f'> {_LONGEST:.0f}':>12}{'':8}"
            held_up = held_up or (no_wait and ratio > LIMIT)
        print(row, flush=True)
    if held_up:
        sys.exit(f"with --no-wait the others are held up more than {LIMIT} times")


def _seconds(size: int, faults: tuple[str, ...], *, no_wait: bool) -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder, size)
        served = subprocess.Popen([sys.executable, __file__, "serve", folder, *faults])
        try:
            while not (folder / _LAST).exists():
                time.sleep(0.2)
            return _run(folder, _ordinary(size, faults), no_wait=no_wait)
        finally:
            served.terminate()
            served.wait()


def _ordinary(size: int, faults: tuple[str, ...]) -> set[int]:
    return {number for number in range(size) if not _fault(number, faults)}


def _fault(number: int, faults: tuple[str, ...]) -> str:
    if number % 100 == 50 and "silent" in faults:
        return "deaf" if number % 200 == 50 else "silent"
    return "slow" if number % 20 == 7 and "slow" in faults else ""


def _run(folder: Path, ordinary: set[int], *, no_wait: bool) -> float:
    """Carry a run out until all ordinary laptops have ended, which is when nothing of theirs has come for a while."""
    words = [BIN / "pyinfra", "inventory/lab.py", ROOT / "deploy.py", "-y", "--parallel", str(_PARALLEL)]
    begun = time.monotonic()
    process = subprocess.Popen(
        [*words, *(["--no-wait"] if no_wait else [])], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while time.monotonic() - begun < _LONGEST:
            time.sleep(0.5)
            answers = json.loads((folder / _LAST).read_text())
            done = [last - begun for number, (count, last) in answers.items() if int(number) in ordinary and count >= 2]
            if len(done) == len(ordinary) and no_wait:
                return max(done)
            if len(done) == len(ordinary) and process.poll() is not None:  # until then each waits for all at each operation
                return time.monotonic() - begun
            if process.poll() is not None:
                sys.exit(f"the run ended with {process.returncode}, and {len(done)} of {len(ordinary)} laptops were looked at")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    return _LONGEST


def _serve(folder: Path, faults: tuple[str, ...]) -> None:
    """Be the process that serves the lab."""
    import resource  # noqa: PLC0415

    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(_serving(folder, faults))


async def _serving(folder: Path, faults: tuple[str, ...]) -> None:
    from pyinfra_wsl import fleet  # noqa: PLC0415
    from pyinfra_wsl.lab.range.range import Range  # noqa: PLC0415
    from pyinfra_wsl.lab.range.state import State  # noqa: PLC0415

    hosts = fleet.load(folder / "inventory" / "fleet.yml").hosts
    laptops = {
        name: {"scenario": "converged", "declared": json.loads(json.dumps(host.data, default=str))}
        for name, host in hosts.items()
    }
    state = State(folder / ".lab")
    state.folder.mkdir()
    served = Range(state, {"laptops": laptops})
    await served.start()
    answers: dict[int, tuple[int, float]] = {}
    for number, name in enumerate(laptops):
        await _become(served, name, _fault(number, faults), _noting(answers, number))
    while True:
        await asyncio.sleep(0.3)
        temporary = folder / f"{_LAST}.tmp"
        temporary.write_text(json.dumps(answers))
        temporary.replace(folder / _LAST)


def _noting(answers: dict[int, tuple[int, float]], number: int) -> Any:
    def note(answer: bytes) -> bytes:
        answers[number] = (answers.get(number, (0, 0.0))[0] + 1, time.monotonic())
        return answer

    return note


async def _become(served: Any, name: str, fault: str, note: Any) -> None:
    laptop = served.laptops[name]
    if fault == "deaf":  # something listens, and says nothing

        async def nothing(_reader: object, _writer: object) -> None:
            await asyncio.sleep(_SILENT)

        laptop.close()
        laptop._keep = await asyncio.start_server(nothing, "127.0.0.1", laptop.port)
        return
    machine = laptop.machine
    machine.faults.late = {"silent": _SILENT, "slow": _SLOWER * _ANSWER}.get(fault, _ANSWER)
    machine.faults.lie = note


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(Path(sys.argv[2]), tuple(sys.argv[3:]))
        os._exit(0)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LAPTOPS)
