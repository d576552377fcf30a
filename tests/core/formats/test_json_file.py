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


def test_the_content_of_a_file_is_its_bytes_and_of_no_file_none():
    assert json_file.content(encoded(b"\0\xff{")) == b"\0\xff{"
    assert json_file.content("absent") is None
    assert json_file.content("") is None


@pytest.mark.parametrize(("text", "why"), [(encoded(b"x" * (json_file.LARGEST + 1)), "larger than 1 MiB"), ("eA", "padding")])
def test_what_is_no_content_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        json_file.content(text)


@pytest.mark.parametrize(
    "data",
    [b"{", b"[1]", b"\0\0", b"\xff", b"[" * 200_000, b'{"a": "' + b"x" * json_file.LARGEST + b'"}'],
    ids=["cut", "list", "zeros", "latin", "deep", "large"],
)
def test_what_cannot_be_used_says_so(data):
    value, problem = json_file.read(encoded(data))
    assert value is None
    assert problem


def test_a_change_is_told_key_by_key():
    assert json_file.told({"a": 1, "b": [1]}, {"a": 2, "b": [1], "c": None}) == "a: 1 → 2, c: unset → null"
