"""A resource that another distribution brings goes all the way, with no edit here: the one of docs/own-resource.md, installed."""

import re
import subprocess
import sys

import pytest
from stage import BIN, ROOT

PAGE = (ROOT / "docs" / "own-resource.md").read_text("utf-8")
FILES = dict(re.findall(r"^<!-- file: (\S+) -->\n```\w*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
DEPLOYS = (ROOT / "deploy.py", "corp.py")


@pytest.fixture(scope="module")
def corp(tmp_path_factory):
    """Return a rehearsal with the page's files, its distribution installed, and a lab in which LT-DONE is converged."""
    from conftest import Rehearsal  # noqa: PLC0415 - tests/conftest.py

    folder = tmp_path_factory.mktemp("corp")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "inventory" / "lab.py").write_text((ROOT / "inventory" / "lab.py").read_text())
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-build-isolation",
    ]
    subprocess.run([*install, "--target", folder / "plugins", folder / "corp"], check=True, stderr=subprocess.DEVNULL)
    rehearsal = Rehearsal(folder)
    assert call(rehearsal, BIN / "pyinfra-wsl", "lab", "up").returncode == 0
    yield rehearsal
    call(rehearsal, BIN / "pyinfra-wsl", "lab", "down")


def call(corp, *command):
    return corp.call(*command, PYTHONPATH=str(corp.folder / "plugins"))


def deploy(corp, *arguments):
    done = call(corp, BIN / "pyinfra", "inventory/lab.py", *DEPLOYS, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def verify(corp):
    tests = ("corp/tests", "--inventory", "inventory/lab.py", "-p", "no:cacheprovider")
    return call(corp, sys.executable, "-m", "pytest", "-q", *tests).stdout


def test_it_is_validated_with_line_numbers(corp):
    done = call(corp, BIN / "pyinfra-wsl", "validate", "wrong.yml")
    assert done.returncode == 1
    for said in (
        "wrong.yml:2: defaults.corp_values.Room: 4.12 is a number or truth value, where text is meant",
        r"wrong.yml:2: defaults.corp_values.a\b: is no name of a value; write it without a backslash",
        "wrong.yml:4: hosts.LT-DONE.corp_valeus: no such key; did you mean corp_values?",
    ):
        assert said in done.stderr


def test_it_is_looked_at_within_the_same_two_requests(corp):
    deploy(corp, "-y")
    result = corp.results()["LT-DONE"]
    assert (result["outcome"], result["changes"], result["processes"], result["requests"]) == ("converged", [], 1, 2)
    assert result["before"]["corp_values"] == {"values": {"Room": "4.12", "Owner": "fleet"}}


def test_it_is_broken_foretold_found_repaired_and_reported(corp):
    listed = call(corp, BIN / "pyinfra-wsl", "lab", "drift", "LT-DONE", "--list").stdout
    assert "corp_values.Owner: somebody has edited Owner in regedit" in listed
    assert call(corp, BIN / "pyinfra-wsl", "lab", "drift", "LT-DONE", "corp_values.Room").returncode == 0
    assert r"would: Corp\Room: edited → 4.12" in deploy(corp, "--dry")
    assert "1 failed, 1 passed" in verify(corp)
    said = deploy(corp, "-y")
    assert "1 change: Corp's values" in said
    (change,) = corp.results()["LT-DONE"]["changes"]
    assert (change["resource"], change["words"], change["sentence"]) == (
        "corp_values",
        "Corp's values",
        r"Corp\Room: edited → 4.12",
    )
    assert "2 passed" in verify(corp)
    deploy(corp, "-y")
    assert corp.results()["LT-DONE"]["changes"] == []
    assert "1 change: Corp's values" not in call(corp, BIN / "pyinfra-wsl", "report").stdout


def test_a_look_for_drift_says_that_it_needs_the_deploy_file_and_finds_it_with_it(corp):
    look = ("drift", "inventory/lab.py")
    done = call(corp, BIN / "pyinfra-wsl", *look)
    assert (done.returncode, "look again with --deploy" in done.stdout) == (1, True), done.stdout + done.stderr
    deploys = [word for file in DEPLOYS for word in ("--deploy", file)]
    assert call(corp, BIN / "pyinfra-wsl", *look, *deploys).returncode == 0
    assert call(corp, BIN / "pyinfra-wsl", "lab", "drift", "LT-DONE", "corp_values.Room").returncode == 0
    done = call(corp, BIN / "pyinfra-wsl", *look, *deploys)
    assert done.returncode == 2
    assert "Corp\\Room\n  edited → 4.12: LT-DONE\n" in done.stdout
    deploy(corp, "-y")


def test_it_is_held_to_its_rules_without_a_fleet_file(corp):
    operation = ("corp_values.operation.values", r'values={"a\\b": "x"}')
    done = call(corp, BIN / "pyinfra", "inventory/lab.py", "-y", *operation)
    assert done.returncode == 1
    assert r"corp_values.a\b: is no name of a value. Next: write it without a backslash" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_it_is_a_fact(corp):
    done = call(corp, BIN / "pyinfra", "inventory/lab.py", "fact", "corp_values.fact.CorpValues")
    assert dict(re.findall(r'"(\w+)": "([^"]*)"', done.stdout + done.stderr)) == {"Room": "4.12", "Owner": "fleet"}


def test_one_that_cannot_be_loaded_is_named_with_what_to_do(corp, tmp_path):
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pyinfra_wsl.resources]\nbroken = no_such_module:RESOURCE\n")
    for command in (
        ("pyinfra-wsl", "validate", "inventory/fleet.yml"),
        ("pyinfra", "inventory/lab.py", ROOT / "deploy.py", "-y"),
    ):
        done = corp.call(BIN / command[0], *command[1:], PYTHONPATH=str(tmp_path))
        assert done.returncode != 0
        assert "the resource broken of the distribution broken cannot be used: ModuleNotFoundError" in done.stdout + done.stderr
        assert "Next: upgrade broken, or uninstall it" in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
