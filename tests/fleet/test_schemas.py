"""The schemas: valid, strict, explained, and one with another, the fleet file and its docs page."""

import inspect
from pathlib import Path

import jsonschema
import pytest
import yaml

from pyinfra_wsl import data, form, registry
from pyinfra_wsl.fleet import docs as fleet_docs
from pyinfra_wsl.operations import (
    docker_desktop,
    docker_desktop_linux,
    docker_engine,
    docker_integration,
    docker_toolbox,
    hypervisor,
    kvm,
    reboot,
    wsl,
    wsl_distro,
)

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(data.schemas())
WRITTEN = {"result", "rollout_event", "rollout_status"}
DECLARED = sorted(set(NAMES) - WRITTEN)  # what a user writes, as against what a run writes
FREE = {"daemon", "settings", "admin_settings", "linux", "windows"}  # keys of Docker's own files, of which there is no table


def parts(schema, path=()):
    """Yield every schema within a schema that describes a value, with its path."""
    yield path, schema
    for keyword in ("properties", "$defs"):
        for name, below in schema.get(keyword, {}).items():
            yield from parts(below, (*path, name))
    for keyword in ("additionalProperties", "items"):
        if isinstance(below := schema.get(keyword), dict):
            yield from parts(below, (*path, keyword))


def kinds(schema):
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_of_its_draft(name):
    schema = data.schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_every_reference_leads_to_a_schema(name):
    references = [schema["$ref"] for _, schema in parts(data.schema(name)) if "$ref" in schema]
    assert all(one.startswith("#/") or one.removesuffix(".json") in NAMES for one in references)


@pytest.mark.parametrize("name", DECLARED)
def test_a_mapping_names_its_keys(name):
    for path, schema in parts(data.schema(name)):
        if "object" in kinds(schema) and not (path and path[-1] in FREE):
            assert "additionalProperties" in schema, path


@pytest.mark.parametrize("name", DECLARED)
def test_every_key_is_explained(name):
    for path, schema in parts(data.schema(name)):
        for key, below in schema.get("properties", {}).items():
            assert below.get("description") or "$ref" in below, (*path, key)


@pytest.mark.parametrize("name", sorted(set(DECLARED) - {"wslconfig", "wsl_conf"}))  # the tables of keys have their own messages
def test_a_pattern_has_a_message_for_people(name):
    for path, schema in parts(data.schema(name)):
        for one in (schema, schema.get("propertyNames", {})):
            assert "pattern" not in one or "; write " in one["patternErrorMessage"] or "prints" in one["patternErrorMessage"], (
                path
            )


@pytest.mark.parametrize("name", NAMES)
def test_examples_and_defaults_hold_to_their_own_schema(name):
    validator = form.validator(name)
    for path, schema in parts(data.schema(name)):
        values = [*schema.get("examples", []), *([schema["default"]] if "default" in schema else [])]
        for value in values:
            resolver = validator.evolve(schema={"$ref": f"{name}.json{pointer(data.schema(name), path)}"})
            assert list(resolver.iter_errors(value)) == [], (path, value)


def pointer(schema, path):
    """Return the JSON pointer of a part by its path in `parts`."""
    found = []
    for name in path:
        for keyword in ("properties", "$defs"):
            if name in schema.get(keyword, {}):
                found += [keyword, name]
                schema = schema[keyword][name]
                break
        else:
            found.append(name)
            schema = schema[name]
    return "".join(f"/{one}" for one in ["#", *found]).removeprefix("/")


@pytest.mark.parametrize("name", DECLARED)
def test_every_key_that_may_be_inherited_may_be_removed(name):
    validator = form.validator(name)
    for path, schema in parts(data.schema(name)):
        below_a_list = "items" in path or "password_from" in path
        if (
            path
            and not below_a_list
            and not {"$ref", "$defs"} & set(schema)
            and path not in {("hosts",), ("defaults",), ("values",), ("host",)}
        ):
            resolver = validator.evolve(schema={"$ref": f"{name}.json{pointer(data.schema(name), path)}"})
            assert resolver.is_valid(None), path


def test_the_labs_fleet_is_right_as_an_editor_sees_it():
    written = yaml.safe_load((ROOT / "inventory" / "fleet.yml").read_text())
    assert [error.message for error in form.validator("fleet").iter_errors(written)] == []


def test_the_labs_fleet_names_its_schema_for_editors():
    first = (ROOT / "inventory" / "fleet.yml").read_text().splitlines()[0]
    _, _, schema = first.partition("$schema=")
    assert (ROOT / "inventory" / schema).resolve() == ROOT / "schemas" / "fleet.json"


def test_the_schema_of_the_fleet_file_has_the_keys_of_all_resources():
    for name, text in fleet_docs.schemas().items():
        assert (ROOT / "schemas" / f"{name}.json").read_text() == text, "run: make docs"
    keys = {one.key for one in registry.own() if one.key}
    for kind in ("values", "host"):
        assert keys <= data.schema("fleet")["$defs"][kind]["properties"].keys()


def test_every_schema_is_of_a_resource_or_of_what_all_hosts_have():
    of_resources = {name for one in registry.own() for name in (one.name, one.key)}
    assert set(NAMES) <= of_resources | WRITTEN | {"fleet", "connection", "user", "rollout"}


def test_the_docs_page_is_made_of_these_schemas():
    assert fleet_docs.TARGET.read_text() == fleet_docs.page(), "run: python -m pyinfra_wsl.fleet.docs"


def test_the_docs_page_names_every_key():
    page = fleet_docs.TARGET.read_text()
    names = {key for name in DECLARED for _, schema in parts(data.schema(name)) for key in schema.get("properties", {})}
    missing = {name for name in names - {"defaults", "hosts"} if f"{name}`" not in page}
    assert missing == set()


OPERATIONS = [
    ("hypervisor", (), [hypervisor.settings], set()),
    ("reboot", (), [reboot.if_pending], set()),
    ("wsl", ("package",), [wsl.package], set()),
    ("wsl_distro", (), [wsl_distro.present, wsl_distro.absent], {"state", "wsl_conf", "docker_integration"}),
    ("docker_integration", (), [docker_integration.distros], set()),
    ("docker_desktop", (), [docker_desktop.package, docker_desktop.settings, docker_desktop.absent], {"state"}),
    (
        "docker_toolbox",
        (),
        [docker_toolbox.variables_absent, docker_toolbox.absent, docker_toolbox.virtualbox_absent],
        {"state", "virtualbox"},
    ),
    ("kvm", (), [kvm.present], set()),
    ("docker_engine", (), [docker_engine.present, docker_engine.absent], {"state"}),
    ("docker_desktop_linux", (), [docker_desktop_linux.present, docker_desktop_linux.absent], {"state"}),
]


@pytest.mark.parametrize(("name", "path", "operations", "of_the_role"), OPERATIONS)
def test_what_a_user_declares_is_what_an_operation_takes(name, path, operations, of_the_role):
    schema = data.schema(name)
    for key in path:
        schema = schema["properties"][key]
    arguments = {argument for one in operations for argument in inspect.signature(one._inner).parameters}
    of_the_host = {"user"} - set(schema["properties"])
    assert set(schema["properties"]) - of_the_role == arguments - {"distro", "distros"} - of_the_host
