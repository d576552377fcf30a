"""Docker Desktop's settings file: read as it is found, merged so that everything else stays."""

import json

import pytest

from pyinfra_wsl.core.formats import docker_settings as settings
from pyinfra_wsl.lab.docker_desktop import settings as program

STORE = b'{\n  "AutoStart": false,\n  "IntegratedWslDistros": [\n    "Debian"\n  ],\n  "SettingsVersion": 45\n}'
BOM = b"\xef\xbb\xbf"


def change(data, wanted=None, default=None, generation="store"):
    parsed = settings.parse(data)
    return settings.merge(data, settings.integration(parsed, generation, wanted or {}, default), generation)


def test_what_is_right_stays_byte_for_byte():
    assert change(STORE, {"Debian": True, "Ubuntu": False}, False) == STORE


def test_a_distribution_is_added_and_everything_else_stays():
    merged = change(STORE, {"Ubuntu": True})
    assert json.loads(merged) == json.loads(STORE) | {"IntegratedWslDistros": ["Debian", "Ubuntu"]}
    assert merged.splitlines()[1] == b'  "AutoStart": false,'
    assert not merged.endswith(b"\n")


def test_a_distribution_is_taken_out():
    assert json.loads(change(STORE, {"Debian": False}))["IntegratedWslDistros"] == []


def test_a_name_in_another_case_gets_the_registered_one():
    assert json.loads(change(STORE, {"DEBIAN": True}))["IntegratedWslDistros"] == ["DEBIAN"]


def test_without_a_file_only_what_is_wanted_is_written():
    assert json.loads(change(None, {"Ubuntu": True}, True)) == {
        "IntegratedWslDistros": ["Ubuntu"],
        "EnableIntegrationWithDefaultWslDistro": True,
    }


def test_no_byte_order_mark_is_ever_written():
    assert settings.parse(BOM + STORE).problem.startswith("begins with a byte order mark")
    assert change(BOM + STORE) == STORE


def test_the_spelling_that_is_found_is_kept():
    merged = json.loads(change(b'{"integratedwsldistros": [], "x": 1}', {"Ubuntu": True}))
    assert merged == {"integratedwsldistros": ["Ubuntu"], "x": 1}


def test_two_spellings_of_one_key_both_get_the_value():
    data = b'{"IntegratedWslDistros": ["a"], "integratedWslDistros": ["b"]}'
    assert set(map(tuple, json.loads(change(data, {"Ubuntu": True})).values())) == {("b", "Ubuntu")}


def test_values_are_merged_under_the_spellings_that_are_there_and_else_under_the_generations_own():
    have = settings.Settings({"cpus": 2, "x": 1})
    assert settings.merged(have, {"Cpus": 4, "MemoryMiB": 8}, "store") == {"cpus": 4, "x": 1, "MemoryMiB": 8}
    assert settings.merged(have, {"MemoryMiB": 8}, "legacy") == {"cpus": 2, "x": 1, "memoryMiB": 8}
    assert have.values == {"cpus": 2, "x": 1}


def test_two_spellings_that_disagree_are_a_difference():
    data = b'{"EnableIntegrationWithDefaultWslDistro": true, "enableIntegrationWithDefaultWslDistro": false}'
    assert set(json.loads(change(data, default=False)).values()) == {False}


def test_the_older_file_gets_the_older_spelling():
    assert json.loads(change(b"{}", {"Ubuntu": True}, True, "legacy")) == {
        "integratedWslDistros": ["Ubuntu"],
        "enableIntegrationWithDefaultWslDistro": True,
    }


def test_off_is_written_only_where_it_is_not_the_default():
    assert change(b"{}", default=False) == b"{}"
    assert json.loads(change(b"{}", default=False, generation="legacy")) == {"enableIntegrationWithDefaultWslDistro": False}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"Debian"', ["Debian"]),
        ("null", []),
        ('""', []),
        ("{}", []),
        ("[null]", []),
        ('{"value": ["Debian"], "Count": 1}', ["Debian"]),
        ('[{"value": "Debian", "PSPath": "x"}]', ["Debian"]),
    ],
)
def test_a_list_that_a_script_has_spoilt_becomes_a_list(value, found):
    data = f'{{"IntegratedWslDistros": {value}}}'.encode()
    assert settings.integrated(settings.parse(data)) == found
    assert json.loads(change(data, {"Ubuntu": True}))["IntegratedWslDistros"] == [*found, "Ubuntu"]


@pytest.mark.parametrize(
    "value", ["7", "true", '{"0": "Debian"}', '["Debian", 7]', '["Debian", ["Ubuntu"]]', '[{"Name": "Debian"}]']
)
def test_of_what_no_names_can_be_told_nothing_is_made(value):
    data = f'{{"IntegratedWslDistros": {value}}}'.encode()
    assert settings.integrated(settings.parse(data)) is None
    with pytest.raises(settings.DamagedSettingsError, match="no names of distributions can be told"):
        change(data, {"Ubuntu": True})


def test_one_is_not_true():
    assert json.loads(change(b'{"EnableIntegrationWithDefaultWslDistro": 1}', default=True)) == {
        "EnableIntegrationWithDefaultWslDistro": True
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"\0" * 300, "nothing but NUL bytes"),
        (STORE[:40] + b"\0" * 40, "NUL bytes from byte 40 on"),
        (STORE[:40], "only a part was written"),
        (b"// mine\n" + STORE, "a comment in line 1, column 1"),
        (b'{"a": 1, /* mine */ "b": 2}', "a comment in line 1"),
        (b'{"a": 1 # mine\n}', "a comment in line 1"),
        ("\ufeff{}".encode("utf-16-le"), "UTF-16"),
        ('{"AutoStart": true}'.encode("utf-16-be"), "UTF-16"),
        (b"null", "is null"),
        (b"7", "is a number"),
        (b'{"a": 1,}', "line 1, column 9"),
        (b"[1]", "is a list, and not an object"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": 1}\0\0\0', "NUL bytes from byte 8 on"),
        (b"[" * 100_000, "nested too deep"),
        ("{}".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_damaged_file_is_diagnosed_and_never_overwritten(data, words):
    assert words in settings.parse(data).problem
    with pytest.raises(settings.DamagedSettingsError, match=words):
        settings.merge(data, {"IntegratedWslDistros": []}, "store")


@pytest.mark.parametrize(
    "data",
    [
        b'{\r\n\t"Name": "Fran\xc3\xa7ois",\r\n\t"n": 12345678901234567890\r\n}\r\n',
        b'{"a":1,"b":{"c":[1,2]}}',
        b'{\n    "a": "\\ud800"\n}',
    ],
)
def test_layout_and_strange_values_survive(data):
    merged = change(data, {"Ubuntu": True})
    assert json.loads(merged) == json.loads(data) | {"IntegratedWslDistros": ["Ubuntu"]}
    assert merged.count(b"\r\n") == merged.count(b"\n") or b"\r\n" not in data


@pytest.mark.parametrize(
    ("version", "store", "legacy", "expected"),
    [((4, 34, 2), False, True, "legacy"), ((4, 34, 2), True, True, "legacy"), ((4, 35, 0), True, True, "store"),
     ((4, 46, 0), False, False, "store"), ((4, 46, 0), False, True, "legacy"), (None, True, True, "store"),
     (None, False, True, "legacy"), (None, False, False, "store")],
)  # fmt: skip
def test_the_file_that_counts_follows_the_version_and_what_is_there(version, store, legacy, expected):
    assert settings.generation(version, store=store, legacy=legacy) == expected


@pytest.mark.parametrize("generation", ["store", "legacy"])
@pytest.mark.parametrize("start", [None, STORE, b"{}"])
def test_the_program_reads_what_we_write(generation, start):
    loaded = program.load(change(start, {"Ubuntu": True, "Debian": False}, True, generation))
    assert loaded["IntegratedWslDistros"] == ["Ubuntu"]
    assert loaded["EnableIntegrationWithDefaultWslDistro"] is True
