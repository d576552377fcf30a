"""The verbs registry.…: values as they are stored, keys by depth, nothing lost."""

import uuid

import pytest
from side import b64, fails

VALUES = {
    "String": "text",
    "ExpandString": "%SystemRoot%\\x",
    "DWord": 0xFFFFFFFF,
    "QWord": 2**63 + 5,
    "MultiString": ["one", "two"],
    "Binary": b64(b"\x00\x01\xff"),
}


@pytest.fixture
def key(windows_agent):
    key = rf"HKCU\Software\pyinfra-wsl-{uuid.uuid4().hex}"
    yield key
    windows_agent.ask({"verb": "registry.remove", "key": key, "tree": True})


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_is_read_as_it_was_written(windows_agent, key, kind):
    write, read = windows_agent.ask(
        {"verb": "registry.write", "key": key, "name": "v", "type": kind, "data": VALUES[kind]},
        {"verb": "registry.read", "key": key},
    )
    assert write == {"ok": True, "value": {}}
    assert read["value"] == {"exists": True, "values": {"v": {"type": kind, "data": VALUES[kind]}}, "keys": {}}


def test_a_list_of_one_stays_a_list(windows_agent, key):
    write = {"verb": "registry.write", "key": key, "name": "v", "type": "MultiString", "data": ["one"]}
    _, read = windows_agent.ask(write, {"verb": "registry.read", "key": key})
    assert read["value"]["values"]["v"]["data"] == ["one"]


def test_the_default_value_has_no_name(windows_agent, key):
    write = {"verb": "registry.write", "key": key, "name": "", "type": "String", "data": "x"}
    _, read = windows_agent.ask(write, {"verb": "registry.read", "key": key})
    assert read["value"]["values"] == {"": {"type": "String", "data": "x"}}


def test_depth_says_how_far_down_is_read(windows_agent, key):
    windows_agent.ask({"verb": "registry.write", "key": rf"{key}\a\b", "name": "v", "type": "DWord", "data": 1})
    flat, one, two = windows_agent.ask(*({"verb": "registry.read", "key": key, "depth": depth} for depth in (0, 1, 2)))
    assert flat["value"]["keys"] == {}
    assert one["value"]["keys"] == {"a": {"values": {}, "keys": {}}}
    assert two["value"]["keys"]["a"]["keys"]["b"]["values"]["v"]["data"] == 1


def test_a_key_is_the_same_in_any_case(windows_agent, key):
    windows_agent.ask({"verb": "registry.write", "key": key, "name": "Name", "type": "DWord", "data": 1})
    windows_agent.ask({"verb": "registry.write", "key": key.upper(), "name": "NAME", "type": "DWord", "data": 2})
    (read,) = windows_agent.ask({"verb": "registry.read", "key": key.lower()})
    assert read["value"]["values"] == {"Name": {"type": "DWord", "data": 2}}


def test_what_is_not_there_is_no_error(windows_agent, key):
    read, value, tree = windows_agent.ask(
        {"verb": "registry.read", "key": key},
        {"verb": "registry.remove", "key": key, "name": "v"},
        {"verb": "registry.remove", "key": key, "tree": True},
    )
    assert read["value"] == {"exists": False}
    assert value["ok"]
    assert tree["ok"]


def test_a_value_and_a_tree_are_removed(windows_agent, key):
    for name in ("a", "b"):
        windows_agent.ask({"verb": "registry.write", "key": key, "name": name, "type": "DWord", "data": 1})
    _, left = windows_agent.ask({"verb": "registry.remove", "key": key, "name": "a"}, {"verb": "registry.read", "key": key})
    assert list(left["value"]["values"]) == ["b"]
    _, gone = windows_agent.ask({"verb": "registry.remove", "key": key, "tree": True}, {"verb": "registry.read", "key": key})
    assert not gone["value"]["exists"]


@pytest.mark.parametrize(("kind", "data"), [("DWord", -1), ("DWord", 2**32), ("DWord", "many"), ("Binary", "not base64!")])
def test_data_that_does_not_fit_its_type_is_a_bad_call(windows_agent, key, kind, data):
    fails(windows_agent.ask({"verb": "registry.write", "key": key, "name": "v", "type": kind, "data": data})[0], "bad_call")


def test_a_whole_hive_is_not_removed(windows_agent):
    fails(windows_agent.ask({"verb": "registry.remove", "key": "HKCU", "tree": True})[0], "bad_call")
