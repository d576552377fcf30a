"""A lab whose laptops pull: what is published for them, and a folder for each, as the package of enroll would have made it."""

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta

import yaml
from click.testing import CliRunner

from pyinfra_wsl import fleet
from pyinfra_wsl.cli.main import main
from pyinfra_wsl.pull import work
from pyinfra_wsl.pull.publish import bundle


class Range:
    """A lab, what is published for its laptops, and each laptop's folder."""

    def __init__(self, rehearsal, keys):
        self.stage, self.folder, self.keys = rehearsal.stage, rehearsal.folder, keys
        self.public = self.folder / "public"
        self.ahead = timedelta()
        words = ["trust", "init", self.public, "--fleet", "corp", "--root", keys / "root", "--signing", keys / "a"]
        done = CliRunner().invoke(main, [str(one) for one in words])
        assert done.exit_code == 0, done.output
        self.publish()

    def clock(self):
        return datetime.now(UTC) + self.ahead

    def publish(self):
        found = fleet.load(self.folder / "inventory" / "fleet.yml")
        return bundle.publish(bundle.Order(found, self.public, [self.keys / "a"]), self.clock().replace(microsecond=0))

    def home(self, name, **more):
        home = self.folder / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.public / "trust" / "1", home / "trust")
        agent = [sys.executable, "-m", "pyinfra_wsl.lab.range.local", str(self.folder / ".lab"), name]
        values = {"fleet": "corp", "source": str(self.public), "name": name, "splay": 0, "agent": agent, **more}
        (home / "pull.yml").write_text(yaml.safe_dump(values))
        return home

    def pull(self, name, **more):
        return work.pull(self.home(name, **more), self.clock)

    def documents(self, name):
        return [json.loads(one.read_bytes()) for one in sorted((self.folder / "homes" / name / "results").glob("*.json"))]

    def drift(self, name, setting):
        reply = self.stage.do(self.stage._range.answer, {"verb": "drift", "laptop": name, "setting": setting})
        assert reply["ok"], reply
