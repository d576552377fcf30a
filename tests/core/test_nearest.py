"""Which name was meant: told soon, however long what stands there is."""

from pyinfra_wsl.core import nearest


def test_what_is_too_long_for_a_name_is_not_compared():
    name = "abc" * 50_000
    assert nearest.nearest(name, [name[1:], "abc"]) is None
    assert nearest.nearest(name, [name.upper()]) == name.upper()
