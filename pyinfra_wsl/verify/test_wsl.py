"""The WSL package, as the registry has it."""

import re

import pytest

LXSS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss"


def numbers(version):
    parts = [int(part) for part in version.split(".")]
    return parts + [0] * (4 - len(parts))


@pytest.mark.settings("version", "minimum")
def test_package_has_the_declared_version(laptop, setting):
    said = laptop.run("reg.exe query %s /v Version", rf"HKLM\{LXSS}\MSI")
    version = re.search(r"Version\s+REG_SZ\s+(\S+)", said.stdout)
    assert version, said.stdout + said.stderr
    if setting.path[-1] == "version":
        assert numbers(version[1]) == numbers(setting.value)
    else:
        assert numbers(version[1]) >= numbers(setting.value)
