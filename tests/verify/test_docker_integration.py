"""Docker Desktop's WSL integration: in its settings, and in the distribution while Docker Desktop runs."""

import json

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


def test_docker_answers_inside_while_docker_desktop_runs(laptop, setting, as_user):
    if setting.path[-1] == "default_distro" or not setting.value:
        return
    if "Docker Desktop.exe" not in laptop.run("tasklist.exe").stdout:
        return
    said = as_user("wsl.exe -d %s -e docker version --format {{.Server.Version}}", setting.path[1])
    assert said.rc == 0, said.stdout + said.stderr
    assert said.stdout.strip()
