"""A secret at any place of a fleet file: refused, with the way that works, and shown nowhere."""

import json

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyinfra_wsl import form, inventory
from pyinfra_wsl.cli.main import main
from pyinfra_wsl.core import nearest

CARRIERS = [
    "ada:{}@h.example",
    "ada:{}@h",
    "https://ada:{}@h.example/b.tar",
    "https://{}@h.example/b.tar",
    "https://ada:{}%40h.example/b.tar",
    "https://ada:{}/b.tar",
    "https:/ada:{}@h.example/b.tar",
    "https://h.example/b.tar?a={}",
    "https://h.example/b.tar?{}",
    "https://h.example/b.tar#{}",
    r"\\ada:{}@server\share\b.tar",
    r"\\{}@server\share\b.tar",
    "smb://ada:{}@server/share",
    "ftp://ada:{}@server/b.tar",
    "password={}",
]
COMMANDS = {"https://h.example/b.tar?a={}", "https://h.example/b.tar?{}", "https://h.example/b.tar#{}", "https://ada:{}/b.tar"}
"""The exceptions of docs/safety.md: what a command may hold, which is shown as it is."""

SECRETS = st.from_regex(r"hunter[a-z0-9]{2,12}", fullmatch=True)


def places():
    """Return the path of every key that a machine may have, and some below the keys that take anything."""
    schemas = form.schemas()
    found = nearest.places(schemas["fleet"]["$defs"]["host"], lambda name: schemas[name.removesuffix(".json")])
    more = [("docker_engine", "daemon", "log-opts", "tag"), ("docker_engine", "daemon", "registry-mirrors", 0), ("groups", 0),
            ("docker_desktop_linux", "settings", "any"), ("connection", "password_from", "command", 1)]  # fmt: skip
    return [tuple("Any" if part == "NAME" else part for part in path) for path in found] + more


PLACES = places()


def nested(path, value):
    for part in reversed(path):
        value = [*["x"] * part, value] if isinstance(part, int) else {part: value}
    return value


def commands_of(tmp_path):
    return [("validate", str(tmp_path / "fleet.yml"), *more) for more in ((), ("--show", "A"), ("--show", "A", "--json"))]


def everything_said(tmp_path, fleet):
    """Write a fleet file; return what each command and an inventory say of it, and whether all refuse it."""
    path = tmp_path / "fleet.yml"
    path.write_text(fleet if isinstance(fleet, str) else yaml.safe_dump(fleet))
    done = [CliRunner().invoke(main, command) for command in commands_of(tmp_path)]
    try:
        said = json.dumps(inventory.hosts(path), default=str)
    except SystemExit as refused:
        said = str(refused)
    return "\n".join([*(one.output for one in done), said]), {one.exit_code for one in done} == {1}


def is_command(path):
    return "command" in path


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(PLACES), carrier=st.sampled_from(CARRIERS), secret=SECRETS, place=st.sampled_from(["hosts", "defaults"])
)
def test_a_secret_at_any_place_is_refused_and_never_shown(tmp_path, path, carrier, secret, place):
    if is_command(path) and carrier in COMMANDS:
        return
    values = nested(path, carrier.format(secret))
    fleet = {"hosts": {"A": values}} if place == "hosts" else {"defaults": values, "hosts": {"A": {}}}
    said, refused = everything_said(tmp_path, fleet)
    assert secret not in said
    assert refused


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PLACES), carrier=st.sampled_from(CARRIERS), secret=SECRETS, depth=st.integers(0, 3))
def test_nor_is_one_in_any_name(tmp_path, path, carrier, secret, depth):
    keys = [part for part in path if isinstance(part, str)][:depth]
    said, refused = everything_said(tmp_path, {"hosts": {"A": nested([*keys, carrier.format(secret)], "x")}})
    assert secret not in said
    assert refused


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(carrier=st.sampled_from(CARRIERS), secret=SECRETS)
@pytest.mark.parametrize(
    "fleet", ["hosts: {'%s': {}}", "groups: {'%s': {}}\nhosts: {A: {}}", "'%s': 1\nhosts: {A: {}}", "'%s'", "hosts: '%s'",
              "hosts: {A: '%s'}", "hosts: {A: {connection: '%s'}}", "hosts: {A: {groups: ['%s']}}", "hosts: {A: {groups: '%s'}}",
              "hosts: {A: {user: !!int '%s'}}", "hosts: {A: {user: !x '%s'}}", "hosts: {A: {<<: '%s'}}",
              "hosts: {A: {'%s': 1, '%s': 2}}", "hosts: {A: {user: \"C:\\temp\\%s\"}}", "hosts: {A: {user: \"C:\\wsl\\%s\"}}",
              "hosts: {A: {user: 'C:\\\\%s'}}", "hosts: {A: {? ['%s'] : 1}}"],
)  # fmt: skip
def test_nor_where_the_file_itself_is_wrong(tmp_path, fleet, carrier, secret):
    said, refused = everything_said(tmp_path, fleet.replace("%s", carrier.format(secret)))
    assert secret not in said
    assert refused


@pytest.mark.parametrize("carrier", sorted(COMMANDS))
def test_a_command_is_shown_as_it_is(tmp_path, carrier):
    boot = {"wsl_distros": {"U": {"state": "present", "wsl_conf": {"boot": {"command": carrier.format("hunter2")}}}}}
    said, _refused = everything_said(tmp_path, {"hosts": {"A": boot}})
    assert "secret" not in said
    password = {"connection": {"password_from": {"command": ["false", carrier.format("hunter2")]}}}
    said, _refused = everything_said(tmp_path, {"hosts": {"A": password}})
    assert said.count("hunter2") == 2  # --show as YAML and as JSON: nowhere else, a failing command is told by its name alone


def test_every_key_of_the_schemas_is_tried():
    assert len(PLACES) > 150
    assert {path[0] for path in PLACES} >= {"address", "connection", "user", "wslconfig", "wsl_distros", "docker_engine"}
