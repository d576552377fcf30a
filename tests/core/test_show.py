"""How values from outside are shown: short, in one line, without what may be secret in an address."""

import time

import pytest

from pyinfra_wsl.core import form, show
from pyinfra_wsl.core.formats import size
from pyinfra_wsl.core.formats.ini.files import WSL_CONF, WSLCONFIG
from pyinfra_wsl.core.formats.ini.keys import Key
from pyinfra_wsl.core.formats.ini.values import RefusedError, declared
from pyinfra_wsl.core.problem import dotted

HUGE = int("f" * 5000, 16)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (8, "8"),
        (1.5, "1.5"),
        ("a", "'a'"),
        ("a\nb", r"'a\nb'"),
        ({}, "a mapping"),
        ([None], "a list"),
        pytest.param(HUGE, "a number of about 6000 digits", id="huge"),
        pytest.param(-HUGE, "a number of about 6000 digits", id="as far below"),
        ("x" * 100_000, "'" + "x" * 76 + "…"),
    ],
)
def test_a_value_is_shown_as_yaml_has_it(value, shown):
    assert show.value(value) == shown
    assert form.shown(value, (), {}) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:secret@h/x?sig=1", "https://h/x"),
        ("HTTPS://u:secret@h/x#sig", "https://h/x"),
        ("https://u:a@b@h/x", "https://h/x"),
        ("https://u:a b?c@h/x", "https://h/x"),
        ("see https://u:secret@h/x?sig=1", "see https://h/x"),
        ("https://a/ ssh://u:secret@h?x", "https://a/ ssh://h"),
        ("https://a/https://u:secret@h/y", "https://a/https://h/y"),
        ("https://h/@scope/x", "https://h/@scope/x"),
        ("what? a@b", "what? a@b"),
    ],
)
def test_an_address_is_shown_without_its_account_and_its_query(text, shown):
    assert show.address(text) == shown
    assert show.value(text) == f"'{shown}'"
    assert show.name(text) == shown


def test_a_secret_is_taken_out_before_a_text_is_cut():
    text = f"https://u:{'s' * 200}@h/x"
    assert show.value(text) == "'https://h/x'"
    assert dotted(("windows_features", text)) == "windows_features.https://h/x"


def test_a_line_is_one_line_without_secrets_whatever_it_was_made_of():
    assert show.line("a\nb\x1b: 'https://u:secret@h/x?sig=1' is wrong; write https://…") == (
        r"a\nb\x1b: 'https://h/x' is wrong; write https://…"
    )
    assert show.line("x" * 100_000 + " is wrong") == "x" * 77 + "… is wrong"
    assert len(show.line("x " * 100_000)) == 2000


def test_a_path_is_short_however_deep_it_is():
    assert len(dotted(("a" * 1000,))) == 78
    text = dotted(tuple("a" * 70 for _ in range(50)))
    assert len(text) <= 401
    assert text.startswith("aaa")


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "://" * 70_000, "a://" + "?" * 200_000, "a://" * 50_000 + "@", "@" * 200_000], ids=range(5)
)
def test_a_long_text_is_shown_soon(text):
    began = time.process_time()
    show.address(text)
    show.line(text)
    show.value(text)
    assert time.process_time() - began < 2


KEYS = [(key, file) for file in (WSLCONFIG, WSL_CONF) for key in file.table]


@pytest.mark.parametrize(
    "value", [pytest.param(HUGE, id="huge"), "1" * 5000, "https://u:secret@h/x?sig=1", None, True, "x" * 100_000, "a\x1bb"]
)
@pytest.mark.parametrize(("key", "file"), KEYS, ids=[f"{file.name} {key.full}" for key, file in KEYS])
def test_a_value_of_a_key_of_wsl_is_taken_or_refused_in_short(key: Key, file, value):
    said = ""
    try:
        declared(key, value, windows=file.windows)
    except RefusedError as refused:
        said = refused.problem
    assert "secret" not in said
    assert "None is" not in said
    assert len(said) < 300


@pytest.mark.parametrize("value", ["1" * 5000 + "gb", "1." + "1" * 5000 + "GB"], ids=["whole", "part"])
def test_a_size_of_thousands_of_digits_suggests_one_that_is(value):
    assert size.suggest(value) == "8GB"
