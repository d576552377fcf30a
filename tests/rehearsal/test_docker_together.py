"""Docker Desktop's settings and its WSL integration changed by one run: one picture, one restart; and one that does not end."""

import json

import pytest

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop

STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
SETTINGS = {"UseResourceSaver": False}
NAMES = ("LT-BOTH", "LT-STUCK", "LT-BESIDE", "LT-SIGN")


def declare(fleet):
    fleet["groups"]["developers"]["docker_desktop"] = {"settings": SETTINGS}
    fleet["hosts"]["LT-SIGN"]["docker_desktop"] = {"backend": "wsl-2", "allowed_orgs": ["acme"]}


def count_starts(desktop):
    """Note each start of Docker Desktop from now on."""
    begun, start = [], desktop.start

    def counted(*arguments):
        if desktop.app is None:
            begun.append(arguments)
        return start(*arguments)

    desktop.start = counted
    return begun


def desktop_of(rehearsal, name):
    return rehearsal.stage.machine(name).part(DockerDesktop)


@pytest.fixture(scope="module")
def runs(make_stage):
    rehearsal = make_stage(
        None, LT_BOTH="integration-reset", LT_STUCK="docker-wedged", LT_BESIDE="converged", LT_SIGN="converged"
    )
    rehearsal.edit(declare)  # of laptops that are as they were declared before
    starts = {name: count_starts(desktop_of(rehearsal, name)) for name in NAMES}
    found = [(rehearsal.converge("--dry"), {}), (rehearsal.converge(), rehearsal.results())]
    first = {name: len(one) for name, one in starts.items()}
    stuck = desktop_of(rehearsal, "LT-STUCK")
    stuck.happens.wedged = False
    rehearsal.stage.do(stuck.end_by_force)  # its user ends it, as they were told to
    found.append((rehearsal.converge(), rehearsal.results()))
    return rehearsal, found, first


def sentences(document):
    return [one["sentence"] for one in document["changes"] if one["resource"].startswith("docker")]


def test_both_change_and_docker_desktop_is_started_once(runs):
    rehearsal, ((dry, _), (_, first), _), starts = runs
    (sentence,) = sentences(first["LT-BOTH"])
    assert sentence.startswith("Docker Desktop: UseResourceSaver: true → false; WSL integration: Ubuntu-24.04 on")
    assert (first["LT-BOTH"]["outcome"], first["LT-BOTH"]["failures"], starts["LT-BOTH"]) == ("converged", [], 1)
    assert first["LT-BOTH"]["requests"] <= 9
    foretold = [line for line in (dry.stdout + dry.stderr).splitlines() if "LT-BOTH" in line and "would: " in line]
    assert ["WSL integration: Ubuntu-24.04 on" in line for line in foretold] == [True]
    settings = json.loads(rehearsal.stage.machine("LT-BOTH").files.read(STORE))
    assert (settings["UseResourceSaver"], settings["IntegratedWslDistros"]) == (False, ["Ubuntu-24.04"])


def test_where_the_integration_is_as_declared_it_is_not_touched(runs):
    _, (_, (_, first), _), starts = runs
    assert sentences(first["LT-BESIDE"]) == ["Docker Desktop: UseResourceSaver: true → false"]
    assert (first["LT-BESIDE"]["outcome"], starts["LT-BESIDE"]) == ("converged", 1)


def test_one_that_does_not_end_is_named_once_and_changes_nothing(runs):
    _, (_, (done, first), _), starts = runs
    assert done.returncode == 1
    (failure,) = first["LT-STUCK"]["failures"]
    assert "does not end: its backend was told to, and did not within 60 s" in failure["cause"]
    assert "com.docker.backend.exe" in failure["remedy"]
    assert (sentences(first["LT-STUCK"]), starts["LT-STUCK"]) == ([], 0)
    assert [one["waits_for"] for one in first["LT-STUCK"]["deferred"]] == ["what failed"]


def test_a_sign_in_that_is_demanded_from_now_on_is_waited_for_and_no_failure(runs):
    rehearsal, (_, (done, first), (_, second)), _ = runs
    found = first["LT-SIGN"]
    assert (found["failures"], found["outcome"]) == ([], "deferred")
    assert {one["waits_for"] for one in found["deferred"]} == {"sign-in"}
    assert all(r"signs in there as a member of acme" in one["reason"] for one in found["deferred"])
    assert "waits for sign-in: the engine of Docker Desktop" in done.stdout + done.stderr
    assert [one["sentence"] for one in found["changes"] if "UseResourceSaver" in one["sentence"]]
    assert found["seconds"] < 60
    later = second["LT-SIGN"]
    assert (later["outcome"], later["changes"], later["requests"]) == ("deferred", [], 2)
    assert desktop_of(rehearsal, "LT-SIGN").app.problem == "Sign in required!"


def test_the_next_run_repairs_and_the_others_change_nothing(runs):
    rehearsal, (_, _, (done, second)), _ = runs
    assert done.returncode == 0, done.stderr
    assert (second["LT-STUCK"]["outcome"], desktop_of(rehearsal, "LT-STUCK").app.status) == ("converged", "running")
    for name in ("LT-BOTH", "LT-BESIDE"):
        assert (second[name]["changes"], second[name]["requests"], second[name]["processes"]) == ([], 2, 1)
