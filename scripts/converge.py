"""The whole way in the lab: up, converge, verify, converge again, down; and one table at the end.

Exit code 0 only if every laptop ends as its scenario says: converged, or deferred where its user is away.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from rich.text import Text

from pyinfra_wsl.lab import scenarios
from pyinfra_wsl.report import summary

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
RESULTS = ROOT / "results"
console = summary.console()


def step(title, *command):
    """Run one part of the way, visibly; return its exit code."""
    console.rule(Text(title, "bold"), align="left")
    begun = time.monotonic()
    code = subprocess.run([str(word) for word in command], cwd=ROOT, check=False, env=os.environ | {"COLUMNS": "150"}).returncode
    console.print(f"{title}: exit code {code}, {time.monotonic() - begun:.0f} s\n", style="dim")
    return code


def deploy(title):
    """Run deploy.py over the lab and return its results by laptop."""
    before = set(RESULTS.glob("*/"))
    step(title, BIN / "pyinfra", "inventory/lab.py", "deploy.py", "-y", *(word for one in PULLING for word in ("--exclude", one)))
    new = set(RESULTS.glob("*/")) - before
    return {one["host"]: one for folder in new for one in map(json.loads, (path.read_text() for path in folder.glob("*.json")))}


PULLING = ("LT-RESET", "LT-DOCKER")
"""Laptops that nobody connects to: they come by themselves."""


def pulled():
    """Publish the fleet, let some laptops pull until they change nothing, and return what is not as it should be."""
    folder = ROOT / ".lab" / "published"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("root", "signing"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    public, back, wsl = folder / "public", folder / "back", BIN / "pyinfra-wsl"
    step("Trust and bundle for laptops that pull", "sh", "-c",
         f"{wsl} trust init {public} --fleet lab --root {folder / 'root'} --signing {folder / 'signing'} && "
         f"{wsl} bundle inventory/fleet.yml --key {folder / 'signing'} --out {public}")  # fmt: skip
    wrong = []
    for title in ("Pull: laptops that come by themselves", "Pull again: nothing may change"):
        step(title, wsl, "lab", "pull", *PULLING, "--source", public, "--results", back)
    for name in PULLING:
        documents = [json.loads(path.read_text()) for path in sorted((back / name).glob("*.json"))]
        outcomes = [one["pull"]["outcome"] for one in documents]
        if outcomes[-2:] != ["converged"] * 2 or documents[-1]["changes"]:
            wrong.append(f"{name}: its pulls ended {', '.join(outcomes) or 'without a document'}")
    return wrong


def judge(laptops, first, second, verified):
    """Return what is not as it should be, one sentence each."""
    wrong = [] if verified == 0 else ["verification failed, see above"]
    for name, entry in laptops.items():
        expected = scenarios.SCENARIOS[entry["scenario"]].expect.result
        for run, documents in (("first", first), ("second", second)):
            outcome = documents[name]["outcome"] if name in documents else "missing"
            if outcome != expected:
                wrong.append(f"{name}: {run} run ended {outcome}, scenario {entry['scenario']} says {expected}")
        if changes := second.get(name, {}).get("changes"):
            wrong.append(f"{name}: the second run changed again: {', '.join(change['sentence'] for change in changes)}")
    return wrong


def releases(documents):
    """Return how many laptops had which release of WSL when a run began."""
    kinds = {"none": "none", "inbox": "part of Windows"}
    seen = [(document["before"] or {}).get("wsl") or {} for document in documents.values()]
    found = Counter(one.get("version") or kinds.get(one.get("kind"), "not known") for one in seen)
    return ", ".join(f"{release} ({number})" for release, number in sorted(found.items()))


def main():
    """Go the whole way; the lab goes down however it ends."""
    begun = time.monotonic()
    if step("Lab up", BIN / "pyinfra-wsl", "lab", "up"):
        return 1
    try:
        laptops = json.loads((ROOT / ".lab" / "lab.json").read_text())["laptops"]
        first = deploy("First run: converge")
        by_themselves = pulled()
        verified = step("Verify with testinfra", BIN / "pyinfra-wsl", "verify", "inventory/lab.py", "-q")
        second = deploy("Second run: nothing may change")
    finally:
        step("Lab down", BIN / "pyinfra-wsl", "lab", "down")
    console.rule(Text("What the first run did", "bold"), align="left")
    documents = [first[name] for name in laptops if name in first]
    summary.print_table(documents, console)
    summary.print_totals(documents, "results/", console)
    pushed = {name: one for name, one in laptops.items() if name not in PULLING}
    wrong = [*judge(pushed, first, second, verified), *by_themselves]
    for sentence in wrong:
        console.print(sentence, style="red")
    console.print(f"\nWSL before the first run: {releases(first)}\nWSL after it: {releases(second)}")
    unchanged = sum(not one["changes"] for one in second.values())
    ended = "see above" if by_themselves else "converged, and the second pull changed nothing"
    console.print(f"Came by themselves: {', '.join(PULLING)}: {ended}.")
    console.print(f"Second run: {unchanged} of {len(pushed)} laptops without a change.  {time.monotonic() - begun:.0f} s in all.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
