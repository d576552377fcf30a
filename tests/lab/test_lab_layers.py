"""The rooms of the lab: whom each may import, and no circle among all of them, however an import is written."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import pyinfra_wsl.lab

LAB = Path(pyinfra_wsl.lab.__file__).parent
PACKAGE = LAB.parent
ROOMS = ("range", "winrm", "scenarios", "assembly", "exe", "agent", "verbs", "resource", "docker_desktop", "wsl", "machine")
"""From the top down: each may import those behind it."""


def module(path):
    """Return the name of a file's module; a package's ``__init__`` is the package."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in PACKAGE.rglob("*.py")}
FILES = {name: path for name, path in MODULES.items() if LAB in path.parents}
PARTS = {name: path for name, path in MODULES.items() if path.name == "lab.py" and path.parts[-3] == "resources"}


def imports(path):
    """Yield every module that a file imports: at the top, inside functions, and for its types only."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else node.module for name in names)


def room(name):
    """Return the room of a module, "" for none."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["pyinfra_wsl", "lab"] and len(parts) > 2 else ""


def graph():
    """Return of each module what it imports; a package imports its modules, though it may find them only when it runs."""
    found = {name: set(imports(path)) & FILES.keys() for name, path in FILES.items()}
    for name in FILES:
        if (package := name.rpartition(".")[0]) in found:
            found[package].add(name)
    return found


def test_every_room_has_its_place():
    assert {room(name) for name in FILES} == {"", *ROOMS}


def test_no_imports_go_in_a_circle():
    TopologicalSorter(graph()).prepare()  # raises CycleError with the circle


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_imports_downwards_only(name):
    below = {"", *ROOMS[ROOMS.index(name) :]}
    assert not {
        f"{one} imports {other}"
        for one, path in FILES.items()
        for other in imports(path)
        if room(one) == name and room(other) not in below
    }


def test_of_the_package_the_lab_knows_the_core_the_agent_and_the_table_of_resources_only():
    known = ("core", "agent", "registry", "lab")
    found = {other for path in FILES.values() for other in imports(path) if other.startswith("pyinfra_wsl.")}
    assert {other for other in found if other.split(".")[1] not in known} == set()


@pytest.mark.parametrize("name", PARTS)
def test_a_resources_lab_part_stands_below_the_scenarios(name):
    below = ROOMS[ROOMS.index("resource") :]
    found = {other for other in imports(PARTS[name]) if other.startswith("pyinfra_wsl.")}
    assert {other for other in found if room(other) not in below and not other.startswith("pyinfra_wsl.core.")} == set()
