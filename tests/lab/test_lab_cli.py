"""``pyinfra-wsl lab``: up, status, drift, scenario, down; and bad input."""

import json
import shutil
import socket
import stat
import time

import pytest
from click.testing import CliRunner

from pyinfra_wsl.cli.lab import lab
from pyinfra_wsl.lab.range.state import State

FLEET = """
defaults:
  connection: {transport: ssh, user: fleet-admin}
  windows_features: {VirtualMachinePlatform: enabled}
  hypervisor: {launch: auto}
hosts:
  LT-1: {}
  LT-2: {}
  LT-OFF: {}
  kvm-1: {os: linux}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "fleet.yml").write_text(FLEET)
    (tmp_path / "lab.yml").write_text("LT-1: {scenario: converged, winrm: {}}\nLT-OFF: offline\n")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    call("down")


def call(*words):
    return CliRunner().invoke(lab, words, catch_exceptions=False)


def up(*words):
    return call("up", "--inventory-file", "fleet.yml", "--scenarios", "lab.yml", *words)


def listens(one):
    with socket.socket() as probe:
        return probe.connect_ex((one["host"], one["port"])) == 0


def test_a_lab_comes_up_tells_clients_what_they_need_and_goes_down(folder):
    done = up()
    assert done.exit_code == 0, done.output
    assert "3 laptops are up" in done.output
    state = json.loads((folder / ".lab" / "lab.json").read_text())
    assert {name: one["scenario"] for name, one in state["laptops"].items()} == {
        "LT-1": "converged",
        "LT-2": "fresh-en",
        "LT-OFF": "offline",
    }
    assert {"http", "https", "ca", "user", "password"} <= set(state["laptops"]["LT-1"].pop("winrm"))
    assert "winrm" not in state["laptops"]["LT-2"]
    assert {name: listens(one) for name, one in state["laptops"].items()} == {"LT-1": True, "LT-2": True, "LT-OFF": False}
    assert state["user"] == "fleet-admin"
    assert stat.S_IMODE((folder / ".lab" / "id_ed25519").stat().st_mode) == 0o600
    known = (folder / ".lab" / "known_hosts").read_text().splitlines()
    assert known[0].startswith(f"[127.0.0.1]:{state['laptops']['LT-1']['port']} ssh-ed25519 ")
    assert "The lab is down" in call("down").output
    assert not listens(state["laptops"]["LT-1"])
    assert not (folder / ".lab" / "lab.json").exists()


@pytest.mark.parametrize("named", [True, False])
def test_the_labs_images_are_made_where_the_fleet_file_names_them(folder, named):
    if named:
        distro = "{wsl_distros: {Ubuntu: {source: images/ubuntu-24.04.tar.gz}}}"
        (folder / "fleet.yml").write_text(FLEET.replace("LT-2: {}", f"LT-2: {distro}"))
    up()
    assert (folder / "images").exists() == named


@pytest.mark.parametrize("named", [True, False])
def test_a_lab_may_be_of_a_folder_of_files(folder, named):
    (folder / "fleet.d").mkdir()
    distro = "{wsl_distros: {Ubuntu: {source: images/ubuntu-24.04.tar.gz}}}"
    (folder / "fleet.d" / "groups.yml").write_text(f"groups: {{dev: {distro if named else '{}'}}}\n")
    (folder / "fleet.d" / "hosts.yml").write_text("hosts:\n  LT-[1:2]: {groups: [dev]}\n")
    (folder / "two.yml").write_text("LT-1: converged\n")
    done = call("up", "--inventory-file", "fleet.d", "--scenarios", "two.yml")
    assert (folder / "fleet.d" / "images").exists() == named
    assert ("2 laptops are up" in done.output) == (not named)  # an image needs its sha256


@pytest.mark.usefixtures("folder")
def test_only_one_lab_runs_in_a_folder():
    up()
    again = up()
    assert again.exit_code == 1
    assert "a lab is up already" in again.output


@pytest.mark.usefixtures("folder")
def test_a_setting_is_broken_by_name_or_by_turn():
    up()
    listed = call("drift", "LT-1", "--list")
    assert "  windows_features.VirtualMachinePlatform: " in listed.output
    assert "hypervisor.launch" in call("drift", "LT-1", "hypervisor.launch").output
    assert "windows_features.VirtualMachinePlatform" in call("drift", "LT-1").output
    assert "* hypervisor.launch" in call("drift", "LT-1", "--list").output
    assert "everything that LT-1 declares is broken" in call("drift", "LT-1").output
    assert json.loads(call("status", "--json").output)["LT-1"]["drifted"] == [
        "hypervisor.launch",
        "windows_features.VirtualMachinePlatform",
    ]


def test_a_laptop_is_put_into_another_scenario(folder):
    up()
    done = call("scenario", "LT-2", "half-import")
    assert done.exit_code == 0, done.output
    assert json.loads((folder / ".lab" / "lab.json").read_text())["laptops"]["LT-2"]["scenario"] == "half-import"
    assert "half-import" in call("status").output


def test_scenarios_are_listed_without_a_lab():
    assert "windows-10-inbox  " in call("scenario").output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("drift", "LT-9"), "there is no laptop LT-9"),
        (("drift", "LT-1", "wslconfig.wsl2.memory"), "LT-1 declares nothing called wslconfig.wsl2.memory"),
        (("scenario", "LT-1", "nonsense"), "there is no scenario nonsense"),
        (("scenario", "LT-1"), "give the scenario's name too"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words, told):
    up()
    done = call(*words)
    assert done.exit_code != 0
    assert told in done.output
    assert "Traceback" not in done.output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", [("status",), ("drift", "LT-1"), ("scenario", "LT-1", "fresh-en")])
def test_without_a_lab_the_next_step_is_told(words):
    done = call(*words)
    assert done.exit_code == 1
    assert "no lab is up. Next: pyinfra-wsl lab up" in done.output


@pytest.mark.usefixtures("folder")
def test_going_down_twice_is_no_error():
    assert call("down").exit_code == 0


@pytest.mark.parametrize(
    ("scenarios", "told"),
    [
        ("LT-9: fresh-en\n", "has no host LT-9"),
        ("LT-1: nonsense\n", "there is no scenario nonsense"),
        ("- LT-1\n", "write one line for each laptop"),
        ("LT-1: [\n", "is no YAML"),
    ],
)
def test_a_wrong_file_of_scenarios_is_told(folder, scenarios, told):
    (folder / "lab.yml").write_text(scenarios)
    done = up()
    assert done.exit_code == 1
    assert told in done.output


def test_a_wrong_fleet_file_is_told_with_its_line(folder):
    (folder / "fleet.yml").write_text(FLEET.replace("launch: auto", "launch: sideways"))
    done = up()
    assert done.exit_code == 1
    assert "fleet.yml:5" in done.output


@pytest.mark.usefixtures("folder")
def test_a_port_that_is_taken_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = up("--port", str(taken.getsockname()[1]))
    assert done.exit_code == 1
    assert "the lab did not start" in done.output
    assert "in use" in done.output


def test_a_lab_whose_folder_is_gone_ends(folder):
    up()
    one = json.loads((folder / ".lab" / "lab.json").read_text())["laptops"]["LT-1"]
    shutil.rmtree(folder / ".lab")
    end = time.monotonic() + 10
    while listens(one):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_deep_folder_gets_its_socket_elsewhere(tmp_path):
    assert len(str(State(tmp_path / ("x" * 120)).socket)) < 100
    assert State(tmp_path).socket == tmp_path / "control"


@pytest.mark.parametrize("command", [(), ("up",), ("down",), ("status",), ("drift",), ("scenario",)])
def test_help_teaches_by_examples(command):
    assert "pyinfra-wsl lab " in call(*command, "--help").output
