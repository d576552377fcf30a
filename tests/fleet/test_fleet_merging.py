"""Inheritance: defaults, groups in their order, the machine itself."""

import pytest

from pyinfra_wsl.core import credentials
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.core.problem import dotted
from pyinfra_wsl.fleet.merge import Merged, resolve, without, without_nulls


def merged(*layers):
    result = Merged()
    for number, layer in enumerate(layers):
        result.lay(layer, (number,))
    return result


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param([{"a": 1}, {"a": 2}], {"a": 2}, id="the later value wins"),
        pytest.param([{"a": {"x": 1}}, {"a": {"y": 2}}], {"a": {"x": 1, "y": 2}}, id="mappings merge"),
        pytest.param(
            [{"a": {"b": {"x": 1, "y": 1}}}, {"a": {"b": {"x": None}}}], {"a": {"b": {"y": 1}}}, id="null removes at any depth"
        ),
        pytest.param([{"a": {"x": 1}}, {"a": None}], {}, id="null removes a whole mapping"),
        pytest.param([{"a": {"x": 1}}, {"a": None}, {"a": {"y": 2}}], {"a": {"y": 2}}, id="what was removed may come again"),
        pytest.param([{"a": [1, 2]}, {"a": [3]}], {"a": [3]}, id="lists are replaced"),
        pytest.param([{"a": {"x": 1}}, {"a": 3}], {"a": 3}, id="a plain value replaces a mapping"),
        pytest.param([{"a": 3}, {"a": {"x": 1}}], {"a": {"x": 1}}, id="a mapping replaces a plain value"),
        pytest.param([{}, {"a": None}], {}, id="nothing to remove is fine"),
        pytest.param([{"a": False}, {"a": 0}], {"a": 0}, id="false values are values"),
    ],
)
def test_layers_merge(layers, expected):
    assert merged(*layers).data == expected


def test_layers_stay_as_they_are():
    first = {"a": {"x": 1}}
    merged(first, {"a": {"x": 2, "y": 3}})
    assert first == {"a": {"x": 1}}


def test_each_value_knows_the_layer_it_came_from():
    result = merged({"a": {"x": 1, "y": 1}}, {"a": {"y": 2}})
    assert result.origin(("a", "x")) == (0, "a", "x")
    assert result.origin(("a", "y")) == (1, "a", "y")
    assert result.origin(("a", "missing")) == (1, "a")
    assert result.origin(("nowhere",)) == ()


def test_a_removed_value_leaves_no_origin():
    assert merged({"a": {"x": 1}}, {"a": None}).origins == {}


KEYS = {"windows": ["user", "wsl", "wslconfig", "wsl_distros"], "linux": ["kvm", "docker_engine"]}

DOCUMENT = {
    "defaults": {"wsl": {"default_version": 2}, "kvm": {"nested": True}},
    "groups": {"one": {"user": "console"}, "two": {"user": "ada"}},
    "hosts": {
        "W": {"groups": ["one", "two"]},
        "V": {"groups": ["two", "one"], "address": "10.0.0.1"},
        "L": {"os": "linux"},
        "X": {"os": "linux", "wslconfig": {}},
        "Y": {"docker_engine": {"state": "present"}},
    },
}


def test_later_groups_win():
    assert resolve(DOCUMENT, "W", KEYS)[0].data["user"] == "ada"
    assert resolve(DOCUMENT, "V", KEYS)[0].data["user"] == "console"


def test_defaults_speak_of_both_systems_and_each_machine_takes_its_own():
    windows, linux = resolve(DOCUMENT, "W", KEYS), resolve(DOCUMENT, "L", KEYS)
    assert (set(windows[0].data), windows[1]) == ({"wsl", "user", "os"}, [])
    assert (linux[0].data, linux[1]) == ({"kvm": {"nested": True}, "os": "linux"}, [])


def test_the_address_is_the_machines_and_the_names_of_its_groups_are_not_data():
    data = resolve(DOCUMENT, "V", KEYS)[0].data
    assert data["address"] == "10.0.0.1"
    assert "groups" not in data


@pytest.mark.parametrize(("host", "path"), [("X", ("hosts", "X", "wslconfig")), ("Y", ("hosts", "Y", "docker_engine"))])
def test_a_machine_that_speaks_of_the_other_system_is_a_problem(host, path):
    values, (problem,) = resolve(DOCUMENT, host, KEYS)
    assert problem.path == path
    assert "change os" in problem.said
    assert path[-1] not in values.data


def test_what_is_wrong_can_be_left_out():
    document = {"a": {"x": 1, "y": [1, 2]}, "b": 2}
    assert without(document, [("a", "x"), ("a", "y", 0), ("b",)]) == {"a": {"y": [2]}}
    assert document["b"] == 2


def test_nulls_are_left_out_of_mappings_but_not_of_lists():
    assert without_nulls({"a": None, "b": {"c": None, "d": [None, {"e": None}]}}) == {"b": {"d": [None, {}]}}


def test_a_path_is_written_with_dots_and_positions():
    assert dotted(("hosts", "LT-1", "groups", 0)) == "hosts.LT-1.groups[0]"
    assert dotted(("hosts", "A\nB")) == r"hosts.'A\nB'"


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("networkingmode", "networkingMode"),
        ("networking_mode", "networkingMode"),
        ("netwrokingMode", "networkingMode"),
        ("memroy", "memory"),
        ("qqq", None),
    ],
)
def test_the_nearest_key_is_found(wrong, expected):
    assert nearest(wrong, ["networkingMode", "memory", "swap"]) == expected


@pytest.mark.parametrize(
    "key", ["password", "ssh_password", "apiKey", "API_KEY", "token", "clientSecret", "passphrase", "private_key", "credentials"]
)
def test_keys_that_name_secrets_are_known(key):
    assert credentials.is_called_secret(key)


@pytest.mark.parametrize("key", ["password_from", "key", "user", "source", "keyboard", "credentialHelper"])
def test_keys_that_name_no_secrets_are_left_alone(key):
    assert not credentials.is_called_secret(key)


def test_a_private_key_is_a_secret_wherever_it_stands():
    assert credentials.held("-----BEGIN OPENSSH PRIVATE KEY-----\nabc")
