"""All tests: pytest sessions, two at a time, each in a process of its own.

pyinfra's command line turns the threads of its process into greenlets, which the simulated laptops of other tests cannot share;
and real Linux hosts mostly wait, so that the rest may run meanwhile.
"""

import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GREENLETS = ["tests/test_facts.py", "tests/test_operations.py"]
SESSIONS = {
    "Linux virtual machine": ["tests/linux", "-m", "vm"],
    "Linux hosts": ["tests/linux", "-m", "not vm"],
    "rules, lab and programs": [
        "tests",
        *(f"--ignore={name}" for name in (*GREENLETS, "tests/linux", "tests/rehearsal")),
    ],
    "rehearsals": ["tests/rehearsal"],
    "facts and operations": GREENLETS,
}
AT_ONCE = 3
BEAT = 15  # seconds between two signs of life


def run(name, arguments, log):
    """Run one session into a log; return its exit code."""
    with log.open("w") as out:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        code = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    print(f"\n=== {name}: exit code {code}\n{log.read_text()}", flush=True)
    return code


def _done(log):
    return sum(map(len, re.findall(r"^[.sFExX]+", log.read_text(), re.MULTILINE)))


def watch(futures, logs, begun):
    """Say now and then how many tests of every session are done."""
    while not all(future.done() for future in futures):
        time.sleep(BEAT)
        far = [f"{name}: {_done(log)}" for name, log in logs.items() if log.exists()]
        print(f"{time.monotonic() - begun:4.0f} s  {'   '.join(far)}", flush=True)


def totals(logs):
    """Add up what the sessions' last lines count."""
    text = "\n".join(log.read_text().rstrip().rpartition("\n")[2] for log in logs.values())
    return {word: sum(map(int, re.findall(rf"(\d+) {word}", text))) for word in ("passed", "failed", "error", "skipped")}


def main():
    """Run all sessions and print one line of totals."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        logs = {name: Path(folder) / f"{number}.log" for number, name in enumerate(SESSIONS)}
        futures = [pool.submit(run, name, arguments, logs[name]) for name, arguments in SESSIONS.items()]
        watch(futures, logs, begun)
        codes = [future.result() for future in futures]
        counts = totals(logs)
    print(f"\n{time.monotonic() - begun:.0f} s in all")
    print(f"{counts['passed']} passed, {counts['failed'] + counts['error']} failed, {counts['skipped']} skipped")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
