"""What one machine's values need, exclude or contradict: each rule broken and kept."""

import pytest

from pyinfra_wsl.fleet import rules as fleet_rules
from pyinfra_wsl.fleet.merge import dotted

SHA = "a" * 64
DISTRO = {"source": "u.tar.gz", "sha256": SHA}


def distros(**named):
    return {"wsl_distros": {name: {**DISTRO, **more} for name, more in named.items()}}


BROKEN = [
    ({"hypervisor": {"launch": "off", "memory_integrity": "on"}}, "hypervisor.memory_integrity", "runs on the hypervisor"),
    (distros(**{"docker-desktop": {}}), "wsl_distros.docker-desktop", "belongs to Docker Desktop"),
    (
        {"windows_features": {"VirtualMachinePlatfrom": "enabled"}},
        "windows_features.VirtualMachinePlatfrom",
        "did you mean VirtualMachinePlatform?",
    ),
    (
        {"windows_features": {"virtualmachineplatform": "enabled"}},
        "windows_features.virtualmachineplatform",
        "did you mean VirtualMachinePlatform?",
    ),
    ({"reboot": {"policy": "window"}}, "reboot.window", '"22:00-06:00"'),
    ({"reboot": {"window": "22:00-22:00"}}, "reboot.window", "has no length"),
    ({"connection": {"password_from": {"env": "A", "command": ["b"]}}}, "connection.password_from", "remove it with env: null"),
    ({"connection": {"password_from": {}}}, "connection.password_from", "names no source"),
    ({"wsl": {"package": {"installer": "w.msi"}}}, "wsl.package.sha256", "sha256sum 'w.msi'"),
    ({"wsl": {"package": {"installer": "https://x/w.msi"}}}, "wsl.package.sha256", "curl -fsSL 'https://x/w.msi' | sha256sum"),
    ({"wsl": {"package": {"installer": r"\\s\w.msi"}}}, "wsl.package.sha256", r'certutil -hashfile "\\s\w.msi" SHA256'),
    ({"wsl": {"package": {"minimum": "2.6.1", "version": "2.5.0"}}}, "wsl.package.version", "contradicts minimum"),
    ({"wsl": {"package": {"sha256": SHA}}}, "wsl.package.installer", "add installer"),
    ({"wsl_distros": {"U": {"source": "u.tar"}}}, "wsl_distros.U.sha256", "sha256sum 'u.tar'"),
    ({"wsl_distros": {"U": {"sha256": SHA}}}, "wsl_distros.U.source", "add source"),
    ({"wsl_distros": {"U": {}}}, "wsl_distros.U.source", "is missing"),
    ({"wsl_distros": {"U": {"state": "absent"}}}, "wsl_distros.U.state", "allow_data_loss: true"),
    (distros(U={"state": "absent", "allow_data_loss": True, "default": True}), "wsl_distros.U.default", "is absent"),
    (
        distros(U={"state": "absent", "allow_data_loss": True, "docker_integration": True}),
        "wsl_distros.U.docker_integration",
        "is absent",
    ),
    (distros(U={"version": 1, "docker_integration": True}), "wsl_distros.U.docker_integration", "version 2 only"),
    (
        {**distros(U={"docker_integration": True}), "wsl": {"default_version": 1}},
        "wsl_distros.U.docker_integration",
        "version 2 only",
    ),
    (distros(U={"version": 1, "source": "u.vhdx"}), "wsl_distros.U.version", "virtual disk"),
    (distros(U={"version": 1, "format": "vhd"}), "wsl_distros.U.version", "virtual disk"),
    (distros(U={"default": True}, V={"default": True}), "wsl_distros.V.default", "beside U"),
    (distros(Ubuntu={}, ubuntu={}), "wsl_distros.ubuntu", "the same name as Ubuntu"),
    (distros(U={"default_user": "ada", "wsl_conf": {"user": {"default": "bo"}}}), "wsl_distros.U.default_user", "contradicts"),
    ({"docker_engine": {"rootless": True}}, "docker_engine.rootless", "name him in users"),
    ({"docker_desktop_linux": {"package": {"source": "d.deb", "sha256": SHA}}}, "docker_desktop_linux.user", "is missing"),
    ({"docker_desktop_linux": {"user": "ada"}}, "docker_desktop_linux.package", "is missing"),
    (
        {"docker_desktop_linux": {"user": "ada", "package": {"source": "d.deb"}}},
        "docker_desktop_linux.package.sha256",
        "sha256sum 'd.deb'",
    ),
]

KEPT = [
    {},
    {"hypervisor": {"launch": "off", "memory_integrity": "off"}},
    {"windows_features": {"VirtualMachinePlatform": "enabled", "TelnetClient": "disabled", "SMB1Protocol": "disabled"}},
    {"reboot": {"policy": "window", "window": "22:00-06:00"}},
    {"reboot": {"policy": "no_user"}},
    {"connection": {"password_from": {"env": "A"}}},
    {"connection": {"password_from": "prompt"}},
    {"wsl": {"package": {"installer": "w.msi", "sha256": SHA}, "default_version": 1}},
    {"wsl": {"package": {"minimum": "2.6.1"}}},
    {"wsl": {"package": {"version": "2.6.1"}}},
    {"wsl_distros": {"U": {"state": "absent", "allow_data_loss": True}}},
    distros(U={"docker_integration": True, "default": True}, V={"version": 1}),
    {**distros(U={"docker_integration": True, "version": 2}), "wsl": {"default_version": 1}},
    distros(U={"version": 1, "docker_integration": False}),
    distros(U={"default": True}, V={"default": False}),
    distros(U={"default_user": "ada", "wsl_conf": {"user": {"default": "ada"}}}),
    distros(U={"source": "u.vhdx"}),
    {"docker_engine": {"rootless": True, "users": ["ada"]}},
    {"docker_desktop_linux": {"user": "ada", "package": {"source": "d.deb", "sha256": SHA}}},
    {"docker_desktop_linux": {"state": "absent", "user": "ada"}},
]


@pytest.mark.parametrize(("values", "path", "message"), BROKEN)
def test_a_broken_rule_is_one_problem_at_its_place(values, path, message):
    (problem,) = fleet_rules.check(values)
    assert dotted(problem.path) == path
    assert message in problem.message


@pytest.mark.parametrize("values", KEPT)
def test_a_kept_rule_is_no_problem(values):
    assert fleet_rules.check(values) == []


def test_a_default_of_which_only_one_is_present_is_no_second_default():
    values = distros(U={"default": True, "state": "absent", "allow_data_loss": True}, V={"default": True})
    assert [dotted(problem.path) for problem in fleet_rules.check(values)] == ["wsl_distros.U.default"]


def test_what_is_wrong_already_is_not_missed_again():
    values = {"wsl_distros": {"U": {"source": "u.tar"}}}
    assert fleet_rules.check(values, [("wsl_distros", "U", "sha256")]) == []
