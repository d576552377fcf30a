"""Patterns of schemas are those of ECMA 262, whatever Python makes of them."""

import pytest

from pyinfra_wsl.core.pattern import holds
from pyinfra_wsl.core.schema import dialect


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        ("^(a|b$)", "b\n", False),
        (r"^a\$", "a$\n", True),
        ("^[$]$", "$", True),
        ("^[^]$]$", "a\n", False),
        (r"^[\]$]+$", "]$", True),
        ("^(?!all$)a", "all\n", True),
    ],
)
def test_the_end_of_a_text_is_its_end(pattern, text, found):
    assert holds(pattern, text) is found


@pytest.mark.parametrize("schema", [{"pattern": "^a$"}, {"anyOf": [{"pattern": "^a$"}]}])
def test_no_text_with_a_newline_more_holds_to_a_schema(schema):
    assert dialect()(schema).is_valid("a")
    assert not dialect()(schema).is_valid("a\n")


def test_no_name_with_a_newline_more_holds_to_a_schema():
    names = dialect()({"propertyNames": {"pattern": "^a$"}})
    known = dialect()({"patternProperties": {"^a$": {}}, "additionalProperties": False})
    typed = dialect()({"patternProperties": {"^a$": {"type": "null"}}})
    assert [one.is_valid({"a": None}) for one in (names, known, typed)] == [True, True, True]
    assert [one.is_valid({"a\n": None}) for one in (names, known)] == [False, False]
    assert typed.is_valid({"a\n": 1})
    assert not typed.is_valid({"a": 1})


def test_faults_come_in_the_order_of_what_is_looked_at():
    names = [f"n{one}" for one in range(50)]
    found = dialect()({"additionalProperties": {"type": "string"}}).iter_errors(dict.fromkeys(names, 1))
    assert [one.absolute_path[0] for one in found] == names
