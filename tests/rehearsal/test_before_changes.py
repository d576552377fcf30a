"""What a first look shows to be impossible or dangerous is told before anything of it is changed; what is independent goes on."""

import pytest
from look import everything
from stage import BIN, ROOT

from pyinfra_wsl.lab.machine.machine import Firmware

CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion"
SERVICING = rf"{CURRENT}\Component Based Servicing\RebootPending"
INSTALLER = rf"{CURRENT}\Installer\InProgress"
NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
OFF = Firmware(virtualization=False)
WSL_1 = {"version": 1, "docker_integration": None, "wsl_conf": None}
BOTH = {"VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"}


def firmware(machine):
    machine.firmware = OFF
    machine.settle()


def old(machine):
    machine.build = 18362
    for name in ("CurrentBuildNumber", "CurrentBuild"):
        machine.registry.set(NT, name, "String", "18362")


def full(machine):
    machine.files.free_bytes = 20 << 20


def small(machine):
    machine.files.free_bytes = 500 << 20


def servicing(machine):
    machine.registry.create(SERVICING)


def installing(machine):
    machine.registry.create(INSTALLER)


def policy(machine):
    machine.registry.set(r"HKLM\SOFTWARE\Policies\WSL", "AllowWSL", "DWord", 0)


SPOILT = {
    "LT-FIRMWARE": (firmware, "Virtualization is off in the firmware", "firmware_virtualization"),
    "LT-NO-HYPERVISOR": (firmware, "Virtualization is off in the firmware", "firmware_virtualization"),
    "LT-OLD": (old, "needs Windows build 19041 or later, and this is build 18362", "build"),
    "LT-FULL": (full, "200.0 MB for Windows to change features", "disk_space"),
    "LT-SMALL": (small, "600.0 MB for the WSL package", "disk_space"),
    "LT-POLICY": (policy, "AllowWSL is 0", "ERROR_ACCESS_DISABLED_BY_POLICY"),
    "LT-DRIVE": (lambda _machine: None, "this laptop has no drive E: for distribution Ubuntu-24.04", "drive"),
}
WAITING = {
    "LT-SERVICING": (servicing, "component servicing"),
    "LT-INSTALLER": (installing, "Windows Installer has not completed"),
}
OTHERS = {"LT-CONTAINERS": firmware, "LT-WSL1": firmware, "LT-DESPITE": firmware, "LT-GO-ON": servicing}
NAMES = (*SPOILT, *WAITING, *OTHERS)


def declare(fleet):
    hosts = fleet["hosts"]
    hosts["LT-NO-HYPERVISOR"]["hypervisor"] = None
    hosts["LT-DRIVE"]["wsl_distros"] = {"Ubuntu-24.04": {"location": "E:\\wsl"}}
    hosts["LT-CONTAINERS"]["windows_features"] = {"Containers": "enabled"}
    hosts["LT-WSL1"] |= {
        "wsl_distros": {"Ubuntu-24.04": WSL_1}, "docker_integration": None, "hypervisor": None,
        "windows_features": {"VirtualMachinePlatform": None},
    }  # fmt: skip
    hosts["LT-WSL1"]["wsl"] = {"default_version": 1}
    hosts["LT-DESPITE"]["proceed_despite"] = ["firmware_virtualization"]
    hosts["LT-GO-ON"]["proceed_despite"] = ["servicing_pending"]


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(declare, **{name.replace("-", "_"): "fresh-en" for name in NAMES})
    spoil = {**{name: one[0] for name, one in (*SPOILT.items(), *WAITING.items())}, **OTHERS}
    for name in NAMES:
        made.stage.do(spoil[name], made.stage.machine(name))
    return made


@pytest.fixture(scope="module")
def before(rehearsal):
    return {name: everything(rehearsal.stage.machine(name)) for name in NAMES}


@pytest.fixture(scope="module")
def dry(rehearsal, before):
    assert before
    done = rehearsal.pyinfra(ROOT / "deploy.py", "--dry", COLUMNS="2000")
    assert before == {name: everything(rehearsal.stage.machine(name)) for name in NAMES}
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def found(rehearsal, dry):
    assert dry
    rehearsal.converge()
    return rehearsal.results()


def changed(result):
    return {one["resource"] for one in result["changes"]}


@pytest.mark.parametrize("name", SPOILT)
def test_nothing_is_changed_for_what_cannot_be_and_no_restart_is_made(rehearsal, before, found, name):
    after = everything(rehearsal.stage.machine(name))
    assert changed(found[name]) <= {"wslconfig"}
    assert (after["features"], after["boots"]) == (before[name]["features"], before[name]["boots"])
    assert found[name]["restarts"] == 0


@pytest.mark.parametrize("name", SPOILT)
def test_the_cause_is_named_first_and_the_next_step_with_it(found, name):
    _spoil, cause, code = SPOILT[name]
    assert found[name]["outcome"] == "failed"
    first = found[name]["failures"][0]
    assert (first["resource"], first["code"]) == ("windows_feature", code)
    assert cause in first["cause"]
    assert f"proceed_despite: [{code}]" in first["remedy"]
    assert all("WSL is not installed" not in one["cause"] for one in found[name]["failures"])


@pytest.mark.parametrize("name", SPOILT)
def test_a_dry_run_says_the_same(dry, found, name):
    said = [line for line in dry.splitlines() if f"[{name}]" in line]
    assert any(SPOILT[name][1] in line and "cannot: " in line for line in said)
    assert not [line for line in said if "would: " in line and ".wslconfig" not in line]
    assert len([line for line in said if "cannot: " in line]) == len(found[name]["failures"])


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_independent_goes_on(rehearsal, found, name):
    machine = rehearsal.stage.machine(name)
    assert changed(found[name]) == {"wslconfig"}
    assert "memory=8GB" in machine.files.text(rf"{machine.account('alice').profile}\.wslconfig")


@pytest.mark.parametrize("name", WAITING)
def test_before_an_installer_it_is_waited_for_what_windows_has_not_completed(rehearsal, before, found, name):
    after = everything(rehearsal.stage.machine(name))
    assert (after["features"], after["boots"]) == (before[name]["features"], before[name]["boots"])
    assert (found[name]["outcome"], changed(found[name])) == ("deferred", {"wslconfig"})
    reasons = {(one["resource"], one["waits_for"]) for one in found[name]["deferred"]}
    assert {("windows_feature", "reboot"), ("wsl", "reboot"), ("wsl_distro", "reboot")} <= reasons
    assert all(WAITING[name][1] in one["reason"] for one in found[name]["deferred"])


def test_another_feature_is_switched_on_and_gets_its_restart(rehearsal, found):
    features = rehearsal.stage.machine("LT-CONTAINERS").features
    assert features.state("Containers") == "Enabled"
    assert {features.state(name) for name in BOTH} == {"Disabled"}
    assert found["LT-CONTAINERS"]["restarts"] == 1
    assert changed(found["LT-CONTAINERS"]) == {"windows_feature", "wslconfig", "reboot"}
    assert found["LT-CONTAINERS"]["outcome"] == "failed"


def test_wsl_1_needs_no_virtualization(found):
    assert (found["LT-WSL1"]["outcome"], found["LT-WSL1"]["failures"]) == ("converged", [])


def test_who_wants_to_go_on_goes_on_and_is_told_despite_what(found):
    result = found["LT-DESPITE"]
    assert {"windows_feature", "wsl", "reboot"} <= changed(result)
    assert any("although Virtualization is off in the firmware" in one["text"] for one in result["warnings"])
    assert result["outcome"] == "failed"
    assert found["LT-GO-ON"]["outcome"] == "converged", found["LT-GO-ON"]


def test_a_laptop_of_which_all_is_foreseen_costs_no_more_requests(found):
    assert {
        name: found[name]["requests"] <= len(found[name]["changes"]) + 6 + found[name]["restarts"] for name in NAMES
    } == dict.fromkeys(NAMES, True)
    assert {found[name]["processes"] for name in SPOILT} == {1}


BY_HAND = """
from pyinfra_wsl.operations import windows_feature

windows_feature.features(
    name="By hand", features={"VirtualMachinePlatform": "enabled", "Containers": "enabled"}, _ignore_errors=True
)
"""
ALONE = """
from pathlib import Path
from pyinfra_wsl import inventory

hosts = []
for name, data in inventory.hosts(Path(__file__).parent / "fleet.yml", ssh_user="fleet-admin"):
    state = __import__("json").loads((Path(__file__).parent.parent / ".lab" / "lab.json").read_text())
    one = state["laptops"][name.partition("/")[2]]
    hosts.append((name, {
        "ssh_hostname": one["host"], "ssh_port": one["port"], "ssh_user": state["user"], "ssh_key": state["key"],
        "ssh_known_hosts_file": state["known_hosts"], "ssh_strict_host_key_checking": "yes", "user": "console",
    }))
"""


def test_an_operation_by_hand_knows_only_itself(make_stage):
    made = make_stage(LT_HAND="virtualization-off")
    (made.folder / "by_hand.py").write_text(BY_HAND)
    (made.folder / "inventory" / "alone.py").write_text(ALONE)
    done = made.call(BIN / "pyinfra", "inventory/alone.py", "by_hand.py", "-y")
    features = made.stage.machine("LT-HAND").features
    assert features.state("VirtualMachinePlatform") == "Disabled", done.stderr
    assert features.state("Containers") == "Enable Pending"
    assert (done.returncode, made.results()["LT-HAND"]["outcome"]) == (1, "failed")


def test_what_filled_a_drive_in_the_middle_is_said_with_who_needed_room_where(make_stage):
    made = make_stage(LT_FILLS="disk-fills")
    made.converge()
    cause = " ".join(one["cause"] for one in made.results()["LT-FILLS"]["failures"])
    assert "drive C: is full: wsl.exe needs room there for the unpacked image (at least " in cause
    assert r"AppData\Local\wsl\Ubuntu-24.04" in cause
    assert "were free when it had given up, beside the archive in " in cause
