"""Words of a machine: shown as one line that no terminal obeys."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_wsl.core.call import CallError
from pyinfra_wsl.core.escape import LONGEST, escape, escape_json
from pyinfra_wsl.core.failure import Failure, LostError, StepError

EVERY = "".join(map(chr, range(sys.maxunicode + 1)))
ORDERS = [one for one in EVERY if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Zugriff verweigert für „Jürgen“", "Zugriff verweigert für „Jürgen“"),
        ("拒绝访问。", "拒绝访问。"),
        ("Accès refusé\u00a0: C:\\Users\\a", "Accès refusé\u00a0: C:\\Users\\a"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("not found\r\nLT-GOOD  failed", r"not found\r\nLT-GOOD  failed"),
        ("done\rLT-GOOD", r"done\rLT-GOOD"),
        ("not found\r\n", "not found"),
        ("\x9b31m", r"\x9b31m"),
        ("exe.\u202egpj", r"exe.\u202egpj"),
        ("Ubuntu\ud800", r"Ubuntu\ud800"),
        ("\u2028LT-GOOD", r"\u2028LT-GOOD"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_shown_is_one_line_without_orders(said, shown):
    assert escape(said) == shown


def test_no_order_of_unicode_is_shown():
    shown = "".join(escape(f"x{one}x") for one in ORDERS)
    assert shown.isprintable()
    shown.encode()


@given(st.text(st.characters(codec=None)))
def test_anything_can_be_shown_and_escaped_again(said):
    once = escape(said)
    once.encode()
    assert len(once.splitlines()) <= 1
    assert escape(once) == once


def test_of_a_long_text_the_beginning_is_shown():
    assert escape("a" * 9, 4) == "aaaa… (5 more characters)"
    assert len(escape("a" * 10**6)) < 5000


@given(st.dictionaries(st.text(), st.text(st.characters(codec=None)) | st.integers()))
def test_json_means_the_same_and_gives_no_order(value):
    shown = escape_json(json.dumps(value, indent=2, ensure_ascii=False))
    assert json.loads(shown) == json.loads(json.dumps(value))
    assert not set(shown) & set(ORDERS) - {"\n"}


@given(st.text(st.characters(codec=None) | st.sampled_from([*ORDERS, "\u00a0", "\u3000", "\x7f", "\n", "a"])))
def test_in_json_a_character_is_the_same_whatever_stands_beside_it(text):
    assert escape_json(text) == "".join(map(escape_json, text))


SHOWN = {
    "\x7f": r"\u007f", "\x1b": r"\u001b", "\u202e": r"\u202e", "\ud800": r"\ud800", "\U000e0001": r"\udb40\udc01",
    "\u202f": "\u202f", "é\n": "é\n",
}  # fmt: skip


@pytest.mark.parametrize(("one", "shown"), SHOWN.items())
def test_of_json_just_what_no_terminal_should_get_is_escaped(one, shown):
    assert escape_json(one) == shown
    assert escape_json(f'{{"a": "{one}中{one}"}}') == f'{{"a": "{shown}中{shown}"}}'


def test_of_a_cause_no_more_is_kept_than_anybody_reads():
    failure = StepError("a" * 10**6, "run again").failure
    assert len(failure.cause) == LONGEST
    assert failure.said.endswith("…. Next: run again")


@pytest.mark.parametrize("error", [StepError, LostError, lambda *words: CallError("failed", words[0])])
def test_what_failed_is_said_without_orders(error):
    said = str(error("\x1b[2Jgone\nLT-GOOD  failed", "look at \x07it"))
    assert said.isprintable()
    assert r"\x1b[2Jgone\nLT-GOOD  failed" in said
    assert Failure("\x1b", "\x07").said == r"\x1b. Next: \x07"
