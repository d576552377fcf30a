"""A call is written as Python's own writer has it, and what is no JSON is told before it is sent."""

import base64
import binascii
import json
import re

import pytest

from pyinfra_wsl.core.call import Call, file_append, unbase64

FIELDS = ({}, {"a": 1, "b": [None, True, 1.5, {"c": 'é\U0001f600\n"'}]}, {"path": "C:\\x", "data": "=" * 3000}, {"t": (1, "2")})
NO_BASE64 = ("é==", "ab=c", "QQ", "QQ=", "Q\nQ==", "QQ==QQ==", "====", "QQ==x", "Q Q=")


@pytest.mark.parametrize("fields", FIELDS, ids=repr)
def test_it_is_pythons_own(fields):
    assert Call("run", fields).text == json.dumps({"verb": "run", **fields}, allow_nan=False)


def _endless():
    found = {}
    found["in itself"] = found
    return found


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), b"bytes", {1, 2}, object(), _endless()],
    ids=["nan", "inf", "bytes", "set", "object", "endless"],
)
def test_what_is_no_json_is_a_fault(value):
    assert "no JSON" in Call("run", {"exe": value}).fault


@pytest.mark.parametrize("text", NO_BASE64)
def test_what_is_no_base64_is_refused_as_pythons_reader_does_it(text):
    with pytest.raises(binascii.Error if text.isascii() else ValueError, match=r"\w") as pythons:
        base64.b64decode(text, validate=True)
    with pytest.raises(ValueError, match=re.escape(str(pythons.value))):
        unbase64(text)


@pytest.mark.parametrize("text", [None, "", "QQ==", base64.b64encode(bytes(range(256))).decode()])
def test_base64_is_read(text):
    assert unbase64(text) == base64.b64decode(text or "")


def test_a_piece_of_a_file_is_written_as_pythons_own_writer_has_it():
    piece = bytes(range(256)) * 20
    written = json.loads(file_append('C:\\a "b"', 7, piece).text)
    assert written == {"verb": "file.append", "path": 'C:\\a "b"', "offset": 7, "data": base64.b64encode(piece).decode()}
