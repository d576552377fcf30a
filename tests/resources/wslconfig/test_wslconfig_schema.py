"""The schemas of the two files: made of the tables, and of one mind with the checks."""

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ini import wsl_conf, wslconfig
from support.laptops import CORRECT_IT, refusal, refused

from pyinfra_wsl.core.formats.ini.files import WSL_CONF, WSLCONFIG
from pyinfra_wsl.data import schema
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE

MADE = ("wslconfig", "wsl_conf")
CHECKS = {"wslconfig": wslconfig.check, "wsl_conf": wsl_conf.check}


@pytest.mark.parametrize("resource", MADE)
def test_it_is_a_schema_in_which_everything_is_explained(resource):
    jsonschema.Draft202012Validator.check_schema(schema(resource))
    for section in schema(resource)["properties"].values():
        assert section["description"]
        assert all(one["description"] for one in section.get("properties", {}).values())


def test_the_tables_have_every_name_that_wsl_has():
    assert len(WSLCONFIG.table.keys) == 59
    assert len({key.slot for key in WSLCONFIG.table}) == 55
    assert len(WSL_CONF.table.keys) == 25


@pytest.mark.parametrize("resource", MADE)
def test_every_default_is_a_value_that_the_schema_admits(resource):
    for section, part in schema(resource)["properties"].items():
        for name, one in part.get("properties", {}).items():
            if "default" in one:
                jsonschema.validate({section: {name: one["default"]}}, schema(resource))


WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.just([]), st.just(["a b"]), st.just([0]),
    st.sampled_from(["8gb", "8GB\n", "yes", "true", "C:\\x", "x", "C:x", "1.2.3", "1.2.3.4", "00:11:22:33:44:5g", "nat", "a=b"]),
)  # fmt: skip


@pytest.mark.parametrize("resource", MADE)
@settings(max_examples=800, deadline=None)
@given(data=st.data())
def test_what_the_check_accepts_the_schema_accepts_too(resource, data):
    sections = {name: part["properties"] for name, part in schema(resource)["properties"].items() if "properties" in part}
    section = data.draw(st.sampled_from(sorted(sections)))
    name = data.draw(st.sampled_from(sorted(sections[section])))
    declared = {section: {name: data.draw(WRONG)}}
    problems = CHECKS[resource](declared)
    valid = jsonschema.Draft202012Validator(schema(resource)).is_valid(declared)
    if not problems and not valid:  # lists may also be written as Microsoft's page has them
        assert isinstance(declared[section][name], int | str)
        assert "items" in sections[section][name] or "enum" in sections[section][name]


@pytest.mark.parametrize(
    ("declared", "said", "remedy"),
    [
        ({"wsl2": {"memory": "8gb"}}, "'8gb' is not a size WSL reads", "write 8GB"),
        ({"wsl2": {"netwrokingMode": "nat"}}, "did you mean wsl2.networkingMode?", ""),
        ({"wsl2": {"networkingmode": "nat"}}, "is spelled networkingMode", ""),
        ({"wsl2": {"autoMemoryReclaim": "gradual"}}, "belongs into [experimental]", "write experimental.autoMemoryReclaim"),
        ({"wsl2": {"systemd": True}}, "is a key of wsl.conf [boot]: it is for one distribution; declare it below wsl_conf", ""),
        ({"boot": {"systemd": True}}, "is a section of wsl.conf, not of .wslconfig: it is for one distribution; declare it", ""),
        ({"memory": "8GB"}, "stands in no section", "write wsl2: {memory: …}"),
        ({"experimantal": {}}, "has no section [experimantal]", "write experimental"),
        ({"wsl2": {"kernel": "C:\temp"}}, "YAML reads \\t and \\n as TAB", "write the value in single quotes"),
        ({"wsl2": {"kernel": "C:\\Jörg"}}, "is not ASCII", r"write a full Windows path in ASCII, such as C:\wsl\swap.vhdx"),
        ({"wsl2": {"kernel": "temp"}}, r"is not a full Windows path in ASCII, such as C:\wsl\swap.vhdx", ""),
        ({"wsl2": {"macAddress": "x"}}, "not six pairs of hex digits, such as 00:15:5d:01:02:03; WSL would not start", ""),
        ({"wsl2": {"processors": "4"}}, "is text, where a whole number is meant", "write 4 without quotes"),
        ({"wsl2": {"processors": "four"}}, "is not a whole number such as 4", ""),
        ({"wsl2": {"kernelDebugPort": "com1"}}, "is not a whole number such as 50000", ""),
        ({"wsl2": {"vmIdleTimeout": "1m"}}, "is not a whole number such as 60000", ""),
        ({"wsl2": {"networkingMode": "mirorred"}}, "is not one of none, nat, bridged, mirrored, consomme, virtioProxy", ""),
        ({"wsl2": {"ipv6": "yes"}}, "'yes' is not true or false", ""),
        ({"wsl2": {"ipv6": 1}}, "1 is not true or false", ""),
        ({"experimental": {"ignoredPorts": [0]}}, "is not a list of ports from 1 to 65535, such as [3000, 9000]", ""),
        ({"apply": "soon"}, "'soon' is not a choice", "write now or when_idle or next_start"),
        (
            {"wsl2": {"firewall": True}, "experimental": {"firewall": True}},
            "one setting with two names",
            "write only wsl2.firewall",
        ),
    ],
)
def test_a_wrong_declaration_is_told_with_the_right_form(declared, said, remedy):
    (problem,) = wslconfig.check(declared)
    assert said in problem.message
    assert problem.remedy == remedy


@pytest.mark.parametrize(
    ("declared", "cause", "remedy"),
    [
        ({"wsl2": {"memory": "8gb"}}, "wsl2.memory: '8gb' is not a size WSL reads", "write 8GB"),
        ({"wsl2": {"netwrokingMode": "nat"}}, "wsl2.netwrokingMode: no such key", "did you mean networkingMode?"),
        ({"wsl2": {"systemd": True}}, "wsl2.systemd: no such key here", "it belongs under wsl_distros.NAME.wsl_conf.boot"),
        ({"memory": "8GB"}, "memory: no such key here", "it belongs under wslconfig.wsl2"),
        ({"experimantal": {}}, "experimantal: no such key", "did you mean experimental?"),
        ({"wsl2": True}, "wsl2: [wsl2] has keys with values", "write {kernel: …}"),
        ({"wsl2": {"ipv6": "yes"}}, "wsl2.ipv6: 'yes' is not true or false", CORRECT_IT),
        ({"mode": "own"}, "mode: 'own' is not a choice", "write merge or replace"),
        (
            {"wsl2": {"firewall": True}, "experimental": {"firewall": True}},
            "experimental.firewall: experimental.firewall and wsl2.firewall are one setting with two names",
            "write only wsl2.firewall",
        ),
    ],
)
def test_the_door_names_the_key_by_its_full_path(declared, cause, remedy):
    found = refusal(RESOURCE, {"wslconfig": declared})
    assert (found.cause, found.remedy) == (f"wslconfig.{cause}", remedy)


def test_what_wsl_ignores_is_no_problem():
    assert wslconfig.check({"experimental": {"sparseVhd": True}}) == []
    assert not refused(RESOURCE, {"wslconfig": {"experimental": {"sparseVhd": True}}})


def test_all_problems_are_told_at_once():
    declared = {"wsl2": {"memory": "8gb", "ipv6": "on"}, "foo": {}, "mode": "x"}
    assert len(wslconfig.check(declared)) == 4
    assert len(refused(RESOURCE, {"wslconfig": declared})) == 4
