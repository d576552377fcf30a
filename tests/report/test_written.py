"""JSON in lines is what Python's own writer makes, also where a part of it was written before."""

import json

import pytest

from pyinfra_wsl.report.written import Written, lines

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
