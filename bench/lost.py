"""Workers that are killed in the middle: `python bench/lost.py [LAPTOPS] [WORKERS]`, 2,000 and 4 without them.

A lab of laptops in several scenarios, some of them with much to do, some that fail or are off, is carried out by workers of this
machine. One after the other is killed on the way: in turn alone, so that its runner ends what it is changing, and with all that
it has started, as where a machine loses its power. In the end each laptop must be as its scenario says, and the lab's own journal
must know of none on which two have worked at once.
"""

import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

from place import NAMES, ROOT, furnish

sys.path.insert(0, str(ROOT / "tests"))

from stage import Stage
from support import rollout_control, rollout_journal

from pyinfra_wsl.lab.scenarios import SCENARIOS

MIX = (
    *["converged"] * 12, *["drifted"] * 3, "user-logged-off", "virtualization-off", "offline", "half-import", "fresh-en",
)  # fmt: skip
SHARD = 25
KILLS = 6


def main(size: int, workers: int) -> None:
    """Print what became of all; exit 1 where something is not as it must be."""
    logging.disable(logging.CRITICAL)  # the lab's, of connections that break
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    scenarios = {NAMES.format(number): name for number, name in enumerate(islice(cycle(MIX), size), start=1)}
    with tempfile.TemporaryDirectory() as name, rollout_journal.kept() as journal:
        folder = Path(name)
        furnish(folder, size)
        stage = Stage(folder, scenarios)
        try:
            found = _rollout(folder, size, workers)
        finally:
            stage.close()
    faults = _faults(scenarios, found, journal)
    _tell(found, journal, workers)
    print(*faults[:20], sep="\n")
    sys.exit(1 if faults else 0)


def _rollout(folder: Path, size: int, workers: int) -> dict:
    kill = [[size * (number + 1) // (KILLS + 2), number % 2 == 1] for number in range(KILLS)]
    about = {"workers": workers, "shard": SHARD, "told": str(folder / "told.json"), "kill": kill}
    begun = time.monotonic()
    subprocess.run([sys.executable, rollout_control.__file__, json.dumps(about)], cwd=folder, check=True)
    return json.loads((folder / "told.json").read_text()) | {"whole": time.monotonic() - begun}


def _faults(scenarios: dict, found: dict, journal: rollout_journal.Journal) -> list[str]:
    documents = found["documents"]
    again = {name for name, count in found["tries"].items() if count > 1 + found["offline"].get(name, 0)}
    faults = [f"{name} has no result" for name in scenarios if name not in documents]
    for name, document in documents.items():
        scenario = SCENARIOS[scenarios[name]]
        may = {scenario.expect.result, scenario.then.result} if name in again else {scenario.expect.result}
        if document["outcome"] not in may:
            faults.append(f"{name} is {document['outcome']}, not {' or '.join(may)} as {scenario.name}: {document['failures']}")
    faults += [f"{name} was told of twice" for name in found["twice"]]
    faults += [f"{one.laptop} was worked on by {before.holder} and {one.holder} at once" for before, one in journal.at_once()]
    reached = {name for name, one in documents.items() if one["outcome"] != "offline"}
    faults += [f"the lab knows nothing of work on {name}" for name in reached - {one.laptop for one in journal.works}]
    return faults + ([] if len(found["killed"]) == KILLS else [f"only {len(found['killed'])} were killed"])


def _tell(found: dict, journal: rollout_journal.Journal, workers: int) -> None:
    outcomes = Counter(one["outcome"] for one in found["documents"].values())
    again = sum(count > 1 + found["offline"].get(name, 0) for name, count in found["tries"].items())
    print(f"{sum(outcomes.values())} laptops, {workers} workers, shards of {SHARD}: {found['whole']:.0f} s")
    print(
        f"killed: {len(found['killed'])} workers, {sum(found['killed'])} processes; {len(found['lost'])} shards were lost by it"
    )
    print(f"given to another worker: {again} laptops; {sum(found['locked'].values())} times somebody was still at work on one")
    print(f"the lab's journal: {len(journal.works)} times somebody at work, {len(journal.at_once())} at once with somebody else")
    print(", ".join(f"{count} {name}" for name, count in outcomes.most_common()))


if __name__ == "__main__":
    GIVEN = [int(word) for word in sys.argv[1:]]
    main(*(*GIVEN, *(2000, 4)[len(GIVEN) :]))
