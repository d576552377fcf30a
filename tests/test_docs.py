"""The documentation names what the code has, shows only what was run, and links to what is there."""

import ast
import dataclasses
import inspect
import re
import sys
from pathlib import Path

import click
import pytest
import yaml

from pyinfra_wsl import facts, registry
from pyinfra_wsl import operations as public_operations
from pyinfra_wsl.cli import main as cli
from pyinfra_wsl.core.plan import WHAT_FAILED
from pyinfra_wsl.data import schema
from pyinfra_wsl.lab.scenarios import SCENARIOS
from pyinfra_wsl.lab.winrm.settings import Settings
from pyinfra_wsl.resources.wsl_conf.state import Conf

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import show_runs  # noqa: E402

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {page: page.read_text("utf-8") for page in PAGES}
ALL = "\n".join(TEXT.values())
WINDOWS = [one.name for one in registry.own() if one.system == "windows"]
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")
OF_OTHERS = {"corp_values"}  # the resource that docs/own-resource.md adds
by_name = {"ids": lambda page: page.name}


def page(name):
    return TEXT[ROOT / "docs" / f"{name}.md"]


def operations():
    return [
        (resource, name, inspect.signature(made._inner))
        for resource in public_operations.__all__
        for name, made in vars(getattr(public_operations, resource)).items()
        if getattr(made, "is_idempotent", None) is not None
    ]


def commands(group, words=("pyinfra-wsl",)):
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join(words if command.hidden else (*words, name)), command  # it is what its group does without a word


def default(parameter):
    if parameter.default is inspect.Parameter.empty:
        return "required"
    return "none" if parameter.default is None else f"`{parameter.default}`"


def rows(text):
    """Return the cells of the first table in a text, without its head."""
    table = next(part for part in text.strip().split("\n\n") if part.startswith("| "))
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.strip().splitlines()[2:]]


def test_the_registries_are_not_empty():
    assert {resource for resource, *_ in operations()} >= set(WINDOWS)
    assert len(facts.__all__) >= len(WINDOWS) + 2
    assert len(list(commands(cli.main))) >= 6


@pytest.mark.parametrize(("resource", "name", "signature"), [one for one in operations() if one[0] in WINDOWS])
def test_an_operation_of_windows_is_documented_with_its_arguments_and_defaults(resource, name, signature):
    heading = f"### `{resource}.{name}`\n"
    assert heading in page(resource)
    documented = [(row[0].strip("` "), row[1]) for row in rows(page(resource).partition(heading)[2])]
    assert documented == [(argument.name, default(argument)) for argument in signature.parameters.values()]


@pytest.mark.parametrize(("resource", "name", "signature"), [one for one in operations() if one[0] not in WINDOWS])
def test_an_operation_of_linux_is_named_with_its_arguments(resource, name, signature):
    assert f"`{resource}.{name}`" in page("linux")
    words = set(re.findall(r"[a-z_0-9]+", page("linux") + page("fleet-file").partition(f"## `{resource}`")[2]))
    assert not set(signature.parameters) - words


@pytest.mark.parametrize("name", facts.__all__)
def test_a_fact_is_named(name):
    assert re.search(rf"`(pyinfra_wsl\.facts\.)?{name}`", ALL)


@pytest.mark.parametrize("resource", [name for name in WINDOWS if name not in ("windows_feature", "wsl_conf")])
def test_every_field_of_a_fact_is_explained(resource):
    fields = {field.name for field in dataclasses.fields(registry.of(resource).state) if not field.metadata.get("hidden")}
    assert not {name for name in fields if f"`{name}`" not in page(resource)}


def test_every_field_of_a_wsl_conf_is_explained():
    fields = {field.name for field in dataclasses.fields(Conf) if not field.metadata.get("hidden")}
    assert not {name for name in fields if f"`{name}`" not in page("wsl_conf")}


def test_every_command_is_documented_with_its_options():
    missing = [name for name, _ in commands(cli.main) if f"`{name}" not in ALL]
    options = {
        f"{name} {option}"
        for name, command in commands(cli.main)
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts[-1:]
        if option not in ALL
    }
    assert not missing
    assert not options


def test_the_labs_scenarios_are_the_codes():
    table = rows(page("lab").partition("## Scenarios\n")[2].lstrip())
    assert table == [[f"`{one.name}`", one.expect.result, one.describe] for one in SCENARIOS.values()]


def deferred(folder):
    """Return for what the changes of a resource wait, as its own files say it."""
    return {
        call.args[1].value
        for path in folder.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Deferred" and isinstance(call.args[1], ast.Constant)
    }


@pytest.mark.parametrize("resource", registry.own(), ids=lambda one: one.name)
def test_a_resource_says_for_what_it_may_wait(resource):
    found = deferred(ROOT / "pyinfra_wsl" / "resources" / resource.name)
    if resource.name == "docker_integration":
        found |= {"docker desktop idle", "licence", "sign-in"}  # said by docker_desktop/waiting.py, which both share
    asks = "user logon" if resource.system == "windows" and resource.whose == "user" else None  # said by core/windows/reach.py
    assert found <= resource.waits <= found | {asks}


def test_the_readme_names_all_that_a_change_may_wait_for():
    waits = {WHAT_FAILED}.union(*(one.waits for one in registry.own()))
    assert len(waits) >= 5
    assert not {one for one in waits if f"`{one}`" not in TEXT[ROOT / "README.md"]}


@pytest.mark.parametrize("path", PAGES, **by_name)
def test_what_is_shown_was_run(path):
    marks = list(show_runs.MARK.finditer(TEXT[path]))
    ours = len(re.findall(r"^<!-- (?:run|file)\b", TEXT[path], re.MULTILINE))
    assert len(marks) == ours, "a comment is not written as scripts/show_runs.py reads it"
    shown = [mark["shown"].split("\n")[0] for mark in marks if mark["kind"] == "run" and mark["shown"] is not None]
    assert shown == [f"$ {mark['what']}" for mark in marks if mark["kind"] == "run" and mark["shown"] is not None]
    assert shown == [block["body"].split("\n")[0] for block in FENCE.finditer(TEXT[path]) if block["body"].startswith("$ ")]


@pytest.mark.parametrize("path", PAGES, **by_name)
def test_links_lead_somewhere(path):
    for link in LINK.finditer(FENCE.sub("", TEXT[path])):
        target, _, anchor = link["to"].partition("#")
        if target.startswith("https://"):
            continue
        place = (path.parent / target).resolve() if target else path
        assert place.exists(), link["to"]
        if anchor:
            titles = re.findall(r"^#+ (.+)$", place.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, link["to"]


@pytest.mark.parametrize("path", PAGES, **by_name)
def test_examples_are_yaml_with_known_keys_and_python_that_compiles(path):
    known = {*schema("fleet")["properties"], *schema("fleet")["$defs"]["values"]["properties"], *OF_OTHERS}
    for block in FENCE.finditer(TEXT[path]):
        if block["kind"] == "python":
            compile(block["body"], str(path), "exec")
        if block["kind"] == "yaml" and path.name != "fleet-file.md" and (found := yaml.safe_load(block["body"])):
            if path.name == "lab.md":  # a scenario file
                assert all(Settings.of(one["winrm"]) for one in found.values() if one["scenario"] in SCENARIOS)
                continue
            assert "jobs" in found or not set(found) - known, block["body"]  # those are workflows of GitHub's
