"""Docker Desktop's WSL integration: in its settings, and in the distribution while Docker Desktop runs."""

import json
import re

import pytest

from .docker import demand_running, inside
from .files import text_of
from .ini import plain

KEYS = {
    "settings-store.json": ("IntegratedWslDistros", "EnableIntegrationWithDefaultWslDistro"),
    "settings.json": ("integratedWslDistros", "enableIntegrationWithDefaultWslDistro"),
}


def settings(laptop, user):
    for name, keys in KEYS.items():
        text = text_of(laptop, rf"{user.profile}\AppData\Roaming\Docker\{name}")
        if text is not None:
            found = {key.lower(): value for key, value in json.loads(text).items()}
            return [found.get(key.lower()) for key in keys]
    return [None, None]


def test_docker_desktop_integrates_as_declared(laptop, setting, user):
    distros, default = settings(laptop, user)
    if setting.path[-1] == "default_distro":
        assert bool(default) == setting.value
    else:
        assert (setting.path[1] in (distros or [])) == setting.value


@pytest.mark.settings("docker_integration")
def test_docker_answers_inside_while_docker_desktop_runs(laptop, setting, as_user):
    demand_running(laptop)
    said = as_user("wsl.exe -d %s -e docker version --format {{.Server.Version}}", setting.path[1])
    assert (said.rc == 0 and bool(said.stdout.strip())) == setting.value, said.stdout + said.stderr


@pytest.mark.settings("docker_integration")
def test_the_engine_is_docker_desktops_and_runs_in_the_vm_of_the_distribution(laptop, setting, as_user):
    """One VM has them all: kernel, processors, and memory as ``/proc/meminfo`` counts it, where the engine reads it."""
    if not setting.value:
        return
    demand_running(laptop)
    name, found = setting.path[1], inside(as_user, setting.path[1], "info")
    memory = as_user("wsl.exe -d %s -e cat /proc/meminfo", name).stdout
    assert found["OperatingSystem"] == "Docker Desktop"
    assert found["KernelVersion"] == as_user("wsl.exe -d %s -e uname -r", name).stdout.strip()
    assert str(found["NCPU"]) == as_user("wsl.exe -d %s -e nproc", name).stdout.strip()
    assert found["MemTotal"] == int(re.findall(r"MemTotal: +(\d+) kB", memory)[0]) << 10


@pytest.mark.settings("docker_integration")
def test_the_engine_has_the_processors_and_memory_of_wslconfig(laptop, setting, as_user):
    """The kernel keeps some memory for itself: a 64th for its records of pages (64 bytes for 4096), and about 100 MiB.

    proc(5) says of ``MemTotal``: "total usable RAM (i.e., physical RAM minus a few reserved bits and the kernel binary code)".
    """
    declared = (laptop.backend.declared.get("wslconfig") or {}).get("wsl2") or {}
    if not setting.value or not {"memory", "processors"} & set(declared):
        return
    demand_running(laptop)
    found = inside(as_user, setting.path[1], "info")
    assert found["NCPU"] == (declared.get("processors") or found["NCPU"])
    if memory := int(plain(declared.get("memory") or 0)):
        assert memory * 15 // 16 - (128 << 20) <= found["MemTotal"] < memory
