"""What is read first of a state leads to the same questions as all of it, and tells nothing else."""

import json
from dataclasses import fields, replace

import pytest
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core.call import unbase64
from pyinfra_wsl.core.talk import drive
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.reading import Reader
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop

FIRST = [one for one in resources() if one.first is not None]
WHOLE = [replace(one, first=None) for one in resources()]
WHO = r"LT-1\fleet-admin", "en-US"


def bare(_lab):
    """Leave it as it is."""


def docker(lab):
    lab.docker()


def docker_runs(lab):
    lab.docker()
    lab.start_docker()


def docker_for_one(lab):
    desktop = lab.machine.part(DockerDesktop)
    desktop.install("4.86.0", account=lab.alice)
    desktop.write_settings(lab.alice)
    lab.start_docker()


def docker_by_msi(lab):
    lab.docker()
    key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\{8F2C6C5E-0D5B-4C8B-9E8A-5B1D6E0C7A11}"
    for name, data in (("DisplayName", "Docker Desktop"), ("Publisher", "Docker Inc."), ("DisplayVersion", "4.86.0")):
        lab.machine.registry.set(key, name, "String", data)


def with_virtualbox(lab):
    toolbox.virtualbox(lab.machine)


def logged_off(lab):
    docker_runs(lab)
    lab.machine.log_off(lab.alice)
    lab.target = replace(lab.target, user="alice")


@pytest.fixture(scope="module", params=[bare, docker, docker_runs, docker_for_one, docker_by_msi, with_virtualbox, logged_off])
def lab(request):
    found = LabLaptop()
    request.param(found)
    return found


def said(one, run):
    """Return what is asked, and what the agent of a task is asked by it."""
    if one.verb != "file.write":
        return [one.text.replace(run.id, "RUN")]
    return [json.dumps(json.loads(unbase64(one.fields["data"])))] if one.fields["path"].endswith("request.json") else []


def looked(lab, known):
    asked, answers = [], []

    def serve(request):
        asked.append([text for one in request.calls for text in said(one, run)])
        answers.append(lab.serve(request))
        return answers[-1]

    run = lab.next_run
    raw = drive(look.look(known, run, lab.target), serve)
    return asked, Reader(known, lab.target, *WHO).whole(raw), raw


def test_the_same_is_asked_as_where_all_is_read(lab):
    asked, seen, _raw = looked(lab, resources())
    all_asked, all_seen, _raw = looked(lab, WHOLE)
    assert asked == all_asked
    assert not seen.faults
    assert dict(seen.states).keys() == dict(all_seen.states).keys()


@pytest.mark.parametrize("resource", FIRST, ids=lambda one: one.name)
def test_what_is_read_first_is_the_same_or_nothing(lab, resource):
    known = resources()
    machines = lab.drive(look.look_at_machine(known, lab.next_run))
    laptop = Reader(known, lab.target, *WHO).so_far(machines)
    first, whole, nothing = laptop.first(resource.state), laptop.of(resource.state), resource.state()
    told = {one.name for one in fields(first) if getattr(first, one.name) != getattr(nothing, one.name)}
    assert {name: getattr(first, name) for name in told} == {name: getattr(whole, name) for name in told}


def test_a_laptop_that_was_seen_tells_all_of_it(lab):
    seen = looked(lab, resources())[1]
    for resource in FIRST:
        assert seen.first(resource.state) is seen.of(resource.state)
    nobody = Laptop(seen.target, seen.windows, None)
    with pytest.raises(LookupError, match="was not looked at"):
        nobody.first(docker_desktop.State)


def test_nobodys_laptop_is_read_as_a_whole(lab):
    lost = replace(lab.target, user="nobody-here")
    reader = Reader(resources(), lost, *WHO)
    raw = drive(look.look(resources(), lab.next_run, lost, reader=reader), lab.serve)
    reader.so_far(raw).first(docker_desktop.State)
    seen = reader.whole(raw)
    assert seen.nobody is not None
    assert seen.of(docker_desktop.State) == Reader(WHOLE, lost, *WHO).whole(raw).of(docker_desktop.State)
