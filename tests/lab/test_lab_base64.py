"""The lab reads long base64 by OpenSSL, and takes and refuses what Python's strict reader does."""

import base64
import binascii
import os

import pytest

from pyinfra_wsl.lab.verbs import native

WHOLE = base64.b64encode(os.urandom(3 * native._LONG)).decode()
AT = len(WHOLE) // 2
DOUBTFUL = {
    "a letter that is none": WHOLE[:AT] + "!" + WHOLE[AT + 1 :],
    "one beyond ASCII": WHOLE[:AT] + "\u00e9" + WHOLE[AT + 1 :],
    "padding in the middle": WHOLE[:AT] + "====" + WHOLE[AT:],
    "padding before a letter": WHOLE[:-2] + "=A",
    "too much padding": WHOLE[:-4] + "A===",
    "nothing but padding at the end": WHOLE + "====",
    "cut": WHOLE[:-1],
    "a line end": WHOLE + "\n",
    "space around it": " " + WHOLE + "   ",
    "space in it": WHOLE[:AT] + "    " + WHOLE[AT:],
    "an end of a text": WHOLE[:AT] + "\0" + WHOLE[AT + 1 :],
}


@pytest.fixture(params=["OpenSSL", "Python"])
def _reader(request, monkeypatch):
    if request.param == "Python":
        monkeypatch.setattr(native, "_decoder", lambda: None)
    elif native._decoder() is None:
        pytest.skip("no OpenSSL is found here")


@pytest.mark.usefixtures("_reader")
@pytest.mark.parametrize("more", range(4))
def test_bytes_come_back(more):
    data = os.urandom(native._LONG + more)
    assert native.unbase64(base64.b64encode(data).decode()) == data


@pytest.mark.usefixtures("_reader")
@pytest.mark.parametrize("text", DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_doubtful_is_read_or_refused_as_python_does_it(text):
    def told(reader):
        try:
            return reader(text)
        except ValueError as error:
            return type(error), str(error)

    assert told(native.unbase64) == told(lambda one: binascii.a2b_base64(one, strict_mode=True))
