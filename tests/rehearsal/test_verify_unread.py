"""What `verify` says of a file that the connected account cannot read: it may hold anything, so nothing of it is proved."""

import re

import pytest
from stage import BIN

FILE = r"AppData\Roaming\Docker\settings-store.json"


def declare(fleet):
    for host in fleet["hosts"].values():
        host["docker_integration"] = {"default_distro": False}
        host["wsl_distros"] = {"Ubuntu-24.04": {"docker_integration": False}}


@pytest.fixture(scope="module")
def here(make_stage):
    return make_stage(declare, LT_SHUT="converged", LT_NONE="converged")


def shut(machine):
    owner = machine.account("alice")
    node = machine.files.find(rf"{owner.profile}\{FILE}")
    node.grants, node.inherits = {owner.sid: "F"}, False


def gone(machine):
    machine.files.remove(rf"{machine.account('alice').profile}\{FILE}")


def test_integration_that_is_declared_off_is_not_proved_by_a_file_nobody_read(here):
    assert here.converge().returncode == 0
    here.stage.do(shut, here.stage.machine("LT-SHUT"))
    here.stage.do(gone, here.stage.machine("LT-NONE"))
    done = here.call(BIN / "pyinfra-wsl", "verify", "inventory/lab.py", "-k", "docker_desktop_integrates")
    failed = re.findall(r"^FAILED .*\[(LT-\w+)", done.stdout, re.MULTILINE)
    assert set(failed) == {"LT-SHUT"}, done.stdout
