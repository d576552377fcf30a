"""What a result may hold, kind by kind, and what is left behind by one that cannot be written."""

import enum
import math
from collections import UserDict, namedtuple
from types import MappingProxyType

import pytest

from pyinfra_wsl.report import results
from pyinfra_wsl.report.plain import LONGEST, plain

DEEPEST = 40
Pair = namedtuple("Pair", "first second")


class Number(enum.IntEnum):
    ONE = 1


class Named(dict):
    """A mapping of a kind of its own."""


class Thing:
    def __str__(self):
        return "a thing"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None), (True, True), (2**64 - 1, 2**64 - 1), (2**64, hex(2**64)), (-(2**64), hex(-(2**64))), (1.5, 1.5),
        (math.inf, "inf"), (Number.ONE, 1), (b"a\xff", "a\ufffd"), (Thing(), "a thing"), (Pair(1, (2,)), [1, [2]]),
        ({None: 1, True: (2,), 3: {"a": b"b"}}, {"None": 1, "True": [2], "3": {"a": "b"}}), (Named(a=(1,)), {"a": [1]}),
        (UserDict(a=1), {"a": 1}), (MappingProxyType({"a": Pair(1, 2)}), {"a": [1, 2]}), ({3, 1}, [1, 3]),
        (frozenset({"b", "a"}), ["a", "b"]), ([math.nan, "x" * LONGEST], ["nan", "x" * LONGEST]),
    ],
    ids=lambda one: repr(one)[:30],
)  # fmt: skip
def test_each_kind_is_written_as_json_can_have_it(value, written):
    assert plain(value) == written
    assert plain({"in": [value]}) == {"in": [written]}


@pytest.mark.parametrize("long", [dict.fromkeys(range(LONGEST + 5)), Named.fromkeys(range(LONGEST + 5)), [0] * (LONGEST + 5),
                                  (0,) * (LONGEST + 5), set(range(LONGEST + 5)), UserDict.fromkeys(range(LONGEST + 5))],
                         ids=lambda one: type(one).__name__)  # fmt: skip
def test_of_many_entries_some_are_kept(long):
    assert len(plain(long)) == LONGEST


@pytest.mark.parametrize("text", ["y" * (LONGEST + 3), b"y" * (LONGEST + 3)], ids=["text", "bytes"])
def test_of_a_long_text_the_beginning_is_kept_wherever_it_stands(text):
    short = "y" * LONGEST + "… (3 more characters)"
    assert plain([text, {"a": text}]) == [short, {"a": short}]
    if isinstance(text, str):
        assert plain({text: 1}) == {short: 1}


@pytest.mark.parametrize(
    ("inner", "there"),
    [([], "…"), ({}, "…"), ((), "…"), (Named(), "…"), ({1}, "…"), (Thing(), "…"), (b"b", "b"), ("t", "t"), (7, 7)],
)
def test_what_lies_too_deep_is_not_written(inner, there):
    value, found = inner, ...
    for _ in range(DEEPEST):
        value = [value]
    found = plain(value)
    for _ in range(DEEPEST):
        (found,) = found
    assert found == there


def test_what_cannot_be_written_leaves_no_file_and_the_folder_is_there_for_the_others(tmp_path):
    deep = []
    for _ in range(5000):
        deep = [deep]
    folder = tmp_path / "results" / "run"
    problems = results.write([{"host": "a", "x": deep}, {"host": "b"}, {"host": "c/d"}], folder)
    assert [problem.split(":")[0] for problem in problems] == ["a"]
    assert sorted(one.name for one in folder.iterdir()) == ["b.json", "c_d.json"]


def test_where_no_folder_can_be_each_host_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    problems = results.write([{"host": "a"}, {"host": "b"}], tmp_path / "file" / "run")
    assert [problem.split(":")[0] for problem in problems] == ["a", "b"]
