"""Distributions, as wsl.exe lists them to their owner, and what new ones get."""

import re

import pytest

ROW = re.compile(r"^(?P<default>\*?)\s+(?P<name>\S+)\s+(?P<state>[A-Z][a-z]+)\s+(?P<version>[12])\s*$", re.MULTILINE)
VALUE = re.compile(r"^ +(\S+) +REG_\w+ +(.*?)\s*$", re.MULTILINE)
LXSS = r"HKCU\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss"


def rows(as_user):
    said = as_user("wsl.exe --list --all --verbose")
    return {row["name"].lower(): row for row in ROW.finditer(said.stdout)}


def registration(as_user, name):
    said = as_user("reg.exe query %s /s", LXSS)
    keys = [dict(VALUE.findall(key)) for key in re.split("^HKEY_", said.stdout, flags=re.MULTILINE)]
    return next(key for key in keys if key.get("DistributionName", "").lower() == name.lower())


@pytest.mark.settings("state", "version", "default")
def test_distribution_is_as_declared(setting, as_user):
    name, aspect = setting.path[1].lower(), setting.path[2]
    found = rows(as_user)
    if aspect == "state" and setting.value == "absent":
        assert name not in found
        return
    assert name in found
    assert found[name]["state"] in ("Running", "Stopped")
    if aspect == "version":
        assert int(found[name]["version"]) == setting.value
    if aspect == "default":
        assert found[name]["default"] == "*"


@pytest.mark.settings("default_user")
def test_shell_starts_as_the_declared_user(setting, as_user):
    own = as_user("wsl.exe -d %s -e id -u", setting.path[1])
    wanted = as_user("wsl.exe -d %s -u root -e id -u %s", setting.path[1], setting.value)
    assert wanted.rc == 0, wanted.stdout + wanted.stderr
    assert own.stdout.split() == wanted.stdout.split()
    # What runs keeps the user with which it was started; the registry has the next one.
    assert registration(as_user, setting.path[1])["DefaultUid"] == hex(int(wanted.stdout))


@pytest.mark.settings("location")
def test_disk_lies_where_declared(setting, as_user):
    said = as_user("reg.exe query %s /s /f BasePath /e", LXSS)
    assert setting.value.lower() in said.stdout.lower().replace("\\\\?\\", "")


@pytest.mark.settings("default_version")
def test_new_distributions_get_the_declared_version(setting, as_user):
    said = as_user("reg.exe query %s /v DefaultVersion", LXSS)
    version = re.search(r"DefaultVersion\s+REG_DWORD\s+(0x\w+)", said.stdout)
    # Absent means 2 (src/windows/service/exe/LxssUserSession.cpp).
    assert (int(version[1], 16) if version else 2) == setting.value
