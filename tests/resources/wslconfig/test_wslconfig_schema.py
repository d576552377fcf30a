"""The schemas of the two files: made of the tables, and of one mind with the checks."""

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyinfra_wsl.core.formats.ini import schema as ini_schema
from pyinfra_wsl.core.formats.ini.files import WSL_CONF, WSLCONFIG
from pyinfra_wsl.data import schema
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf
from pyinfra_wsl.resources.wslconfig import plan as wslconfig

MADE = {"wslconfig": ini_schema.of_wslconfig, "wsl_conf": ini_schema.of_wsl_conf}
CHECKS = {"wslconfig": wslconfig.check, "wsl_conf": wsl_conf.check}


@pytest.mark.parametrize("noun", MADE)
def test_the_file_is_what_the_table_says(noun):
    how = f"json.dumps(ini_schema.of_{noun}(), indent=2, ensure_ascii=False) into schemas/{noun}.json"
    assert schema(noun) == json.loads(json.dumps(MADE[noun]())), f"the table was changed: write {how}"


@pytest.mark.parametrize("noun", MADE)
def test_it_is_a_schema_in_which_everything_is_explained(noun):
    jsonschema.Draft202012Validator.check_schema(schema(noun))
    for section in schema(noun)["properties"].values():
        assert section["description"]
        assert all(one["description"] for one in section.get("properties", {}).values())


def test_the_tables_have_every_name_that_wsl_has():
    assert len(WSLCONFIG.table.keys) == 59
    assert len({key.slot for key in WSLCONFIG.table}) == 55
    assert len(WSL_CONF.table.keys) == 25


@pytest.mark.parametrize("noun", MADE)
def test_every_default_is_a_value_that_the_schema_admits(noun):
    for section, part in schema(noun)["properties"].items():
        for name, one in part.get("properties", {}).items():
            if "default" in one:
                jsonschema.validate({section: {name: one["default"]}}, schema(noun))


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.just([]), st.just(["a b"]), st.just([0]),
    st.sampled_from(["8gb", "8GB\n", "yes", "true", "C:\\x", "x", "C:x", "1.2.3", "1.2.3.4", "00:11:22:33:44:5g", "nat", "a=b"]),
)  # fmt: skip


@pytest.mark.parametrize("noun", MADE)
@settings(max_examples=800, deadline=None)
@given(data=st.data())
def test_what_the_check_accepts_the_schema_accepts_too(noun, data):
    sections = {name: part["properties"] for name, part in schema(noun)["properties"].items() if "properties" in part}
    section = data.draw(st.sampled_from(sorted(sections)))
    name = data.draw(st.sampled_from(sorted(sections[section])))
    declared = {section: {name: data.draw(WRONG)}}
    problems = [one for one in CHECKS[noun](declared) if not one.warning]
    valid = jsonschema.Draft202012Validator(schema(noun)).is_valid(declared)
    if not problems and not valid:  # lists may also be written as Microsoft's page has them
        assert isinstance(declared[section][name], int | str)
        assert "items" in sections[section][name] or "enum" in sections[section][name]


@pytest.mark.parametrize(
    ("declared", "said", "right"),
    [
        ({"wsl2": {"memory": "8gb"}}, "'8gb' is not a size WSL reads", "8GB"),
        ({"wsl2": {"netwrokingMode": "nat"}}, "did you mean wsl2.networkingMode?", "networkingMode"),
        ({"wsl2": {"networkingmode": "nat"}}, "is spelled networkingMode", "networkingMode"),
        ({"wsl2": {"autoMemoryReclaim": "gradual"}}, "belongs into [experimental]", "experimental.autoMemoryReclaim"),
        ({"wsl2": {"systemd": True}}, "is a key of wsl.conf [boot]", ""),
        ({"boot": {"systemd": True}}, "is a section of wsl.conf", ""),
        ({"memory": "8GB"}, "stands in no section", "wsl2: {memory: …}"),
        ({"experimantal": {}}, "has no section [experimantal]", "experimental"),
        ({"wsl2": {"kernel": "C:\temp"}}, "YAML reads \\t and \\n as TAB", "the value in single quotes"),
        ({"wsl2": {"kernel": "C:\\Jörg"}}, "is not ASCII", "a full Windows path"),
        ({"wsl2": {"kernel": "temp"}}, "is not a full Windows path", "a full Windows path"),
        ({"wsl2": {"macAddress": "x"}}, "WSL would not start", "six pairs"),
        ({"wsl2": {"processors": "4"}}, "a whole number", "a whole number"),
        ({"wsl2": {"ipv6": "yes"}}, "true or false", "true or false"),
        ({"wsl2": {"ipv6": 1}}, "1 is not true or false", "true or false"),
        ({"experimental": {"ignoredPorts": [0]}}, "a list of ports", "a list of ports"),
        ({"apply": "soon"}, "'soon' is not a choice", "now or when_idle or next_start"),
        ({"wsl2": {"firewall": True}, "experimental": {"firewall": True}}, "one setting with two names", "only wsl2.firewall"),
    ],
)
def test_a_wrong_declaration_is_told_with_the_right_form(declared, said, right):
    (problem,) = [one for one in wslconfig.check(declared) if not one.warning]
    assert said in problem.message
    assert problem.right_form.startswith(right)


def test_what_wsl_ignores_is_a_warning():
    (problem,) = wslconfig.check({"experimental": {"sparseVhd": True}})
    assert problem.warning
    assert "IGNORED" in problem.message


def test_all_problems_are_told_at_once():
    assert len(wslconfig.check({"wsl2": {"memory": "8gb", "ipv6": "on"}, "foo": {}, "mode": "x"})) == 4
