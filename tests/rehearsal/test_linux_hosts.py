"""Linux hosts that cannot be reached: the same table as for laptops, also where the fleet has no laptop at all."""

import contextlib
import json
import os
import re
import socket
import subprocess
import threading

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


BANNERS = {
    "an older protocol": b"SSH-1.0-\x1b]0;EVIL\x07\r\n",
    "orders": b"\x1b[2J\x9b\xff" * 9 + b"\n",
    "no packets": b"SSH-2.0-x\r\n" + b"\xff" * 40_000,
}


@pytest.mark.parametrize("option", [(), ("--debug",)], ids=["", "debug"])
def test_what_is_no_ssh_server_is_told_without_a_traceback_and_obeyed_by_no_terminal(fleet, option):
    with contextlib.ExitStack() as open_servers:
        ports = {}
        for number, banner in enumerate(BANNERS.values()):
            server = open_servers.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=say, args=(server, banner), daemon=True).start()
            ports[f"build_0{number}"] = server.getsockname()[1]
        done = fleet(*option, **ports)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert option or "Traceback" not in said, said
    assert said.count("Next: ") >= 2 * len(BANNERS)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", re.sub(r"\x1b\[[0-9;]*m", "", said))


def say(server, banner):
    connection, _address = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(banner)
        connection.recv(1 << 16)


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
