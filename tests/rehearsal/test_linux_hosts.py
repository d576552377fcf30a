"""Linux hosts that cannot be reached: the same table as for laptops, also where the fleet has no laptop at all."""

import json
import os
import socket
import subprocess

import pytest
import yaml
from stage import BIN, ROOT

INVENTORY = """from pathlib import Path

from pyinfra_wsl import inventory

globals().update(inventory.groups(Path(__file__).parent / "fleet.yml"))
"""


@pytest.fixture
def fleet(tmp_path):
    """Return a function that runs deploy.py over Linux hosts alone, which listen on the given ports."""

    def converge(*options, **ports):
        connection = {"user": "root", "known_hosts": str(tmp_path / "known_hosts")}
        hosts = {
            name.replace("_", "-"): {"os": "linux", "address": "127.0.0.1", "connection": connection | {"port": port}, "kvm": {}}
            for name, port in ports.items()
        }
        (tmp_path / "known_hosts").touch()
        (tmp_path / "fleet.yml").write_text(yaml.safe_dump({"hosts": hosts}))
        (tmp_path / "inventory.py").write_text(INVENTORY)
        return subprocess.run(
            [BIN / "pyinfra", "inventory.py", ROOT / "deploy.py", "-y", *options],
            cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"},
        )  # fmt: skip

    return converge


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.parametrize("options", [(), ("--dry",)])
def test_hosts_that_are_off_stand_in_a_table_with_what_to_do(fleet, tmp_path, options):
    done = fleet(*options, build_01=free_port(), build_02=free_port())
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert said.count("offline  no SSH server on 127.0.0.1:") == 2, said
    assert "turn the host on, or see docs/linux.md" in said
    assert "0 of 2 converged, 2 offline." in said
    documents = [json.loads(path.read_text()) for path in tmp_path.glob("results/*/*.json")]
    assert sorted((one["host"], one["outcome"]) for one in documents) == [("build-01", "offline"), ("build-02", "offline")]
