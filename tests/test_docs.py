"""The documentation names what the code has, shows only what was run, and links to what is there."""

import ast
import dataclasses
import inspect
import re
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest
import yaml
from pyinfra.api.facts import FactBase, ShortFactBase

from pyinfra_wsl.cli import main as cli
from pyinfra_wsl.data import schema
from pyinfra_wsl.lab.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import show_runs  # noqa: E402

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {page: page.read_text("utf-8") for page in PAGES}
ALL = "\n".join(TEXT.values())
WINDOWS = ("windows_feature", "hypervisor", "reboot", "wsl", "wslconfig", "wsl_conf", "wsl_distro", "docker_integration")
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")
by_name = {"ids": lambda page: page.name}


def page(noun):
    return TEXT[ROOT / "docs" / f"{noun}.md"]


def modules(folder):
    return [import_module(f"pyinfra_wsl.{folder}.{path.stem}") for path in (ROOT / "pyinfra_wsl" / folder).glob("[!_]*.py")]


def operations():
    return [
        (module.__name__.rpartition(".")[2], name, inspect.signature(made._inner))
        for module in modules("operations")
        for name, made in vars(module).items()
        if getattr(made, "is_idempotent", None) is not None and made._inner.__module__ == module.__name__
    ]


def facts():
    return [
        (module.__name__.rpartition(".")[2], name)
        for module in modules("facts")
        for name, one in vars(module).items()
        if inspect.isclass(one) and issubclass(one, FactBase | ShortFactBase) and one.__module__ == module.__name__
    ]


def commands(group, words=("pyinfra-wsl",)):
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def default(parameter):
    if parameter.default is inspect.Parameter.empty:
        return "required"
    return "none" if parameter.default is None else f"`{parameter.default}`"


def rows(text):
    """Return the cells of the first table in a text, without its head."""
    table = next(part for part in text.strip().split("\n\n") if part.startswith("| "))
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.strip().splitlines()[2:]]


def test_the_registries_are_not_empty():
    assert {noun for noun, *_ in operations()} >= set(WINDOWS)
    assert len(facts()) >= len(WINDOWS) + 2
    assert len(list(commands(cli.main))) >= 6


@pytest.mark.parametrize(("noun", "name", "signature"), [one for one in operations() if one[0] in WINDOWS])
def test_an_operation_of_windows_is_documented_with_its_arguments_and_defaults(noun, name, signature):
    heading = f"### `{noun}.{name}`\n"
    assert heading in page(noun)
    documented = [(row[0].strip("` "), row[1]) for row in rows(page(noun).partition(heading)[2])]
    assert documented == [(argument.name, default(argument)) for argument in signature.parameters.values()]


@pytest.mark.parametrize(("noun", "name", "signature"), [one for one in operations() if one[0] not in WINDOWS])
def test_an_operation_of_linux_is_named_with_its_arguments(noun, name, signature):
    assert f"`{noun}.{name}`" in page("linux")
    words = set(re.findall(r"[a-z_0-9]+", page("linux") + page("fleet-file").partition(f"## `{noun}`")[2]))
    assert not set(signature.parameters) - words


@pytest.mark.parametrize(("noun", "name"), facts())
def test_a_fact_is_named(noun, name):
    assert f"{noun}.{name}`" in ALL


@pytest.mark.parametrize("noun", [noun for noun in WINDOWS if noun != "windows_feature"])
def test_every_field_of_a_fact_is_explained(noun):
    fields = {field.name for field in dataclasses.fields(import_module(f"pyinfra_wsl.core.{noun}").State)}
    assert not {name for name in fields if f"`{name}`" not in page(noun)}


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


def test_the_readme_names_all_that_a_change_may_wait_for():
    waits = {
        call.args[1].value
        for path in (ROOT / "pyinfra_wsl" / "core").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Deferred" and isinstance(call.args[1], ast.Constant)
    }
    assert len(waits) >= 4
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
    known = {*schema("fleet")["properties"], *schema("fleet")["$defs"]["values"]["properties"]}
    for block in FENCE.finditer(TEXT[path]):
        if block["kind"] == "python":
            compile(block["body"], str(path), "exec")
        if block["kind"] == "yaml" and path.name != "fleet-file.md" and (found := yaml.safe_load(block["body"])):
            assert not set(found) - known, block["body"]
