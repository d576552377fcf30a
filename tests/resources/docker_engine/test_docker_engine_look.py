"""What a host says about Docker, read. The texts are Debian's and Docker's own."""

import base64
import hashlib
import json
import subprocess

import pytest
from support.keys import FIRST, ONE
from support.looks import look

from pyinfra_wsl.resources.docker_engine.state import Unit, read, script

DEBIAN = {"id": "0", "os": "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm"}
FEDORA = {"id": "0", "os": "ID=fedora\nVERSION_ID=42"}


def encoded(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_look_runs_in_every_shell(shell):
    done = subprocess.run([shell, "-c", script(["root", "no-such-user"])], capture_output=True, text=True, check=True)
    state = read(done.stdout)
    assert done.stderr == ""
    assert state.users["no-such-user"] is None
    assert state.rootless["root"].home == "/root"
    assert "no-such-user" not in state.rootless


def test_packages_that_are_installed_count_and_left_over_configuration_does_not():
    debs = "ii docker-ce 5:28.5.1-1~debian.12~bookworm\nrc docker.io 20.10\nhi containerd.io 1.7.28-1"
    assert read(look(**DEBIAN, debs=debs)).packages == {"docker-ce": "5:28.5.1-1~debian.12~bookworm", "containerd.io": "1.7.28-1"}


def test_packages_of_rpm_are_read():
    rpms = "ii docker-ce 28.5.1-1.fc42\npackage podman-docker is not installed"
    assert read(look(**FEDORA, rpms=rpms)).packages == {"docker-ce": "28.5.1-1.fc42"}


def test_holds_of_apt_and_dnf_are_read():
    assert read(look(**DEBIAN, held="docker-ce\ndocker-ce-cli")).held == ("docker-ce", "docker-ce-cli")
    assert read(look(**FEDORA, locked="docker-cell-3:28.5.1-1.fc42.*")).held == ()
    assert read(look(**FEDORA, locked='name = "docker-ce"')).held == ("docker-ce",)
    assert read(look(**FEDORA, locked="docker-ce-0:28.5.1-1.el9.*")).held == ("docker-ce",)


def test_units_are_read():
    state = read(
        look(**DEBIAN, units="docker.service loaded active enabled\ndocker.socket not-found inactive\ncontainerd.service")
    )
    assert state.unit("docker.service") == Unit(True, True, True)
    assert state.unit("docker.socket") == Unit(False, False, False)
    assert state.unit("x.service") == Unit()


def test_the_key_on_the_host_is_known_by_its_fingerprint():
    assert read(look(**DEBIAN, apt_key=encoded(ONE))).key == (FIRST,)
    assert read(look(**FEDORA, rpm_key=encoded(ONE))).key == (FIRST,)
    assert read(look(**DEBIAN, apt_key=encoded("garbage"))).key == ()
    assert read(look(**DEBIAN, apt_key="absent")).key == ()


def test_daemon_json_is_read_byte_for_byte():
    assert read(look(**DEBIAN, daemon=encoded('{"labels": ["ü=1"]}'))).daemon == {"labels": ["ü=1"]}
    assert read(look(**DEBIAN, daemon="absent")).daemon is None


@pytest.mark.parametrize("text", ["{", "[1]", "\x00\x00"])
def test_a_damaged_daemon_json_says_so(text):
    state = read(look(**DEBIAN, daemon=encoded(text)))
    assert state.daemon is None
    assert state.daemon_problem


def test_versions_contexts_and_containers_are_read():
    contexts = "default true unix:///var/run/docker.sock\nrootless false unix:///run/user/1000/docker.sock"
    state = read(look(**DEBIAN, dockerd="Docker version 28.5.1, build e180ab8", contexts=contexts, containers="3", validates=""))
    assert (state.version, state.containers, state.validates) == ("28.5.1", 3, True)
    assert read(look(**DEBIAN, containers=(1, ""))).containers is None
    assert state.contexts["rootless"] == "unix:///run/user/1000/docker.sock"


def test_a_kernel_with_apparmor_and_nothing_that_loads_profiles_is_read():
    assert read(look(**DEBIAN, apparmor="")).no_profiles
    assert not read(look(**DEBIAN, apparmor=(1, "/usr/sbin/apparmor_parser"))).no_profiles


def test_users_whose_daemons_listen_are_read():
    assert read(look(**DEBIAN, listening="ada\nbob")).listening == ("ada", "bob")


FILE = encoded('{"dns": []}')
RUNS = {"started": "12345", "up": "4000.50", "now": "1764236000.250000000", "changed": "1764232000.0", "invocation": "ab12"}


def running(info="", file=FILE, plugins="", **rows):
    lines = "\n".join(f"{name} {value}" for name, value in {**RUNS, **rows}.items() if value)
    return read(look(**DEBIAN, running=lines, info=encoded(info) if info else "", plugins=plugins, daemon=file)).running


def test_whether_the_daemon_started_after_its_file_was_changed_is_read():
    began = 1764236000.25 - 4000.5 + 123.45
    assert running(changed=began - 0.1).stale is False
    assert running(changed=began + 0.1).stale is True
    assert running(changed="").stale is False, "there is no file"


@pytest.mark.parametrize("wrong", [{"started": ""}, {"now": "soon"}, {"up": ""}, {"changed": "?"}])
def test_what_cannot_be_read_of_a_start_is_unknown(wrong):
    assert running(**wrong).stale is None
    assert read(look(**DEBIAN, running=(1, ""))).running.stale is None


def test_what_a_daemon_was_told_of_counts_for_this_file_and_this_start():
    digest = hashlib.sha256(b'{"dns": []}').hexdigest()
    assert running(noted=f"ab12 {digest} all").told == "all"
    assert running(noted=f"ab12 {digest} reloaded").told == "reloaded"
    for other in (f"cd34 {digest} all", f"ab12 {digest[:-1]} all", f"ab12 {digest}", f"ab12 {digest} x", "", "all"):
        assert running(noted=other).told == "none", other
    assert running(noted=f"ab12 {digest} all", file=encoded('{"dns": [1]}')).told == "none"


def test_what_a_daemon_shows_of_its_settings_is_read_and_nothing_else():
    info = {"LoggingDriver": "local", "Debug": True, "LiveRestoreEnabled": True, "HttpProxy": "http://a:b@proxy", "Labels": None}
    found = running(json.dumps(info), plugins="loki:latest true\nold:latest false")
    assert found.shown == {"log-driver": "local", "debug": True, "live-restore": True}
    assert found.plugins == ("loki:latest",)
    assert read(look(**DEBIAN, info=encoded(json.dumps(info)))).live_restore


@pytest.mark.parametrize("info", ["{", "[]", "null", "1e999"])
def test_a_daemon_that_answers_rubbish_shows_nothing(info):
    found = running(info)
    assert found.shown == {}
