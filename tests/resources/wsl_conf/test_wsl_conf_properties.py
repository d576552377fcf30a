"""What holds for every value that the schema admits, and for every file that a distribution may have."""

from hypothesis import given, settings
from support.ini import wsl_conf
from support.wsl_files import WSL_CONF_FILES, WSL_CONF_SETTING, WSL_CONF_SETTINGS

from pyinfra_wsl.core.formats.ini import check as ini_check
from pyinfra_wsl.core.formats.ini.files import WSL_CONF
from pyinfra_wsl.data import template

check, entries, merge, parse = wsl_conf.check, wsl_conf.entries, wsl_conf.merge, wsl_conf.parse


@settings(max_examples=300, deadline=None)  # some twenty for each of its keys
@given(WSL_CONF_SETTING)
def test_a_value_that_is_rendered_and_parsed_is_the_value(declared):
    assert check(declared) == []
    rendered = template("wsl.conf.j2").render(entries=entries(declared))
    assert parse(rendered.encode()).values == ini_check.wanted(declared, WSL_CONF)


@settings(max_examples=150, deadline=None)
@given(WSL_CONF_SETTINGS)
def test_settings_together_are_rendered_and_parsed_alike(declared):
    assert check(declared) == []
    rendered = template("wsl.conf.j2").render(entries=entries(declared))
    assert parse(rendered.encode()).values == ini_check.wanted(declared, WSL_CONF)


@settings(max_examples=800, deadline=None)
@given(WSL_CONF_FILES, WSL_CONF_SETTING)
def test_merging_puts_our_values_in_force_changes_nothing_else_and_once_more_changes_nothing(old, declared):
    """All is asked of the same files: to make them up takes much longer than to merge them."""
    new = merge(old, declared)
    before, after = parse(old), parse(new)
    wanted = ini_check.wanted(declared, WSL_CONF)
    for slot, value in wanted.items():
        assert after.values.get(slot, WSL_CONF.table.of_slot(slot).default) == value
    assert merge(new, declared) == new
    kept = {slot: value for slot, value in before.values.items() if slot not in wanted}
    assert kept.items() <= after.values.items()
    assert "".join(line.text for line in before.lines) == before.decoded.text
