"""Docker Engine on Linux hosts, as apt, systemd and the files have it."""

import json
import re
import shutil
import subprocess

import pytest

PACKAGES = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-buildx-plugin", "docker-compose-plugin")


@pytest.mark.settings("state")
def test_packages_are_there_or_gone(linux, setting):
    wanted = setting.value == "present"
    assert {name: linux.package(name).is_installed for name in PACKAGES} == dict.fromkeys(PACKAGES, wanted)


@pytest.mark.settings("version")
def test_docker_has_the_declared_version(linux, setting):
    upstream = linux.package("docker-ce").version.rpartition(":")[2]
    assert f"{upstream.partition('-')[0]}.".startswith(f"{setting.value}.")


@pytest.mark.settings("version", "hold")
def test_packages_are_held_as_declared(linux, setting):
    wanted = bool(setting.beside.get("hold", setting.beside.get("version")))  # a declared version is held
    held = linux.check_output("apt-mark showhold" if linux.exists("apt-mark") else "dnf versionlock list")
    assert bool(re.search(r"(^|[ :])docker-ce($|-\d)", held, re.MULTILINE)) is wanted


@pytest.mark.settings("channel")
def test_the_repository_has_the_declared_channel(linux, setting):
    if linux.exists("apt-get"):
        assert linux.file("/etc/apt/sources.list.d/docker.sources").contains(f"^Components: {setting.value}$")
    else:
        assert linux.file("/etc/yum.repos.d/docker-ce.repo").contains(f"^baseurl=.*/{setting.value}$")


@pytest.mark.settings("key_fingerprint")
def test_the_repository_is_trusted_by_the_declared_key_alone(linux, setting):
    key = "/etc/apt/keyrings/docker.asc" if linux.exists("apt-get") else "/etc/pki/rpm-gpg/RPM-GPG-KEY-docker"
    shown = keys(linux.file(key).content)
    found = [row.split(":")[9] for row in shown.splitlines() if row.startswith("fpr:")]
    assert found[0] == setting.value.replace(" ", "").upper()
    assert sum(row.startswith("pub:") for row in shown.splitlines()) == 1


def keys(data):
    """Return what gpg of this machine shows of a key file: hosts need no gpg of their own."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is missing here: apt-get install gpg")
    return subprocess.run(["gpg", "--show-keys", "--with-colons"], input=data, capture_output=True, check=True).stdout.decode()


@pytest.mark.settings("daemon")
def test_daemon_json_says_what_is_declared(linux, setting):
    homes = [linux.user(name).home for name in setting.beside["users"]] if setting.beside.get("rootless") else []
    for path in [f"{home}/.config/docker/daemon.json" for home in homes] or ["/etc/docker/daemon.json"]:
        found = json.loads(linux.file(path).content)
        assert says(found, setting.value), path


def says(found, wanted):
    """Whether a file says what is wanted; None is a key that it must not have."""
    if not isinstance(wanted, dict):
        return found == wanted
    return all(name not in found if value is None else says(found.get(name, {}), value) for name, value in wanted.items())


@pytest.mark.settings("users")
def test_users_are_members_of_the_group_docker_unless_rootless(linux, setting):
    wanted = set() if setting.beside.get("rootless") else set(setting.value)
    assert {name for name in wanted if "docker" in linux.user(name).groups} == wanted


@pytest.mark.settings("state")
def test_the_service_runs_and_starts_with_the_host_unless_rootless(linux, setting):
    service = linux.service("docker")
    wanted = setting.value == "present" and not setting.beside.get("rootless")
    assert (service.is_running, service.is_enabled) == (wanted, wanted)


@pytest.mark.settings("rootless")
def test_each_user_has_a_daemon_of_their_own_or_none(linux, setting):
    found = {name: own_daemon(linux, name) for name in setting.beside.get("users", ())}
    assert found == dict.fromkeys(found, setting.value)


def own_daemon(linux, name):
    """Whether a user's daemon runs without root, from the start of the host on."""
    user = linux.user(name)
    link = linux.file(f"{user.home}/.config/systemd/user/default.target.wants/docker.service")
    linger = linux.file(f"/var/lib/systemd/linger/{name}")
    said = linux.run("docker --host unix:///run/user/%s/docker.sock info --format '{{.SecurityOptions}}'", str(user.uid))
    return link.exists and linger.exists and "name=rootless" in said.stdout
