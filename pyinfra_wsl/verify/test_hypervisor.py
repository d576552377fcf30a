"""The hypervisor's start, as the boot configuration has it."""

import re

import pytest

DEVICE_GUARD = r"HKLM\SYSTEM\CurrentControlSet\Control\DeviceGuard"


@pytest.mark.settings("memory_integrity")
def test_memory_integrity_is_as_declared(laptop, setting):
    said = laptop.run("reg.exe query %s /s", DEVICE_GUARD)
    assert said.rc == 0, said.stdout + said.stderr
    keys = re.split(r"^HKEY_", said.stdout, flags=re.MULTILINE)
    values = next((key for key in keys if "HypervisorEnforcedCodeIntegrity" in key.partition("\n")[0]), "")
    # Without the key, or the value in it, memory integrity is off.
    assert bool(re.search(r"^\s+Enabled\s+REG_DWORD\s+0x1\s*$", values, re.MULTILINE)) == (setting.value == "on"), said.stdout


@pytest.mark.settings("launch")
def test_hypervisor_starts_as_declared(laptop, setting):
    said = laptop.run("bcdedit.exe /enum {current}")
    assert said.rc == 0, said.stdout
    launch = re.search(r"^hypervisorlaunchtype\s+(\S+)", said.stdout, re.MULTILINE)
    # Without the element Windows starts the hypervisor whenever a feature needs it.
    assert (launch[1].lower() if launch else "auto") == setting.value
