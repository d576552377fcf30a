"""Docker Desktop as the registry, its own files, its services and its engine have it."""

import json
import re

import pytest

from pyinfra_wsl.core.formats import docker_keys

from .docker import SCOPES, demand_session, in_uninstall_key, on_windows, runs
from .files import text_of

BACKENDS = {"windows": (True, None), "wsl-2": (False, True), "hyper-v": (False, False)}
DEFAULTS = {"UseWindowsContainers": False, "WslEngineEnabled": True}
ENGINES = {"windows": "windows", "wsl-2": "linux", "hyper-v": "linux"}
SHARED = r"C:\ProgramData\DockerDesktop"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"


def installed(laptop, registry, scope):
    version = in_uninstall_key(laptop, registry, scope, "DisplayVersion")
    return version and numbers(version)


def numbers(version):
    return [*(int(part) for part in version.split(".")), 0, 0][:3]


def loaded(laptop, *paths):
    for path in paths:
        text = text_of(laptop, path)
        if text is not None:
            return {key.lower(): value for key, value in json.loads(text).items()}
    return {}


def settings(laptop, user):
    folder = rf"{user.profile}\AppData\Roaming\Docker"
    return loaded(laptop, rf"{folder}\settings-store.json", rf"{folder}\settings.json")


def holds(found, wanted):
    """Whether what is wanted is in what is there: objects are merged by a run, all else replaced."""
    if not isinstance(wanted, dict):
        return json.dumps(found) == json.dumps(wanted)
    return isinstance(found, dict) and all(holds(found.get(name), value) for name, value in wanted.items())


@pytest.mark.settings("state")
@pytest.mark.usefixtures("user")
def test_it_is_there_or_gone(laptop, setting, registry):
    there = any(installed(laptop, registry, scope) for scope in SCOPES)
    assert there is (setting.value == "present")


@pytest.mark.settings("version", "minimum")
@pytest.mark.usefixtures("user")
def test_it_has_the_declared_version(laptop, setting, registry):
    found = installed(laptop, registry, "all_users") or installed(laptop, registry, "user")
    assert found is not None
    assert found == numbers(setting.value) if setting.path[-1] == "version" else found >= numbers(setting.value)


@pytest.mark.settings("version", "minimum")
def test_what_runs_has_the_declared_version(laptop, setting, registry, as_user):
    product = on_windows(laptop, registry, as_user, "version")["Server"]["Platform"]["Name"]
    found = numbers(re.findall(r"^Docker Desktop ([\d.]+)", product)[0])
    assert found == numbers(setting.value) if setting.path[-1] == "version" else found >= numbers(setting.value)


@pytest.mark.settings("scope")
@pytest.mark.usefixtures("user")
def test_it_is_installed_for_whom_is_declared_and_for_nobody_else(laptop, setting, registry):
    other = {"all_users": "user", "user": "all_users"}[setting.value]
    assert installed(laptop, registry, setting.value)
    assert installed(laptop, registry, other) is None


@pytest.mark.settings("start")
def test_it_runs(laptop, setting):
    if setting.value:
        demand_session(laptop)
        assert runs(laptop)


@pytest.mark.settings("backend")
def test_its_settings_choose_the_backend(laptop, setting, user):
    found = settings(laptop, user)
    windows, wsl = (found.get(name.lower(), default) for name, default in DEFAULTS.items())
    wants_windows, wants_wsl = BACKENDS[setting.value]
    assert windows is wants_windows
    assert wants_wsl is None or wsl is wants_wsl


@pytest.mark.settings("backend")
def test_an_engine_of_the_backend_answers(laptop, setting, registry, as_user):
    server = on_windows(laptop, registry, as_user, "version")["Server"]
    assert server["Version"]
    assert server["Os"] == ENGINES[setting.value]
    assert on_windows(laptop, registry, as_user, "info")["OSType"] == ENGINES[setting.value]


@pytest.mark.settings("backend")
def test_windows_has_what_the_backend_needs(laptop, setting, user):
    if setting.value == "wsl-2":
        return  # it needs neither
    assert laptop.service("com.docker.service").is_enabled
    members = laptop.run("net.exe localgroup docker-users").stdout.lower().splitlines()
    computer = laptop.run("hostname").stdout.strip().lower()
    names = {user.account.lower(), user.account.lower().removeprefix(f"{computer}\\")}
    assert names & {line.strip() for line in members}
    choices = loaded(laptop, rf"{SHARED}\install-settings.json")
    assert setting.value != "windows" or choices.get("nowindowscontainers") is not True


@pytest.mark.settings("accept_license")
def test_the_licence_is_accepted(laptop, setting, user):
    assert setting.value["by"]
    assert settings(laptop, user).get("licensetermsversion", 0) >= 2


@pytest.mark.settings("allowed_orgs")
def test_the_organisations_are_demanded(laptop, setting):
    said = laptop.run("reg.exe query %s /v allowedOrgs", r"HKLM\SOFTWARE\Policies\Docker\Docker Desktop")
    found = re.search(r"allowedOrgs\s+REG_MULTI_SZ\s+(\S+)", said.stdout)
    file = loaded(laptop, rf"{SHARED}\registry.json")
    assert (found[1].split(r"\0") if found else file.get("allowedorgs") or []) == setting.value


@pytest.mark.settings("settings")
def test_settings_are_as_declared(laptop, setting, user):
    """Docker Desktop leaves out of the newer file what has its documented default."""
    found = settings(laptop, user)
    have = {name: found.get(name.lower(), getattr(docker_keys.find(name), "default", None)) for name in setting.value}
    assert have == setting.value


@pytest.mark.settings("settings")
def test_windows_starts_it_with_the_session_as_declared(laptop, setting, user, registry):
    """A first start makes the value, and each later one: where nobody has started it yet there is none."""
    if "AutoStart" not in setting.value:
        return
    said = registry(RUN, "/v", "Docker Desktop")
    started = loaded(laptop, rf"{user.profile}\.docker\config.json").get("credsstore")
    approved = registry(APPROVED, "/v", "Docker Desktop")
    off = re.search(r"REG_BINARY\s+[0-9A-F][13579BDF]", approved.stdout) is not None
    assert (said.rc == 0 and not off) is (setting.value["AutoStart"] and bool(started))


@pytest.mark.settings("admin_settings")
def test_the_administrators_file_says_what_is_declared(laptop, setting):
    found = loaded(laptop, rf"{SHARED}\admin-settings.json")
    for name, value in setting.value.items():
        assert holds(found.get(name.lower()), value), name


@pytest.mark.settings("daemon")
def test_engines_are_configured_as_declared(laptop, setting, user):
    names = {"linux": "daemon.json", "windows": "windows-daemon.json"}
    for engine, wanted in setting.value.items():
        found = loaded(laptop, rf"{user.profile}\.docker\{names[engine]}")
        for name, value in wanted.items():
            assert holds(found.get(name.lower()), value), f"{engine}: {name}"
