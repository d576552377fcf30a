"""What laptops that come by themselves cost, and what they are served: `python bench/pull.py [LAPTOPS [TOGETHER [SECONDS]]]`.

A pull without a change, by the process that the task of enroll starts: GETs, agents and requests are counted, processor time is
that of the process and of its child, which stands for PowerShell. Then TOGETHER laptops (20) that come for the first time, spread
over SECONDS (10) by their names, each by a process of its own. Then a bundle for LAPTOPS laptops (20,000).
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from place import BIN, NAMES, furnish, lab, measure

SECONDS, MAKING, MEBIBYTES = 1.5, 60.0, 1024.0
_TIMES = 3


class Counting(SimpleHTTPRequestHandler):
    """Hand a folder out, and count."""

    asked: list[str] = []  # noqa: RUF012 - of the one server there is
    seconds: Counter[int] = Counter()  # noqa: RUF012 - as above

    def do_GET(self) -> None:
        """Note what is asked for."""
        self.asked.append(self.path)
        if self.path != "/trust/1":  # which the installation brings along
            self.seconds[int(time.monotonic())] += 1
        super().do_GET()

    def log_message(self, *_words: object) -> None:
        """Print nothing."""


def published(folder: Path) -> Path:
    """Publish the fleet of a folder; return what is published."""
    for name in ("root", "fleet"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    words = ["trust", "init", "public", "--fleet", "bench", "--root", "root", "--signing", "fleet"]
    subprocess.run([BIN / "pyinfra-wsl", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "public"


def together(size: int, seconds: int) -> list[str]:
    """Let laptops come for the first time, spread over some seconds; return what went wrong."""
    names = [NAMES.format(number) for number in range(1, size + 1)]
    with lab(size) as folder:
        public = published(folder)
        words = (BIN / "pyinfra-wsl", "bundle", "inventory/fleet.yml", "--key", "fleet", "--out", "public")
        subprocess.run(list(map(str, words)), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(public)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Counting.seconds.clear()
        source = f"http://127.0.0.1:{server.server_port}"
        begun = time.monotonic()
        order = [BIN / "pyinfra-wsl", "lab", "pull", *names, "--source", source, "--splay", seconds]
        done = subprocess.run(list(map(str, order)), cwd=folder, check=False, capture_output=True, text=True)
        took = time.monotonic() - begun
        server.shutdown()
    good = done.stdout.count("outcome=converged")
    most = max(Counting.seconds.values(), default=0)
    spread = f"spread over {seconds} s: {good} converged after {took:.0f} s, at most {most} GETs in a second"
    print(f"{size} laptops that come for the first time, {spread}", flush=True)
    return [] if good == size else [f"{size - good} laptops did not converge: {done.stdout[-500:]}{done.stderr[-500:]}"]


def main() -> None:
    """Print what was measured; exit 1 where it is more than it may be."""
    faults: list[str] = []
    bundle = (BIN / "pyinfra-wsl", "bundle", "inventory/fleet.yml", "--key", "fleet", "--out", "public")
    with lab(1) as folder:
        public = published(folder)
        subprocess.run(list(map(str, bundle)), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(public)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        first = (BIN / "pyinfra-wsl", "lab", "pull", NAMES.format(1), "--source", f"http://127.0.0.1:{server.server_port}")
        subprocess.run(list(map(str, first)), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        home = folder / ".lab" / "pull" / NAMES.format(1)
        Counting.asked.clear()
        costs = [measure(folder, sys.executable, "-m", "pyinfra_wsl", "pull", "--home", home, "--now") for _ in range(_TIMES)]
        newest = json.loads(max((home / "results").glob("*.json")).read_text())
        least = min(costs, key=lambda one: one.processor)
        gets = len(Counting.asked) / _TIMES
        counted = f"{gets:g} GET, {newest['processes']} agent, {newest['requests']} requests"
        spent = f"{least.processor:.2f} s of processor time (may take {SECONDS}), {least.mebibytes:.0f} MiB"
        print(f"a pull without a change: {counted}, {spent}", flush=True)
        if least.processor > SECONDS or (gets, newest["processes"], newest["requests"], newest["changes"]) != (1, 1, 2, []):
            faults.append("a pull without a change costs more than it may")
    size, some, seconds = (int(one) for one in [*sys.argv[1:], *("20000", "20", "10")[len(sys.argv) - 1 :]])
    faults += together(some, seconds)
    with tempfile.TemporaryDirectory() as name:
        furnish(Path(name), size)
        published(Path(name))
        cost = measure(Path(name), *bundle)
        largest = max((one.stat().st_size for one in Path(name).glob("public/slices/*/*[0-9a-f]")), default=0)
        spent = f"{cost.processor:.1f} s of processor time (may take {MAKING:.0f}), "
        spent += f"{cost.mebibytes:.0f} MiB (may take {MEBIBYTES:.0f})"
        manifest = (Path(name) / "public" / "latest").stat().st_size
        print(f"a bundle for {size:,} laptops: {spent}; {manifest} bytes for all, {largest} at most for each", flush=True)
        if cost.code or cost.processor > MAKING or cost.mebibytes > MEBIBYTES:
            faults.append("a bundle costs more than it may")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
