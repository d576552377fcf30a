"""Fleets of many: ranges of names, a folder of files that are one."""

import time
from functools import partial

import pytest
from fleet_files import problems, written

from pyinfra_wsl import fleet, inventory


@pytest.fixture
def write(tmp_path):
    return partial(written, tmp_path)


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


def test_a_fleet_of_too_many_machines_is_told_to_be_divided(write):
    text = "hosts:\n  A-[1:20000]:\n  B-[1:20000]:\n  C-[1:20000]:\n"
    assert problems(write(text)) == ["fleet.yml:1: hosts: has 60000 machines; the most is 50000; divide the fleet"]
