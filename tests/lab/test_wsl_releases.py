"""What wsl.exe says depends on its release: names and texts follow the table made from WSL's source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wsl_laptop import code, laptop, text

from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.wsl.errors import CODES, TEXTS
from pyinfra_wsl.lab.wsl.texts import PLAIN, Tongue, numbers
from pyinfra_wsl.lab.wsl.vm import _WIN32

LAB = Path(windows.__file__).parents[1]
RELEASES = ("2.0.9.0", "2.3.26.0", "2.5.9.0", "2.6.1.0", "2.9.4.0")


@pytest.mark.parametrize(
    ("package", "shown"),
    [("2.0.9.0", "0x8000000d"), ("2.6.1.0", "0x8000000d"), ("2.9.4.0", "0x8000000d"), ("2.9.5.0", "E_ILLEGAL_STATE_CHANGE")],
)
def test_an_error_is_a_number_until_the_release_that_has_its_name(package, shown):
    here = laptop(package=package)
    here.register("D").set("State", 3)
    here.put(r"C:\x.tar", b"")
    assert code(here.wsl("--import", "D", r"C:\Users\alice\E", r"C:\x.tar")) == f"Wsl/Service/RegisterDistro/{shown}"


@pytest.mark.parametrize(
    ("package", "words"), [("2.6.1.0", "enabled in the BIOS"), ("2.7.1.0", "unable to start since virtualization is not enabled")]
)
def test_a_text_is_that_of_the_release(package, words):
    assert words in text(laptop(package=package, features=()).wsl("--status"))


@pytest.mark.parametrize("package", RELEASES)
def test_every_text_of_an_error_is_there_in_every_release(package):
    tongue = Tongue("en-US", numbers(package))
    assert [name for name in TEXTS.values() if not tongue.has(name)] == []


def test_every_failure_of_the_lab_has_a_number():
    raised = {name for file in LAB.rglob("*.py") for name in re.findall(r'WslError\(\s*"([A-Z0-9_]+)"', file.read_text("utf-8"))}
    raised |= set(_WIN32.values())
    assert len(raised) > 30
    assert sorted(raised - set(CODES)) == []


def test_a_text_that_a_release_does_not_have_is_a_fault_of_the_lab():
    with pytest.raises(LookupError):
        Tongue("en-US", (2, 6, 1)).text("MessageRequiresFileExtension", ".vhd")
    assert set(PLAIN) == {"WslNotInstalled"}
