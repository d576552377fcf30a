"""An answer beyond all bounds names what was asked for: anybody with an account can fill a registry or a folder of theirs."""

import json

import pytest

from pyinfra_wsl.agent import channel
from pyinfra_wsl.agent.channel import AgentError, Channel
from pyinfra_wsl.core import answered, call, heard

HELLO = {"protocol": 1, "powershell": "5.1", "user": "u", "domain": "D", "computer": "LT-1", "process": 1, "culture": "en-US",
         "bits": 64}  # fmt: skip
FEW, MANY = call.registry_read(r"HKLM\SOFTWARE\Few"), call.registry_read(r"HKU\S-1-5-21-1\Lxss", depth=1)


def key(count):
    return {"ok": True, "value": {"exists": True, "values": {}, "keys": {str(number): {} for number in range(count)}}}


def line(*answers, number=1):
    return json.dumps({"id": number, "results": answers}, separators=(",", ":")).encode()


class Wire:
    def __init__(self, said):
        self.lines = [json.dumps({"hello": HELLO}).encode(), said]

    def write(self, data):
        pass

    def read_line(self, _timeout):
        return self.lines.pop(0)

    def last_words(self):
        return ""

    def close(self):
        pass


def told(said, *calls):
    one = Channel(Wire(said))
    with pytest.raises(AgentError) as caught:
        one.ask(calls)
    return caught.value.failure


def test_what_is_too_much_is_named_by_what_was_asked_for():
    failure = told(line(key(1), key(heard.MOST)), FEW, MANY)
    assert failure.cause == (
        f"the laptop answered more than is read: it holds more than {heard.MOST} values, most of them for registry.read "
        r"HKU\S-1-5-21-1\Lxss"
    )
    assert failure.remedy == "look on the laptop what fills that, then run again"


def test_where_none_of_them_is_most_of_it_or_it_is_no_answer_nothing_is_blamed():
    many = key(heard.MOST // 2)
    for said in (line(many, many), line(key(1), key(heard.MOST), number=7), line(key(heard.MOST))):
        assert told(said, FEW, MANY).cause.startswith(channel._NONE)
    assert answered.most_of(b"", 1, (FEW,)) is None
