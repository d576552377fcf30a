"""What one machine's values need, exclude or contradict: each rule broken and kept."""

import pytest
from support.rules import BROKEN, SHA, distros

from pyinfra_wsl.core.problem import dotted
from pyinfra_wsl.fleet import rules as fleet_rules

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
    distros(U={"location": r"D:\wsl\u"}, V={"location": r"D:\wsl\v"}),
    distros(U={"location": r"D:\wsl\u", "state": "absent", "allow_data_loss": True}, V={"location": r"D:\wsl\u"}),
    {"wsl_distros": {"CentOS8": {}}},
    {"wsl_distros": {"CentOS8": {"version": 2, "default": True, "default_user": "ada", "location": r"D:\wsl\c"}}},
    {"wsl_distros": {"CentOS8": {"wsl_conf": {"boot": {"systemd": True}}, "docker_integration": True, "export_to": r"D:\c.tar"}}},
    {"docker_engine": {"rootless": True, "users": ["ada"]}},
    {"docker_desktop_linux": {"user": "ada", "package": {"source": "d.deb", "sha256": SHA}}},
    {"docker_desktop_linux": {"state": "absent", "user": "ada"}},
]


@pytest.mark.parametrize(("values", "path", "message"), BROKEN)
def test_a_broken_rule_is_one_problem_at_its_place(values, path, message):
    (problem,) = fleet_rules.check(values)
    assert dotted(problem.path) == path
    assert message in problem.said


@pytest.mark.parametrize("values", KEPT)
def test_a_kept_rule_is_no_problem(values):
    assert fleet_rules.check(values) == []


def test_a_default_of_which_only_one_is_present_is_no_second_default():
    values = distros(U={"default": True, "state": "absent", "allow_data_loss": True}, V={"default": True})
    assert [dotted(problem.path) for problem in fleet_rules.check(values)] == ["wsl_distros.U.default"]


def test_what_is_wrong_already_is_not_missed_again():
    values = {"wsl_distros": {"U": {"source": "u.tar"}}}
    assert fleet_rules.check(values, [("wsl_distros", "U", "sha256")]) == []
