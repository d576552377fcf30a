"""Fleets of many: ranges of names, a folder of files that are one, machines that a command names."""

import json
import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from pyinfra_wsl import fleet, inventory
from pyinfra_wsl.cli.main import main


@pytest.fixture
def write(tmp_path):
    """Return a function that writes files, and returns the first or their folder."""

    def write(text="", **files):
        for name, content in ({"fleet": text} if text else files).items():
            (tmp_path / f"{name}.yml").write_text(content)
        return tmp_path / "fleet.yml" if text else tmp_path

    return write


def problems(path):
    with pytest.raises(fleet.FleetError) as caught:
        fleet.load(path)
    return [one.removeprefix(f"{path.parent if path.is_file() else path}/") for one in caught.value.problems]


RANGES = {
    "LT-[0001:0003]": ["LT-0001", "LT-0002", "LT-0003"],
    "LT-[8:11]": ["LT-8", "LT-9", "LT-10", "LT-11"],
    "LT-[08:11]": ["LT-08", "LT-09", "LT-10", "LT-11"],
    "LT-[01:10:4]": ["LT-01", "LT-05", "LT-09"],
    "pc-[a:c]": ["pc-a", "pc-b", "pc-c"],
    "PC-[X:Z]1": ["PC-X1", "PC-Y1", "PC-Z1"],
    "[1:2].corp.example": ["1.corp.example", "2.corp.example"],
    "r[1:2]-[a:b]": ["r1-a", "r1-b", "r2-a", "r2-b"],
    "LT-[7:7]": ["LT-7"],
    "LT-[0:1]": ["LT-0", "LT-1"],
}


@pytest.mark.parametrize("written", RANGES)
def test_a_range_stands_for_its_machines(write, written):
    found = fleet.load(write(f"hosts:\n  {written!r}: {{groups: [dev]}}\ngroups: {{dev: {{user: console}}}}\n"))
    assert list(found.hosts) == RANGES[written]
    assert {host.groups for host in found.hosts.values()} == {("dev",)}
    assert {host.data["user"] for host in found.hosts.values()} == {"console"}


NO_RANGES = {
    "LT-[1:2": "is not a host name; write up to 250 letters, digits, . _ and -, a letter or digit first and last, or a range",
    "LT-[1-5]": "is not a host name",
    "LT-[]": "is not a host name",
    "LT-[a:5]": "[a:5] goes from one kind to another; write both ends as numbers, or as letters of one case",
    "LT-[a:F]": "[a:F] goes from one kind to another",
    "LT-[5:1]": "[5:1] ends before it begins; write [1:5]",
    "LT-[c:a]": "[c:a] ends before it begins; write [a:c]",
    "LT-[1:5:0]": "[1:5:0] has a step of 0; write 1 or more",
    "LT-[001:20]": "[001:20] has ends of different length; write [001:020]",
    "LT-[1:x1]": "[1:x1] is no range; write [0001:0500], [a:f], or [01:50:2] for every second",
    "LT-[1:99999999]": "stands for 99999999 machines; the most is 20000",
    "LT-[1:999]-[1:999]": "stands for 998001 machines; the most is 20000",
    "COM[1:3]": "hosts.COM1: 'COM1' is a device for Windows",
    "[1:3]-": "hosts.1-: '1-' is not a host name",
}


@pytest.mark.parametrize("written", NO_RANGES)
def test_a_range_that_is_none_is_told_with_the_right_form(write, written):
    began = time.monotonic()
    found = problems(write(f"groups: {{}}\nhosts:\n  {written!r}: {{}}\n"))
    assert time.monotonic() - began < 5
    assert found[0].startswith("fleet.yml:3: hosts.")
    assert NO_RANGES[written] in found[0]


def test_what_is_wrong_with_a_range_is_told_once_with_its_line(write):
    text = """\
hosts:
  LT-[0001:0500]:
    groups: [dve]
    wslconfig: {wsl2: {memory: 8gb}}
    wsl_distros: {U: {state: absent}}
groups: {dev: {}}
"""
    assert problems(write(text)) == [
        "fleet.yml:3: hosts.LT-[0001:0500].groups[0]: no such group 'dve'; did you mean dev?",
        "fleet.yml:4: hosts.LT-[0001:0500].wslconfig.wsl2.memory: '8gb' is not a size WSL reads; write 8GB",
        "fleet.yml:5: hosts.LT-[0001:0500].wsl_distros.U.state: absent deletes the distribution's files and needs"
        " allow_data_loss: true",
    ]
    contradiction = "hosts:\n  LT-[1:9]:\n    hypervisor: {launch: off}\n    docker_integration: {default_distro: true}\n"
    (found,) = problems(write(contradiction))
    assert found.startswith(
        "fleet.yml:4: hosts.LT-[1:9].docker_integration.default_distro: contradicts hosts.LT-[1:9].hypervisor"
    )
    assert "on LT-1, LT-2, LT-3 and 6 more" in found


def test_lines_of_a_machine_in_a_range_are_the_ranges(write):
    host = fleet.load(write("hosts:\n  LT-[1:9]:\n    reboot:\n      policy: now\n")).hosts["LT-5"]
    assert (host.line(()), host.line(("reboot", "policy"))) == (2, 4)


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ("  LT-[1:5]:\n  LT-3:", "fleet.yml:2: hosts.LT-[1:5]: names LT-3, which is declared twice, also in line 3; keep one"),
        (
            "  LT-[1:5]:\n  LT-[5:9]:",
            "fleet.yml:3: hosts.LT-[5:9]: names LT-5, which is declared twice, also in line 2; keep one",
        ),
        ("  LT-[1:5]:\n  lt-3:", "is the name of lt-3 in line 3 but for its case"),
        ("  LT-[1:5]: {address: 10.1.2.3}", "fleet.yml:2: hosts.LT-[1:5].address: is of one machine, and LT-[1:5] stands for 5"),
    ],
)
def test_no_machine_is_declared_twice_by_a_range(write, hosts, said):
    assert said in "\n".join(problems(write(f"hosts:\n{hosts}\n")))


def test_ten_thousand_machines_in_a_range_are_read_soon(write):
    path = write(
        "defaults: {wsl: {default_version: 2}}\nhosts:\n  LT-[00001:10000]: {groups: [dev]}\ngroups: {dev: {user: console}}\n"
    )
    began = time.process_time()
    assert len(fleet.load(path).hosts) == 10_000
    assert time.process_time() - began < 8


def test_the_inventory_has_the_machines_of_a_range(write):
    groups = inventory.groups(write("hosts:\n  LT-[1:3]: {groups: [dev]}\ngroups: {dev: {}}\n"))
    assert [name for name, _data in groups["dev"]] == ["@winssh/LT-1", "@winssh/LT-2", "@winssh/LT-3"]
    assert groups["all"][1][1]["ssh_hostname"] == "LT-2"


FOLDER = {
    "10-defaults": "defaults:\n  wsl: {default_version: 2}\n",
    "20-groups": "groups:\n  dev:\n    user: console\n",
    "30-hosts": "hosts:\n  LT-[1:2]: {groups: [dev]}\n",
    "40-hosts": "defaults: {reboot: {policy: never}}\ngroups: {ops: }\nhosts:\n  LT-9: {groups: [ops, dev]}\n",
    "50-nothing": "# nothing yet\n",
}


def test_the_files_of_a_folder_are_one(write):
    folder = write(**FOLDER)
    (folder / "notes.txt").write_text("no YAML: [")
    (folder / ".hidden.yml").write_text("no YAML: [")
    (folder / "below").mkdir()
    (folder / "below" / "more.yml").write_text("no YAML: [")
    found = fleet.load(folder)
    assert list(found.hosts) == ["LT-1", "LT-2", "LT-9"]
    assert found.groups == ("dev", "ops")
    assert found.hosts["LT-9"].data == {
        "os": "windows",
        "wsl": {"default_version": 2},
        "reboot": {"policy": "never"},
        "user": "console",
    }
    assert [name for name, _ in inventory.groups(folder)["ops"]] == ["@winssh/LT-9"]


def test_files_are_found_from_the_folder(write):
    folder = write(a="hosts: {LT-1: {connection: {key: keys/k, known_hosts: kh}}}\n")
    data = dict(inventory.groups(folder)["all"])["@winssh/LT-1"]
    assert data["ssh_key"] == str(folder.resolve() / "keys" / "k")
    assert data["ssh_known_hosts_file"] == str(folder.resolve() / "kh")


TWICE = {
    "a default": (
        "defaults:\n  wsl: {default_version: 2}\n",
        "b.yml:2: defaults.wsl: is declared twice, also in line 2 of a.yml; keep one",
    ),
    "a group": ("groups:\n  dev: {}\n", "b.yml:2: groups.dev: is declared twice, also in line 4 of a.yml; keep one"),
    "a machine": ("hosts:\n  LT-1:\n", "b.yml:2: hosts.LT-1: is declared twice, also in line 6 of a.yml; keep one"),
    "a machine of a range": (
        "hosts:\n  LT-[1:3]:\n",
        "b.yml:2: hosts.LT-1: is declared twice, also in line 6 of a.yml; keep one",
    ),
    "a name but for its case": (
        "hosts:\n  lt-1:\n",
        "b.yml:2: hosts.lt-1: is the name of LT-1 in line 6 of a.yml but for its case",
    ),
}


@pytest.mark.parametrize("what", TWICE)
def test_what_two_files_declare_is_told_with_both_places(write, what):
    text, said = TWICE[what]
    folder = write(a="defaults:\n  wsl: {default_version: 2}\ngroups:\n  dev: {}\nhosts:\n  LT-1: {groups: [dev]}\n", b=text)
    (found,) = problems(folder)
    assert found.startswith(said)


def test_mistakes_of_all_files_are_told_with_their_file_and_line(write):
    folder = write(
        a="defaults:\n  hypervisor: {launch: of}\n",
        b="hosts:\n  LT-1: {groups: [dve], wsl_distros: {U: {state: absent}}}\n  LT-2: {hypervisor: {launch: off}}\n",
        c='groups:\n  dev: {wslconfig: {wsl2: {kernel: "D:\\wsl"}}}\n',
        d="- LT-3\n",
        e="defaults:\n  docker_integration: {default_distro: true}\n",
    )
    assert [one.split(": ")[0] for one in problems(folder)] == ["a.yml:2", "b.yml:2", "b.yml:2", "c.yml:2", "d.yml:1", "e.yml:2"]
    (contradiction,) = [one for one in problems(folder) if "contradicts" in one]
    assert "contradicts hosts.LT-2.hypervisor.launch in line 3 of b.yml, on LT-2" in contradiction


def test_notes_name_their_file(write):
    folder = write(a="defaults:\n  reboot: {policy: never}\n", b="hosts:\n  LT-1:\n    hypervisor: {launch: auto}\n")
    found = fleet.load(folder)
    (note,) = fleet.notes(found, found.hosts.values())
    assert note.startswith(
        f"{folder / 'b.yml'}:3: note: hosts.LT-1.hypervisor.launch: is open with defaults.reboot.policy in line 2 of a.yml"
    )


def test_a_folder_without_files_or_machines_is_told(write, tmp_path):
    (tmp_path / "none").mkdir()
    assert "holds no file *.yml or *.yaml" in problems(tmp_path / "none")[0]
    assert problems(write(a="defaults: {}\n"))[0].endswith("a.yml:1: hosts: is missing; write hosts: and below it the machines")
    assert problems(write(a="# nothing\n"))[0].endswith(":1: is empty; write hosts: and below it the names of the machines")


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


def test_a_fleet_of_too_many_machines_is_told_to_be_divided(write):
    text = "hosts:\n  A-[1:20000]:\n  B-[1:20000]:\n  C-[1:20000]:\n"
    assert problems(write(text)) == ["fleet.yml:1: hosts: has 60000 machines; the most is 50000; divide the fleet"]


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
