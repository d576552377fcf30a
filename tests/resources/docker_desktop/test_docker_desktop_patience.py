"""How long a run has patience with Docker Desktop: with an end that does not come, and with an engine that waits for a person."""

from dataclasses import replace

import pytest
from support.docker import FOLDER, NONE
from support.laptops import ALICE, laptop
from support.wire import RUN, Wire, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows.owner import Owner
from pyinfra_wsl.resources.docker_desktop import app as docker_app
from pyinfra_wsl.resources.docker_desktop import proof
from pyinfra_wsl.resources.docker_desktop.app import App
from pyinfra_wsl.resources.docker_desktop.proof import Proof
from pyinfra_wsl.resources.docker_desktop.together import Together
from pyinfra_wsl.resources.docker_integration.apply import Apply

MINE = replace(ALICE, connected=True)
RUNS = objects({"ProcessId": 7, "returns": {"Sid": ALICE.sid}})
SIGN_IN = Deferred("the engine", "sign-in", "until they sign in")


def app(version="4.86.0"):
    return App(Owner(MINE, "wsl.exe", laptop(docker_desktop=NONE).windows), FOLDER, version)


def waited(wire):
    """Return the seconds that a laptop would have waited between looks."""
    return sum(float(line.split()[-1]) for line in wire.asked if ".never" in line)


@pytest.mark.parametrize(
    ("version", "command", "answer", "words"),
    [
        ("4.86.0", "desktop stop --timeout 60", ran(1, "", "context deadline exceeded"), "did not within 60 s (context deadline"),
        ("4.86.0", "desktop stop --timeout 60", ran(None, timed_out=True), "did not within 60 s; nothing was changed"),
        ("4.86.0", "desktop stop --timeout 60", ran(0), "its own command says that it has, and it still runs"),
        ("4.30.0", "DockerCli.exe 60 -Shutdown", ran(None, timed_out=True), "did not within 60 s; nothing was changed"),
    ],
)
def test_one_that_does_not_end_is_named_within_two_minutes_and_nothing_is_written(version, command, answer, words):
    wire = Wire({command: answer, "cim.get": RUNS})
    with pytest.raises(StepError) as told:
        wire.drive(app(version).stop(RUN, idle=False))
    assert words in told.value.cause
    assert (told.value.code, "com.docker.backend.exe" in told.value.remedy) == ("docker_stop", True)
    assert waited(wire) <= (docker_app.PATIENCE if answer.value["exit_code"] == 0 else 10)
    assert not wire.said("file.write")


def prove(infos, listed, person=SIGN_IN, backend="wsl-2"):
    wire = Wire({"info --format": infos, "--list --running --quiet": listed})
    return wire, wire.drive(Proof(app(), backend, person).talk(RUN))


SILENT = ran(1, "", "no pipe")


def test_an_engine_that_has_not_begun_where_a_sign_in_is_demanded_is_not_waited_for_two_minutes():
    wire, left = prove(SILENT, ran(0, "Ubuntu\n".encode("utf-16-le")))
    assert left == SIGN_IN
    assert proof.SIGN_IN_PATIENCE <= waited(wire) <= proof.SIGN_IN_PATIENCE + 6


@pytest.mark.parametrize("listed", ["Ubuntu\r\ndocker-desktop\r\n".encode("utf-16-le"), b"docker-desktop\n"])
def test_an_engine_that_is_being_started_is_waited_for(listed):
    wire, left = prove([SILENT] * 10 + [ran(0, "linux\n")], ran(0, listed))
    assert left is None
    assert waited(wire) > proof.SIGN_IN_PATIENCE


def test_one_that_answers_is_proof_that_they_are_signed_in():
    _, left = prove(ran(0, "linux\n"), ran(0))
    assert left is None


def test_without_a_demanded_sign_in_a_silent_engine_is_a_failure_of_a_declared_backend_alone(monkeypatch):
    monkeypatch.setattr(docker_app, "PAUSES", (0.1, 0.1))
    with pytest.raises(StepError, match="no engine answers"):
        prove(SILENT, ran(0), person=None)
    assert prove(SILENT, ran(0), person=None, backend=None)[1] is None


HANGS = Answer(True, ran(None, timed_out=True).value | {"seconds": 90.0})
"""A question that a wedged engine does not answer."""


def test_a_wedged_engine_is_not_asked_for_half_an_hour():
    wire = Wire({"info --format": HANGS})
    with pytest.raises(StepError, match="no engine answers"):
        wire.drive(Proof(app(), "wsl-2").talk(RUN))
    assert 90 * len(wire.said("info --format")) <= docker_app.LONGEST + 90


def test_nor_is_it_inside_distributions():
    wire = Wire({"version --format": HANGS})
    wire.drive(Together(inside=("Ubuntu", "Debian")).settle(RUN, app()))
    assert 90 * len(wire.said("version --format")) <= docker_app.LONGEST + 2 * 90
    wire = Wire({"version --format": HANGS, "-e ls": ran(2)})
    apply = Apply(app(), "store", {"Ubuntu": True, "Debian": True}, None, "now", stop=False, start=True)
    with pytest.raises(StepError, match="does not answer inside Ubuntu"):
        wire.drive(apply._prove(RUN))
    assert 90 * len(wire.said("-e docker version --format")) <= docker_app.LONGEST + 2 * 90
