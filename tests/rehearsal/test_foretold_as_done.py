"""What a dry run says of a laptop is what the run then does: for every scenario of the lab, line by line."""

import re

import pytest
from stage import ROOT

from pyinfra_wsl.lab.scenarios import SCENARIOS
from pyinfra_wsl.lab.scenarios.docker import NAMES as DOCKER

UNFORESEEABLE = {"disk-fills", "connection-dropped"}
"""What goes wrong only once something is done."""
UNSEEN = {"offline", "constrained-language"}
"""Laptops that cannot be looked at, so that nothing can be foretold."""
NAMES = {f"LT-{name.upper()}": name for name in SCENARIOS if name not in {*UNSEEN, *DOCKER}}


def declare(fleet):
    fleet["hosts"]["LT-WINDOWS-10-INBOX"] |= {"wslconfig": {"wsl2": {"networkingMode": None}, "experimental": None}}
    fleet["hosts"]["LT-TWO-USERS"] |= {"groups": ["developers", "testers"], "user": "CORP\\bo"}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, **{laptop.replace("-", "_"): scenario for laptop, scenario in NAMES.items()})


@pytest.fixture(scope="module")
def foretold(rehearsal):
    done = rehearsal.pyinfra(ROOT / "deploy.py", "--dry", COLUMNS="1000")
    assert done.returncode == 0, done.stderr[-3000:]
    assert not (rehearsal.folder / "results").exists()
    said = {name: {"would": [], "cannot": [], "waits for": []} for name in NAMES}
    for name, how, what in re.findall(r"\[(\S+)\] +(would|cannot|waits for):? (.*)", done.stderr + done.stdout):
        said[name][how].append(what)
    return said


@pytest.fixture(scope="module")
def done(rehearsal, foretold):
    assert foretold
    rehearsal.converge()
    return rehearsal.results()


def coarse(would, changed):
    """Return what was done in the words of what would be: of a wsl.conf that could not be read yet, only that it is changed."""
    unread = {said.split(" ")[2] for said in would if said.endswith("as declared (what it says already can be read only then)")}
    live = {f"{name}: restart with the written wsl.conf" for name in unread}
    conf = re.compile(r"wsl\.conf of (\S+) ")
    found = (f"wsl.conf of {hit[1]} as declared" if (hit := conf.match(one)) and hit[1] in unread else one for one in changed)
    return [one for one in found if one not in live]


def bare(would, changed):
    """Return what would be done without its notes, as far as it was done."""
    return [next((one for one in changed if said == one or said.startswith(f"{one} (")), said) for said in would]


@pytest.mark.parametrize("laptop", [name for name, one in NAMES.items() if one not in UNFORESEEABLE])
def test_what_would_be_changed_is_changed(foretold, done, laptop):
    would = foretold[laptop]["would"]
    changed = coarse(would, [change["sentence"] for change in done[laptop]["changes"]])
    assert bare(would, changed) == changed


@pytest.mark.parametrize("laptop", [name for name, one in NAMES.items() if one not in UNFORESEEABLE])
def test_what_cannot_be_is_what_fails(foretold, done, laptop):
    failed = [f"{one['cause']}. Next: {one['remedy']}" for one in done[laptop]["failures"]]
    assert foretold[laptop]["cannot"] == failed


@pytest.mark.parametrize("laptop", [name for name, one in NAMES.items() if one not in UNFORESEEABLE])
def test_what_would_wait_waits(foretold, done, laptop):
    waiting = [f"{one['waits_for']}: {one['sentence']} ({one['reason']})" for one in done[laptop]["deferred"]]
    assert foretold[laptop]["waits for"] == waiting


@pytest.mark.parametrize("laptop", [name for name, one in NAMES.items() if one in UNFORESEEABLE])
def test_where_something_goes_wrong_only_what_was_said_is_begun(foretold, done, laptop):
    would = foretold[laptop]["would"]
    changed = coarse(would, [change["sentence"] for change in done[laptop]["changes"]])
    assert set(changed) < set(bare(would, changed))


SMALL = """
from pyinfra_wsl.operations import wsl_conf, wslconfig

wslconfig.settings(name="A small VM", settings={"wsl2": {"memory": "3GB"}})
wsl_conf.settings(name="systemd", distro="docker-desktop", settings={"boot": {"systemd": True}})
"""


def test_what_is_looked_into_after_a_forecast_is_known(make_stage):
    rehearsal = make_stage(LT_DONE="converged")
    (rehearsal.folder / "small.py").write_text(SMALL)
    done = rehearsal.pyinfra("small.py", "--dry")
    assert done.returncode == 0, done.stderr
    assert "would: .wslconfig [wsl2] memory: 8GB → 3GB" in done.stderr
    assert "would: wsl.conf of docker-desktop [boot] systemd: default (false) → true" in done.stderr
