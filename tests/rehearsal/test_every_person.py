"""``user: every``: all who use WSL or Docker Desktop get what is declared, each for themselves, in one report."""

import json
import re
from xml.etree import ElementTree

import jsonschema
import pytest
from stage import BIN, ROOT

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.distro import Tree

ALICE, BO, CAROL = "CORP\\alice", "CORP\\bo", "CORP\\carol"
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "schemas" / "result.json").read_text()))


def declare(fleet):
    fleet["hosts"]["LT-EVERY"] |= {"user": "every"}


def furnish(machine):
    """Let bo have a distribution too, carol one though she is logged off, and dave none."""
    wsl.register(machine, machine.account(BO), "bos-own", Tree())
    for name in ("dave", "carol"):
        person = windows.add_person(machine, name)
        machine.log_on(person)
        if name == "carol":
            wsl.register(machine, person, "carols-own", Tree())
        machine.log_off(person)


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(declare, LT_EVERY="two-users")
    made.stage.do(furnish, made.stage.machine("LT-EVERY"))
    return made


@pytest.fixture(scope="module")
def first(rehearsal):
    done = rehearsal.converge()
    return rehearsal.results()["LT-EVERY"], done.stdout + done.stderr


def theirs(result, kind, person):
    return [one for one in result[kind] if one.get("person") == person]


def test_who_is_logged_on_gets_all_of_it_and_who_is_not_waits(rehearsal, first):
    result, said = first
    assert {name: one["outcome"] for name, one in result["people"].items()} == {
        ALICE: "converged", BO: "converged", CAROL: "deferred",
    }, result["failures"] + result["deferred"]  # fmt: skip
    assert result["outcome"] == "deferred"
    assert {one["waits_for"] for one in theirs(result, "deferred", CAROL)} == {"user logon"}
    machine = rehearsal.stage.machine("LT-EVERY")
    for name in (ALICE, BO):
        assert {one["resource"] for one in theirs(result, "changes", name)} >= {"wslconfig", "wsl_distro"}
        assert "memory=8GB" in machine.files.text(rf"{machine.account(name).profile}\.wslconfig")
    assert f"{CAROL}: deferred, no change" in said


def test_who_does_not_use_wsl_and_who_is_away_are_not_touched(rehearsal, first):
    assert first
    machine = rehearsal.stage.machine("LT-EVERY")
    for name in (CAROL, "CORP\\dave"):
        assert not machine.files.exists(rf"{machine.account(name).profile}\.wslconfig")
    assert "dave" not in json.dumps([first[0][kind] for kind in ("changes", "deferred", "failures", "warnings")])
    assert not machine.registry.files
    assert not machine.complaints


def test_what_is_seen_of_who_is_away_is_in_their_registry(first):
    distros = first[0]["people"][CAROL]["before"]["wsl_distro"]
    assert "carols-own" in json.dumps(distros)


def test_the_result_has_the_form_that_is_promised(first):
    assert not [error.message for error in SCHEMA.iter_errors(first[0])]


def test_a_look_before_a_run_finds_what_is_whose_and_leaves_nothing(rehearsal, first):
    assert first
    machine = rehearsal.stage.machine("LT-EVERY")
    drift = rehearsal.call(BIN / "pyinfra-wsl", "drift", "inventory/lab.py", "--json")
    settings = [one["setting"] for one in json.loads(drift.stdout)["differences"]]
    assert settings, drift.stdout
    assert all(one.startswith(CAROL) for one in settings), settings
    doctor = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py")
    assert f"{CAROL}: " in doctor.stdout
    assert "Traceback" not in doctor.stderr + drift.stderr
    adopted = rehearsal.call(BIN / "pyinfra-wsl", "adopt", "--inventory", "inventory/lab.py")
    assert adopted.returncode == 0, adopted.stderr
    written = (rehearsal.folder / "fleet.yml").read_text()
    assert "user: every" in written
    said = f'# wslconfig.wsl2.memory: not alike, so not declared: {ALICE} has "8GB"; {BO} has "8GB"; {CAROL} has none'
    assert said in written
    assert "default_version: 2" in written  # which all of them have
    assert not machine.registry.files


def test_nothing_is_done_twice_and_drift_of_one_is_the_change_of_one(rehearsal, first):
    assert first
    machine = rehearsal.stage.machine("LT-EVERY")
    path = rf"{machine.account(BO).profile}\.wslconfig"
    rehearsal.stage.do(machine.files.write, path, machine.files.text(path).replace("memory=8GB", "memory=2GB").encode())
    rehearsal.converge()
    result = rehearsal.results()["LT-EVERY"]
    assert {(one["person"], one["resource"]) for one in result["changes"]} == {(BO, "wslconfig")}
    assert result["people"][ALICE]["outcome"] == "converged"
    rehearsal.converge()
    result = rehearsal.results()["LT-EVERY"]
    assert result["changes"] == []
    assert (result["processes"], result["requests"]) == (1, 10)


@pytest.fixture(scope="module")
def verified(rehearsal, first):
    """Return what the suite says of each setting, once all is done for who is logged on: why it did not pass, by its test."""
    assert first
    done = rehearsal.verify("-v", "--junitxml", "found.xml", "-k", "wslconfig or wsl_distro or docker_desktop or package")
    cases = list(ElementTree.parse(rehearsal.folder / "found.xml").iter("testcase"))  # noqa: S314 - pytest's own
    return done, {case.get("name"): [one.get("message") or one.text or one.tag for one in case] for case in cases}


def named(found, person, words):
    """Return the ends of a person's tests of something; a backslash is doubled in the name of a test."""
    who = person.replace("\\", "\\\\")
    return [end for name, end in found.items() if f"{who}: " in name and words in name]


def test_each_setting_of_a_person_is_verified_for_each_of_them_by_name(verified):
    done, found = verified
    for person in (ALICE, BO):
        assert named(found, person, "wslconfig.wsl2.memory") == [[]], done.stdout
        assert named(found, person, "wsl_distros.Ubuntu-24.04.state") == [[]]
    assert not [name for name in found if "wsl.package" in name and "CORP" in name]  # the machine's
    assert [name for name in found if "wsl.package" in name]


def test_of_who_is_logged_off_it_is_looked_at_what_profile_and_registry_show(rehearsal, verified):
    """carol has neither the file nor the distribution; what only her session tells is skipped, and counted with the reason."""
    done, found = verified
    assert done.returncode == 1
    for words in ("wslconfig.wsl2.memory", "wsl_distros.Ubuntu-24.04.state"):
        ((said,),) = named(found, CAROL, words)
        assert "assert" in said, said
    ((said,),) = named(found, CAROL, "default_user")
    assert f"{CAROL} is logged off" in said
    assert re.search(
        rf"LT-EVERY: \d+ settings: {re.escape(CAROL)} is logged off: what belongs to them was not looked at", done.stdout
    )
    assert not rehearsal.stage.machine("LT-EVERY").registry.files


def test_facts_are_of_each_person_and_those_of_the_machine_as_ever(rehearsal, first):
    assert first
    done = rehearsal.pyinfra("fact", "pyinfra_wsl.facts.WslDistros", "--json")
    found = next(iter(json.loads(done.stdout).values()))["LT-EVERY"]
    assert {name: sorted(one["distros"]) for name, one in found.items()} == {
        ALICE: ["Ubuntu-24.04", "alices-own"], BO: ["Ubuntu-24.04", "bos-own"], CAROL: ["carols-own"],
    }, done.stdout + done.stderr  # fmt: skip
