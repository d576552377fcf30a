"""What holds for every value that the schema admits, and for every file that a user may have."""

from hypothesis import given, settings
from support.ini import wslconfig
from support.merging import plain
from support.wsl_files import WSLCONFIG_FILES, WSLCONFIG_SETTING, WSLCONFIG_SETTINGS

from pyinfra_wsl.core.formats.ini import check as ini_check
from pyinfra_wsl.core.formats.ini.files import WSLCONFIG
from pyinfra_wsl.data import template

check, entries, merge, parse = wslconfig.check, wslconfig.entries, wslconfig.merge, wslconfig.parse


def ignored(wanted):
    return [slot for slot, value in wanted.items() if value is True and WSLCONFIG.table.of_slot(slot).deprecated]


def effective(data, declared):
    parsed = parse(data)
    wanted = ini_check.wanted(declared, WSLCONFIG)
    found = {slot: parsed.values.get(slot, WSLCONFIG.table.of_slot(slot).default) for slot in wanted}
    return found, wanted


@settings(max_examples=400, deadline=None)
@given(WSLCONFIG_SETTING)
def test_a_value_that_is_rendered_and_parsed_is_the_value(declared):
    assert check(declared) == []
    wanted = ini_check.wanted(declared, WSLCONFIG)
    rendered = template("wslconfig.j2").render(entries=entries(declared))
    assert parse(rendered.encode()).values == wanted
    assert bool(parse(rendered.replace("\n", "\r\n").encode()).problems) is bool(ignored(wanted))


@settings(max_examples=150, deadline=None)
@given(WSLCONFIG_SETTINGS)
def test_settings_together_are_rendered_and_parsed_alike(declared):
    assert check(declared) == []
    rendered = template("wslconfig.j2").render(entries=entries(declared))
    assert parse(rendered.encode()).values == ini_check.wanted(declared, WSLCONFIG)


@settings(max_examples=800, deadline=None)
@given(WSLCONFIG_FILES, WSLCONFIG_SETTING)
def test_merging_puts_our_values_in_force_changes_nothing_else_and_once_more_changes_nothing(old, declared):
    """All is asked of the same files: to make them up takes much longer than to merge them."""
    new = merge(old, declared)
    found, wanted = effective(new, declared)
    assert found == wanted
    assert merge(new, declared) == new
    before, after = parse(old), parse(new)
    assert "".join(line.text for line in before.lines) == before.decoded.text
    if before.decoded.text.startswith("\ufeff"):  # without the mark its first line is another one
        return
    if not before.decoded.problem:
        assert others(before, wanted) == others(after, wanted)
    if not any(line.effect == "unread" and not line.number > 1 for line in before.lines):
        holds_lines(before, after, wanted)


def others(parsed, wanted):
    """Return the values that nobody declared."""
    return {slot: value for slot, value in parsed.values.items() if slot not in wanted}


def holds_lines(before, after, wanted):
    """Every line that is not ours is there still, in its order."""
    theirs = [line.text.strip("\r\n") for line in before.lines if line.slot not in wanted and line.text.strip("\r\n")]
    content, position = plain("".join(line.text for line in after.lines)), 0
    for text in map(plain, theirs):
        position = content.index(text, position) + len(text)
