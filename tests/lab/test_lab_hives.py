r"""``reg.exe load`` and ``unload``: the registry of somebody who is logged off, as Windows lets it be read."""

import pytest
from lab_laptop import LabLaptop, error

from pyinfra_wsl.lab.machine import hives, windows

KEY = r"HKU\pyinfra-wsl-x"
COPY = r"C:\Program Files\pyinfra-wsl\hives\x"


@pytest.fixture
def laptop():
    here = LabLaptop()
    here.machine.log_off(here.alice)
    here.machine.registry.set(rf"HKU\{here.alice.sid}\Software\X", "n", "DWord", 7)
    return here


def copied(laptop):
    switches = ("/R:0", "/W:0", "/SL", "/XJ", "/NJH", "/NJS", "/NP")
    names = (hives.FILE, hives.LOG, f"{hives.FILE}.LOG2")
    return laptop.run("robocopy.exe", laptop.alice.profile, COPY, *names, *switches)


def test_a_copy_is_loaded_read_and_unloaded_and_the_own_hive_is_not_seen_for_it(laptop):
    assert copied(laptop).code == 1
    assert laptop.run("reg.exe", "load", KEY, rf"{COPY}\NTUSER.DAT").code == 0
    administrator = windows.administrator_token(laptop.machine)
    assert laptop.machine.registry.values(rf"{KEY}\Software\X", administrator) == {"n": ("DWord", 7)}
    assert not laptop.machine.registry.exists(rf"HKU\{laptop.alice.sid}\Software", administrator)
    laptop.machine.registry.set(rf"{KEY}\Software\X", "n", "DWord", 8, administrator)
    assert laptop.run("reg.exe", "unload", KEY).code == 0
    assert not laptop.machine.registry.exists(KEY, administrator)
    assert laptop.machine.registry.get(rf"HKU\{laptop.alice.sid}\Software\X", "n") == 7


def test_what_is_loaded_is_held_open(laptop):
    laptop.machine.log_on(laptop.alice)
    outcome = copied(laptop)
    assert outcome.code == 8
    assert "being used by another process" in error(laptop.run("reg.exe", "load", KEY, rf"{laptop.alice.profile}\NTUSER.DAT"))


def test_a_hive_of_which_a_key_is_open_stays(laptop):
    copied(laptop)
    laptop.run("reg.exe", "load", KEY, rf"{COPY}\NTUSER.DAT")
    laptop.machine.registry.in_use["PYINFRA-WSL-X"] = 1
    assert error(laptop.run("reg.exe", "unload", KEY)) == "ERROR: Access is denied.\n"
    laptop.machine.registry.in_use.clear()
    assert laptop.run("reg.exe", "unload", KEY).code == 0
    assert error(laptop.run("reg.exe", "unload", KEY)) == "ERROR: The parameter is incorrect.\n"


def test_only_who_may_back_up_and_restore_loads(laptop):
    copied(laptop)
    refused = laptop.run("reg.exe", "load", KEY, rf"{COPY}\NTUSER.DAT", token=laptop.user)
    assert error(refused) == "ERROR: A required privilege is not held by the client.\n"


def test_what_is_no_hive_or_not_there_is_not_loaded(laptop):
    laptop.machine.files.write(r"C:\x.dat", b"text")
    assert "corrupt" in error(laptop.run("reg.exe", "load", KEY, r"C:\x.dat"))
    assert "cannot find" in error(laptop.run("reg.exe", "load", KEY, r"C:\y.dat"))
    assert error(laptop.run("reg.exe", "load", r"HKCU\x", r"C:\x.dat")) == "ERROR: Invalid key name.\n"


def test_a_restart_unloads(laptop):
    copied(laptop)
    laptop.run("reg.exe", "load", KEY, rf"{COPY}\NTUSER.DAT")
    laptop.machine.registry.drop_volatile()
    assert not laptop.machine.registry.exists(KEY)
