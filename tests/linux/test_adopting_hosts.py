"""A Linux host is adopted and looked at for drift: a run of what was adopted changes nothing, and what is broken is told."""

import json
import os
import subprocess

import pytest
import yaml

from .fleet import BIN, INVENTORY, assert_converged


@pytest.fixture(scope="module")
def fleet(suite, make_container, fleet_of, repository):
    engine = {"repository": repository.url, "key_fingerprint": repository.fingerprint, "users": ["ops"],
              "daemon": {"log-driver": "local"}}  # fmt: skip
    made = fleet_of(make_container(f"adopt-{suite}", suite), docker_engine=engine)
    assert_converged(made.converge())
    return made


def command(fleet, *words):
    environment = os.environ | {"COLUMNS": "200", "PYINFRA_PROGRESS": "off"}
    return subprocess.run(
        [BIN / "pyinfra-wsl", *words], cwd=fleet.folder, capture_output=True, text=True, check=False, env=environment
    )


def test_what_is_adopted_is_what_was_declared_and_a_run_of_it_changes_nothing(fleet):
    done = command(fleet, "adopt", "--inventory", "inventory.py", "-o", "adopted.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    written = yaml.safe_load((fleet.folder / "adopted.yml").read_text())["hosts"][fleet.host.name]
    assert written["docker_engine"] == {"state": "present", **fleet.declared["docker_engine"]}
    (fleet.folder / "adopted.py").write_text(INVENTORY.replace("fleet.yml", "adopted.yml"))
    looked = command(fleet, "drift", "adopted.py")
    assert (looked.returncode, looked.stderr) == (0, ""), looked.stdout


def test_drift_is_told_by_setting(fleet):
    assert command(fleet, "drift", "inventory.py").returncode == 0
    fleet.host.out("echo '{}' > /etc/docker/daemon.json")
    done = command(fleet, "drift", "inventory.py", "--json")
    assert done.returncode == 2, done.stdout + done.stderr
    assert any("daemon.json" in one["setting"] for one in json.loads(done.stdout)["differences"])


def test_a_rollout_repairs_a_host_and_the_next_changes_nothing(fleet):
    fleet.host.out("echo '{}' > /etc/docker/daemon.json")
    for anew, changes in (((), True), (("--anew",), False)):
        done = command(fleet, "rollout", "inventory.py", *anew)
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = sorted((fleet.folder / "results").glob("*/"), key=lambda one: one.stat().st_mtime)[-1:]
        document = json.loads((run / f"{fleet.host.name}.json").read_text())
        assert (document["outcome"], bool(document["changes"])) == ("converged", changes)
    assert command(fleet, "drift", "inventory.py").returncode == 0
