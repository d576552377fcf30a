"""WSL's policies and the settings of its containers: edited by hand, found by verification, and repaired."""

import pytest

from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.state import State

DECLARED = {
    "AllowDebugShell": False,
    "AllowDiskMount": None,
    "DefaultNetworkingMode": "mirrored",
    "WSLContainerRegistryAllowlist": ["ghcr.io", "registry.corp.example"],
}
BROKEN = [f"wsl_policy.{name}" for name in DECLARED] + ["wslc.session.cpuCount"]
NEWEST = {
    "minimum": "2.9.4",
    "installer": "images/wsl.2.9.4.0.x64.msi",
    "sha256": "8a5164560cb8f6d61d4f79c3d160df4f11f607294c9f03d8aaaa447a6f7dd823",
}


def declare(fleet):
    containers = {"session": {"cpuCount": 2, "dnsTunneling": False}}
    fleet["defaults"] |= {"wsl_policy": DECLARED, "wslc": containers, "wsl": {"package": NEWEST}}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(declare, LT_A="converged")


def test_each_setting_that_was_edited_is_found_and_repaired(rehearsal):
    for setting in BROKEN:
        assert control.ask(State(rehearsal.folder / ".lab"), "drift", laptop="LT-A", setting=setting)["ok"]
    broken = rehearsal.verify("-k", "policy or wslc").stdout
    assert [one for one in BROKEN if f"LT-A: {one}] - " in broken] == BROKEN
    assert "LT-A: wslc.session.dnsTunneling] - " not in broken
    done = rehearsal.converge()
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        "AllowDebugShell: 1 → 0",
        "AllowDiskMount: 0 → not set",
        "DefaultNetworkingMode: 0 (none) → 3 (mirrored)",
        "wslc session.cpuCount: default → 2",
    ):
        assert said in done.stdout + done.stderr
    whole = rehearsal.verify("-k", "policy or wslc")
    assert whole.returncode == 0, whole.stdout
