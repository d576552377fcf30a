"""What a host says about Docker Desktop for Linux, read."""

import base64
import subprocess

import pytest
from support.looks import look

from pyinfra_wsl.resources.docker_desktop_linux.state import Account, read, script


def encoded(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("user", ["root", "no-such-user"])
def test_the_look_runs_in_every_shell(shell, user):
    done = subprocess.run([shell, "-c", script(user)], capture_output=True, text=True, check=True)
    state = read(done.stdout)
    assert done.stderr == ""
    assert (state.account is None) == (user == "no-such-user")


def test_nothing_is_known_of_a_host_that_says_nothing():
    state = read("")
    assert (state.account, state.settings, state.qemu, state.kvm, state.root) == (None, None, None, False, False)


def test_the_user_is_read():
    state = read(look(account="ada:x:1000:1000:Ada,,,:/home/ada:/bin/bash", groups="ada\nkvm users"))
    assert state.account == Account(1000, "/home/ada", ("ada", "kvm users"), "ada")


def test_desktops_sessions_contexts_and_units_are_read():
    contexts = '"Name":"desktop-linux"\n"Name":"remote"'
    enabled = "/home/ada/.config/systemd/user/default.target.wants/docker-desktop.service"
    state = read(
        look(desktop="gnome.desktop\nplasma.desktop", graphical="ada", contexts=contexts, enabled=enabled, active="active")
    )
    assert state.desktop == ("gnome.desktop", "plasma.desktop")
    assert (state.graphical, state.contexts, state.enabled, state.active) == (("ada",), ("desktop-linux", "remote"), True, True)


@pytest.mark.parametrize("active", [(3, "inactive"), (1, ""), (0, "inactive"), (127, "sh: runuser: not found")])
def test_what_does_not_run_is_not_active(active):
    assert not read(look(active=active)).active


def test_settings_are_read_with_and_without_a_byte_order_mark():
    assert read(look(settings=encoded(b'{"Cpus": 4}'))).settings == {"Cpus": 4}
    assert read(look(settings=encoded(b'\xef\xbb\xbf{"Cpus": 4}'))).settings == {"Cpus": 4}


@pytest.mark.parametrize("data", [b"{", b"[1]", b"\xff", b"[" * 200_000, b'{"a": 1}\0\0', b'{"a": "' + b"x" * (1 << 20) + b'"}'])
def test_no_settings_and_damaged_settings_are_told_apart(data):
    none, damaged = read(look(settings="absent")), read(look(settings=encoded(data)))
    assert (none.settings, none.settings_problem) == (None, "")
    assert damaged.settings is None
    assert damaged.settings_problem


@pytest.mark.parametrize("data", [b"\0" * 300, b"\0", b" \n"])
def test_settings_in_which_nothing_is_left_are_told(data):
    lost = read(look(settings=encoded(data)))
    assert lost.settings is None
    assert lost.settings_problem


def test_dockers_own_configuration_is_not_rebuilt_from_nothing():
    damaged = read(look(config=encoded(b"\0" * 300)))
    assert damaged.config is None
    assert damaged.config_problem
