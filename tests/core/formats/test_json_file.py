"""Settings files in JSON: somebody else's, and so read with care."""

import base64

import pytest

from pyinfra_wsl.core.formats import json_file


def encoded(data):
    return base64.b64encode(data).decode()


def test_an_object_is_read_and_no_file_is_no_problem():
    assert json_file.read(encoded(b'\xef\xbb\xbf{"a": [1]}')) == ({"a": [1]}, "")
    assert json_file.read("absent") == json_file.read("") == (None, "")
    assert json_file.read(encoded(b"")) == (None, "")


@pytest.mark.parametrize(
    "data",
    [b"{", b"[1]", b"\0\0", b"\xff", b"[" * 200_000, b'{"\\ud800": 1}', b'{"a": "' + b"x" * json_file.LARGEST + b'"}'],
    ids=["cut", "list", "zeros", "latin", "deep", "surrogate", "large"],
)
def test_what_cannot_be_used_says_so(data):
    value, problem = json_file.read(encoded(data))
    assert value is None
    assert problem


def test_a_change_is_told_key_by_key():
    assert json_file.told({"a": 1, "b": [1]}, {"a": 2, "b": [1], "c": None}) == "a: 1 → 2, c: unset → null"
