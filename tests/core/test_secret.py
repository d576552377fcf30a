"""A secret that is carried shows itself nowhere."""

import copy
import json
import pickle

import pytest

from pyinfra_wsl.core.secret import Secret


def test_nothing_that_prints_or_writes_shows_it():
    secret = Secret("hunter2")
    data = {"ssh_password": secret, "more": [secret]}
    said = [
        repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", "%s %r" % (secret, secret), repr(data),  # noqa: UP031
        json.dumps(data), "a" + secret, "".join([secret]), str(secret.encode()), "{0}".format(secret), repr(copy.deepcopy(data)),  # noqa: UP030, UP032
    ]  # fmt: skip
    assert not [one for one in said if "hunter2" in one]
    assert "***" in said[0]


def test_it_is_not_written_down():
    with pytest.raises(TypeError, match="is not written down"):
        pickle.dumps(Secret("hunter2"))
    with pytest.raises(TypeError, match="is not written down"):
        copy.copy(Secret("hunter2")).__reduce__()


def test_who_uses_it_takes_it_out():
    assert Secret("hunter2").reveal() == "hunter2"
    assert Secret("hunter2") == "hunter2" == Secret("hunter2")
    assert Secret("hunter2") != "hunter3"
    assert Secret("hunter2") != 1
    assert {Secret("a"), "a"} == {"a"}
    assert Secret("hunter2") != "***"
