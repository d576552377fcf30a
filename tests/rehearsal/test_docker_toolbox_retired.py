"""Docker Toolbox retired over real SSH: told, done, undone by hand, done again; and laptops on which it waits or fails."""

import pytest
from stage import ROOT

from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.state import State

WANT = {"state": "absent", "virtualbox": "absent", "allow_data_loss": True}
NAMES = ("LT-ALL", "LT-KEPT", "LT-RUNS", "LT-LEFT", "LT-SHARED")


def declare(fleet):
    fleet["groups"]["developers"] = {"docker_toolbox": WANT}
    fleet["defaults"] = {name: value for name, value in fleet["defaults"].items() if name in ("user", "connection")}
    fleet["hosts"]["LT-KEPT"]["docker_toolbox"] = {"virtualbox": None, "allow_data_loss": None}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(declare, **{name.replace("-", "_"): "docker-toolbox" for name in NAMES})
    machine = {name: made.stage.machine(name) for name in NAMES}
    made.stage.do(lambda: toolbox.run_machine(machine["LT-RUNS"], machine["LT-RUNS"].account("alice"), "default"))
    machine["LT-LEFT"].part(DockerDesktop).happens.toolbox_remover_exit = 0
    bo = windows.add_person(machine["LT-SHARED"], "bo")
    toolbox.register(machine["LT-SHARED"], bo, r"C:\Users\bo\VirtualBox VMs\old\old.vbox")
    return made


@pytest.fixture(scope="module")
def runs(rehearsal):
    """Return what a dry run said, and two runs with their results."""
    dry = rehearsal.pyinfra(ROOT / "deploy.py", "--dry")
    there = {name: rehearsal.stage.machine(name).registry.exists(toolbox.TOOLBOX_KEY) for name in NAMES}
    done = []
    for _ in range(2):
        run = rehearsal.converge()
        done.append((run, rehearsal.results()))
    return dry, there, done


def said(results):
    return [one["sentence"] for one in results["changes"]]


@pytest.mark.parametrize("name", ["LT-ALL", "LT-KEPT"])
def test_a_dry_run_changes_nothing_and_tells_what_the_run_then_does(runs, name):
    dry, there, (first, _) = runs
    assert there == dict.fromkeys(NAMES, True)
    told = [line for line in (dry.stdout + dry.stderr).splitlines() if f"[{name}]" in line and "would: " in line]
    sentences = [line.partition("would: ")[2].strip() for line in told]
    assert len(sentences) == len(said(first[1][name]))
    for line, sentence in zip(sentences, said(first[1][name]), strict=True):
        assert line.startswith(sentence)


def test_variables_then_machines_then_the_program_then_virtualbox_go(rehearsal, runs):
    found = runs[2][0][1]["LT-ALL"]
    assert (found["outcome"], found["failures"], found["deferred"]) == ("converged", [], [])
    sentences = said(found)
    assert sentences[0].startswith("remove DOCKER_")
    assert sentences[2:] == [
        "delete the virtual machine build-farm (64 bytes)", "delete the virtual machine default (64 bytes)",
        "remove Docker Toolbox 19.03.1", "remove VirtualBox 6.0.10",
    ]  # fmt: skip
    machine = rehearsal.stage.machine("LT-ALL")
    assert not machine.files.exists(rf"{toolbox.store(machine.account('alice'))}\default")
    assert machine.complaints == []


def test_without_consent_machines_and_virtualbox_stay_and_each_run_names_them(rehearsal, runs):
    for _, results in runs[2]:
        assert results["LT-KEPT"]["outcome"] == "converged"
        assert any("build-farm (" in str(one) for one in results["LT-KEPT"]["warnings"]), results["LT-KEPT"]
    machine = rehearsal.stage.machine("LT-KEPT")
    for name in ("default", "build-farm"):
        assert machine.files.exists(rf"{toolbox.store(machine.account('alice'))}\{name}\disk.vmdk")
    assert machine.registry.exists(toolbox.VIRTUALBOX_KEY)


@pytest.mark.parametrize("name", ["LT-ALL", "LT-KEPT"])
def test_the_next_run_changes_nothing_within_two_requests(runs, name):
    found = runs[2][1][1][name]
    assert (found["outcome"], found["changes"], found["processes"], found["requests"]) == ("converged", [], 1, 2)


def test_while_a_machine_runs_only_the_variables_go(rehearsal, runs):
    first, second = (results["LT-RUNS"] for _, results in runs[2])
    for found in (first, second):
        assert [one["waits_for"] for one in found["deferred"]] == ["guests stopped"] * 2
        assert (found["outcome"], found["failures"]) == ("deferred", [])
    assert all(one.startswith("remove DOCKER_") for one in said(first))
    assert said(second) == []
    machine = rehearsal.stage.machine("LT-RUNS")
    assert machine.registry.exists(toolbox.TOOLBOX_KEY)
    assert [one for one in machine.processes if one.name == "VBoxHeadless.exe"]


def test_an_uninstaller_that_ends_with_0_and_leaves_the_program_is_a_failure_and_the_next_run_repairs(runs):
    first, second = (results["LT-LEFT"] for _, results in runs[2])
    assert any("is still there after its uninstaller" in one["cause"] for one in first["failures"])
    assert (second["outcome"], second["failures"]) == ("converged", [])


def test_what_is_anothers_keeps_virtualbox_and_the_rest_is_done(runs):
    found = runs[2][0][1]["LT-SHARED"]
    assert "remove Docker Toolbox 19.03.1" in said(found)
    (failure,) = found["failures"]
    assert "it has the virtual machines old of bo" in failure["cause"]


def test_what_is_broken_by_hand_is_seen_by_verification_and_repaired_by_a_run(rehearsal, runs):
    assert runs
    whole = rehearsal.verify("--limit", "LT-ALL")
    assert whole.returncode == 0, whole.stdout
    for setting in ("docker_toolbox.state", "docker_toolbox.virtualbox"):
        reply = control.ask(State(rehearsal.folder / ".lab"), "drift", laptop="LT-ALL", setting=setting)
        assert reply["ok"], reply
    broken = rehearsal.verify("--limit", "LT-ALL")
    assert "2 failed" in broken.stdout, broken.stdout
    done = rehearsal.converge("--limit", "LT-ALL")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(said(rehearsal.results()["LT-ALL"])) == 3
    assert rehearsal.verify("--limit", "LT-ALL").returncode == 0
    again = rehearsal.converge("--limit", "LT-ALL")
    assert again.returncode == 0
    assert said(rehearsal.results()["LT-ALL"]) == []
    assert "Traceback" not in "".join(one.stdout + one.stderr for one in (whole, broken, done, again))
