"""Docker Toolbox is gone, as the registry and the disk of the laptop show it."""

import re

import pytest

KEY = r"Microsoft\Windows\CurrentVersion\Uninstall\{FC4417F0-D7F3-48DB-BCE1-F5ED5BAFFD91}_is1"
MACHINE = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


def variables(said):
    return {name.upper(): value for name, value in re.findall(r"^ {4}(\S+) +REG_\w+ +(.*?)\r?$", said.stdout, re.MULTILINE)}


@pytest.mark.settings("state")
def test_the_program_and_its_variables_are_gone(laptop, setting, registry):
    assert setting.value == "absent"
    for view in ("SOFTWARE", r"SOFTWARE\WOW6432Node"):
        assert laptop.run("reg.exe query %s", rf"HKLM\{view}\{KEY}").rc == 1
    assert not laptop.file(r"C:\Program Files\Docker Toolbox\docker-machine.exe").exists
    for said in (laptop.run("reg.exe query %s", MACHINE), registry("Environment")):
        held = variables(said)
        assert not held.keys() & {"DOCKER_TOOLBOX_INSTALL_PATH", "DOCKER_MACHINE_NAME"}
        assert "192.168.99." not in held.get("DOCKER_HOST", "")
        assert r"\docker toolbox" not in held.get("PATH", "").lower()


@pytest.mark.settings("virtualbox")
def test_virtualbox_is_gone(laptop, setting):
    assert setting.value == "absent"
    assert laptop.run("reg.exe query %s", r"HKLM\SOFTWARE\Oracle\VirtualBox").rc == 1
