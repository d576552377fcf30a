"""Every declared setting that can be looked up has a test that looks it up: one that is forgotten would pass for verified."""

import re
from pathlib import Path

import pytest

from pyinfra_wsl import data, registry
from pyinfra_wsl.fleet import declared

VERIFY = Path(__file__).resolve().parents[2] / "pyinfra_wsl" / "verify"
INI = {"boot": {"systemd": True}}
WHOLE = {
    "wsl": {"package": {"minimum": "2.6.1", "version": "2.6.1"}, "default_version": 2},
    "wslconfig": {"wsl2": {"memory": "4GB"}, "mode": "merge"},
    "wsl_distros": {
        "U": {
            "version": 2,
            "location": "D:\\u",
            "default_user": "ada",
            "default": True,
            "wsl_conf": INI,
            "docker_integration": True,
        },
        "old": {"state": "absent", "allow_data_loss": True},
    },
    "windows_features": {"VirtualMachinePlatform": "enabled"},
}
"""What has more than one level, or things by their names; of all else the schema has examples."""


def example(schema):
    """Return a value that a schema gives as an example."""
    if "properties" in schema:
        return {name: example(one) for name, one in schema["properties"].items()}
    return next(iter(schema.get("examples") or [one for one in schema.get("enum", ()) if one is not None]), schema.get("default"))


def all_settings():
    """Return everything that can be declared and looked up."""
    values = dict(WHOLE)
    for one in registry.own():
        if one.key and one.key not in values:
            values[one.key] = example(data.schema(one.name))
    return {(one.resource, one.path[-1]) for one in declared.settings(values)}


def looked_up(resource):
    """Return the settings for which a module of pyinfra_wsl/verify has a test; None stands for any of them."""
    text = (VERIFY / f"test_{resource}.py").read_text()
    tests = re.split(r"^def test_", text, flags=re.MULTILINE)
    marks = [re.findall(r"mark\.settings\(([^)]*)\)", before.rpartition("\n\n")[2]) for before in tests[:-1]]
    return {name for names in marks for one in names for name in re.findall(r'"(\w+)"', one)} | ({None} if [] in marks else set())


def test_what_can_be_declared_can_be_looked_up_for_every_resource_but_a_restart():
    assert {resource for resource, _name in all_settings()} == {one.name for one in registry.own()} - {"reboot"}


@pytest.mark.parametrize(("resource", "name"), sorted(all_settings()))
def test_a_setting_is_verified(resource, name):
    assert {name, None} & looked_up(resource)


def test_a_setting_knows_what_stands_beside_it():
    engine = {"users": ["ada"], "rootless": True}
    found = {str(one): one.beside for one in declared.settings({"docker_engine": engine})}
    assert found["docker_engine.users"] == engine
