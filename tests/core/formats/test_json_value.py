"""Values of JSON are the same where their readers take them for the same: by kind, in any order of keys."""

import base64
import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core import heard
from pyinfra_wsl.core.formats import docker_settings, json_file, json_value

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
)
VALUES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=4), one, max_size=4), max_leaves=12
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)
KINDS = [None, True, 1, 1.0, "1", "true", [], [1], {}, {"1": 1}, False, 0, 0.0, "", [0], [False], {"a": 0}, {"a": False}]


def reordered(value):
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(one) for one in value] if isinstance(value, list) else value


def encoded(data):
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_what_is_of_another_kind_is_another_value(one, other):
    assert json_value.same(one, other) is (json.dumps(one) == json.dumps(other))


@given(VALUES)
def test_a_value_is_the_same_as_its_copy_in_any_order_of_keys(value):
    assert json_value.same(value, copy.deepcopy(value))
    assert json_value.same(value, reordered(value))
    assert json_value.same(reordered(value), value)


@given(VALUES, VALUES)
def test_what_is_the_same_is_written_the_same(one, other):
    equal = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert json_value.same(one, other) is (equal or _zeros(one, other))


def _zeros(one, other):
    return json.dumps(one, sort_keys=True).replace("-0.0", "0.0") == json.dumps(other, sort_keys=True).replace("-0.0", "0.0")


@given(VALUES)
def test_what_is_written_is_read_as_it_was(value):
    assert json_value.same(heard.parse(json_value.text(value).encode()), value)


@given(st.text(st.characters(codec=None, categories=["Cs", "Ll"]), max_size=5))
def test_half_characters_survive_the_way_through_a_file(text):
    value, problem = json_file.read(encoded(json_file.text({text: [text]}).encode()))
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # two halves beside each other are one
    assert (value, problem) == ({whole: [whole]}, "")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_of_json_is_never_written(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_file.text({"a": [number]})


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "9" * 40])
def test_nor_read(number):
    value, problem = json_file.read(encoded(f'{{"a": {number}}}'.encode()))
    assert value is None
    assert "number" in problem or "digits" in problem


@given(OBJECTS, OBJECTS)
def test_a_merged_file_is_as_declared_and_the_second_run_finds_no_change(have, want):
    merged = json_file.merge(have, want)
    assert json_file.changed(merged, json_file.merge(merged, want)) == []
    if not json_file.changed(have, merged):
        assert json_value.same(have, merged)


def test_one_is_not_true_to_any_reader():
    assert json_file.changed({"debug": 1}, {"debug": True}) == ["debug"]
    assert json_file.told({"debug": 1}, {"debug": True}) == "debug: 1 → true"
    assert docker_settings.merge(b'{"AutoStart": 1}', {"AutoStart": True}, "store") != b'{"AutoStart": 1}'
    settings = docker_settings.parse(b'{"cpus": 1, "Cpus": true}')
    assert docker_settings.effective(settings, "Cpus", "store") is None


def test_the_order_of_keys_is_no_change():
    data = b'{"Proxy": {"a": 1, "b": 2}}'
    assert docker_settings.merge(data, {"Proxy": {"b": 2, "a": 1}}, "store") == data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('{"o": {"x": 1}, "o": {"y": 2}}', {"o": {"x": 1, "y": 2}}),
        ('{"o": {"x": 1}, "o": {"x": 2}}', {"o": {"x": 2}}),
        ('{"a": 1, "a": null}', {"a": None}),
    ],
)
def test_a_name_that_stands_twice_is_read_as_go_reads_it(text, value):
    assert json_file.read(encoded(text.encode())) == (value, "")


@pytest.mark.parametrize("text", ['{"debug": 1, "debug": true}', '{"o": {}, "o": []}', '{"o": {"x": 1}, "o": {"x": "1"}}'])
def test_a_name_that_stands_twice_with_two_kinds_is_refused_as_dockerd_refuses_it(text):
    value, problem = json_file.read(encoded(text.encode()))
    assert (value, problem) == (None, "a name stands twice in one object, with values of two kinds")


def test_a_name_that_stands_very_often_costs_no_more_than_its_text():
    text = "{" + ",".join(f'"o": {{"k{number}": 1}}' for number in range(20_000)) + "}"
    value, _problem = json_file.read(encoded(text.encode()))
    assert value is not None
    assert len(value["o"]) == 20_000


ACCEPTED = {
    "empty": b"", "blank": b" \n", "null": b"null", "mark": b"\xef\xbb\xbf", "mark of UTF-16": b"\xff\xfe",
}  # fmt: skip


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED)
def test_a_file_that_dockerd_takes_for_no_configuration_is_one(data):
    nothing = {} if data else None  # a look shows a file without a byte as none
    assert json_file.read(encoded(data)) == (nothing, "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_file_with_a_byte_order_mark_is_read_as_dockerd_reads_it(encoding):
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    assert json_file.read(encoded(mark + '{"labels": ["a=ü"]}'.encode(encoding))) == ({"labels": ["a=ü"]}, "")


REFUSED = {
    "UTF-16 without a mark": '{"debug": true}'.encode("utf-16-le"), "UTF-32": '{"debug": true}'.encode("utf-32"),
    "half of UTF-16": b"\xff\xfe{", "Latin": '{"a": "ü"}'.encode("latin-1"), "zeros": b"\0" * 8, "list": b"[]", "false": b"false",
    "two": b"{}\n{}", "comment": b'{"debug": true} // yes', "comma": b'{"debug": true,}',
}  # fmt: skip


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_a_file_that_dockerd_refuses_is_diagnosed(data):
    value, problem = json_file.read(encoded(data))
    assert value is None
    assert problem
