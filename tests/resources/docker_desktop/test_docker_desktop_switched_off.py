"""A start with Windows that somebody has switched off in the Task Manager."""

import base64
from dataclasses import replace

import pytest
from support.docker_settings import edit, plan
from support.lab_laptop import LabLaptop

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.resources.docker_desktop.components import of
from pyinfra_wsl.resources.docker_desktop.state import State, switched_off

STARTS = "Docker Desktop starts with Windows (Run)"
RUN = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
BYTES = {
    b"\x03" + bytes(11): True,
    b"\x07" + bytes(11): True,
    b"\x03\0\0\0\x10\x9a\x2c\x1f\x5b\xdc\xda\x01": True,
    b"\x02" + bytes(11): False,
    b"\x06" + bytes(11): False,
    b"": False,
}


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop()
    lab_laptop.docker()
    lab_laptop.machine.files.write(rf"{lab_laptop.alice.profile}\.docker\config.json", b'{"credsStore": "desktop"}')
    return lab_laptop


@pytest.mark.parametrize("data", BYTES, ids=bytes.hex)
@pytest.mark.parametrize("on", [True, False])
def test_it_is_switched_on_again_where_that_is_declared_and_nothing_else_is(lab_laptop, data, on):
    registry, user = lab_laptop.machine.registry, rf"HKU\{lab_laptop.alice.sid}"
    edit(lab_laptop, AutoStart=on)
    registry.set(rf"{user}\{RUN}", "Docker Desktop", "String", "x")
    registry.set(rf"{user}\{APPROVED}", "Docker Desktop", "Binary", data)
    registry.set(rf"{user}\{APPROVED}", "Teams", "Binary", b"\x03" + bytes(11))
    off, found = BYTES[data], lab_laptop.look().of(State)
    assert (found.autostart, found.switched_off) == (True, off)
    planned = plan(lab_laptop, settings={"AutoStart": on})
    expected = {(True, True): [STARTS], (False, False): ["Docker Desktop no longer starts with Windows (Run)"]}
    assert lab_laptop.sentences(planned) == expected.get((on, off), [])
    lab_laptop.carry_out(planned)
    assert plan(lab_laptop, settings={"AutoStart": on}).steps == ()
    assert registry.get(rf"{user}\{APPROVED}", "Teams") == b"\x03" + bytes(11)


@pytest.mark.parametrize("value", ["%%%", "A", 3, None, ["AwA="]])
def test_a_value_of_another_kind_switches_nothing_off(value):
    answer = Answer(True, {"exists": True, "values": {"Docker Desktop": {"type": "Binary", "data": value}}})
    assert not switched_off(answer)


def test_the_report_says_who_is_in_the_way(lab_laptop):
    data = base64.b64encode(b"\x03" + bytes(11)).decode()
    answer = Answer(True, {"exists": True, "values": {"docker desktop": {"type": "Binary", "data": data}}})
    assert switched_off(answer)
    found = replace(lab_laptop.look().of(State), autostart=True, switched_off=True)
    assert of(found)["autostart"] == {"state": "off", "means": "somebody has switched it off in the Task Manager"}
