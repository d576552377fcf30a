"""Docker Desktop as the registry and its own files have it."""

import json
import re

import pytest

from pyinfra_wsl.core.formats import docker_keys

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Docker Desktop"
BACKENDS = {"windows": (True, None), "wsl-2": (False, True), "hyper-v": (False, False)}
DEFAULTS = {"UseWindowsContainers": False, "WslEngineEnabled": True}


def installed(laptop, user, scope):
    hive = "HKLM" if scope == "all_users" else rf"HKU\{user.sid}"
    said = laptop.run("reg.exe query %s /v DisplayVersion", rf"{hive}\{UNINSTALL}")
    found = re.search(r"DisplayVersion\s+REG_SZ\s+(\S+)", said.stdout)
    return [int(part) for part in found[1].split(".")[:3]] if found else None


def numbers(version):
    return [*(int(part) for part in version.split(".")), 0, 0][:3]


def loaded(laptop, *paths):
    for path in paths:
        said = laptop.run("type %s", path)
        if said.rc == 0:
            return {key.lower(): value for key, value in json.loads(said.stdout).items()}
    return {}


def settings(laptop, user):
    folder = rf"{user.profile}\AppData\Roaming\Docker"
    return loaded(laptop, rf"{folder}\settings-store.json", rf"{folder}\settings.json")


@pytest.mark.settings("state")
def test_it_is_there_or_gone(laptop, setting, user):
    there = any(installed(laptop, user, scope) for scope in ("all_users", "user"))
    assert there is (setting.value == "present")


@pytest.mark.settings("version", "minimum")
def test_it_has_the_declared_version(laptop, setting, user):
    found = installed(laptop, user, "all_users") or installed(laptop, user, "user")
    assert found is not None
    assert found == numbers(setting.value) if setting.path[-1] == "version" else found >= numbers(setting.value)


@pytest.mark.settings("scope")
def test_it_is_installed_for_whom_is_declared_and_for_nobody_else(laptop, setting, user):
    other = {"all_users": "user", "user": "all_users"}[setting.value]
    assert installed(laptop, user, setting.value)
    assert installed(laptop, user, other) is None


@pytest.mark.settings("start")
def test_it_runs(laptop, setting):
    assert not setting.value or "Docker Desktop.exe" in laptop.run("tasklist.exe").stdout


@pytest.mark.settings("backend")
def test_its_settings_choose_the_backend(laptop, setting, user):
    found = settings(laptop, user)
    windows, wsl = (found.get(name.lower(), default) for name, default in DEFAULTS.items())
    wants_windows, wants_wsl = BACKENDS[setting.value]
    assert windows is wants_windows
    assert wants_wsl is None or wsl is wants_wsl


@pytest.mark.settings("accept_license")
def test_the_licence_is_accepted(laptop, setting, user):
    assert setting.value["by"]
    assert settings(laptop, user).get("licensetermsversion", 0) >= 2


@pytest.mark.settings("allowed_orgs")
def test_the_organisations_are_demanded(laptop, setting):
    said = laptop.run("reg.exe query %s /v allowedOrgs", r"HKLM\SOFTWARE\Policies\Docker\Docker Desktop")
    found = re.search(r"allowedOrgs\s+REG_MULTI_SZ\s+(\S+)", said.stdout)
    file = loaded(laptop, r"C:\ProgramData\DockerDesktop\registry.json")
    assert (found[1].split(r"\0") if found else file.get("allowedorgs")) == setting.value


@pytest.mark.settings("settings")
def test_settings_are_as_declared(laptop, setting, user):
    """Docker Desktop leaves out of the newer file what has its documented default."""
    found = settings(laptop, user)
    have = {name: found.get(name.lower(), getattr(docker_keys.find(name), "default", None)) for name in setting.value}
    assert have == setting.value


@pytest.mark.settings("admin_settings")
def test_the_administrators_file_says_what_is_declared(laptop, setting):
    found = loaded(laptop, r"C:\ProgramData\DockerDesktop\admin-settings.json")
    assert {name: found.get(name.lower()) for name in setting.value} == setting.value


@pytest.mark.settings("daemon")
def test_engines_are_configured_as_declared(laptop, setting, user):
    names = {"linux": "daemon.json", "windows": "windows-daemon.json"}
    for engine, wanted in setting.value.items():
        found = loaded(laptop, rf"{user.profile}\.docker\{names[engine]}")
        assert {name: found.get(name.lower()) for name in wanted} == wanted
