"""Distributions that somebody else brought are declared without an image, and what is not there is a failure with the way out."""

import pytest

from pyinfra_wsl.lab.wsl.registration import Registrations

SPELLED = """
from pyinfra_wsl.operations import wsl_distro

wsl_distro.present(name="One", distro="CentOS8", version=2)
wsl_distro.present(name="The same", distro="centos8", version=1)
"""


def declare(fleet):
    del fleet["groups"]["developers"]["docker_integration"]
    fleet["groups"]["developers"]["wsl_distros"] = {
        "CentOS8": {"version": 1, "default": True, "default_user": "ada"},
        "Debian": {"location": r"%USERPROFILE%\debian"},
    }


def want_more(fleet):
    distros = fleet["groups"]["developers"]["wsl_distros"]
    distros["CentOS8"] |= {"version": 2, "wsl_conf": {"boot": {"systemd": True}}}
    fleet["hosts"]["LT-LACKS"]["wsl_distros"] = {"Fedora": {"version": 2}}


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(declare, LT_HAS="converged", LT_LACKS="converged")
    whole = rehearsal.converge(), rehearsal.results()
    rehearsal.edit(want_more)
    found = [whole, *((rehearsal.converge(), rehearsal.results()) for _ in range(2))]
    return rehearsal, found


def registered(rehearsal):
    machine = rehearsal.stage.machine("LT-HAS")
    return {one.name: one for one in Registrations(machine.registry, machine.account("CORP\\alice").sid).all()}


def test_what_is_as_declared_is_left_alone_in_two_requests(runs):
    for result in runs[1][0][1].values():
        assert (result["outcome"], result["changes"], result["requests"]) == ("converged", [], 2)


def test_it_is_converted_and_configured_and_the_next_run_changes_nothing(runs):
    rehearsal, (_, (_, first), (_, second)) = runs
    said = [one["sentence"] for one in first["LT-HAS"]["changes"]]
    assert "convert CentOS8 from WSL 1 to 2" in said
    assert first["LT-HAS"]["failures"] == []
    assert first["LT-HAS"]["outcome"] == "converged", first["LT-HAS"]
    assert (second["LT-HAS"]["outcome"], second["LT-HAS"]["changes"], second["LT-HAS"]["requests"]) == ("converged", [], 2)
    assert registered(rehearsal)["CentOS8"].wsl2


@pytest.mark.parametrize("number", [1, 2])
def test_one_that_is_not_there_is_a_failure_that_names_the_way_out(runs, number):
    done, results = runs[1][number]
    assert done.returncode == 1
    (failure,) = results["LT-LACKS"]["failures"]
    assert failure["cause"] == "Fedora is not there, and no source is declared to import it from"
    assert "source and sha256" in failure["remedy"]


def test_two_operations_that_spell_one_name_differently_are_refused(runs):
    rehearsal = runs[0]
    (rehearsal.folder / "spelled.py").write_text(SPELLED)
    done = rehearsal.pyinfra("spelled.py", "-y", "--limit", "LT-HAS")
    assert done.returncode == 1
    assert "centos8 is the same distribution as CentOS8 for WSL" in done.stdout + done.stderr
    assert registered(rehearsal)["CentOS8"].wsl2
