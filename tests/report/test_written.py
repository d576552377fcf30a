"""JSON in lines is what Python's own writer makes, also where a part of it was written before."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.report.plain import plain
from pyinfra_wsl.report.written import Written, entry, entry_of_short, lines

VALUES = (
    None, True, 0, -1.5, 10**20, "", "a\nb\\\"\t\u00e9\U0001f600 \ud800", [], {}, [[]], [{}], {"": []}, [1, [2, {"a": None}]],
    {"a": {"b": ["c", {"d": "line\nline"}]}, "e\n": [False]}, (1, "two"),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_it_is_pythons_own(value):
    assert lines(value) == json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_was_written_before_stands_as_if_it_were_written_now(value):
    nested = {"first": [1, {"before": value}], "before": value, "last": "x\n"}
    kept = {"first": [1, {"before": Written.of(value)}], "before": Written.of(value), "last": "x\n"}
    assert lines(kept) == json.dumps(nested, indent=2, ensure_ascii=False)


RARER = (
    None, True, 0, 2**64 - 1, 2**64, -(2**64), 1.5, -0.0, 1e300, math.nan, -math.inf, "", "NaN", "a\nb", b"ab\xff",
    b"", {1, 2}, set(), frozenset({"a"}), 1j, ..., [], {}, (), {1: 2}, {None: 1, "None": 2}, {True: {"a": math.inf}},
    [[2**70]], "\n" + " " * 200,
    {"a": [1, (2, 3.5), {"b": None}]}, ({"e\n": [False]},),
)  # fmt: skip


@pytest.mark.parametrize("value", RARER, ids=repr)
@pytest.mark.parametrize("depth", [0, 1, 37, 38, 39, 40, 41, 700])
def test_of_what_is_short_an_entry_in_one_walk_is_that_of_what_is_plain(value, depth):
    for number in range(depth):
        value = [value, "beside"] if number % 2 else {"a": value, "b": 1}
    assert entry_of_short("name", value) == entry("name", plain(value))


KINDS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.sampled_from(RARER[:19])


@given(st.recursive(KINDS, lambda one: st.lists(one) | st.dictionaries(st.text() | st.integers(), one) | st.tuples(one, one)))
def test_so_it_is_of_anything_short(value):
    assert entry_of_short("name", value) == entry("name", plain(value))
