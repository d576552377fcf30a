"""Docker Engine on Linux hosts, as apt, systemd and the files have it."""

import json

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
    held = linux.check_output("apt-mark showhold").split()
    assert ("docker-ce" in held) is bool(setting.value)


@pytest.mark.settings("channel")
def test_the_repository_has_the_declared_channel(linux, setting):
    assert linux.file("/etc/apt/sources.list.d/docker.sources").contains(f"^Components: {setting.value}$")


@pytest.mark.settings("key_fingerprint")
def test_the_repository_is_trusted_by_the_declared_key_alone(linux, setting):
    shown = linux.check_output("gpg --show-keys --with-colons /etc/apt/keyrings/docker.asc")
    found = [row.split(":")[9] for row in shown.splitlines() if row.startswith("fpr:")]
    assert found[0] == setting.value.replace(" ", "").upper()
    assert sum(row.startswith("pub:") for row in shown.splitlines()) == 1


@pytest.mark.settings("daemon")
def test_daemon_json_says_what_is_declared(linux, setting):
    found = json.loads(linux.file("/etc/docker/daemon.json").content)
    assert {name: found.get(name) for name in setting.value} == setting.value


@pytest.mark.settings("users")
def test_users_are_members_of_the_group_docker(linux, setting):
    assert {name for name in setting.value if "docker" in linux.user(name).groups} == set(setting.value)


@pytest.mark.settings("state")
def test_the_service_runs_and_starts_with_the_host(linux, setting):
    service = linux.service("docker")
    rootless = linux.file("/usr/bin/dockerd-rootless.sh").exists
    wanted = setting.value == "present" and not rootless
    assert (service.is_running, service.is_enabled) == (wanted, wanted)
