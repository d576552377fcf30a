"""Mistakes in a fleet file, and archives that are not what it says: told before any laptop is touched, or as its failure."""

import pytest
from stage import BIN

IMAGES = "inventory/images"


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(LT_ONE="connection-dropped", LT_TWO="converged", LT_THREE="converged")


def typo(fleet):
    fleet["defaults"]["hypervsor"] = {"launch": "auto"}


def size(fleet):
    fleet["defaults"]["wslconfig"]["wsl2"]["memory"] = "8gb"


def backslashes(fleet):
    # YAML reads escapes between double quotes: here a tab and a new line.
    fleet["defaults"]["wslconfig"]["wsl2"]["swapFile"] = "C:\temp\new.vhdx"


def name(fleet):
    fleet["groups"]["developers"]["wsl_distros"]["my ubuntu"] = {"state": "absent", "allow_data_loss": True}


def missing(fleet):
    fleet["groups"]["developers"]["wsl_distros"]["Ubuntu-24.04"]["source"] = "images/nowhere.tar.gz"


def other(fleet):
    fleet["groups"]["developers"]["wsl_distros"]["Ubuntu-24.04"]["sha256"] = "0" * 64


MISTAKES = {
    typo: ("defaults.hypervsor", "did you mean hypervisor?"),
    size: ("defaults.wslconfig.wsl2.memory", "8GB"),
    backslashes: ("defaults.wslconfig.wsl2.swapFile", "'C:\\temp\\new.vhdx'"),
    name: ("my ubuntu", ""),
    missing: ("nowhere.tar.gz", ""),
    other: ("has another SHA-256", "fetch it again, or correct sha256"),
}


@pytest.mark.parametrize(("mistake", "words"), MISTAKES.items(), ids=[one.__name__ for one in MISTAKES])
def test_a_mistake_in_the_fleet_file_is_told_with_its_line_before_any_laptop_is_touched(rehearsal, mistake, words):
    path = rehearsal.folder / "inventory" / "fleet.yml"
    right = path.read_text()
    served = {one: rehearsal.stage.laptop(one).served for one in ("LT-ONE", "LT-TWO")}
    rehearsal.edit(mistake)
    try:
        done = rehearsal.converge()
    finally:
        path.write_text(right)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "fleet.yml:" in said
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert {one: rehearsal.stage.laptop(one).served for one in served} == served


DEPLOY = """
from pyinfra import host
from pyinfra_wsl.operations import windows_feature, wsl_distro

DECLARED = {
    "LT-ONE": {"distro": "Cut", "source": "cut.tar.gz"},
    "LT-TWO": {"distro": "Gone", "source": "gone.tar.gz"},
    "LT-THREE": {"distro": "my ubuntu", "source": "inventory/images/ubuntu-24.04.tar.gz"},
}
wsl_distro.present(name="Distribution", sha256="%s", **DECLARED[host.name])
"""
SHA256 = "f7511eca2d2f480327e16d4d38eb1b6518d88ae1d6c7133e8c783bfbfbc419bd"
FAILURES = {
    "LT-ONE": ("cut.tar.gz", "SHA-256"),
    "LT-TWO": ("gone.tar.gz", "is not there"),
    "LT-THREE": ("my ubuntu", ""),
}


@pytest.fixture(scope="module")
def deployed(rehearsal):
    rehearsal.stage.machine("LT-ONE").faults.drop_connection_during = None
    whole = (rehearsal.folder / IMAGES / "ubuntu-24.04.tar.gz").read_bytes()
    (rehearsal.folder / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    (rehearsal.folder / "own.py").write_text(DEPLOY % SHA256)
    return rehearsal.pyinfra("own.py", "-y"), rehearsal.results()


@pytest.mark.parametrize("laptop_name", FAILURES)
def test_an_archive_or_a_name_that_cannot_be_is_that_laptops_failure(deployed, laptop_name):
    done, results = deployed
    (failure,) = results[laptop_name]["failures"]
    assert all(word in failure["cause"] for word in FAILURES[laptop_name]), failure
    assert failure["remedy"]
    assert "Traceback" not in done.stdout + done.stderr


def test_nothing_is_left_of_what_could_not_be_imported(rehearsal, deployed):
    assert deployed[0].returncode == 1
    machine = rehearsal.stage.machine("LT-ONE")
    alice = machine.account("CORP\\alice")
    assert machine.registry.keys(rf"HKU\{alice.sid}\Software\Microsoft\Windows\CurrentVersion\Lxss") == []
    assert not machine.registry.exists(rf"HKLM\SOFTWARE\pyinfra-wsl\Imports\{alice.sid}\Cut")


def test_single_backslashes_of_a_windows_path_reach_wsl_as_they_are_meant(rehearsal):
    rehearsal.edit(lambda fleet: fleet["hosts"]["LT-TWO"].update(wslconfig={"wsl2": {"swapFile": "C:\\temp\\new.vhdx"}}))
    done = rehearsal.converge("--limit", "LT-TWO")
    assert done.returncode == 0, done.stdout + done.stderr
    machine = rehearsal.stage.machine("LT-TWO")
    text = machine.files.text(rf"{machine.account('alice').profile}\.wslconfig")
    assert r"swapFile=C:\\temp\\new.vhdx" in text


def test_validate_says_the_same(rehearsal):
    path = rehearsal.folder / "inventory" / "fleet.yml"
    right = path.read_text()
    rehearsal.edit(size)
    try:
        done = rehearsal.call(BIN / "pyinfra-wsl", "validate", "inventory/fleet.yml")
    finally:
        path.write_text(right)
    assert done.returncode == 1
    assert "defaults.wslconfig.wsl2.memory" in done.stdout + done.stderr


def test_a_password_that_is_no_text_is_told_in_one_line(rehearsal):
    path = rehearsal.folder / "inventory" / "fleet.yml"
    right = path.read_text()
    rehearsal.edit(lambda fleet: fleet["defaults"]["connection"].update(password_from={"command": ["printf", r"\377x\n"]}))
    try:
        done = rehearsal.converge()
    finally:
        path.write_text(right)
    assert done.returncode == 1
    assert "printf prints what is no UTF-8 text" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
