"""A file that is fetched from a laptop: whole and right, or not at all, and never without an end."""

import base64
import hashlib
import io

import pytest

from pyinfra_wsl.connectors import transfer
from pyinfra_wsl.connectors.upload import PIECE
from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import LostError


class Laptop:
    """A session with a laptop that has one file, told as `tell` changes it."""

    def __init__(self, data, tell=lambda value, _number: value):
        self.data, self.tell, self.asked = data, tell, []

    def ask(self, calls, seconds=None):
        (call,) = calls
        self.asked.append((call.verb, seconds))
        assert len(self.asked) < 50, "without an end"
        if call.verb == "file.state":
            return [Answer(True, {"exists": True, "sha256": hashlib.sha256(self.data).hexdigest()})]
        offset, limit = call.fields["offset"], call.fields["limit"]
        whole = offset == 0 and len(self.data) <= limit
        value = {
            "exists": True,
            "size": len(self.data),
            "modified": "2026-11-21T10:00:00Z",
            "sha256": hashlib.sha256(self.data).hexdigest() if whole else None,
            "data": base64.b64encode(self.data[offset : offset + limit]).decode(),
        }
        return [Answer(True, self.tell(value, len(self.asked)))]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_file_is_fetched_and_hashed_once(size):
    laptop, file = Laptop(b"a" * size), io.BytesIO()
    transfer.get(laptop, "C:\\x", file)
    assert file.getvalue() == laptop.data
    hashes = [seconds for verb, seconds in laptop.asked if verb == "file.state"]
    assert len(hashes) == (size > PIECE)
    assert all(seconds and seconds >= 120 for seconds in hashes)


LIES = {
    "no data": lambda value, _number: {**value, "data": ""},
    "more than was asked": lambda value, _number: {**value, "data": value["data"] + value["data"]},
    "no size": lambda value, _number: {**value, "size": None},
    "a size that is no number": lambda value, _number: {**value, "size": True},
    "a size below none": lambda value, _number: {**value, "size": -1},
    "a huge size": lambda value, _number: {**value, "size": 2**62, "data": ""},
    "no base64": lambda value, _number: {**value, "data": "%"},
    "other types": lambda value, _number: {**value, "data": [1]},
}
CHANGES = {
    "it grows": lambda value, number: {**value, "size": value["size"] + number},
    "it is written": lambda value, number: {**value, "modified": str(number)},
    "other bytes": lambda value, _number: {
        **value,
        "data": base64.b64encode(b"b" * len(base64.b64decode(value["data"]))).decode(),
    },
}


@pytest.mark.parametrize("size", [10, 3 * PIECE])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_what_no_file_is_ends_the_fetch(lie, size):
    with pytest.raises((ValueError, TypeError)):
        transfer.get(Laptop(b"a" * size, lie), "C:\\x", io.BytesIO())


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_meanwhile_is_not_taken(change):
    with pytest.raises(LostError, match=r"changed while it was read\. Next: run again"):
        transfer.get(Laptop(b"a" * 3 * PIECE, change), "C:\\x", io.BytesIO())
