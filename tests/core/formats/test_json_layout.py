"""JSON changed where its values are: what must not change does not, in any layout."""

import json
import random

import pytest

from pyinfra_wsl.core.formats import docker_settings, json_layout

LAYOUTS = {
    "two": lambda values: json.dumps(values, indent=2),
    "four, a last newline": lambda values: json.dumps(values, indent=4) + "\n",
    "tabs": lambda values: json.dumps(values, indent="\t"),
    "carriage returns": lambda values: json.dumps(values, indent=2).replace("\n", "\r\n") + "\r\n",
    "one line": json.dumps,
    "tight": lambda values: json.dumps(values, separators=(",", ":")),
    "a key a line, lists in one": lambda values: "{\n " + ",\n ".join(
        f"{json.dumps(name)} :  {json.dumps(one)}" for name, one in values.items()) + "\n}\n",
    "spaces around": lambda values: f" \n{json.dumps(values, indent=2)} \n\n",
}  # fmt: skip
HAVE = {
    "LicenseTermsVersion": 2, "AutoStart": False, "IntegratedWslDistros": ["Debian", "Über"],
    "X": {"a": [1, {"b": None}], "c": "}"},
    "Path": "C:\\x \"y\"", "Half": "\ud800", "Big": 12345678901234567, "Fraction": 1.5, "Empty": {}, "None": [],
}  # fmt: skip
WANTED = {
    "AutoStart": [True, False, 1], "Cpus": [4], "X": [{"a": 1}, {}], "IntegratedWslDistros": [[], ["Ubuntu"], ["a", "b"]],
    "OverrideProxyHTTP": ["http://p:3128", "ä\n\""], "New": [{"deep": {"er": [1, 2]}}], "Path": ["C:\\y"],
}  # fmt: skip


def cases():
    pick = random.Random(4711)  # noqa: S311
    for layout in LAYOUTS:
        for _ in range(40):
            have = {name: HAVE[name] for name in pick.sample(list(HAVE), pick.randint(0, len(HAVE)))}
            changes = {name: pick.choice(WANTED[name]) for name in pick.sample(list(WANTED), pick.randint(0, 3))}
            yield layout, have, changes


@pytest.mark.parametrize("layout", LAYOUTS)
def test_values_are_as_wanted_and_all_else_stays_byte_for_byte(layout):
    for _, have, changes in (case for case in cases() if case[0] == layout):
        old = LAYOUTS[layout](have)
        new = json_layout.edit(old, changes)
        assert json.loads(new) == have | changes
        assert list(json.loads(new)) == list(have | changes)
        if have:
            assert ("\r\n" in old) == (new.count("\n") == new.count("\r\n") > 0)
        if have and "\n" not in old:
            assert "\n" not in new
        # What is put back is, byte for byte, what was there: nothing else was touched.
        if have.keys() >= changes.keys():
            back = json_layout.edit(new, {name: have[name] for name in changes})
            lines = old.splitlines()
            assert json.loads(back) == have
            assert all(line in back.splitlines() for line in lines if not any(json.dumps(name) in line for name in changes)
                       and line.strip(" \t{},[]") in json.dumps({k: v for k, v in have.items() if k not in changes}))  # fmt: skip
        assert json_layout.edit(old, {}) == old


def test_an_object_that_is_empty_or_not_there_gets_two_spaces():
    assert json_layout.edit("", {"a": [1]}) == '{\n  "a": [\n    1\n  ]\n}'
    assert json_layout.edit("{}\n", {"a": 1}) == '{\n  "a": 1\n}\n'
    assert json_layout.edit("{\r\n}", {"a": 1}) == '{\r\n  "a": 1\r\n}'


def test_a_name_that_stands_twice_gets_the_value_in_both_places():
    assert json_layout.edit('{"a": 1, "b": 2, "a": 3}', {"a": 4}) == '{"a": 4, "b": 2, "a": 4}'


@pytest.mark.parametrize("generation", ["store", "legacy"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_settings_are_merged_in_their_layout_and_a_second_time_changes_nothing(layout, generation):
    for _, have, changes in (case for case in cases() if case[0] == layout):
        data = LAYOUTS[layout](have).encode()
        merged = docker_settings.merge(data, changes, generation)
        found = json.loads(merged)
        named = {docker_settings.parse(merged).spellings(name)[0] for name in changes}
        assert {name: one for name, one in found.items() if name not in named} == {
            name: one for name, one in have.items() if name not in named
        }
        assert docker_settings.merge(merged, changes, generation) == merged
