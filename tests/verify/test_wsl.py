"""The WSL package and the default version, as the registry has them."""

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


@pytest.mark.settings("default_version")
def test_new_distributions_get_the_declared_version(setting, as_user):
    said = as_user("reg.exe query %s /v DefaultVersion", rf"HKCU\{LXSS}")
    version = re.search(r"DefaultVersion\s+REG_DWORD\s+(0x\w+)", said.stdout)
    # Absent means 2 (src/windows/service/exe/LxssUserSession.cpp).
    assert (int(version[1], 16) if version else 2) == setting.value
