"""Answers that are read once for many laptops: never another meaning than that of the line, whatever it holds."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core import answered, heard, shape
from pyinfra_wsl.core.call import Answer, Call, cim_get, file_list, file_read, file_state, registry_read, run
from pyinfra_wsl.core.call import file_remove as remove

CALLS = (
    registry_read("HKLM\\SOFTWARE\\X"), file_state("C:\\x"), file_read("C:\\x"), file_list("C:\\"), run("x.exe"), remove("C:\\x"),
    cim_get("Win32_X"), cim_get("Win32_X", method="GetOwner"),
)  # fmt: skip
GOOD = {"ok": True, "value": {"exists": False}}
BAD = {"ok": False, "error": {"kind": "failed", "message": "no"}}


def line(*results: object, number: int = 1) -> bytes:
    return json.dumps({"id": number, "results": results}, separators=(",", ":")).encode()


def as_a_whole(text: bytes, number: int, calls: tuple[Call, ...]) -> list[Answer] | None:
    """Return what the line means to who reads it as a whole."""
    try:
        message = heard.parse(text)
        if message["id"] != number or len(message["results"]) != len(calls):
            return None
        return [shape.answer(call, one) for call, one in zip(calls, message["results"], strict=True)]
    except (heard.HeardError, shape.ShapeError, KeyError, TypeError):
        return None


TEXTS = st.sampled_from(["", "a", '"', "\\", ',{"ok":', '{"ok":true}', "]}", "ü", "\ud83d\ude00"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXTS | st.just("ok"), below, max_size=3),
    max_leaves=8,
)
RESULTS = (
    st.sampled_from([GOOD, BAD, {"ok": True, "value": {"objects": [{"returns": {}}]}}])
    | st.fixed_dictionaries({"ok": st.just(True), "value": st.dictionaries(TEXTS | st.sampled_from(["exists", "ok"]), VALUES)})
    | VALUES
)


@given(st.lists(st.tuples(st.sampled_from(CALLS), RESULTS), min_size=1, max_size=6))
def test_what_is_read_in_pieces_is_what_the_line_says(asked):
    calls = tuple(call for call, _ in asked)
    text = line(*(result for _, result in asked))
    found = answered.answers(text, 1, calls)
    assert found is None or found == as_a_whole(text, 1, calls)


PIECES = (
    b'{"ok":true,"value":{"exists":false}}', b'{"ok":true,"value":{"exists":false,"x":[{}', b'{"ok":true}]}}',
    b'{"ok":1},{"evil":1}', b'{"ok":true,"value":{"exists":false,"x":"', b'{"ok":true,"value":{"x":"\\"', b'"}}',
    b'{"ok":false,"error":{"kind":"a","message":"b"}}', b'{"ok":true,"ok":true,"value":{"exists":false}}',
    b'{"ok":true,"value":{"exists":NaN}}', b"", b" ", b"[", b"]}",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.integers(1, 6), st.sampled_from([b",", b", ", b""]))
def test_no_line_however_broken_has_another_meaning_in_pieces(pieces, count, between):
    text = b'{"id":1,"results":[' + between.join(pieces) + b"]}"
    calls = (CALLS[0],) * count
    found = answered.answers(text, 1, calls)
    assert found is None or found == as_a_whole(text, 1, calls)


def test_no_laptop_says_what_the_answer_of_another_means():
    honest = b'{"ok":true,"value":{"exists":false}}'
    shifted = b'{"id":1,"results":[{"ok":1},{"evil":1},' + honest + b',{"ok":[1,{"ok":2}]}]}'
    assert answered.answers(shifted, 1, CALLS[:4]) is None
    assert answered.answers(line(json.loads(honest)), 1, CALLS[:1]) == [Answer(True, {"exists": False})]


@given(st.integers(0, len(CALLS) - 1), st.data())
def test_two_laptops_that_differ_in_one_answer_are_never_taken_for_each_other(number, data):
    one = [GOOD if call.verb != "cim.get" else {"ok": True, "value": {"objects": []}} for call in CALLS]
    other = copy.copy(one)
    other[number] = {"ok": False, "error": {"kind": "failed", "message": data.draw(st.text(max_size=5))}}
    for results in (one, other, one):
        text = line(*results)
        found = answered.answers(text, 1, CALLS)
        assert found is None or found == as_a_whole(text, 1, CALLS)


def test_the_same_piece_is_another_answer_to_another_question():
    piece = {"ok": True, "value": {"objects": [{}], "exists": False}}
    assert answered.answers(line(piece), 1, (CALLS[6],)) == [Answer(True, piece["value"])]
    assert answered.answers(line(piece), 1, (CALLS[7],)) is None  # nothing is returned by its method
    assert answered.answers(line(piece), 1, (CALLS[0],)) == [Answer(True, piece["value"])]


def test_what_is_alike_is_one_object_and_what_is_long_is_not_kept():
    first, second = (answered.answers(line(GOOD, number=number), number, CALLS[:1]) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert first[0] is second[0]
    long = {"ok": True, "value": {"exists": False, "more": "x" * 2000}}
    before = answered._known.cache_info().currsize
    assert answered.answers(line(long), 1, CALLS[:1]) == [Answer(True, long["value"])]
    assert answered._known.cache_info().currsize == before


@pytest.mark.parametrize(
    "text",
    [
        line(GOOD, number=2),
        line(GOOD, GOOD),
        line(),
        json.dumps({"results": [GOOD], "id": 1}, separators=(",", ":")).encode(),
        json.dumps({"id": 1, "results": [GOOD]}).encode(),
        b'{"id":1,"results":[{"ok":true,"value":{"exists":false,"deep":' + b"[" * 97 + b"]" * 97 + b"}}]}",
        b'{"id":1,"results":[{"ok":true,"value":{"exists":false,"much":"' + b"x" * 2**17 + b'"}}]}',
    ],
    ids=["other number", "more", "none", "turned round", "with blanks", "too deep as a whole", "long"],
)
def test_a_line_that_is_not_as_the_agent_writes_it_is_read_as_a_whole(text):
    assert answered.answers(text, 1, CALLS[:1]) is None


def test_as_deep_as_a_line_may_be_is_read_in_pieces_too():
    text = b'{"id":1,"results":[{"ok":true,"value":{"exists":false,"deep":' + b"[" * 96 + b"]" * 96 + b"}}]}"
    assert answered.answers(text, 1, CALLS[:1]) == as_a_whole(text, 1, CALLS[:1]) is not None


def test_a_short_text_that_was_read_before_is_the_own_of_each_who_asks():
    first = heard.parse(b'{"a": [1]}')
    first["a"].append(2)
    assert heard.parse(b'{"a": [1]}') == {"a": [1]}
    assert [heard.parse(b'{"a": 1, "a": 2}', twice=True), heard.parse(b'{"a": 2}')] == [{"a": 2}, {"a": 2}]
    with pytest.raises(heard.HeardError):
        heard.parse(b'{"a": 1, "a": 2}')
    with pytest.raises(heard.HeardError):
        heard.parse(b'{"a": 2}', 3)
