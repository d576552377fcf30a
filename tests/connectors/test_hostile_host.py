"""A Linux host in other hands, over real SSH: its look costs a bounded time and memory, and what is shown of it is escaped."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import subprocess
import threading
import tracemalloc

import asyncssh
import pytest
from pyinfra.api.command import StringCommand
from pyinfra.api.config import Config
from pyinfra.api.connect import connect_all
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from stage import BIN

from pyinfra_wsl.connectors.command import LookShell
from pyinfra_wsl.core import heard

EVIL = b"\x1b]0;EVIL\x07\r\x9b2J\xff\xfe"
LINE = b"a" * 65535 + b"\n"
SAYS = {
    "orders": [EVIL + b"\n"],
    "no end": itertools.repeat(LINE),
    "one line": itertools.repeat(b"a" * 65536),
    "many lines": itertools.repeat(b"\n" * 65536),
    "no form": [b'@os 99999999999999999999\n@\n|\n@os\n|ID="\n@containers 0\n|1e999\n@uses 0\n|kvm 7 7\n'],
    "drips": None,
    "nothing": [],
}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """Return a function that returns pyinfra's host for each of the things that it says."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def start(says, failing):
        async def handle(process):
            with contextlib.suppress(asyncssh.Error, OSError):
                if says is None:
                    while True:
                        process.stdout.write(b"a\n")
                        await process.stdout.drain()
                        await asyncio.sleep(0.01)
                for piece in says:
                    (process.stderr if failing else process.stdout).write(piece)
                    await process.stdout.drain()
                process.exit(1 if failing else 0)

        async def listen():
            options = {"server_factory": Anybody, "process_factory": handle, "server_host_keys": [key], "encoding": None}
            return (await asyncssh.listen("127.0.0.1", 0, **options)).get_port()

        return asyncio.run_coroutine_threadsafe(listen(), loop).result(10)

    def make(*names, failing=False):
        ports = {name: start(SAYS[name], failing) for name in names}
        known = tmp_path_factory.mktemp("hosts") / "known_hosts"  # pyinfra reads each of them once
        public = key.export_public_key().decode().strip()
        known.write_text("".join(f"[127.0.0.1]:{port} {public}\n" for port in ports.values()))
        data = {"ssh_hostname": "127.0.0.1", "ssh_user": "a", "ssh_password": "b", "ssh_known_hosts_file": str(known)}
        return [(f"@linssh/{name}", data | {"ssh_port": port}) for name, port in ports.items()]

    yield make
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


class Anybody(asyncssh.SSHServer):
    """Lets everybody in."""

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return bool(username and password)


def connected(machines):
    """Return pyinfra's host of one machine, in this process."""
    state = State()
    state.init(Inventory((machines, {})), Config())
    connect_all(state)
    (host,) = state.inventory
    return host


LARGEST = 4 * 2**20
"""What a look may print in most of these tests: to read 16 MiB takes seconds, and shows the same."""


@pytest.mark.parametrize(("name", "largest"), [("no end", LARGEST), ("one line", heard.LARGEST), ("many lines", heard.LARGEST)])
def test_a_look_without_end_is_given_up_and_has_failed(hosts, monkeypatch, name, largest):
    monkeypatch.setattr(heard, "LARGEST", largest)
    host = connected(hosts(name))
    tracemalloc.start()
    done, output = host.run_shell_command(LookShell("look"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not done
    assert "the rest was not read" in output.stdout
    assert peak < 4 * largest


def test_a_command_that_fails_without_a_word_is_told_with_its_exit_code(hosts):
    done, output = connected(hosts("nothing", failing=True)).run_shell_command(StringCommand("anything"))
    assert (done, output.stderr) == (False, "ended with exit code 1 and printed nothing")
    done, output = connected(hosts("nothing")).run_shell_command(StringCommand("anything"))
    assert (done, output.stderr) == (True, "")


def test_what_a_look_prints_where_it_failed_is_escaped(hosts):
    done, output = connected(hosts("orders", failing=True)).run_shell_command(LookShell("look"))
    assert not done
    assert output.stderr.startswith("\\x1b]0;EVIL\\x07\\r")
    assert output.stderr.isprintable()


def test_free_commands_keep_their_own_output(hosts):
    done, output = connected(hosts("no form")).run_shell_command(StringCommand("cat"))
    assert done
    assert output.stdout.startswith("@os 9999")


DEPLOY = f"""
from pyinfra import host
from pyinfra_wsl.connectors import linssh
from pyinfra_wsl.core import heard
from pyinfra_wsl.facts import DockerEngine, Kvm
from pyinfra_wsl.operations import docker_engine, kvm

linssh._SECONDS = 2
heard.LARGEST = {LARGEST}
if "fact" in host.name:
    host.get_fact(Kvm)
    host.get_fact(DockerEngine)
else:
    kvm.present(name="KVM", _ignore_errors=True)
    docker_engine.present(name="Docker", _ignore_errors=True)
"""


@pytest.mark.parametrize("failing", [False, True], ids=["succeeding", "failing"])
def test_each_fails_alone_without_a_traceback_and_gives_no_order(hosts, tmp_path, failing):
    machines = hosts(*SAYS, failing=failing)
    facts = [(f"@linssh/fact {name.partition('/')[2]}", data) for name, data in machines if "drips" not in name]
    (tmp_path / "inventory.py").write_text(f"all = {[*machines, *facts]!r}")
    (tmp_path / "own.py").write_text(DEPLOY)
    done = subprocess.run(
        [BIN / "pyinfra", "inventory.py", "own.py", "-y", "-vvv"],
        cwd=tmp_path, capture_output=True, check=False, timeout=100, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode()
    assert "Traceback" not in said, said
    assert done.returncode == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", re.sub(r"\x1b\[[0-9;]*m", "", said))
    (results,) = (tmp_path / "results").iterdir()
    found = {path.stem: json.loads(path.read_text()) for path in results.glob("*.json")}
    for name in SAYS:
        assert found[name]["outcome"] == "failed", (name, found[name], said)
        assert all(failure["remedy"] for failure in found[name]["failures"])
