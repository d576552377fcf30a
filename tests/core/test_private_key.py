"""What a file is that somebody gives for a private key."""

import pytest
from support import private_keys

from pyinfra_wsl.core.private_key import LARGEST, Kind, kind


@pytest.mark.parametrize("data", private_keys.RIGHT.values(), ids=private_keys.RIGHT)
def test_a_private_key_is_one(data):
    assert kind(data, "id") == Kind()
    assert kind(b"\r\n".join(data.splitlines()), "id") == Kind()


@pytest.mark.parametrize("data", private_keys.ENCRYPTED.values(), ids=private_keys.ENCRYPTED)
def test_an_encrypted_one_is_known_by_its_header(data):
    assert kind(data, "id") == Kind(encrypted=True)


@pytest.mark.parametrize(("data", "problem", "remedy"), private_keys.WRONG.values(), ids=private_keys.WRONG)
def test_what_is_none_is_said_with_the_way_to_one(data, problem, remedy):
    found = kind(data[:LARGEST], "~/.ssh/id.ppk")
    assert problem in found.problem
    assert remedy in found.remedy
    assert not found.encrypted


@pytest.mark.parametrize("data", private_keys.DAMAGED.values(), ids=private_keys.DAMAGED)
def test_a_damaged_one_raises_nothing(data):
    assert kind(data, "id").problem == ""
