"""WSL's policies of a fleet file: edited by hand, found by verification, and repaired."""

import pytest

from pyinfra_wsl.lab.range import control
from pyinfra_wsl.lab.range.state import State

DECLARED = {
    "AllowDebugShell": False,
    "AllowDiskMount": None,
    "DefaultNetworkingMode": "mirrored",
    "WSLContainerRegistryAllowlist": ["ghcr.io", "registry.corp.example"],
}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(lambda fleet: fleet["defaults"].update(wsl_policy=DECLARED), LT_A="converged")


def test_each_policy_that_was_edited_is_found_and_repaired(rehearsal):
    for name in DECLARED:
        assert control.ask(State(rehearsal.folder / ".lab"), "drift", laptop="LT-A", setting=f"wsl_policy.{name}")["ok"]
    broken = rehearsal.verify("-k", "policy").stdout
    assert [name for name in DECLARED if f"LT-A: wsl_policy.{name}] - " in broken] == list(DECLARED)
    done = rehearsal.converge()
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("AllowDebugShell: 1 → 0", "AllowDiskMount: 0 → not set", "DefaultNetworkingMode: 0 (none) → 3 (mirrored)"):
        assert said in done.stdout + done.stderr
    assert rehearsal.verify("-k", "policy").returncode == 0
