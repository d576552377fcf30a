"""The hypervisor's start, as the boot configuration has it."""

import re

import pytest

INTEGRITY = r"HKLM\SYSTEM\CurrentControlSet\Control\DeviceGuard\Scenarios\HypervisorEnforcedCodeIntegrity"


@pytest.mark.settings("memory_integrity")
def test_memory_integrity_is_as_declared(laptop, setting):
    said = laptop.run("reg.exe query %s /v Enabled", INTEGRITY)
    assert ("0x1" in said.stdout) == (setting.value == "on"), said.stdout


@pytest.mark.settings("launch")
def test_hypervisor_starts_as_declared(laptop, setting):
    said = laptop.run("bcdedit.exe /enum {current}")
    assert said.rc == 0, said.stdout
    launch = re.search(r"^hypervisorlaunchtype\s+(\S+)", said.stdout, re.MULTILINE)
    # Without the element Windows starts the hypervisor whenever a feature needs it.
    assert (launch[1].lower() if launch else "auto") == setting.value
