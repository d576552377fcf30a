"""All tests: pytest sessions, four at a time, each in a process of its own.

pyinfra's command line turns the threads of its process into greenlets, which the simulated laptops of other tests cannot share.
Real Linux hosts mostly wait, and so does a rehearsal half of its time: four of them fill two cores. What takes longest begins
first, so that nothing long is left for the end.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GREENLETS = ("tests/test_facts.py", "tests/test_operations.py")
LAB = ("tests/agent", "tests/connectors", "tests/lab")
REHEARSALS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "rehearsal").glob("test_*.py"))
OTHERS = (*GREENLETS, *LAB, "tests/linux", "tests/rehearsal", "tests/resources", "tests/rollout")
SESSIONS = {
    "Linux virtual machine": ["tests/linux", "-m", "vm"],
    "Linux hosts": ["tests/linux", "-m", "not vm"],
    "rehearsals 1": REHEARSALS[0::3],
    "rules": ["tests", *(f"--ignore={name}" for name in OTHERS)],
    "rehearsals 2": REHEARSALS[1::3],
    "rollouts": ["tests/rollout"],
    "resources": ["tests/resources"],
    "rehearsals 3": REHEARSALS[2::3],
    "lab and connectors": [*LAB],
    "facts and operations": [*GREENLETS],
}
"""What pytest is given, by name; a file that is in no other session is in the rules."""
HOSTS = ("Linux virtual machine", "Linux hosts")
"""Their clients give up after so many seconds, so that a core is theirs first when they want one."""
AT_ONCE = 4
BEAT = 15  # seconds between two signs of life
SLOWEST = 10  # tests that are named at the end


def surroundings():
    """Return the environment of a session: hundreds of programs of ours are started, and none is to compile all modules anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(name, arguments, log):
    """Run one session into a log; return its exit code."""
    begun = time.monotonic()
    with log.open("w") as out:
        first = [] if name in HOSTS else ["nice", "-n", "5"]
        command = [*first, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--durations={SLOWEST}", *arguments]
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False, env=surroundings())
    print(f"\n=== {name}: exit code {done.returncode} after {time.monotonic() - begun:.0f} s\n{log.read_text()}", flush=True)
    return done.returncode


def _done(log):
    return sum(map(len, re.findall(r"^[.sFExX]+", log.read_text(), re.MULTILINE)))


def watch(futures, logs, begun):
    """Say now and then how many tests of every session are done."""
    while wait(futures, BEAT).not_done:
        far = [f"{name}: {_done(log)}" for name, log in logs.items() if log.exists()]
        print(f"{time.monotonic() - begun:4.0f} s  {'   '.join(far)}", flush=True)


def totals(texts):
    """Add up what the sessions' last lines of counts say; a process that ends badly may say more behind them."""
    counts = (re.findall(r"^\d+ \w+.* in [\d.]+s\b.*$", one, re.MULTILINE) for one in texts)
    text = "\n".join(found[-1] for found in counts if found)
    return {word: sum(map(int, re.findall(rf"(\d+) {word}", text))) for word in ("passed", "failed", "error", "skipped")}


def slowest(texts):
    """Return the lines of the slowest steps of all sessions; a fixture stands with the test that asked for it first."""
    found = re.findall(r"^([\d.]+)s (call|setup|teardown) +(\S.*)$", "\n".join(texts), re.MULTILINE)
    ordered = sorted(found, key=lambda one: float(one[0]), reverse=True)
    return [f"{float(seconds):6.1f} s  {step:8}  {test}" for seconds, step, test in ordered[:SLOWEST]]


def main():
    """Run all sessions; print the slowest tests and one line of totals."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        logs = {name: Path(folder) / f"{number}.log" for number, name in enumerate(SESSIONS)}
        futures = [pool.submit(run, name, arguments, logs[name]) for name, arguments in SESSIONS.items()]
        watch(futures, logs, begun)
        codes = [future.result() for future in futures]
        texts = [log.read_text() for log in logs.values()]
    print("\nthe slowest, by the clock:", *slowest(texts), sep="\n")
    counts = totals(texts)
    print(f"\n{time.monotonic() - begun:.0f} s in all")
    print(f"{counts['passed']} passed, {counts['failed'] + counts['error']} failed, {counts['skipped']} skipped")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
