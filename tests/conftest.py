"""A rehearsal: a lab of its own, a fleet file, and pyinfra as a user calls it."""

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from stage import BIN, ROOT, Stage
from support import starts

_STATE = tempfile.TemporaryDirectory(prefix="state-")
os.environ["XDG_STATE_HOME"] = _STATE.name  # what runs remember of their sessions is not of whoever tests


@dataclass
class Rehearsal:
    """A folder with a fleet file and a lab that serves it."""

    folder: Path
    stage: Stage | None = None

    def call(self, *command, timeout=120, answers=None, **environment):
        """Run a command in the folder, with lines for its questions; return the finished process with its output as text."""
        environment = os.environ | {"PYINFRA_PROGRESS": "off", "COLUMNS": "200"} | environment
        return starts.run(command, self.folder, environment, answers=answers, timeout=timeout)

    def pyinfra(self, *arguments, **options):
        """Run pyinfra over the lab's inventory."""
        return self.call(BIN / "pyinfra", "inventory/lab.py", *arguments, **options)

    def converge(self, *arguments, **options):
        """Run deploy.py without questions."""
        return self.pyinfra(ROOT / "deploy.py", "-y", *arguments, **options)

    def lab(self, *arguments):
        """Call ``pyinfra-wsl lab``; it must succeed."""
        done = self.call(BIN / "pyinfra-wsl", "lab", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def verify(self, *arguments):
        """Call ``pyinfra-wsl verify`` over the lab's inventory."""
        return self.call(BIN / "pyinfra-wsl", "verify", "inventory/lab.py", "-q", *arguments)

    def results(self):
        """Return the newest run's results by host."""
        newest = max((self.folder / "results").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
        return {path.stem: json.loads(path.read_text()) for path in newest.glob("*.json")}

    def edit(self, change):
        """Change the fleet file: `change` gets the parsed document."""
        path = self.folder / "inventory" / "fleet.yml"
        fleet = yaml.safe_load(path.read_text())
        change(fleet)
        path.write_text(yaml.safe_dump(fleet, allow_unicode=True))

    def state(self):
        """Return what ``lab up`` wrote: ports, key, known hosts."""
        return json.loads((self.folder / ".lab" / "lab.json").read_text())


def prepare(folder, change, scenarios):
    """Make a folder with a fleet file of the laptops in `scenarios`, all developers', changed by `change`."""
    shutil.copytree(ROOT / "inventory", folder / "inventory")
    (folder / "schemas").symlink_to(ROOT / "schemas")
    (folder / "inventory" / "lab.yml").write_text(yaml.safe_dump(scenarios))
    rehearsal = Rehearsal(folder)
    rehearsal.edit(lambda fleet: fleet.update(hosts={name: {"groups": ["developers"]} for name in scenarios}))
    if change:
        rehearsal.edit(change)
    return rehearsal


def laptops(scenarios):
    """Return scenarios by laptop; a name with ``_`` means one with ``-``."""
    return {name.replace("_", "-"): scenario for name, scenario in scenarios.items()}


@pytest.fixture(scope="session")
def make_rehearsal(tmp_path_factory):
    """Return a function that brings a lab up for laptops with scenarios; all labs go down at the end."""
    made = []

    def make(change=None, **scenarios):
        rehearsal = prepare(tmp_path_factory.mktemp("rehearsal"), change, laptops(scenarios))
        rehearsal.lab("up")
        made.append(rehearsal)
        return rehearsal

    yield make
    for rehearsal in made:
        rehearsal.lab("down")


@pytest.fixture(scope="module")
def make_stage(tmp_path_factory):
    """Return a function like `make_rehearsal`'s whose lab runs in this process: `stage` of what it returns holds the machines."""
    made = []

    def make(change=None, default_shell="cmd", winrm=None, **scenarios):
        rehearsal = prepare(tmp_path_factory.mktemp("stage"), change, laptops(scenarios))
        rehearsal.stage = Stage(rehearsal.folder, laptops(scenarios), default_shell, winrm)
        made.append(rehearsal)
        return rehearsal

    yield make
    for rehearsal in made:
        rehearsal.stage.close()


@pytest.fixture
def rehearse(make_rehearsal):
    """Return `make_rehearsal`, for a lab that only this test uses."""
    return make_rehearsal
