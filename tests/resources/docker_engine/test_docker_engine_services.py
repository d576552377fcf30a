"""docker.service as systemd has it: masked, of other binaries, older than its package; and packages that are there by half."""

import base64
import dataclasses
import shlex
import subprocess

import pytest
from support.looks import look

from pyinfra_wsl.core.acts import Packages, Service
from pyinfra_wsl.core.linux.host import PRELUDE, Os, parts
from pyinfra_wsl.resources.docker_engine import plan as docker_engine
from pyinfra_wsl.resources.docker_engine import services
from pyinfra_wsl.resources.docker_engine.plan import Want
from pyinfra_wsl.resources.docker_engine.running import Running
from pyinfra_wsl.resources.docker_engine.running import read as read_running
from pyinfra_wsl.resources.docker_engine.state import State, Unit, read, script

RUNS = Unit(True, True, True)
READY = State(
    os=Os("debian", (), "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"),
    packages={"docker-ce": "5:28.5.1-1~debian.12~bookworm"},
    units={"docker.service": RUNS},
    containers=0,
)


def causes(**different):
    return [one.cause for one in services.failures(dataclasses.replace(READY, **different))]


def restarts(version, runs, containers=0, **different):
    state = dataclasses.replace(READY, running=Running(version=runs), **different)
    return list(services.changes(version, state, containers))


@pytest.mark.parametrize("name", ["docker.service", "docker.socket", "containerd.service"])
@pytest.mark.parametrize("words", ["masked inactive masked", "masked active masked-runtime"])
def test_what_somebody_has_masked_is_not_unmasked(name, words):
    units = read(look(id="0", units=f"{name} {words}")).units
    assert causes(units=units) == [f"{name} is masked on this host"]
    assert causes() == []


def test_a_masked_unit_of_the_systems_is_none_of_rootless_modes_business():
    masked = dataclasses.replace(READY, units={"docker.service": Unit(masked=True)})
    named = {one.code for one in docker_engine.plan(Want(rootless=True), masked, None, None).failures}
    assert "masked" in {one.code for one in docker_engine.plan(Want(), masked, None, None).failures}
    assert "masked" not in named


@pytest.mark.parametrize(
    ("started", "program", "refused"),
    [
        ("{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// ; ignore_errors=no }", "/usr/bin/dockerd", False),
        ("{ path=/usr/sbin/dockerd ; argv[]=/usr/sbin/dockerd -H fd:// ; ignore_errors=no }", "/usr/sbin/dockerd", False),
        ("{ path=/usr/bin/numactl ; argv[]=/usr/bin/numactl -l /usr/bin/dockerd ; pid=0 }", "/usr/bin/dockerd", False),
        ("{ path=/usr/local/bin/dockerd ; argv[]=/usr/local/bin/dockerd ; pid=0 }", "/usr/local/bin/dockerd", True),
        ("{ path=/opt/numactl ; argv[]=/opt/numactl -l /opt/bin/dockerd ; pid=0 }", "/opt/bin/dockerd", True),
        ("{ path=/usr/local/bin/start-docker ; argv[]=/usr/local/bin/start-docker ; pid=0 }", None, False),
        ("", None, False),
    ],
)
def test_binaries_of_somebody_elses_are_not_taken_for_dockers_packages(started, program, refused):
    asked = "".join(line for line in script().splitlines(keepends=True) if line.startswith(("program()", "shown()")))
    line = f"{PRELUDE}{asked}systemctl() {{ echo {shlex.quote(started)}; }}\npart program program"
    done = subprocess.run(["dash", "-c", line], capture_output=True, text=True, check=True)
    assert parts(done.stdout)["program"].word == program
    assert causes(program=program) == (
        [f"docker.service starts {program}, which is not that of Docker's packages"] if refused else []
    )


def test_a_daemon_older_than_its_package_is_restarted_where_a_version_is_declared():
    (step,) = restarts("28.5", "28.4.0", 2)
    assert step.said == (
        "dockerd 28.4.0 runs → 28.5.1 (the package was changed, and dockerd not restarted; 2 containers stop with it)"
    )
    assert (step.does, step.ends) == ((Service("docker.service", restarted=True),), 2)


@pytest.mark.parametrize(
    ("version", "runs", "different"),
    [
        (None, "28.4.0", {}),
        ("28.5.1", "28.5.1", {}),
        ("28.5.1", "", {}),
        ("28.4.0", "28.4.0", {}),  # the package is yet to be changed, and its change restarts it
        ("29.0.0", "29.0.0-rc.1", {"packages": {"docker-ce": "5:29.0.0~rc.1-1~debian.12~bookworm"}}),
        ("28.5.1", "28.5.1", {"packages": {"docker-ce": "28.5.1-1.fc42"}}),
    ],
)
def test_a_daemon_that_is_as_installed_or_silent_is_left_alone(version, runs, different):
    assert restarts(version, runs, **different) == []


@pytest.mark.parametrize(
    ("info", "version"),
    [('{"ServerVersion": "28.4.0"}', "28.4.0"), ('{"ServerVersion": 28}', ""), ('{"ServerVersion": "$(id)"}', ""), ("{", "")],
)
def test_its_version_is_its_own_word(info, version):
    found = parts(look(info=base64.b64encode(info.encode()).decode()))
    nothing = parts(look(none=""))["none"]
    assert read_running(nothing, found["info"], nothing, nothing).version == version


@pytest.mark.parametrize("begun", ["iF", "iU", "iHR", "iW", "it", "hF"])
def test_a_package_that_is_there_by_half_is_removed_too(begun):
    state = read(
        look(id="0", os="ID=debian\nVERSION_ID=12", debs=f"{begun} docker-ce 5:28.5.1-1\nii containerd.io 2.0-1\nrc x 1")
    )
    assert state.halves == ("docker-ce",)
    found = docker_engine.plan(Want("absent"), state, None, None)
    assert [step.sentence for step in found.steps] == ["remove docker-ce, containerd.io"]
    halves, whole = found.steps[0].does
    assert halves.line.endswith(" remove docker-ce")
    assert whole == Packages("apt", ("containerd.io",), present=False)


def test_what_a_removal_has_left_of_a_package_is_no_half():
    state = read(look(id="0", os="ID=debian\nVERSION_ID=12", debs="rc docker-ce 5:28.5.1-1\nun docker-ce-cli none"))
    assert (state.halves, docker_engine.plan(Want("absent"), state, None, None).steps) == ((), ())
