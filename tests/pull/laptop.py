"""A laptop that pulls, as the tests have it: its folder, and what is published for it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import yaml
from click.testing import CliRunner
from published import NOW

from pyinfra_wsl import fleet
from pyinfra_wsl.cli.main import main
from pyinfra_wsl.pull import settings
from pyinfra_wsl.pull.accept import Accepting
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.floor import Floor
from pyinfra_wsl.pull.publish import bundle
from pyinfra_wsl.pull.store import Store


@dataclass
class Site:
    """What is published, and the laptop LT-1 that fetches it at a time of its own."""

    folder: Path
    keys: Path
    time = NOW

    @property
    def public(self):
        return self.folder / "public"

    @property
    def home(self):
        return self.folder / "home"

    def clock(self):
        return self.time

    def trust(self, *words):
        done = CliRunner().invoke(main, ["trust", *map(str, words)])
        assert done.exit_code == 0, done.output

    def begin(self):
        self.trust("init", self.public, "--fleet", "corp", "--root", self.keys / "root", "--signing", self.keys / "a")
        self.home.mkdir(parents=True)
        self.install()
        self.set()

    def install(self):
        (self.home / "trust").write_bytes((self.public / "trust" / "1").read_bytes())

    def set(self, **more):
        values = {"fleet": "corp", "source": str(self.public), "name": "LT-1", "splay": 0, **more}
        (self.home / "pull.yml").write_text(yaml.safe_dump(values))
        self.settings = settings.load(self.home)

    def publish(self, text=None, key="a", **more):
        if text is not None or not (self.folder / "fleet.yml").exists():
            (self.folder / "fleet.yml").write_text(text or "hosts: {LT-1: {wslconfig: {wsl2: {memory: 8GB}}}, LT-2: {}}")
        found = fleet.load(self.folder / "fleet.yml")
        return bundle.publish(bundle.Order(found, self.public, [self.keys / key], **more), self.time)

    @property
    def store(self):
        return Store(self.home, self.settings.name)

    def accepting(self, version="0.1.0"):
        floor = Floor(self.home, self.settings.floor)
        return Accepting(self.store, floor, self.settings.fleet, self.clock, version)

    def fetch(self, **more):
        return self.accepting(**more).from_any([Place(one, self.settings, 5) for one in self.settings.sources])

    def kept(self):
        """Return what decides about the last good bundle, byte by byte."""
        files = [self.home / "current.json", *sorted((self.home / "bundles").rglob("*"))]
        return {str(path): path.read_bytes() for path in files if path.is_file()}

    def wait(self, **more):
        self.time += timedelta(**more)

    def documents(self):
        return [json.loads(path.read_bytes()) for path in sorted((self.home / "results").glob("*.json"))]
