"""Each declared part of Docker Desktop broken by hand: verification fails for it, a run repairs it, the next changes nothing."""

import copy
import re
from xml.etree import ElementTree

import pytest
import yaml
from stage import ROOT

from pyinfra_wsl import fleet
from pyinfra_wsl.fleet.declared import settings
from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.state import State

FLEET = yaml.safe_load((ROOT / "inventory" / "fleet.yml").read_text("utf-8"))
CONSENTS = {"allow_unreachable": True, "apply": "now"}
"""Somebody who drifts back and forth has agreed to it; Docker Desktop without an engine does not say whether containers run."""
KINDS = {"WSL": "LT-DOCKER", "WIN": "LT-WINCONT", "BUS": "LT-BUSINESS"}
"""Of which laptop of the lab's fleet each kind here is one more."""
PARTS = {
    "WSL": (
        "settings", "settings.Run", "settings.StartupApproved", "accept_license", "daemon", "backend", "start",
        "package.minimum", "package.scope", "state",
    ),
    "WIN": ("settings", "daemon", "backend", "backend.service", "backend.group", "start"),
    "BUS": ("admin_settings", "allowed_orgs", "settings"),
}  # fmt: skip
LAPTOPS = {f"LT-{kind}-{number}": f"docker_desktop.{part}" for kind, parts in PARTS.items() for number, part in enumerate(parts)}
WHOLE = [f"LT-{kind}-WHOLE" for kind in KINDS]
REFUSED = "LT-WIN-CHOICE"
"""What no run repairs is told."""
IDS = [f"{name[3:6]}-{setting}" for name, setting in LAPTOPS.items()]


def declare(fleet):
    for name in fleet["hosts"]:
        fleet["hosts"][name] = copy.deepcopy(FLEET["hosts"][KINDS[name[3:6]]])
        desktop = fleet["hosts"][name].setdefault("docker_desktop", {})
        desktop |= CONSENTS | {"state": "present"}
    fleet["groups"]["docker"]["docker_desktop"]["package"] |= {"change_scope": True}
    fleet["defaults"]["wslconfig"]["apply"] = "now"


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, **{name.replace("-", "_"): "converged" for name in (*WHOLE, *LAPTOPS, REFUSED)})


def drift(rehearsal, laptop, setting, **more):
    reply = control.ask(State(rehearsal.folder / ".lab"), "drift", laptop=laptop, setting=setting, **more)
    assert reply["ok"], reply
    return reply


def verify(rehearsal, *laptops):
    """Return the settings of Docker whose test failed, by laptop; without names of all."""
    report = rehearsal.folder / "verify.xml"
    limit = [word for name in laptops for word in ("--limit", name)]
    done = rehearsal.verify("--junitxml", report, "-k", "test_docker_desktop or test_docker_integration", *limit)
    assert "Traceback (most recent call last)" not in done.stderr
    failed = {name: set() for name in (*WHOLE, *LAPTOPS, REFUSED)}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        laptop, setting = re.search(r"\[(\S+): (\S+)\]", case.get("name")).groups()
        if case.find("failure") is not None or case.find("error") is not None:
            failed[laptop].add(setting)
    return failed


@pytest.fixture(scope="module")
def whole(rehearsal):
    done = rehearsal.converge()
    return done, rehearsal.results(), verify(rehearsal, *WHOLE)


@pytest.fixture(scope="module")
def broken(rehearsal, whole):
    assert whole
    for laptop, setting in LAPTOPS.items():
        drift(rehearsal, laptop, setting)
    drift(rehearsal, REFUSED, "docker_desktop.backend.choice")
    return verify(rehearsal)


@pytest.fixture(scope="module")
def repaired(rehearsal, broken):
    assert broken
    done = rehearsal.converge()
    return done, rehearsal.results(), verify(rehearsal)


@pytest.fixture(scope="module")
def again(rehearsal, repaired):
    assert repaired
    rehearsal.converge()
    return rehearsal.results()


def test_laptops_as_declared_are_left_alone_and_pass(whole):
    done, results, failed = whole
    assert done.returncode == 0, done.stdout + done.stderr
    for name, found in results.items():
        assert (found["outcome"], found["changes"], found["requests"]) == ("converged", [], 2), (name, found)
    assert failed == {name: set() for name in failed}


def declared_by(setting):
    """Return the declared setting that a break is about: ``docker_desktop.backend`` of ``docker_desktop.backend.service``."""
    return re.sub(r"\.(Run|StartupApproved|service|group|choice)$", "", setting)


@pytest.mark.parametrize(("name", "setting"), LAPTOPS.items(), ids=IDS)
def test_verification_fails_for_what_was_broken(broken, name, setting):
    assert declared_by(setting) in broken[name], broken[name]


def test_verification_fails_for_nothing_on_laptops_that_nobody_touched(broken):
    assert [broken[name] for name in WHOLE] == [set()] * len(WHOLE)


@pytest.mark.parametrize(("name", "setting"), LAPTOPS.items(), ids=IDS)
def test_a_run_repairs_it_and_verification_passes_again(repaired, name, setting):
    _, results, failed = repaired
    found = results[name]
    assert (found["outcome"], found["failures"], found["deferred"]) == ("converged", [], []), (setting, found)
    assert "docker_desktop" in {one["resource"] for one in found["changes"]}
    assert failed[name] == set()


@pytest.mark.parametrize("name", LAPTOPS, ids=IDS)
def test_the_next_run_changes_nothing_within_two_requests(again, name):
    found = again[name]
    assert (found["outcome"], found["changes"], found["requests"]) == ("converged", [], 2), found


def test_what_no_run_repairs_is_told_with_the_way_out(broken, repaired, rehearsal):
    assert "docker_desktop.backend" in broken[REFUSED]
    (failure,) = repaired[1][REFUSED]["failures"]
    assert "noWindowsContainers" in failure["cause"]
    assert failure["remedy"]
    assert repaired[0].returncode == 1
    assert not rehearsal.stage.machine(REFUSED).complaints


@pytest.mark.parametrize("kind", KINDS)
def test_what_can_be_broken_and_what_can_be_verified_are_the_same(rehearsal, kind):
    known = drift(rehearsal, f"LT-{kind}-WHOLE", None, list=True)["settings"]
    mine = [name for name in known if name.startswith("docker_desktop.")]
    host = fleet.load(rehearsal.folder / "inventory" / "fleet.yml").hosts[f"LT-{kind}-WHOLE"]
    assert {declared_by(name) for name in mine} == {str(one) for one in settings(host.data) if one.resource == "docker_desktop"}


def test_each_way_to_break_is_rehearsed(rehearsal):
    found = {
        name
        for kind in KINDS
        for name in drift(rehearsal, f"LT-{kind}-WHOLE", None, list=True)["settings"]
        if name.startswith("docker_desktop.")
    }
    assert found == {*LAPTOPS.values(), "docker_desktop.backend.choice"}
