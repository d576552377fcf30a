"""Host data are what pyinfra's own object says, layer by layer, whenever it is asked."""

import copy
import itertools
from collections import defaultdict

import pytest
from pyinfra.api import host as of_pyinfra
from pyinfra.api.host import HostData, extract_callable_datas
from pyinfra.api.inventory import Inventory

from pyinfra_wsl.connectors import quick_data, ssh

KEYS = ("a", "b", "c", "d", "e", "f", "g", "none", "dict", "get", "host", "datas", "override_datas", "gone", "_sudo")
LAYERS = (
    {"a": 1, "b": [1], "none": None},
    {"b": {"x": [2]}, "c": 2, "dict": 1, "host": "h"},
    {"c": (3,), "d": 3},
    {"d": "4", "e": 4},
    {"f": 5},
)


def made(monkeypatch, kind, layers, kind_of_inventory=Inventory):
    """Return a host of an inventory with the data of each layer: given, its own, of two groups, of all; and of a deploy."""
    monkeypatch.setattr(of_pyinfra, "HostData", kind)
    given, own, first, second, every = layers
    names = [("one", own), ("two", {})]
    inventory = kind_of_inventory((names, every), override_data=given, first=(["one"], first), second=(["one", "two"], second))
    return inventory, inventory.get_host("one")


def told(host):
    data, found = host.data, {}
    for key in KEYS:
        found[key] = data.get(key, "else"), data.get(key), hasattr(data, key)
        if key in {"dict", "get", "host", "datas"}:  # the object's own
            found[key] = [type(one).__name__ for one in found[key]]
    with pytest.raises(AttributeError) as error:
        _ = data.gone
    found["error"] = error.value.args
    return found, list(data.dict().items()), [dict(one) for one in quick_data.layers(data)][:2], str(data)[:5]


def change(step, inventory, host):
    """Do one of what may happen to data meanwhile."""
    match step:
        case 1:
            host.data.a = "assigned"
        case 2:
            inventory.group_data["second"]["d"] = "of a group"
            inventory.group_data["first"]["g"] = [7]
        case 3:
            host.current_deploy_data = {"f": "of a deploy", "a": "hidden", "g": 1}
        case 4:
            host.current_op_deploy_data = {"f": "of an operation"}
        case 5:
            host.host_data["c"] = "its own"
            inventory.data["e"] = "of all"
        case 6:
            inventory.override_data = {"none": "given"}
            inventory.host_data["one"] = {"d": "another"}
            host.groups.reverse()
        case 7:
            del inventory.group_data["first"]
            host.groups.append("strange")


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7], ids=str)
def test_each_question_is_answered_as_by_pyinfra_whatever_happens_meanwhile(monkeypatch, order):
    def story(kind):
        inventory, host = made(monkeypatch, kind, [copy.deepcopy(LAYERS[number]) for number in order])
        yield told(host)
        for step in range(1, 8):
            change(step, inventory, host)
            yield told(host)

    assert list(story(quick_data.Data)) == list(story(HostData))


def test_what_is_given_out_is_a_copy_as_pyinfras(monkeypatch):
    for kind in (quick_data.Data, HostData):
        _, host = made(monkeypatch, kind, [{"a": [1], "b": {"c": [2]}}, {}, {}, {}, {}])
        host.data.a.append(2)
        host.data.get("b")["c"].append(3)
        assert host.data.dict() == {"a": [1], "b": {"c": [2, 3]}}


@pytest.mark.parametrize("place", range(5))
def test_a_layer_may_have_something_for_each_key_but_not_one_of_a_group_which_is_put_together_anew(monkeypatch, place):
    def found(kind):
        layers = [{"a": 1}, {}, {}, {}, {"b": 2}]
        layers[place] = defaultdict(list, layers[place])
        _, host = made(monkeypatch, kind, layers)
        return host.data.get("a"), host.data.b, host.data.get("c", "else"), host.data.dict()

    assert found(quick_data.Data) == found(HostData)


def test_an_inventory_that_says_otherwise_is_asked(monkeypatch):
    class Other(Inventory):
        def get_host_data(self, hostname):
            return {"a": f"of {hostname}"}

    found = [made(monkeypatch, kind, [{}, {"a": 1}, {}, {}, {}], Other)[1] for kind in (quick_data.Data, HostData)]
    assert [one.data.get("a") for one in found] == ["of one"] * 2
    assert quick_data.layers(found[0].data) == list(extract_callable_datas(found[0].data.datas))


def test_hosts_have_it():
    assert ssh.quicker
    assert type(Inventory((["one"], {})).get_host("one").data) is quick_data.Data
