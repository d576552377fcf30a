"""What is wrong with an answer is the first thing that is, in the answer's own order; and what is right is taken as it is."""

import itertools
import re

import pytest

from pyinfra_wsl.core import heard, shape
from pyinfra_wsl.core.call import Answer, Call, cim_get, file_list, file_read, file_state, registry_read, run

DONE = {"exit_code": 0, "timed_out": False, "stdout": "", "stderr": "QQ==", "seconds": 0.5}
ENTRY = {"name": "a", "folder": False, "link": False, "size": None, "modified": "then"}
FILE = {"exists": True, "path": "p", "size": 1, "modified": "then", "sha256": None, "data": "AAAA"}
ERROR = {"kind": "a", "message": ""}
WORD, BYTES, MANY = ({"type": kind, "data": data} for kind, data in (("DWord", 2), ("Binary", "AA=="), ("MultiString", ["a"])))


def key(values=None, keys=None):
    return {"values": values or {}, "keys": keys or {}}


def wrong(asked, value):
    with pytest.raises(shape.ShapeError) as raised:
        shape.answer(asked, {"ok": True, "value": value})
    return str(raised.value).partition(" has ")[2]


RIGHT = (
    (run("x"), DONE), (run("x"), DONE | {"exit_code": None, "seconds": 3, "more": {}}),
    (registry_read("K"), {"exists": False, "values": 7}),
    (registry_read("K"), {"exists": True, **key({"a": WORD}, {"b": key({"c": BYTES}), "d": {"error": ERROR}})}),
    (registry_read("K"), {"exists": True, **key({"a": MANY, "b": {"type": "Odd", "data": [{}]}, "c": WORD | {"data": None}})}),
    (file_state("p"), {"exists": True, "path": "p", **ENTRY}), (file_list("p"), {"exists": True, "entries": [ENTRY, ENTRY]}),
    (file_read("p"), FILE), (cim_get("W"), {"objects": [{"a": None, "b": [{}]}]}),
    (cim_get("W", method="M"), {"objects": [{"returns": {}}]}), (Call("file.move"), {}),
)  # fmt: skip


@pytest.mark.parametrize(("asked", "value"), RIGHT, ids=repr)
def test_what_is_right_is_taken_as_it_is(asked, value):
    assert shape.answer(asked, {"ok": True, "value": value}) == Answer(True, value)


@pytest.mark.parametrize(
    ("asked", "value", "words"),
    [
        (run("x"), DONE | {"exit_code": True}, "a value whose exit_code is of the wrong kind"),
        (run("x"), DONE | {"seconds": float("inf")}, "a value whose seconds is of the wrong kind"),
        (run("x"), DONE | {"stdout": "QQ=", "stderr": 7}, "a value whose stdout is of the wrong kind"),
        (run("x"), {"timed_out": 1}, "a value without exit_code"),
        (file_read("p"), FILE | {"exists": 1}, "a value whose exists is of the wrong kind"),
        (file_read("p"), {"data": ""}, "a value without exists"),
        (
            file_list("p"),
            {"exists": True, "entries": [ENTRY, {**ENTRY, "size": True}]},
            "a value whose entries is of the wrong kind",
        ),
        (cim_get("W"), {"objects": [{"a": {}}]}, "an object whose a is of the wrong kind"),
        (cim_get("W"), {"objects": [{"returns": {}}]}, "an object whose returns is of the wrong kind"),
        (cim_get("W", method="M"), {"objects": [{}]}, "an object without returns"),
        (cim_get("W"), {"objects": [7]}, "an object that is no object"),
    ],
)
def test_what_is_wrong_is_told(asked, value, words):
    assert wrong(asked, value) == words


BELOW = {
    "a key without values": {"keys": {}},
    "a key that is no object": [],
    "a value in a key without data": key({"a": {"type": "String"}}),
    "a value in a key whose type is of the wrong kind": key({"a": {"type": [], "data": 1}}),
    "a value in a key whose data is of the wrong kind": key({"a": {"type": "MultiString", "data": ["a", None]}}),
    "a value in a key that is no object": key({"a": "b"}),
    "an error without message": {"error": {"kind": "access_denied"}, "values": []},
}


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(BELOW, 2)])
def test_of_what_is_wrong_below_a_key_the_first_is_told(first, second):
    for keys in ({"a": BELOW[first], "b": BELOW[second]}, {"a": key(keys={"c": BELOW[first]}), "b": BELOW[second]}):
        assert wrong(registry_read("K"), {"exists": True, **key(keys=keys)}) == first


@pytest.mark.parametrize("length", range(7))
def test_base64_is_what_its_pattern_says(length):
    pattern = re.compile(r"[A-Za-z0-9+/]*={0,2}")
    for letters in itertools.product("A/=\n\xe9", repeat=length):
        text = "".join(letters)
        fits = length % 4 == 0 and pattern.fullmatch(text) is not None
        assert (shape._base64(text), text) == (fits, text)


@pytest.mark.parametrize("inside", [b"", b"1", b'"a"', b"{}", b'{"a":{}}', b'{"a":1}'], ids=repr)
@pytest.mark.parametrize("around", [0, 2])
def test_how_deep_a_text_may_be_is_counted_to_one(inside, around):
    within = inside.count(b"{")
    for deep in range(100 - around - within - 2, 100 - around - within + 3):
        text = b"[" * deep + inside + b"]" * deep
        if deep + within <= 100 - around:
            heard.part(text, around)
        else:
            with pytest.raises(heard.HeardError, match="deep"):
                heard.part(text, around)
