"""Distributions, as wsl.exe lists them to their owner, and what new ones get."""

import re

import pytest

ROW = re.compile(r"^(?P<default>\*?)\s+(?P<name>\S+)\s+(?P<state>[A-Z][a-z]+)\s+(?P<version>[12])\s*$", re.MULTILINE)
VALUE = re.compile(r"^ +(\S+) +REG_\w+ +(.*?)\s*$", re.MULTILINE)
LXSS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss"
WSL_2 = 8  # of Flags (src/windows/service/exe/LxssUserSession.cpp)


def rows(as_user):
    said = as_user("wsl.exe --list --all --verbose")
    return {row["name"].lower(): row for row in ROW.finditer(said.stdout)}


def keys(registry):
    """Return the values of each registration, by its key's name, and of the key above them by "Lxss"."""
    said = registry(LXSS, "/s").stdout
    parts = [part.partition("\n") for part in re.split("^HKEY_", said, flags=re.MULTILINE)]
    return {head.strip().rpartition("\\")[2]: dict(VALUE.findall(values)) for head, _, values in parts if head}


def registration(registry, name):
    named = ((key, one) for key, one in keys(registry).items() if one.get("DistributionName", "").lower() == name.lower())
    return next(named, (None, {}))


@pytest.mark.settings("state", "version", "default")
def test_distribution_is_as_declared(laptop, setting, registry, as_user):
    name, aspect = setting.path[1].lower(), setting.path[2]
    user = laptop.backend.user
    if user and not user.within_reach:
        registered_as_declared(registry, name, aspect, setting.value)
        return
    found = rows(as_user)
    if aspect == "state" and setting.value == "absent":
        assert name not in found
        if not found:  # none at all, or wsl.exe does not work
            registered_as_declared(registry, name, aspect, setting.value)
        return
    assert name in found
    assert found[name]["state"] in ("Running", "Stopped")
    if aspect == "version":
        assert int(found[name]["version"]) == setting.value
    if aspect == "default":
        assert found[name]["default"] == "*"


def registered_as_declared(registry, name, aspect, value):
    """Look it up in the registry of somebody who is logged off, which is what wsl.exe would list from."""
    key, found = registration(registry, name)
    if aspect == "state" and value == "absent":
        assert key is None
        return
    assert key is not None
    assert found["State"] == "0x1"
    if aspect == "version":
        assert (2 if int(found.get("Flags", "0x7"), 16) & WSL_2 else 1) == value
    if aspect == "default":
        assert keys(registry)["Lxss"]["DefaultDistribution"].lower() == key.lower()


@pytest.mark.settings("default_user")
def test_shell_starts_as_the_declared_user(setting, registry, as_user):
    own = as_user("wsl.exe -d %s -e id -u", setting.path[1])
    wanted = as_user("wsl.exe -d %s -u root -e id -u %s", setting.path[1], setting.value)
    assert wanted.rc == 0, wanted.stdout + wanted.stderr
    assert own.stdout.split() == wanted.stdout.split()
    # What runs keeps the user with which it was started; the registry has the next one.
    assert registration(registry, setting.path[1])[1]["DefaultUid"] == hex(int(wanted.stdout))


@pytest.mark.settings("location")
def test_disk_lies_where_declared(setting, registry):
    _key, found = registration(registry, setting.path[1])
    assert setting.value.lower().rstrip("\\") == found["BasePath"].lower().removeprefix("\\\\?\\").rstrip("\\")


@pytest.mark.settings("default_version")
def test_new_distributions_get_the_declared_version(setting, registry):
    said = registry(LXSS, "/v", "DefaultVersion")
    version = re.search(r"DefaultVersion\s+REG_DWORD\s+(0x\w+)", said.stdout)
    # Absent means 2 (src/windows/service/exe/LxssUserSession.cpp).
    assert (int(version[1], 16) if version else 2) == setting.value
