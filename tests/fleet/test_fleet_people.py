"""Accounts and addresses as people have them, and what only looks like one."""

import pytest
from fleet_files import problems, written

from pyinfra_wsl import fleet
from pyinfra_wsl.core import pattern
from pyinfra_wsl.data import schemas


@pytest.mark.parametrize("user", ["ada+wsl@mail.example", r"MicrosoftAccount\ada+wsl@mail.example", r"CORP\o'brien", "山田太郎"])
def test_an_account_may_be_called_so(user):
    assert pattern.holds(schemas()["user"]["pattern"], user)


@pytest.mark.parametrize("user", ["ada+wsl", r"CORP\ada+wsl", "ada@x+y", "a@b@c", "+", "@x"])
def test_no_account_is_called_so(user):
    assert not pattern.holds(schemas()["user"]["pattern"], user)


@pytest.mark.parametrize(
    ("address", "right"),
    [
        *((one, True) for one in ("10.1.2.3", "::1", "[::1]", "::", "fe80::1%eth0", "2001:db8::1", "lt-1.corp.example.", "lt_1")),
        *((one, False) for one in ("lt-1:22", "10.1.2.3:2222", "[::1]:22", "lt-1:", "ada@lt-1")),
    ],
)
def test_an_address_holds_no_port(address, right):
    assert pattern.holds(schemas()["fleet"]["$defs"]["host"]["properties"]["address"]["pattern"], address) is right


@pytest.mark.parametrize("user", ["SYSTEM", "NT AUTHORITY\\System", "S-1-5-18"])
def test_localsystem_is_refused_where_it_is_declared_with_the_reason(tmp_path, user):
    path = written(tmp_path, f"defaults:\n  user: {user}\nhosts:\n  LT-1:\n  LT-2:\n    user: every\n")
    (problem,) = problems(path)
    assert problem.startswith("fleet.yml:2: defaults.user: is LocalSystem")
    assert "WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED" in problem
    assert "every" in problem


def test_everybody_may_be_declared(tmp_path):
    found = fleet.load(written(tmp_path, "hosts:\n  LT-1:\n    user: every\n"))
    assert found.hosts["LT-1"].data["user"] == "every"
