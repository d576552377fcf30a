"""Machines that a command names."""

import json
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from fleet_files import problems, written

from pyinfra_wsl import fleet
from pyinfra_wsl.cli.main import main


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


@pytest.fixture
def command(tmp_path):
    """Return a function that makes a program of a shell's lines, beside the fleet file, and a fleet file that asks it."""

    def make(lines, more="", hosts=""):
        program = tmp_path / "list.sh"
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        (tmp_path / "fleet.yml").write_text(
            f"groups: {{dev: {{}}, ops: {{}}}}\nhosts_from:\n  command: [./list.sh, a b]\n{more}{hosts}"
        )
        return tmp_path / "fleet.yml"

    return make


def echo(value):
    return f"cat <<'E'\n{value if isinstance(value, str) else json.dumps(value)}\nE"


ANSWERS = {
    "lines": ("LT-1\n\n# of Frankfurt\n  LT-2  ", {"LT-1": {}, "LT-2": {}}),
    "a list": (["LT-1", "LT-2"], {"LT-1": {}, "LT-2": {}}),
    "values": ({"LT-1": {"user": "ada@corp.example"}, "LT-2": None}, {"LT-1": {"user": "ada@corp.example"}, "LT-2": {}}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_command_names_machines(command, answer):
    said, expected = ANSWERS[answer]
    found = fleet.load(command(echo(said), "  groups: [dev]\n", "hosts: {LT-9: {}}\n"))
    assert {name: {k: v for k, v in host.data.items() if k != "os"} for name, host in found.hosts.items()} == {
        **expected,
        "LT-9": {},
    }
    assert {found.hosts[name].groups for name in expected} == {("dev",)}
    assert found.hosts["LT-1"].line(("user",)) == 2


def test_it_runs_in_the_fleets_folder_without_a_shell_and_gets_its_words_whole(command, monkeypatch):
    monkeypatch.chdir("/")
    path = command('[ "$#" = 1 ] && [ "$1" = "a b" ] && [ -f fleet.yml ] && echo LT-1')
    assert list(fleet.load(path).hosts) == ["LT-1"]


def test_groups_of_the_command_come_before_its_own(command):
    found = fleet.load(command(echo({"LT-1": {"groups": ["ops"]}}), "  groups: [dev]\n"))
    assert found.hosts["LT-1"].groups == ("dev", "ops")


NO_ANSWERS = {
    "fails": (
        "echo LT-1; echo 'no such site: fra' >&2; exit 7",
        "./list.sh ended with exit code 7: no such site: fra; run it by hand",
    ),
    "fails without a word": ("exit 7", "./list.sh ended with exit code 7; run it by hand to see why"),
    "killed": ("kill -9 $$", "./list.sh ended with exit code -9"),
    "nobody": ("true", "./list.sh names no machine; run it by hand to see why"),
    "no name": ("echo 'LT 1'", "hosts.LT 1: 'LT 1' is not a host name"),
    "twice": ("echo LT-1; echo LT-2; echo LT-1", "line 3 of what ./list.sh prints names 'LT-1' a second time"),
    "twice in JSON": ('echo \'{"LT-1": {}, "LT-1": {}}\'', "'LT-1' stands twice in what ./list.sh prints"),
    "no JSON": ("echo '[LT-1]'", "./list.sh prints JSON that cannot be read"),
    "deep": ("head -c 200000 /dev/zero | tr '\\0' '['", "./list.sh prints JSON that cannot be read"),
    "a number": ("echo '[\"LT-1\", 7]'", "item 2 of what ./list.sh prints is 7; let it print names"),
    "no values": ("echo '{\"LT-1\": 7}'", "'LT-1' of what ./list.sh prints is 7; write its values"),
    "unknown values": (echo({"LT-1": {"usr": "ada"}}), "hosts.LT-1.usr: no such key; did you mean user?"),
    "a secret": (echo({"LT-1": {"password": "hunter2"}}), "hosts.LT-1.password"),
    "bytes": ("printf '\\377\\376LT\\n'", "./list.sh prints what is no UTF-8 text"),
    "no group": (echo({"LT-1": {"groups": ["dve"]}}), "hosts.LT-1.groups[0]: no such group 'dve'; did you mean dev?"),
    "a secret in its words": ("echo https://ada:hunter2@h/ >&2; exit 1", "ended with exit code 1"),
}


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_a_command_that_names_nobody_is_told_with_the_line_that_asks_it(command, answer):
    lines, said = NO_ANSWERS[answer]
    (found,) = problems(command(lines))
    assert found.startswith("fleet.yml:2: hosts")
    assert said in found
    assert "hunter2" not in found


def test_a_command_that_takes_too_long_is_ended_with_all_it_has_started(command, tmp_path):
    path = command("sleep 300 & echo $! > child; sleep 300", "  timeout: 1\n")
    began = time.monotonic()
    (found,) = problems(path)
    assert found.startswith("fleet.yml:2: hosts_from: ./list.sh gave no answer in 1 s; run it by hand, or write a longer timeout")
    assert time.monotonic() - began < 10
    state = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    time.sleep(0.2)
    assert not state.exists() or ") Z " in state.read_text()


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_command_that_prints_without_end_is_ended(command, stream):
    began = time.monotonic()
    (found,) = problems(command(f"yes LT-1 >&{stream}"))
    assert "./list.sh prints more than 10000000 bytes; let it print names only" in found
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    ("program", "why"), [("./nowhere", "No such file or directory"), ("no-such-program", "No such file"), (".", "denied")]
)
def test_a_command_that_cannot_be_started_is_told(tmp_path, program, why):
    (tmp_path / "fleet.yml").write_text(f"hosts_from: {{command: [{program}]}}\n")
    (found,) = problems(tmp_path / "fleet.yml")
    assert found.startswith(f"fleet.yml:1: hosts_from: {program} cannot be started: ")
    assert why in found
    assert found.endswith("; install it, or correct its path")


def test_a_machine_that_the_command_and_the_file_name_is_told_with_both_lines(command):
    (found,) = problems(command("echo LT-1", hosts="hosts:\n  LT-1:\n"))
    assert found == "fleet.yml:5: hosts.LT-1: is declared twice, also in line 2; keep one"


def test_pyinfra_itself_asks_it(command, tmp_path):
    """It replaces what waits for programs by its own."""
    path = command("echo LT-1; sleep 0.1; echo LT-2", "  groups: [dev]\n")
    text = f"from pyinfra_wsl import inventory\nglobals().update(inventory.groups({str(path)!r}))\n"
    (tmp_path / "inventory.py").write_text(text)
    program = Path(sys.executable).parent / "pyinfra"
    done = subprocess.run(
        [program, "inventory.py", "debug-inventory"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(f"[{name}]" in done.stdout + done.stderr for name in ("LT-1", "LT-2"))


FORMS = {
    "command: []": "hosts_from.command: is an empty list",
    "comand: [a]": "did you mean command?",
    "command: list.sh": "'list.sh' is not a list; write [list.sh]",
    "{command: [a], timeout: 0}": "0 is too small; the least is 1",
    "{groups: [dev]}": "hosts_from.command: is missing",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_it_is_held_to(write, form):
    text = form if form.startswith("{") else f"{{{form}}}"
    assert FORMS[form] in "\n".join(problems(write(f"groups: {{dev: }}\nhosts: {{LT-1: }}\nhosts_from: {text}\n")))


def test_each_file_of_a_folder_may_ask_a_command(write):
    folder = write(
        a="hosts_from: {command: [echo, LT-1]}\n", b="hosts_from: {command: [echo, LT-2], groups: [dev]}\n", c="groups: {dev: }\n"
    )
    assert list(fleet.load(folder).hosts) == ["LT-1", "LT-2"]


def test_a_file_that_is_only_checked_runs_no_command_of_its_author(tmp_path):
    """It may be somebody else's proposal, as in a pull request."""
    (tmp_path / "list.sh").write_text("#!/bin/sh\ntouch ran\necho LT-1\n")
    (tmp_path / "list.sh").chmod(0o755)
    (tmp_path / "fleet.yml").write_text("groups: {}\nhosts_from: {command: [./list.sh]}\n")
    call = partial(CliRunner().invoke, main, catch_exceptions=False)
    done = call(["validate", str(tmp_path / "fleet.yml")])
    assert (done.exit_code, (tmp_path / "ran").exists()) == (0, False)
    assert "fleet.yml:2: note: hosts_from: ./list.sh was not run; --ask runs it, and checks what it prints" in done.stderr
    assert "0 hosts, no errors" in done.stdout
    done = call(["validate", str(tmp_path / "fleet.yml"), "--show", "LT-1"])
    assert done.exit_code == 1
    assert "no such host 'LT-1'; it may be one that hosts_from names: add --ask" in done.stderr
    done = call(["validate", str(tmp_path / "fleet.yml"), "--ask", "--show", "LT-1"])
    assert (done.exit_code, (tmp_path / "ran").exists()) == (0, True)
    assert done.stdout.startswith("LT-1:")
