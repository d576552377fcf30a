"""What is worked out once for a host is worked out anew where what it rests on is another."""

from dataclasses import replace

import pytest
from pyinfra.api.inventory import Inventory
from pyinfra.context import ctx_host

from pyinfra_wsl.core.windows.outlook import CODES
from pyinfra_wsl.edge import converge, declared, laptop, outlook
from tests.support.laptops import WHOLE


@pytest.fixture
def host():
    one = Inventory((["one"], {"user": None, "wslconfig": {"wsl2": {"memory": "4GB"}}})).get_host("one")
    one.current_op_hash = "op"
    with ctx_host.use(one):
        yield one


def test_data_are_gathered_once_in_an_operation_and_again_in_the_next_or_where_it_assigns_some(host):
    first = declared.here()
    assert (first.of_host, first.of_laptop) == ({"wslconfig": {"wsl2": {"memory": "4GB"}}},) * 2
    assert declared.here() is first
    assert declared.of_host() is first.of_host
    assert declared.of_laptop() is first.of_laptop
    host.data.only = "wsl"
    host.data.wslconfig = None
    assert (declared.of_host(), declared.of_laptop()) == ({"only": "wsl"}, {})
    host.current_op_hash = "next"
    assert declared.here() is not first
    host.current_op_hash = None
    assert declared.here() is not declared.here()


@pytest.mark.parametrize("is_laptop", [True, False])
def test_what_a_run_is_for_is_read_again_where_other_data_say_so(host, is_laptop):
    def names():
        found = converge._chosen(host, laptop=is_laptop)
        return found.only and set(found.only), set(found.skip), bool(found.wrong)

    assert names() == (None, set(), False)
    assert converge._chosen(host, laptop=is_laptop) is converge._chosen(host, laptop=is_laptop)
    for given, expected in (
        ({"only": "wslconfig"}, ({"wslconfig"}, set(), False)),
        ({"only": ["wsl", "wslconfig"]}, ({"wsl", "wslconfig"}, set(), False)),
        ({"only": True}, (None, set(), True)),
        ({"only": 1}, (None, set(), True)),
        ({"only": None, "skip": "reboot"}, (None, {"reboot"}, False)),
        ({"skip": None}, (None, set(), False)),
        ({"skip": object()}, (None, set(), True)),
    ):
        for key, value in given.items():
            setattr(host.data, key, value)
        assert names() == expected, given


def test_what_is_foreseen_belongs_to_the_laptop_the_declaration_and_the_consents(host):
    values, seen = {"wslconfig": {"wsl2": {"memory": "4GB"}}}, WHOLE
    first = outlook.foreseen(values, seen)
    assert first == replace(seen, outlook=first.outlook)
    assert outlook.foreseen(values, seen) is first
    for other in (
        outlook.foreseen(values, replace(seen)),
        outlook.foreseen({"wslconfig": {"wsl2": {"memory": "5GB"}}}, seen),
    ):
        assert other is not first
        assert other.outlook is not first.outlook
    again = outlook.foreseen(values, seen)
    host.data.proceed_despite = [CODES[0]]
    assert outlook.foreseen(values, seen) is not again


def test_what_is_looked_at_is_what_is_declared_and_what_an_operation_adds(host):
    host.data.wsl_distros = {"Ubuntu-24.04": {"wsl_conf": {"boot": {"systemd": True}}}, "Old": {"state": "absent"}}
    plain = laptop.target()
    assert plain.keys == ("wsl_distros", "wslconfig")
    assert set(plain.distros) >= {"Ubuntu-24.04", "Old"}
    more = laptop.target(inside=("Ubuntu-24.04", "New", "New"), paths=("C:\\a",), distros=("New",))
    assert more.inside == tuple(dict.fromkeys((*plain.inside, "Ubuntu-24.04", "New")))
    assert more.paths == (*plain.paths, "C:\\a")
    assert more.distros == (*plain.distros, "New")
    laptop.leave_asleep(["NEW"])
    assert "New" not in laptop.target(inside=("New",)).inside
    assert laptop.asked(resource="wslconfig")[1].name == "wslconfig"
    assert laptop.asked(resource="gone")[1] is laptop.asked()[1] is None
    host.data.snapshot_ttl = "7"
    assert laptop.asked()[2] == 7.0
