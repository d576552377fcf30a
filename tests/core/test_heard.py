"""JSON of a machine: whatever it holds, what is read is bounded, and what is not fails in one way."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core import heard
from pyinfra_wsl.core.formats import docker_settings, json_file

DEEP = 100_000
HOSTILE = {
    "lists within lists": (b"[" * DEEP + b"]" * DEEP, "deep"),
    "objects within objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "deep"),
    "deeper than the agent writes": (b"[" * 150 + b"]" * 150, "deep"),
    "a number of 401 digits": (b"1" + b"0" * 400, "401 digits"),
    "a number of 100,000 digits": (b"9" * DEEP, "digits"),
    "one that is no number of Windows": (b"[18446744073709551616]", "digits"),
    "1e999": (b'{"seconds": 1e999}', "too large"),
    "-1e999": (b"-1e999", "too large"),
    "NaN": (b"NaN", "NaN"),
    "Infinity": (b"[-Infinity]", "Infinity"),
    "a name twice": (b'{"id": 1, "results": [], "id": 2}', "twice"),
    "no UTF-8": (b'{"a": "\xff\xfe"}', "UTF-8"),
    "no end": (b'{"a": [1, ', "line 1"),
    "nothing": (b"", "line 1"),
    "many values": (b"[" + b"[]," * 200_000 + b"[]]", "values"),
    "too long": (b'"' + b"a" * heard.LARGEST + b'"', "16 MiB"),
}


@pytest.mark.parametrize(("data", "words"), HOSTILE.values(), ids=HOSTILE)
def test_what_no_machine_says_is_one_error(data, words):
    with pytest.raises(heard.HeardError, match=words):
        heard.parse(data)


@pytest.mark.parametrize("data", [data for name, (data, _) in HOSTILE.items() if name != "a name twice"])
def test_settings_files_of_people_hold_the_same(data):
    assert docker_settings.parse(data).values is None
    if len(data) < json_file.LARGEST and data:
        assert json_file.read(json_file.base64.b64encode(data).decode())[0] is None


def test_in_a_file_that_people_write_the_last_of_two_counts():
    assert docker_settings.parse(b'{"a": 1, "a": 2}').values == {"a": 2}


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_a_machine_says_is_read_as_python_reads_it(value):
    assert heard.parse(json.dumps(value).encode()) == value
    assert heard.parse(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) == value


@pytest.mark.parametrize("data", [b"[" + b"{}," * 40_000 + b"{}]", b"[" + b"[]," * 60_000 + b"[]]", HOSTILE["many values"][0]])
def test_what_takes_the_most_memory_is_bounded(data):
    tracemalloc.start()
    try:
        value = heard.parse(data)
    except heard.HeardError:
        value = None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del value
    assert peak < 32 * 2**20


NAMES_TWICE = (
    b'{"a": 1, "a": 1}', b'{"a" :1,"a"\n:1}', b'{"a"\t:1,"a"\r:1}', b'[{"b": {"a": [], "a": {}}}]', b'{"a": {"b": 1}, "a": 2}',
    b'{"\\\\": 1, "\\\\": 1}', b'{"\\":": 1, "\\":": 1}', b'{"\\u0061": 1, "a": 1}',
)  # fmt: skip
NAMES_ONCE = (
    b'{"a": 1, "b": "\\"a\\": 1, \\"a\\": 1"}', b'{"a": " : : "}', b'{"a": "\\\\", "\\":": {"\\":": 1}}',
    b'{"a" : {"a" : 1}}', b'[":"]',
)  # fmt: skip


@pytest.mark.parametrize("data", NAMES_TWICE, ids=repr)
def test_a_name_that_stands_twice_is_seen_however_it_is_written(data):
    with pytest.raises(heard.HeardError, match="twice"):
        heard.parse(data)


@pytest.mark.parametrize("data", NAMES_ONCE, ids=repr)
def test_what_only_looks_like_a_name_that_stands_twice_is_taken(data):
    assert heard.parse(data) == json.loads(data)


@given(st.text('{}[]":, \\n\\a1', max_size=40))
def test_whatever_is_taken_is_what_a_reader_takes_that_looks_at_each_object(text):
    """The quick way and the slow one agree."""
    try:
        slow = heard._STRICT(text)
    except ValueError:
        with pytest.raises(heard.HeardError):
            heard.parse(text.encode())
    else:
        assert heard.parse(text.encode()) == slow
