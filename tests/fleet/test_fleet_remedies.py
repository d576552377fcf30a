"""What is wrong is told with the right form, also where a whole part has another shape than it should have."""

import json

import pytest
import yaml

from pyinfra_wsl import data, fleet
from pyinfra_wsl.core.form import words
from pyinfra_wsl.core.formats.ini.files import WSL_CONF, WSLCONFIG
from pyinfra_wsl.core.formats.ini.values import form
from pyinfra_wsl.fleet.docs import TARGET


def told(tmp_path, text):
    file = tmp_path / "fleet.yml"
    file.write_text(text if isinstance(text, str) else yaml.safe_dump(text))
    with pytest.raises(fleet.FleetError) as caught:
        fleet.load(file)
    return [problem.split(": ", 1)[1] for problem in caught.value.problems]


def of_host(**values):
    return {"hosts": {"LT-1": values}}


SHAPES = {
    "hosts as a list": ("hosts: [LT-1, LT-2]", "hosts: a list is not a mapping; write each name as a key", "'LT-1: {}'"),
    "hosts as a text": ("hosts: LT-1", "hosts: 'LT-1' is not a mapping", "'LT-1: {}'"),
    "groups as a list": ("groups: [dev]\nhosts: {LT-1: {}}", "groups: a list is not a mapping", "'dev: {}'"),
    "a list without names": ("hosts: [[1]]", "hosts: a list is not a mapping", "'NAME: {}'"),
    "the whole file": ("- hosts", "a list is not a mapping", "they are defaults, groups, hosts"),
    "a host": ("hosts: {LT-1: [a]}", "hosts.LT-1: a list is not a mapping", "they are address, groups, os"),
    "distributions": (of_host(wsl_distros=["Ubuntu"]), "wsl_distros: a list is not a mapping", "'Ubuntu: {}'"),
    "features": (of_host(windows_features=["Containers"]), "windows_features: a list", "they are VirtualMachinePlatform"),
    "connection": (of_host(connection="ssh"), "connection: 'ssh' is not a mapping", "they are transport, user"),
    "groups of a host": (of_host(groups={"dev": {}}), "groups: a mapping is not a list", "behind a dash"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_part_of_another_shape_is_told_with_the_right_one(tmp_path, shape):
    text, cause, remedy = SHAPES[shape]
    (problem,) = told(tmp_path, text)
    assert cause in problem
    assert remedy in problem


PLACES = {
    "wsl_conf": "it belongs under wsl_distros.NAME, in defaults, a group or a host",
    "wslconf": "it belongs under wsl_distros.NAME as wsl_conf, in defaults, a group or a host",
    "memory": "it belongs under wslconfig.wsl2, in defaults, a group or a host",
    "systemd": "it belongs under wsl_distros.NAME.wsl_conf.boot, in defaults, a group or a host",
    "wsl": "it belongs under defaults, a group or a host",
    "wslconfg": "it belongs under defaults, a group or a host as wslconfig",
    "windows_feature": "it belongs under defaults, a group or a host as windows_features",
    "group": "did you mean groups?",
    "nonsense": "the keys here are defaults, groups, hosts, hosts_from, rollout",
}


@pytest.mark.parametrize("key", PLACES)
def test_a_key_beside_hosts_is_told_where_it_belongs(tmp_path, key):
    (problem,) = told(tmp_path, f"{key}: {{}}\nhosts: {{LT-1: {{}}}}")
    assert problem.startswith(f"{key}: no such key")
    assert problem.endswith(f"; {PLACES[key]}")


@pytest.mark.parametrize(
    ("given", "meant"), [("true", "enabled"), ("false", "disabled"), ("on", "enabled"), ("absent", "disabled")]
)
def test_another_word_for_on_or_off_is_understood(tmp_path, given, meant):
    (problem,) = told(tmp_path, f"hosts: {{LT-1: {{windows_features: {{Containers: {given}}}}}}}")
    assert problem.endswith(f"is not one of enabled, disabled; did you mean {meant}?")


def enums(schema, path=()):
    """Yield path and words of every enum of text."""
    if "enum" in schema and any(isinstance(one, str) for one in schema["enum"]):
        yield path, schema["enum"]
    for name, below in schema.get("properties", {}).items():
        yield from enums(below, (*path, name))


def of(name, key):
    """Return the enums of a schema with their places in a host's values."""
    return [(key, *found) for found in enums(data.schema(name)) if found[0] != ("state",)]


ENUMS = [
    *of("wslconfig", ("wslconfig",)), *of("wsl_conf", ("wsl_distros", "U", "wsl_conf")), *of("hypervisor", ("hypervisor",)),
    *of("reboot", ("reboot",)), *of("connection", ("connection",)), *of("docker_integration", ("docker_integration",)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "path", "enum"), ENUMS, ids=lambda one: ".".join(one) if isinstance(one, tuple) else "")
def test_an_error_spells_the_words_as_the_documentation_does(tmp_path, key, path, enum):
    values = "zzz"
    for part in reversed((*key, *path)):
        values = {part: values}
    (problem,) = told(tmp_path, of_host(**values))
    if path[-1] in ("apply", "mode"):  # these name the right words as what to write
        assert problem.endswith(f"write {' or '.join(words(enum))}") or f"is not one of {', '.join(words(enum))}" in problem
        return
    assert f"'zzz' is not one of {', '.join(words(enum))}" in problem
    documented = ", ".join(f"`{one}`" for one in words(enum))
    assert f"`{'.'.join(path)}` | {documented} |" in TARGET.read_text() or key == ("wsl_distros", "U", "wsl_conf")


def test_the_example_of_a_whole_number_is_one_for_its_key():
    numbers = [key for table in (WSLCONFIG.table, WSL_CONF.table) for key in table if key.type == "int"]
    assert len(numbers) > 10
    for key in numbers:
        said = form(key)
        assert said.startswith("a whole number such as ")
        assert int(said.rsplit(" ", 1)[1]) == (key.default or {"processors": 4, "kernelDebugPort": 50000}[key.name])


def test_no_word_is_documented_in_two_spellings():
    for name, schema in data.schemas().items():
        for _path, enum in enums(schema):
            folded = [one.casefold() for one in words(enum)]
            assert len(folded) == len(set(folded)), json.dumps([name, enum])
