"""The simulated registry: names, hives, rights."""

import pytest

from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.registry import Registry, RegistryDeniedError, rooted

ALICE = Token(Account("alice", "CORP", "S-1-5-21-1", r"C:\Users\alice"), elevated=False)
BOB = Token(Account("bob", "CORP", "S-1-5-21-3", r"C:\Users\bob"), elevated=False)
ADMIN = Token(Account("ada", "CORP", "S-1-5-21-2", r"C:\Users\ada", admin=True))
HIVE = "HKU\\S-1-5-21-1"


@pytest.fixture
def registry():
    registry = Registry()
    registry.set(rf"{HIVE}\Software\X", "a", "DWord", 1)
    registry.set(r"HKLM\SOFTWARE\X", "a", "String", "text")
    registry.loaded.add("S-1-5-21-1")
    return registry


def test_keys_and_values_are_the_same_in_any_case(registry):
    registry.set(r"HKEY_LOCAL_MACHINE\software\x", "A", "String", "other")
    assert registry.values(r"hklm\SOFTWARE\X") == {"a": ("String", "other")}


def test_subkeys_come_sorted(registry):
    for name in ("b", "A", "c"):
        registry.create(rf"HKLM\SOFTWARE\X\{name}")
    assert registry.keys(r"HKLM\SOFTWARE\X") == ["A", "b", "c"]


def test_the_current_user_is_a_hive_of_users():
    assert rooted(r"HKEY_CURRENT_USER\Software", ALICE.account) == r"HKU\S-1-5-21-1\Software"


def test_a_user_writes_to_his_own_hive_only(registry):
    registry.set(rf"{HIVE}\Software\X", "a", "DWord", 2, ALICE)
    for key in (r"HKLM\SOFTWARE\X", rf"{HIVE}\Software\Policies\X"):
        with pytest.raises(RegistryDeniedError):
            registry.set(key, "a", "DWord", 2, ALICE)
    registry.set(r"HKLM\SOFTWARE\X", "b", "DWord", 2, ADMIN)


def test_a_user_does_not_read_anothers_hive(registry):
    with pytest.raises(RegistryDeniedError):
        registry.values(rf"{HIVE}\Software\X", BOB)
    assert registry.values(rf"{HIVE}\Software\X", ADMIN)


def test_a_hive_that_is_not_loaded_is_not_there(registry):
    registry.loaded.clear()
    assert not registry.exists(HIVE, ADMIN)
    assert registry.keys("HKU", ADMIN) == []
    with pytest.raises(RegistryDeniedError):
        registry.set(rf"{HIVE}\Software\X", "a", "DWord", 2, ADMIN)


def test_volatile_keys_do_not_outlive_a_boot(registry):
    registry.create(r"HKLM\SOFTWARE\X\Pending", volatile=True)
    registry.drop_volatile()
    assert registry.exists(r"HKLM\SOFTWARE\X")
    assert not registry.exists(r"HKLM\SOFTWARE\X\Pending")


def test_removing_tells_whether_there_was_something(registry):
    assert registry.remove_value(r"HKLM\SOFTWARE\X", "A")
    assert not registry.remove_value(r"HKLM\SOFTWARE\X", "A")
    assert registry.remove_tree(r"HKLM\SOFTWARE\X")
    assert not registry.remove_tree(r"HKLM\SOFTWARE\X")
