"""The hypervisor's start, as the boot configuration has it."""

import re


def test_hypervisor_starts_as_declared(laptop, setting):
    if setting.path[-1] == "memory_integrity":
        key = r"HKLM\SYSTEM\CurrentControlSet\Control\DeviceGuard\Scenarios\HypervisorEnforcedCodeIntegrity"
        said = laptop.run("reg.exe query %s /v Enabled", key)
        assert ("0x1" in said.stdout) == (setting.value == "on"), said.stdout
        return
    said = laptop.run("bcdedit.exe /enum {current}")
    assert said.rc == 0, said.stdout
    launch = re.search(r"^hypervisorlaunchtype\s+(\S+)", said.stdout, re.MULTILINE)
    # Without the element Windows starts the hypervisor whenever a feature needs it.
    assert (launch[1].lower() if launch else "auto") == setting.value
