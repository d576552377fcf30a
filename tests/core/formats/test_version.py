"""Versions of the WSL package."""

import pytest

from pyinfra_wsl.core.formats import version


@pytest.mark.parametrize(("one", "other"), [("2.6.1", "2.6.1.0"), ("2", "2.0.0.0"), ("2.06", "2.6"), (" 2.6.1 ", "2.6.1")])
def test_trailing_zeros_say_nothing(one, other):
    assert version.same(one, other)


@pytest.mark.parametrize(
    ("have", "minimum", "enough"),
    [
        ("2.6.1.0", "2.6.1", True),
        ("2.10", "2.9", True),
        ("2.6.1", "2.6.1.1", False),
        ("2.4.13", "2.6", False),
        ("0", "0.0", True),
    ],
)
def test_numbers_are_compared_as_numbers(have, minimum, enough):
    assert version.at_least(have, minimum) is enough


@pytest.mark.parametrize("text", ["", "2.", "v2.6.1", "2.6.1-preview", "2,6", "２.６"])
def test_what_is_no_version_is_refused_with_the_right_form(text):
    with pytest.raises(ValueError, match=r"write it like 2\.6\.1"):
        version.parse(text)
