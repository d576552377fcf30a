"""Requests: what is wrong with one is said, and never ends the agent."""

import json

import pytest
from side import b64, fails, out

BAD = [
    {"verb": "format.disk"},
    {"path": "x"},
    {"verb": "file.read"},
    {"verb": "file.read", "path": ""},
    {"verb": "file.read", "path": "x", "colour": "red"},
    {"verb": "file.read", "path": "x", "limit": "many"},
    {"verb": "file.write", "path": "x", "data": "not base64!"},
    {"verb": "file.write", "path": "x", "data": None},
    {"verb": "file.state", "path": "x", "Verbose": True},
    {"verb": "file.state", "path": "x", "hash": "yes"},
    {"verb": "file.state", "pat": "x"},
    {"verb": "registry.remove", "key": "HKCU\\x"},
    {"verb": "registry.remove", "key": "HKCU\\x", "name": "y", "tree": True},
    {"verb": "registry.read", "key": "HKCU\\x", "depth": 50},
    {"verb": "registry.read", "key": "HKXX\\y"},
    {"verb": "registry.write", "key": "HKCU\\x", "name": "y", "type": "Colour", "data": ""},
    None,
    5,
]


def test_the_greeting_says_who_and_where(agent):
    assert agent.hello["protocol"] == 1
    assert set(agent.hello) == {"protocol", "powershell", "user", "domain", "computer", "bits", "culture", "process"}
    assert agent.runs(agent.hello["process"])


@pytest.mark.parametrize("call", BAD, ids=json.dumps)
def test_a_bad_call_is_told_and_does_nothing(agent, place, call):
    result = agent.ask(call)[0]
    fails(result, "bad_call")
    assert result["error"]["message"]
    assert not place.names()


def test_the_fields_of_a_verb_are_told(agent):
    (result,) = agent.ask({"verb": "file.read", "path": "x", "colour": "red"})
    assert result["error"]["message"] == "file.read has no field 'colour'; it has path, offset, limit, within"


def test_a_verb_and_its_fields_are_the_same_in_any_case(agent, place):
    (result,) = agent.ask({"Verb": "File.State", "PATH": place.folder})
    assert result["value"]["exists"]


def test_a_null_is_as_good_as_absent(agent, place):
    (result,) = agent.ask({"verb": "file.list", "path": place.folder, "pattern": None})
    assert result["value"] == {"exists": True, "entries": []}


def test_after_a_failure_the_rest_is_skipped_unless_told_otherwise(agent, place):
    calls = [{"verb": "nothing"}, {"verb": "file.state", "path": place.folder}]
    fails(agent.ask(*calls)[1], "skipped")
    assert agent.ask(*calls, keep_going=True)[1]["ok"]


def test_nothing_asked_is_nothing_answered(agent):
    assert agent.ask() == []


@pytest.mark.parametrize("line", [b"{not json", b"", b"5", b"[]", b'{"id": 1}', b'{"id": 1, "calls": null}'])
def test_a_bad_request_does_not_end_the_agent(agent, place, line):
    agent.send(line)
    assert agent.receive()["error"]["kind"] == "bad_request"
    null, good = agent.ask(None, {"verb": "file.state", "path": place.folder}, keep_going=True)
    fails(null, "bad_call")
    assert good["ok"]


def test_answers_are_ascii(agent, place):
    name = "Ünïcödé 北京 😀 \x85\u2028"
    place.write(place.path(name), b"x")
    agent.send(json.dumps({"id": 1, "calls": [{"verb": "file.list", "path": place.folder}]}).encode())
    line = agent.receive_line()
    assert line.isascii()
    assert json.loads(line)["results"][0]["value"]["entries"][0]["name"] == name


def test_a_request_in_a_file_is_answered_in_a_file(agent, place):
    calls = [{"verb": "run", **agent.probe("arguments", "ü"), "live": True}, {"verb": "nope"}]
    place.write(place.path("request.json"), json.dumps({"id": 1, "calls": calls}).encode())
    place.write(place.path("reply.json"), b"of an earlier try, and longer than what comes now" * 100)
    agent.from_file_to_file(place.path("request.json"), place.path("reply.json"))
    reply = place.read(place.path("reply.json"))
    assert (reply[:1], reply[-1:], reply.count(b"\n")) == (b" ", b"\n", 1), "it has begun, and this is all"
    run, nope = json.loads(reply)["results"]
    assert json.loads(out(run)) == ["ü"]
    fails(nope, "bad_call")


def test_a_large_request_arrives_whole(agent, place):
    data = b"x" * 5_000_000
    assert agent.ask({"verb": "file.write", "path": place.path("big"), "data": b64(data)})[0]["ok"]
    assert place.read(place.path("big")) == data


def test_on_another_system_windows_own_verbs_say_so(agent):
    if agent.windows:
        pytest.skip("this is Windows")
    registry, cim = agent.ask(
        {"verb": "registry.read", "key": "HKLM\\SOFTWARE"}, {"verb": "cim.get", "class": "Win32_OperatingSystem"}, keep_going=True
    )
    fails(registry, "unsupported")
    fails(cim, "unsupported")
