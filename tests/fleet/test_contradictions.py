"""Declarations that contradict each other across resources: every pair, with the machine, both fields and both lines."""

import itertools

import pytest
import yaml
from click.testing import CliRunner
from support.rules import DISTRO, distros

from pyinfra_wsl import fleet
from pyinfra_wsl.cli.main import main
from pyinfra_wsl.core.problem import dotted
from pyinfra_wsl.fleet import contradictions

VMP, WSL = "VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"
NEED_2 = {
    "wsl_distros.U": distros(U={}),
    "wsl_distros.U.version": distros(U={"version": 2}),
    "wsl_distros.D": distros(D={"source": "u.vhdx"}),
    "docker_integration.default_distro": {"docker_integration": {"default_distro": True}},
}
NO_2 = {
    f"windows_features.{VMP}": {"windows_features": {VMP: "disabled"}},
    f"windows_features.{VMP.lower()}": {"windows_features": {VMP.lower(): "disabled"}},
    "hypervisor.launch": {"hypervisor": {"launch": "off"}},
}
NEED_1 = {
    "wsl_distros.U.version": distros(U={"version": 1}),
    "wsl_distros.U": {**distros(U={}), "wsl": {"default_version": 1}},
    "wsl.default_version": {"wsl": {"default_version": 1}},
}
NO_1 = {f"windows_features.{WSL}": {"windows_features": {WSL: "disabled"}}}
HYPER_V = "Microsoft-Hyper-V"
PARTS = [
    (HYPER_V, f"{HYPER_V}-All"), (f"{HYPER_V}-Hypervisor", HYPER_V), (f"{HYPER_V}-Services", f"{HYPER_V}-All"),
    (f"{HYPER_V}-Tools-All", f"{HYPER_V}-All"), (f"{HYPER_V}-Management-Clients", f"{HYPER_V}-Tools-All"),
]  # fmt: skip
ON_HYPERVISOR = (HYPER_V, f"{HYPER_V}-All", f"{HYPER_V}-Hypervisor", "HypervisorPlatform", "Containers-DisposableClientVM")
GONE = {"state": "absent", "allow_data_loss": True}
PAIRS = [
    *((here, there, a | b) for needs, offs in ((NEED_2, NO_2), (NEED_1, NO_1)) for (here, a), (there, b) in
      itertools.product(needs.items(), offs.items())),
    *((f"windows_features.{name}", f"windows_features.{parent}", {"windows_features": {name: "enabled", parent: "disabled"}})
      for name, parent in PARTS),
    *((f"windows_features.{name}", "hypervisor.launch", {"windows_features": {name: "enabled"}, "hypervisor": {"launch": "off"}})
      for name in ON_HYPERVISOR),
    ("wsl_distros.U.wsl_conf", "wsl_distros.U.state", {"wsl_distros": {"U": {**GONE, "wsl_conf": {"boot": {"systemd": True}}}}}),
    ("docker_integration.default_distro", "wsl_distros.U.version",
     {**distros(U={"version": 1, "default": True}), "docker_integration": {"default_distro": True}}),
    ("wsl_distros.U.wsl_conf.automount.cgroups", "wslconfig.wsl2.isolateDistroCgroup",
     {**distros(U={"wsl_conf": {"automount": {"cgroups": "v1"}}}), "wslconfig": {"wsl2": {"isolateDistroCgroup": True}}}),
    ("wsl_distros.U.default_user", "wsl.package.version",
     {**distros(U={"default_user": "dev"}), "wsl": {"package": {"version": "2.3.26"}}}),
    *(("wsl_distros.U.docker_integration", "docker_desktop.backend",
       {**distros(U={"docker_integration": True}), "docker_desktop": {"backend": backend}})
      for backend in ("hyper-v", "windows")),
    ("docker_integration.default_distro", "docker_desktop.backend",
     {"docker_integration": {"default_distro": True}, "docker_desktop": {"backend": "windows"}}),
    ("docker_integration.default_distro", "docker_desktop.state",
     {"docker_integration": {"default_distro": True}, "docker_desktop": {"state": "absent"}}),
    ("docker_desktop", f"windows_features.{VMP}", {"docker_desktop": {}, "windows_features": {VMP: "disabled"}}),
    *(("docker_desktop.backend", f"windows_features.{name}",
       {"docker_desktop": {"backend": backend}, "windows_features": {name: "disabled"}})
      for backend in ("hyper-v", "windows") for name in (HYPER_V, f"{HYPER_V}-All", "Containers", "containers")),
    *(("docker_desktop.backend", "hypervisor.launch", {"docker_desktop": {"backend": backend}, "hypervisor": {"launch": "off"}})
      for backend in ("wsl-2", "hyper-v", "windows")),
    ("docker_desktop", "wsl.package.version", {"docker_desktop": {}, "wsl": {"package": {"version": "2.0.14"}}}),
]  # fmt: skip
AT_PEACE = [
    {},
    {"os": "linux", "hypervisor": {"launch": "off"}, "wsl": {"default_version": 2}},
    distros(U={}, V={"version": 1}),
    {**distros(U={"version": 1}), "wsl": {"default_version": 2}, "hypervisor": {"launch": "off"}},
    {"wsl_distros": {"U": {"default": True}}, "windows_features": {VMP: "disabled"}, "hypervisor": {"launch": "off"}},
    {"wsl_distros": {"U": {"default": True, "docker_integration": True}}, "wsl": {"default_version": 1},
     "docker_integration": {"default_distro": True}},
    {**distros(U={"version": 1}), "hypervisor": {"launch": "off"}, "windows_features": {VMP: "disabled", WSL: "enabled"}},
    {"wsl_distros": {"U": GONE}, "hypervisor": {"launch": "off"}, "windows_features": {VMP: "disabled", WSL: "disabled"}},
    {**distros(U={}), "windows_features": {WSL: "disabled", VMP: "enabled"}, "hypervisor": {"launch": "auto"}},
    {"windows_features": {HYPER_V: "disabled", "Containers": "enabled"}, "hypervisor": {"launch": "off"}},
    {"windows_features": {HYPER_V: "disabled", f"{HYPER_V}-All": "disabled"}},
    {"windows_features": {VMP: "enabled"}, "hypervisor": {"launch": "off"}},
    {"docker_integration": {"default_distro": False}, "hypervisor": {"launch": "off"}},
    {**distros(U={"default_user": "dev"}), "wsl": {"package": {"version": "2.4.4"}}},
    {**distros(U={"default_user": "root"}), "wsl": {"package": {"version": "2.3.26"}}},
    {**distros(U={"version": 1}), "docker_integration": {"default_distro": True}},
    {"docker_desktop": {"backend": "hyper-v"}, "windows_features": {VMP: "disabled", f"{HYPER_V}-All": "enabled"}},
    {"docker_desktop": {"state": "absent"}, "windows_features": {VMP: "disabled"}, "hypervisor": {"launch": "off"}},
    {**distros(U={"docker_integration": False}), "docker_desktop": {"backend": "windows"}},
    {**distros(U={"docker_integration": True}), "docker_desktop": {}, "wsl": {"package": {"version": "2.1.5"}}},
    {"docker_desktop": {"backend": "windows"}, "wsl": {"package": {"version": "2.0.14"}}},
]  # fmt: skip


@pytest.mark.parametrize(("here", "there", "values"), PAIRS)
def test_a_pair_that_excludes_each_other_is_found_with_both_paths(here, there, values):
    found = {(dotted(one.path), dotted(one.other)): one for one in contradictions.find(values)}
    assert (here, there) in found
    assert {other for _path, other in found} == {there}
    assert all(one.why and one.remedy for one in found.values())


@pytest.mark.parametrize("values", AT_PEACE)
def test_what_goes_together_is_no_contradiction(values):
    assert list(contradictions.find(values)) == []


FLEET = """\
defaults:
  windows_features:
    VirtualMachinePlatform: disabled
groups:
  developers:
    wsl_distros:
      Ubuntu:
        source: https://example.org/u.tar.gz
        sha256: {sha}
hosts:
  LT-1: {{groups: [developers]}}
  LT-2: {{groups: [developers]}}
  LT-3:
    groups: [developers]
    windows_features: {{VirtualMachinePlatform: enabled}}
  LT-4:
    groups: [developers]
    windows_features: {{VirtualMachinePlatform: enabled}}
    hypervisor:
      launch: off
"""


def test_the_file_is_refused_with_machine_fields_and_lines(tmp_path):
    path = tmp_path / "fleet.yml"
    path.write_text(FLEET.format(sha="a" * 64))
    with pytest.raises(fleet.FleetError) as refused:
        fleet.load(path)
    inherited, own = refused.value.problems
    assert inherited == (
        f"{path}:7: groups.developers.wsl_distros.Ubuntu: contradicts defaults.windows_features.{VMP} in line 3, "
        "on LT-1, LT-2: Ubuntu is a WSL 2 distribution, and WSL 2 needs that feature; "
        "write VirtualMachinePlatform: enabled, or take what needs WSL 2 out of the declaration"
    )
    assert own.startswith(
        f"{path}:7: groups.developers.wsl_distros.Ubuntu: contradicts hosts.LT-4.hypervisor.launch in line 20, on LT-4: "
    )


def test_of_many_machines_some_are_named_and_all_are_counted(tmp_path):
    path = tmp_path / "fleet.yml"
    values = {**distros(U={"source": "https://x/u.tar"}), "hypervisor": {"launch": "off"}}
    path.write_text(yaml.safe_dump({"defaults": values, "hosts": {f"LT-{number}": {} for number in range(9)}}))
    with pytest.raises(fleet.FleetError) as refused:
        fleet.load(path)
    (problem,) = refused.value.problems
    assert "on LT-0, LT-1, LT-2 and 6 more: " in problem


def test_a_restart_that_is_never_made_is_a_note_and_no_error(tmp_path):
    path = tmp_path / "fleet.yml"
    path.write_text(
        "hosts:\n  LT-1:\n    reboot: {policy: never}\n    windows_features:\n      VirtualMachinePlatform: enabled\n"
    )
    done = CliRunner().invoke(main, ["validate", str(path)])
    assert done.exit_code == 0
    assert (
        f"{path}:5: note: hosts.LT-1.windows_features.{VMP}: is open with hosts.LT-1.reboot.policy in line 3, "
        "on LT-1: a change of it works after a restart only"
    ) in done.stderr


def test_a_wrong_value_is_told_once_and_contradicts_nothing(tmp_path):
    path = tmp_path / "fleet.yml"
    path.write_text(yaml.safe_dump({"hosts": {"LT-1": {"hypervisor": {"launch": "of"}, "wsl_distros": {"U": DISTRO}}}}))
    with pytest.raises(fleet.FleetError) as refused:
        fleet.load(path)
    assert not [one for one in refused.value.problems if "contradicts" in one]


def test_new_distributions_that_would_not_start_are_a_note_and_no_error(tmp_path):
    file = tmp_path / "f.yml"
    file.write_text("hosts:\n  LT-1:\n    hypervisor: {launch: off}\n    wsl: {default_version: 2}\n")
    found = fleet.load(file)
    (note,) = fleet.notes(found, found.hosts.values())
    assert "hosts.LT-1.wsl.default_version" in note
    assert "new distributions would be WSL 2" in note


@pytest.mark.parametrize(("policy", "told"), [("now", 1), ("no_user", 1), ("window", 0)])
def test_a_window_that_no_restart_waits_for_is_a_note_and_no_error(tmp_path, policy, told):
    file = tmp_path / "f.yml"
    file.write_text(f'hosts:\n  LT-1:\n    reboot: {{policy: {policy}, window: "22:00-06:00"}}\n')
    found = fleet.load(file)
    notes = fleet.notes(found, found.hosts.values())
    assert ["reboot.window" in note for note in notes] == [True] * told
