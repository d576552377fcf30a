"""Docker Desktop on Linux hosts, as apt and the user's files have it."""

import json

import pytest


@pytest.mark.settings("state")
def test_the_package_is_there_or_gone(linux, setting):
    assert linux.package("docker-desktop").is_installed is (setting.value == "present")


@pytest.mark.settings("version")
def test_the_version_is_not_older_than_declared(linux, setting):
    upstream = linux.package("docker-desktop").version.rpartition(":")[2].partition("-")[0]
    assert [int(part) for part in upstream.split(".")] >= [int(part) for part in setting.value.split(".")]


@pytest.mark.settings("user")
def test_the_user_may_use_kvm_and_owns_what_is_theirs(linux, setting):
    user = linux.user(setting.value)
    assert "kvm" in user.groups
    folder = linux.file(f"{user.home}/.docker")
    assert not folder.exists or folder.user == setting.value


@pytest.mark.settings("autostart")
def test_it_starts_with_the_session_as_declared(linux, setting):
    home = linux.user(setting.beside["user"]).home
    links = linux.run(f"ls {home}/.config/systemd/user/*.wants/docker-desktop.service")
    assert (links.rc == 0) is setting.value


@pytest.mark.settings("settings")
def test_settings_are_as_declared(linux, setting):
    home = linux.user(setting.beside["user"]).home
    found = json.loads(linux.file(f"{home}/.docker/desktop/settings-store.json").content)
    assert {name: found.get(name) for name in setting.value} == setting.value
