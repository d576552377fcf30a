"""What a fleet file declares of its rollout, as what it means."""

from dataclasses import fields
from datetime import time, timedelta

import pytest
from standings import DAY, HOUR, MINUTE

from pyinfra_wsl import inventory
from pyinfra_wsl.core.formats import quantities
from pyinfra_wsl.data import schema
from pyinfra_wsl.rollout import form, local
from pyinfra_wsl.rollout.model import Gate, Retry, Ring, Rollout, Window
from pyinfra_wsl.testing import inventory as inventories

FLEET = """\
groups: {it: {}}
hosts:
  LT-[0001:0003]: {site: fra, time_zone: Europe/Berlin}
  IT-1: {groups: [it]}
"""
SECTION = """\
rollout:
  rings:
    - {name: pilot, groups: [it], gate: {converged: 100%, approve: true}}
    - {name: named, hosts: ["LT-[0001:0002]"]}
    - {name: early, percent: 0.5%}
    - {name: broad, size: 500, gate: {wait: 0, new_failures: ignore}}
    - {name: rest}
  gate: {converged: 97.5, verify: false, wait: 1h30m}
  windows: [{days: mon-fri, from: "18:00", to: "24:00"}, {from: 8:00, to: "9:00"}]
  retry: {first: 5m, until: 3d}
  per_site: 20
  shard: 7
  notify: {command: [./tell.sh, now]}
  seed: x
"""
LOADS = "from pathlib import Path\nfrom pyinfra_wsl import inventory\n"


@pytest.fixture
def place(tmp_path):
    def write(inventory=LOADS + "globals().update(inventory.groups(Path(__file__).parent / 'fleet.yml'))\n", **files):
        for name, text in files.items():
            (tmp_path / f"{name}.yml").write_text(text)
        file = tmp_path / "laptops.py"
        file.write_text(inventory)
        return str(file)

    return write


def test_all_that_may_be_declared_is_read(place, tmp_path):
    assert form.declared(place(fleet=FLEET + SECTION)) == Rollout(
        (
            Ring("pilot", groups=("it",), gate=Gate(1.0, False, True, True, 90 * MINUTE)),
            Ring("named", hosts=("LT-0001", "LT-0002"), gate=Gate(0.975, False, True, False, 90 * MINUTE)),
            Ring("early", percent=0.5, gate=Gate(0.975, False, True, False, 90 * MINUTE)),
            Ring("broad", size=500, gate=Gate(0.975, False, False, False, timedelta(0))),
            Ring("rest", gate=Gate(0.975, False, True, False, 90 * MINUTE)),
        ),
        (Window(frozenset(range(5)), time(18), time(0)), Window(frozenset(range(7)), time(8), time(9))),
        Retry(5 * MINUTE, 4 * HOUR, 3 * DAY),
        20,
        7,
        (str(tmp_path / "tell.sh"), "now"),
        "x",
    )


def test_a_fleet_that_declares_nothing_is_one_ring_of_all(place):
    assert form.declared(place(fleet=FLEET)) == form.NONE == Rollout((Ring("rest"),))
    assert form.declared("@winssh/lt-1.example") == form.NONE


def test_without_rings_the_gate_is_of_the_one_ring_there_is(place):
    found = form.declared(place(fleet=FLEET + "rollout: {gate: {converged: 50%}}\n"))
    assert found.rings == (Ring("rest", gate=Gate(0.5)),)


def test_a_long_first_wait_needs_no_longest(place):
    assert form.declared(place(fleet=FLEET + "rollout: {retry: {first: 1d}}\n")).retry == Retry(DAY, DAY, 7 * DAY)


def test_what_the_schema_says_is_the_default_is_it():
    """Two places say it, for editors and for a rollout."""
    said = schema("rollout")["properties"]
    gate, retry = said["gate"]["properties"], said["retry"]["properties"]
    default = {name: one["default"] for name, one in gate.items()}
    assert form._gate(default) == form._gate({}) == Gate()
    assert form._retry({name: one["default"] for name, one in retry.items()}) == Retry()
    assert said["shard"]["default"] == Rollout(()).shard
    assert (
        quantities.days(said["windows"]["items"]["properties"]["days"]["default"])
        == form._window({"from": "1:00", "to": "2:00"}).days
    )
    assert {one.name for one in fields(Rollout)} == set(said) - {"gate"}


def test_an_inventory_is_read_once(place, monkeypatch):
    path = place(fleet=FLEET + SECTION)
    inventories.load(path)
    monkeypatch.setattr(inventories, "begun", None)
    assert form.declared(path).per_site == 20


def test_an_inventory_of_two_fleets_takes_the_one_that_declares_a_rollout(place):
    both = LOADS + "here = Path(__file__).parent\nall = [*inventory.hosts(here / 'a.yml'), *inventory.hosts(here / 'b.yml')]\n"
    path = place(both, a="hosts: {A: {}}\n", b="hosts: {B: {}}\nrollout: {per_site: 3}\n")
    assert form.declared(path).per_site == 3


def test_an_inventory_of_two_rollouts_is_refused(place):
    both = LOADS + "here = Path(__file__).parent\nall = [*inventory.hosts(here / 'a.yml'), *inventory.hosts(here / 'b.yml')]\n"
    path = place(both, a="hosts: {A: {}}\nrollout: {per_site: 4}\n", b="hosts: {B: {}}\nrollout: {per_site: 3}\n")
    with pytest.raises(inventories.InventoryError, match=r"a\.yml and .*b\.yml declare a rollout each. Next: keep one of them"):
        form.declared(path)


def test_a_fleet_that_is_read_twice_by_one_inventory_is_one(place):
    twice = LOADS + "file = Path(__file__).parent / 'fleet.yml'\nall = inventory.hosts(file)\nalso = inventory.hosts(file)\n"
    assert form.declared(place(twice, fleet=FLEET + SECTION)).per_site == 20


def test_a_wrong_fleet_file_and_none_are_said_as_everywhere(place):
    with pytest.raises(inventories.InventoryError, match="per_site: 0 is too small"):
        form.declared(place(fleet=FLEET + "rollout: {per_site: 0}\n"))
    with pytest.raises(FileNotFoundError):
        form.declared("nowhere.py")


def test_fleets_are_noted_only_where_that_is_asked(tmp_path):
    (tmp_path / "fleet.yml").write_text(FLEET)
    with inventory.noted() as found:
        inventory.hosts(tmp_path / "fleet.yml")
        with inventory.noted() as inner:
            inventory.hosts(tmp_path / "fleet.yml")
    inventory.hosts(tmp_path / "fleet.yml")
    assert (len(found), len(inner)) == (1, 1)


def test_laptops_are_made_of_an_inventorys_hosts(place):
    hosts = inventories.load(place(fleet=FLEET))
    found = {one.name: one for one in form.laptops((name, one.groups, one.data.dict()) for name, one in hosts.items())}
    assert list(found) == list(hosts)
    one = found["LT-0001"]
    assert (one.site, one.zone, "it" in one.groups) == ("fra", "Europe/Berlin", False)
    assert (found["IT-1"].site, found["IT-1"].zone, "it" in found["IT-1"].groups) == (None, None, True)


def test_laptops_of_no_fleet_file_are_held_to_the_same():
    with pytest.raises(inventories.InventoryError) as caught:
        form.laptops([("a", (), {"site": 3}), ("b", (), {"time_zone": "W. Europe Standard Time"}), ("c", (), {"time_zone": 7})])
    assert str(caught.value).splitlines() == [
        "a: site: 3 is no text. Next: name the site in quotes",
        "b: time_zone: 'W. Europe Standard Time' is Windows' name of a time zone. Next: write Europe/Berlin",
        "c: time_zone: '7' is no time zone that this machine knows. Next: write a name of the IANA database, as Europe/Berlin",
    ]


def test_every_example_of_the_schema_can_be_read():
    for one in schema("rollout")["examples"]:
        assert form.read(one).rings


def test_a_worker_begins_all_of_a_shard_at_once():
    """Who waited there for others to end would be begun outside its window, or after a pause."""
    assert schema("rollout")["properties"]["shard"]["maximum"] <= local.AT_ONCE
