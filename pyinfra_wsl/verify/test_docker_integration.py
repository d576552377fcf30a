"""Docker Desktop's WSL integration: in its settings, and in the distribution while Docker Desktop runs."""

import json

import pytest

KEYS = {
    "settings-store.json": ("IntegratedWslDistros", "EnableIntegrationWithDefaultWslDistro"),
    "settings.json": ("integratedWslDistros", "enableIntegrationWithDefaultWslDistro"),
}


def settings(laptop, user):
    for name, keys in KEYS.items():
        said = laptop.run("type %s", rf"{user.profile}\AppData\Roaming\Docker\{name}")
        if said.rc == 0:
            found = {key.lower(): value for key, value in json.loads(said.stdout).items()}
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
    if "Docker Desktop.exe" not in laptop.run("tasklist.exe").stdout:
        pytest.skip("Docker Desktop does not run: start it, then verify again to see the integration itself")
    said = as_user("wsl.exe -d %s -e docker version --format {{.Server.Version}}", setting.path[1])
    assert (said.rc == 0 and bool(said.stdout.strip())) == setting.value, said.stdout + said.stderr
