"""Scenarios are what they say, and drift breaks what it says."""

import asyncio
import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from pyinfra_wsl import registry
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.range import images
from pyinfra_wsl.lab.resource import ini
from pyinfra_wsl.lab.resource.breaks import Break, NothingThereError
from pyinfra_wsl.lab.scenarios import SCENARIOS, Wish
from pyinfra_wsl.lab.scenarios.docker import NAMES as DOCKER
from pyinfra_wsl.lab.scenarios.drift import breaks
from pyinfra_wsl.lab.wsl import package as wsl_package
from pyinfra_wsl.lab.wsl.registration import INSTALLED, INSTALLING, Registrations, lxss_key

NAMES = (
    *("fresh-en", "fresh-zh", "fresh-de", "windows-10-inbox", "pending-reboot", "converged", "drifted", "half-import"),
    *(
        "virtualization-off",
        "hypervisor-off",
        "policy-locked",
        "user-logged-off",
        "two-users",
        "disk-full",
        "disk-fills",
        "connection-dropped",
    ),
    *("integration-reset", "offline", "constrained-language", "older-wsl"),
    *("temporary-profile", "no-profile-folder", "renamed-account", "twins"),
    *DOCKER,
)


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    """A fleet file's values for one laptop, resolved."""
    folder = tmp_path_factory.mktemp("images")
    images.write(folder)
    ubuntu = folder / "ubuntu-24.04.tar.gz"
    return {
        "user": "console",
        "windows_features": {"VirtualMachinePlatform": "enabled", "Microsoft-Windows-Subsystem-Linux": "enabled"},
        "hypervisor": {"launch": "auto"},
        "wsl": {"package": {"minimum": "2.6.1", "installer": str(folder / "wsl.2.6.1.0.x64.msi")}, "default_version": 2},
        "wslconfig": {"wsl2": {"memory": "8GB", "processors": 4, "dnsTunneling": True, "networkingMode": "mirrored"}},
        "wsl_distros": {
            "Ubuntu-24.04": {
                "source": str(ubuntu),
                "sha256": hashlib.sha256(ubuntu.read_bytes()).hexdigest(),
                "default": True,
                "default_user": "dev",
                "wsl_conf": {"boot": {"systemd": True}},
                "docker_integration": True,
            },
            "old-ubuntu": {"state": "absent", "allow_data_loss": True},
        },
        "docker_integration": {"default_distro": True},
    }


def build(name, declared=None):
    return SCENARIOS[name].build(Wish("LT-1", 7, declared or {}, pace=0.001))


def look(machine):
    """Return what a person would see of each declared setting, by its path."""
    alice = machine.account("alice")
    registrations = Registrations(machine.registry, alice.sid)
    found = {item.name: item for item in registrations.all()}
    ubuntu = found.get("Ubuntu-24.04")
    config = rf"{alice.profile}\.wslconfig"
    disk = bytes(machine.files.stat(ubuntu.disk).content) if ubuntu and machine.files.exists(ubuntu.disk) else b""
    settings = machine.part(DockerDesktop).settings_path(alice)
    return {
        "features": {
            name: machine.features.state(name) for name in ("VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux")
        },
        "launch": machine.hypervisor_launch(),
        "package": wsl_package.version(machine),
        "default_version": machine.registry.get(lxss_key(alice.sid), "DefaultVersion"),
        "wslconfig": machine.files.read(config) if machine.files.exists(config) else b"",
        "default": registrations.has_default() and registrations.default().name,
        "distros": sorted(found),
        "uid": ubuntu and ubuntu.get("DefaultUid"),
        "wsl_conf": disk[disk.find(b"[boot]") :][:30],
        "docker": machine.files.read(settings) if machine.files.exists(settings) else b"",
    }


def test_every_scenario_is_there():
    assert set(SCENARIOS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_built_describes_itself_and_complains_of_nothing(name, declared):
    one = SCENARIOS[name]
    machine = build(name, declared)
    assert one.describe
    assert one.expect.result in ("converged", "deferred", "failed", "offline")
    assert machine.complaints == []


def test_a_fresh_laptop_has_nothing_of_wsl():
    machine = build("fresh-en")
    assert machine.build == 26200
    assert not machine.hypervisor_running
    assert wsl_package.version(machine) == ""
    assert machine.files.exists(r"C:\Windows\System32\wsl.exe")
    assert machine.account("CORP\\alice").logged_on
    assert not machine.files.exists(machine.part(DockerDesktop).settings_path(machine.account("alice")))


def test_the_chinese_laptop_is_chinese():
    machine = build("fresh-zh")
    assert machine.culture == "zh-CN"
    assert machine.account("张伟").profile == r"C:\Users\张伟"


def test_pending_and_switched_off_are_told_apart():
    assert build("pending-reboot").features.state("VirtualMachinePlatform") == "Enable Pending"
    off = build("hypervisor-off")
    assert (off.features.state("VirtualMachinePlatform"), off.hypervisor_launch(), off.hypervisor_running) == (
        "Enabled",
        "off",
        False,
    )
    assert not build("virtualization-off").firmware.virtualization


def test_a_half_import_bears_our_marker(declared):
    machine = build("half-import", declared)
    alice = machine.account("alice")
    (item,) = Registrations(machine.registry, alice.sid).all()
    assert (item.name, item.state) == ("Ubuntu-24.04", INSTALLING)
    marker = machine.registry.values(rf"HKLM\SOFTWARE\pyinfra-wsl\Imports\{alice.sid}\Ubuntu-24.04")
    assert marker["Sha256"] == ("String", declared["wsl_distros"]["Ubuntu-24.04"]["sha256"])


def test_two_users_are_logged_on_and_the_second_is_meant():
    machine = build("two-users", {"user": "CORP\\bo"})
    assert [account.name for account in machine.accounts.values() if account.logged_on] == ["alice", "bo"]
    assert machine.account("bo").profile == r"C:\Users\Bo Li"
    assert [item.name for item in Registrations(machine.registry, machine.account("alice").sid).all()] == ["alices-own"]


def test_nobody_is_there_on_the_laptop_whose_user_is_away():
    machine = build("user-logged-off")
    assert not any(account.logged_on for account in machine.accounts.values())
    assert not machine.registry.exists(f"HKU\\{machine.account('alice').sid}", Token(machine.account("fleet-admin")))


def test_a_finished_laptop_is_as_declared_with_docker_running(declared):
    async def story():
        machine = build("converged", declared)
        await asyncio.sleep(0.05)
        assert machine.part(DockerDesktop).engine
        assert machine.pace == 0.001
        return machine

    machine = asyncio.run(story())
    seen = look(machine)
    assert seen["package"] == "2.6.1.0"
    assert b"memory=8GB\r\n" in seen["wslconfig"]
    assert seen["default"] == "Ubuntu-24.04"
    assert seen["uid"] == 1000
    item = Registrations(machine.registry, machine.account("alice").sid).by_name("Ubuntu-24.04")
    assert item.state == INSTALLED
    record = machine.registry.values(rf"HKLM\SOFTWARE\pyinfra-wsl\Distros\{item.guid}")
    assert record["Sha256"][1] == declared["wsl_distros"]["Ubuntu-24.04"]["sha256"]


def test_everything_declared_can_be_broken(declared):
    found = [one.name for one in breaks(build("fresh-en"), declared)]
    assert len(found) == len(set(found))
    assert set(found) == {
        "windows_features.VirtualMachinePlatform",
        "windows_features.Microsoft-Windows-Subsystem-Linux",
        "hypervisor.launch",
        "wsl.package.minimum",
        "wsl.default_version",
        "wslconfig.wsl2.memory",
        "wslconfig.wsl2.processors",
        "wslconfig.wsl2.dnsTunneling",
        "wslconfig.wsl2.networkingMode",
        "wsl_distros.Ubuntu-24.04.default",
        "wsl_distros.Ubuntu-24.04.wsl_conf.boot.systemd",
        "wsl_distros.Ubuntu-24.04.default_user",
        "wsl_distros.Ubuntu-24.04.disk",
        "wsl_distros.Ubuntu-24.04.state",
        "wsl_distros.old-ubuntu.state",
        "docker_integration.default_distro",
        "wsl_distros.Ubuntu-24.04.docker_integration",
    }


def test_settings_are_broken_in_the_order_of_the_declaration_and_last_what_no_run_repairs(declared):
    *repairable, disk, last = breaks(build("fresh-en"), declared)
    keys = [one.name.partition(".")[0] for one in repairable]
    assert keys == sorted(keys, key=list(declared).index)
    assert all(one.repairable for one in repairable)
    assert (disk.name, disk.repairable) == ("wsl_distros.Ubuntu-24.04.disk", False)
    assert (last.name, last.repairable) == ("wsl_distros.Ubuntu-24.04.state", False)


def test_a_resource_of_another_distribution_brings_its_lab_part(monkeypatch):
    def brought(_declared, person):
        yield Break("motd.text", f"{person.name} wrote another", lambda machine: machine.files.write(r"C:\motd", b"other"))

    def leave(machine, declared, _person):
        machine.files.write(r"C:\motd", declared["motd"]["text"].encode())

    parts = [SimpleNamespace(breaks=brought), SimpleNamespace(finish=leave), SimpleNamespace()]
    monkeypatch.setattr(registry, "modules", lambda part: parts if part == "lab" else [])
    whole, drifted = (build(name, {"motd": {"text": "hello"}}) for name in ("converged", "drifted"))
    assert [whole.files.read(r"C:\motd"), drifted.files.read(r"C:\motd")] == [b"hello", b"other"]


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("number", range(16))
def test_breaking_one_setting_changes_something_to_see(declared, number, running):
    async def story():
        machine = build("converged", declared)
        if running:
            await asyncio.sleep(0.02)
        one = breaks(machine, declared)[number]
        before = look(machine)
        one.act(machine)
        assert look(machine) != before
        assert machine.complaints == []

    asyncio.run(story())


def test_what_is_not_there_cannot_be_broken(declared):
    machine = build("fresh-en")
    refused = [one.name for one in breaks(machine, declared) if one.name.startswith("wsl_distros.Ubuntu")]
    for one in breaks(machine, declared):
        if one.name in refused:
            with pytest.raises(NothingThereError):
                one.act(machine)


def test_a_drifted_laptop_has_everything_broken_that_a_run_may_repair(declared):
    whole, broken = look(build_running("converged", declared)), look(build_running("drifted", declared))
    assert {key for key in whole if whole[key] != broken[key]} == set(whole)
    assert "Ubuntu-24.04" in broken["distros"]


def build_running(name, declared):
    async def story():
        return build(name, declared)

    return asyncio.run(story())


@pytest.mark.parametrize(("value", "other"), [(True, "false"), (4, "5"), ("8GB", "9GB"), ("mirrored", ""), (["a"], "")])
def test_another_value_is_one_that_wsl_takes(value, other):
    assert ini.changed(value) == other


def test_images_are_where_the_fleet_file_looks(tmp_path):
    assert {path.name for path in images.write(tmp_path)} >= {"ubuntu-24.04.tar.gz"}
    assert all(Path(path).is_file() for path in tmp_path.iterdir())


@pytest.mark.parametrize(("name", "who"), [("fresh-en", "grace"), ("converged", "grace"), ("fresh-de", "Jürgen")])
def test_who_is_at_the_screen_may_be_told_where_a_scenario_names_nobody(name, who):
    machine = SCENARIOS[name].build(Wish("LT-1", 7, {}, pace=0.001, person="grace"))
    assert machine.account(f"CORP\\{who}").session
    assert machine.files.stat(machine.account(f"CORP\\{who}").profile)
    assert "alice" not in {one.name for one in machine.accounts.values()}
