"""Machines that declare the same are looked at once, and each mistake is told where it stands all the same."""

import hashlib

import pytest

from pyinfra_wsl import fleet, registry
from pyinfra_wsl.fleet.alike import Checks

SAME = {"os": "windows", "wslconfig": {"wsl2": {"memory": "3GB"}}}


@pytest.fixture
def asked(monkeypatch):
    """Return how often a resource was asked what is wrong."""
    found = []
    ask = registry.ask
    monkeypatch.setattr(registry, "ask", lambda *words: found.append(words[:2]) or ask(*words))
    return lambda: sum(1 for resource, question in found if question == "check" and resource.name == "wslconfig")


def test_values_that_are_the_same_are_looked_at_once(tmp_path, asked):
    checks = Checks(tmp_path)
    said = [checks.of({**SAME, "address": f"10.0.0.{number}"}, []) for number in range(50)]
    assert asked() == 1
    assert all(one is said[0] for one in said)


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({**SAME, "wslconfig": {"wsl2": {"memory": "4GB"}}}, []),
        ({**SAME, "wslconfig": {"wsl2": {"memory": 3}}}, []),
        ({**SAME, "user": "CORP\\ada"}, []),
        (SAME, [("wsl_distros",)]),
    ],
)
def test_what_differs_is_looked_at_for_itself(tmp_path, asked, values, gone):
    checks = Checks(tmp_path)
    checks.of(SAME, [])
    checks.of(values, gone)
    assert asked() == 2


def test_each_mistake_is_told_where_it_stands(tmp_path):
    (tmp_path / "fleet.yml").write_text(
        "groups:\n"
        "  wrong:\n"
        "    wsl_distros:\n"
        "      a: {source: nowhere.tar, sha256: " + "0" * 64 + "}\n"
        "hosts:\n"
        "  LT-1: {groups: [wrong]}\n"
        "  LT-2: {groups: [wrong], address: 10.0.0.2}\n"
        "  LT-3:\n"
        "    wsl_distros:\n"
        "      a: {source: nowhere.tar, sha256: " + "0" * 64 + "}\n"
    )
    with pytest.raises(fleet.FleetError) as raised:
        fleet.load(tmp_path / "fleet.yml")
    lines = sorted(int(one.removeprefix(f"{tmp_path}/fleet.yml:").partition(":")[0]) for one in raised.value.problems)
    assert lines == [4, 10]


def test_each_machine_has_its_own_values(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"a")
    image = f"{{source: a.tar, sha256: {hashlib.sha256(b'a').hexdigest()}}}"
    (tmp_path / "fleet.yml").write_text(f"defaults:\n  wsl_distros:\n    a: {image}\nhosts:\n  LT-1:\n  LT-2:\n")
    hosts = fleet.load(tmp_path / "fleet.yml").hosts
    first, second = (hosts[name].data["wsl_distros"]["a"] for name in ("LT-1", "LT-2"))
    assert first["source"] == second["source"] == str(tmp_path / "a.tar")
    first["source"] = "changed"
    assert second["source"] == str(tmp_path / "a.tar")
