"""Docker Desktop's settings on a simulated laptop, as cases declare, read and change them."""

import json

from pyinfra_wsl.resources.docker_desktop import setup
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE
from support.laptops import wanted

STORE = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
LEGACY = STORE.replace("settings-store", "settings")
SHARED = r"C:\ProgramData\DockerDesktop"
POLICY = r"HKLM\SOFTWARE\Policies\Docker\Docker Desktop"
LICENCE = {"by": "Ada Lovelace", "date": "2026-11-27"}


def plan(lab_laptop, seen=None, **declared):
    return setup.plan(wanted(RESOURCE, {"docker_desktop": declared}), seen or lab_laptop.look())


def read(lab_laptop, path=STORE):
    return json.loads(lab_laptop.machine.files.read(path))


def edit(lab_laptop, **values):
    lab_laptop.machine.files.write(STORE, json.dumps(read(lab_laptop) | values).encode())


def only_failure(planned):
    assert not planned.steps
    (failure,) = planned.failures
    assert failure.remedy
    return failure.cause
