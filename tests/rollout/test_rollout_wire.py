"""What control and runners say to each other: all that an inventory holds arrives as it was, secrets are marked, the rest is
refused by name."""

import json
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.rollout import wire
from pyinfra_wsl.rollout.model import Begun, Ended, Member, Shard, Verified

SIMPLE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.text().map(Secret), st.binary(),
    st.dates(), st.times(), st.datetimes(), st.sampled_from([Path("a/b"), Path("/x")]),
)  # fmt: skip
KEYS = st.one_of(st.text(max_size=4), st.sampled_from(["$secret", "$", "$items"]), st.integers(), st.none())
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.sets(st.integers(), max_size=3),
        st.frozensets(st.text(max_size=3), max_size=3),
    ),
    max_leaves=8,
)


def alike(one, other):
    """Whether two values are the same in each of their parts, by kind too."""
    if type(one) is not type(other) or (isinstance(one, Secret) and one.reveal() != other.reveal()):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


@given(VALUES)
def test_a_value_arrives_as_it_was(value):
    assert alike(value, wire.unpack(json.loads(json.dumps(wire.pack(value)))))


def test_a_shard_arrives_as_it_was():
    data = {"ssh_password": Secret("s3cret"), "wsl": {"a": (1, 2)}, "when": datetime(2026, 1, 2), "ssh_key": Path("k")}
    made = Shard("s1", [Member("LT-1", data, ("it", "lab"), "winssh", ("all", "lab"))], ("/d.py",), verify=True)
    line = wire.request(made)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    came = wire.shard_of(wire.read(line)["shard"])
    assert came == Shard("s1", list(made.members), ("/d.py",), verify=True)
    assert came.members[0].data["ssh_password"].reveal() == "s3cret"


@pytest.mark.parametrize(
    "event", [Begun("w"), Ended("h", {"outcome": "failed"}), Verified("h", None, ("why",)), Verified("h", True)]
)
def test_what_is_told_arrives_as_it_was(event):
    assert wire.event_of(wire.read(wire.line({"id": "s", **wire.event(event)}))) == event


class Odd:
    def __repr__(self):
        return "s3cret"


@pytest.mark.parametrize(
    ("data", "place"),
    [({"a": {"b": [0, Odd()]}}, "a.b[1]"), ({"a": lambda: 1}, "a"), ({"a": object}, "a"), ({"a": {Odd(): Odd()}}, "a.Odd")],
)
def test_what_cannot_travel_is_refused_with_its_host_and_its_place(data, place):
    with pytest.raises(wire.WireError, match="LT-1: the host data") as raised:
        wire.request(Shard("s", [Member("LT-1", data)]))
    assert place in str(raised.value)
    assert "Next: " in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_value_within_itself_is_refused():
    endless = {}
    endless["more"] = endless
    with pytest.raises(wire.WireError, match="lies too deep"):
        wire.pack(endless, "a")


def test_a_secret_shows_itself_in_nothing_but_the_line():
    made = Shard("s", [Member("LT-1", {"ssh_password": Secret("s3cret")})])
    assert "s3cret" not in repr(made) + str(made.members[0].data)
    assert b'{"$secret":"s3cret"}' in wire.request(made)


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_a_line_that_is_none_is_refused_without_its_text(line):
    with pytest.raises(wire.WireError, match="no line of ours"):
        wire.read(line)


@pytest.mark.parametrize(
    "value", [{"$nothing": 1}, {"$bytes": "xyz"}, {"$date": 5}, {"$items": 4}, {"$items": [[1]]}, {"$tuple": None}]
)
def test_a_mark_that_is_none_is_refused(value):
    with pytest.raises(wire.WireError):
        wire.unpack(value)


@pytest.mark.parametrize("value", [{}, {"event": "ended"}, {"event": "ended", "host": "h", "document": 4}, {"event": "dance"}])
def test_an_answer_that_is_none_is_refused(value):
    with pytest.raises(wire.WireError):
        wire.event_of(value)


@pytest.mark.parametrize("value", [{}, {"name": "s"}, {"name": "s", "members": [4], "deploy": [], "verify": False}])
def test_a_shard_that_is_none_is_refused(value):
    with pytest.raises(wire.WireError):
        wire.shard_of(value)


def test_dates_and_times_keep_their_kinds():
    for value in (date(2026, 1, 2), time(1, 2), datetime(2026, 1, 2, 3)):
        assert alike(wire.unpack(wire.pack(value)), value)


@given(st.text(), st.text(), st.recursive(st.text(), lambda inner: st.dictionaries(st.text() | st.just("document"), inner)))
def test_an_answer_shows_its_head_and_travels_as_it_was(host, kept, document):
    """A name may look like what stands before a document; within a text it does not stand there."""
    told = {
        "id": ',"document":',
        "event": "ended",
        "host": f'{host},"document":{{',
        "kept": kept,
        "document": {"document": document},
    }
    found = wire.answer(wire.line(told))
    assert found.head == {key: one for key, one in told.items() if key != "document"}
    assert found.line == wire.line(told)
    assert found.event == Ended(told["host"], told["document"])


def test_the_document_of_an_answer_is_not_read_until_it_is_asked_for():
    found = wire.answer(b'{"id":"s","event":"ended","host":"LT-1","document":{"broken\n')
    assert found.head == {"id": "s", "event": "ended", "host": "LT-1"}
    with pytest.raises(wire.WireError):
        found.event  # noqa: B018 - it is asked for


@pytest.mark.parametrize("text", [b"", b"x\n", b"[]\n", b'{"id":"s"', b',"document":{}}'])
def test_what_has_no_head_is_no_answer(text):
    with pytest.raises(wire.WireError):
        wire.answer(text)
