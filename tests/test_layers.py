"""The project's own rules: who may import whom, no circle, where each part of a resource lies, PowerShell in one place."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path
from statistics import median

import pytest

from pyinfra_wsl import registry

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pyinfra_wsl"

# The floors of the house, from the ground up: a module may import from its own floor and from those below it.
FLOORS = (
    ("pyinfra_wsl.known",),  # what errors mean: one table, of which all above tell
    ("pyinfra_wsl.core",),
    ("pyinfra_wsl.errors",),  # what a pasted text means; nothing of a run needs it
    ("pyinfra_wsl.declaration", "pyinfra_wsl.registry"),
    ("pyinfra_wsl.data", "pyinfra_wsl.agent", "pyinfra_wsl.sources"),
    ("pyinfra_wsl.form", "pyinfra_wsl.report"),
    ("pyinfra_wsl.connectors",),
    ("pyinfra_wsl.lab",),  # it simulates laptops for all above it, and is imported by none of the product below it
    ("pyinfra_wsl.edge",),
    ("pyinfra_wsl.resources",),
    ("pyinfra_wsl.operations", "pyinfra_wsl.facts"),
    ("pyinfra_wsl.fleet",),
    ("pyinfra_wsl.inventory", "pyinfra_wsl.testing", "pyinfra_wsl.roles"),
    ("pyinfra_wsl.survey", "pyinfra_wsl.verify"),
    ("pyinfra_wsl.doctor",),
    ("pyinfra_wsl.pull",),
    ("pyinfra_wsl.rollout",),
    ("pyinfra_wsl.cli", "pyinfra_wsl.__main__"),
)
# What a floor does not need although it lies below.
NEVER = {
    "pyinfra_wsl.lab": ("pyinfra_wsl.connectors", "pyinfra_wsl.report", "pyinfra_wsl.form", "pyinfra_wsl.data"),
    "pyinfra_wsl.edge": ("pyinfra_wsl.lab",),
    "pyinfra_wsl.report": ("pyinfra_wsl.registry", "pyinfra_wsl.data", "pyinfra_wsl.agent"),
    "pyinfra_wsl.connectors": ("pyinfra_wsl.registry", "pyinfra_wsl.data", "pyinfra_wsl.form"),
    "pyinfra_wsl.fleet": ("pyinfra_wsl.lab", "pyinfra_wsl.edge", "pyinfra_wsl.connectors", "pyinfra_wsl.report"),
}
# Within the core, from the ground up: each room may import those before it.
ROOMS = ("", "formats", "linux", "windows")
IMPURE = {
    "asyncio", "gevent", "io", "os", "pathlib", "pyinfra", "random", "requests", "shutil", "socket", "subprocess", "sys",
    "tempfile", "time",
}  # fmt: skip
CMDLET = re.compile(
    r"(?<![/\w])(?:Add|Get|Set|New|Remove|Invoke|Start|Stop|Write|Read|Import|Enable|Disable|ConvertTo|ConvertFrom)-[A-Z][A-Za-z]{3,}\b"
)
RESOURCES = sorted(one.name for one in registry.own())
PROSE = re.compile(r"\b(noun|nouns|errand|errands|he|his|him|himself)\b", re.IGNORECASE)


def files(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    return [ROOT / name for name in listed if name and (ROOT / name).exists()]


@cache
def modules():
    """Return every module of the package with its path; roles lie beside it in a checkout."""
    inside = {"pyinfra_wsl": PACKAGE, "pyinfra_wsl.roles": ROOT / "roles"}
    found = {}
    for name, folder in inside.items():
        for path in folder.rglob("*.py"):
            parts = [name, *path.relative_to(folder).with_suffix("").parts]
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


@cache
def imports(name):
    """Return the modules of the package that one imports, at run time or for types, at its top or within a function."""
    found = set()
    for node in ast.walk(ast.parse(modules()[name].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in modules() else node.module for one in below}
    return found


def ours(name):
    return {one for one in imports(name) if one in modules() and one != name}


def floor(name):
    """Return the number of a module's floor; the package itself has none."""
    for number, rooms in enumerate(FLOORS):
        if any(name == room or name.startswith(f"{room}.") for room in rooms):
            return number
    return -1


def is_lab_part(name):
    return bool(re.fullmatch(r"pyinfra_wsl\.resources\.\w+\.lab", name))


def test_every_module_has_its_floor():
    assert {name for name in modules() if floor(name) < 0} == {"pyinfra_wsl"}


@pytest.mark.parametrize("name", sorted(modules()))
def test_a_module_imports_only_what_lies_below_it(name):
    upwards = {one for one in ours(name) if floor(one) > floor(name) and one != "pyinfra_wsl.resources"}
    never = {
        one
        for room, others in NEVER.items()
        if name.startswith(room)
        for one in ours(name)
        for other in others
        if one.startswith(other)
    }
    assert not upwards
    assert not never


def test_only_the_part_of_a_resource_that_is_for_the_lab_imports_the_lab():
    found = {
        name
        for name in modules()
        if name.startswith("pyinfra_wsl.resources.") and any("pyinfra_wsl.lab" in one for one in ours(name))
    }
    assert {name for name in found if not is_lab_part(name)} == set()


def test_nothing_imports_itself_in_a_circle():
    """For types counts too: a circle for types is one for readers."""
    left = {name: ours(name) for name in modules()}
    while free := {name for name, needed in left.items() if not needed & left.keys()}:
        left = {name: needed for name, needed in left.items() if name not in free}
    assert set(left) == set(), "these import one another, or what does"


def test_the_core_is_pure():
    impure = {
        f"{name} imports {one}"
        for name in modules()
        if name.startswith("pyinfra_wsl.core")
        for one in imports(name)
        if one.split(".")[0] in IMPURE
    }
    assert not impure


@pytest.mark.parametrize("name", sorted(name for name in modules() if name.startswith("pyinfra_wsl.pull.form")))
def test_the_forms_of_what_is_published_are_pure(name):
    """They read what strangers may have written: without I/O, and with nothing of ours but the core."""
    assert not {one for one in imports(name) if one.split(".")[0] in IMPURE}
    assert not {one for one in ours(name) if not one.startswith(("pyinfra_wsl.core", "pyinfra_wsl.pull.form"))}


@pytest.mark.parametrize("name", sorted(name for name in modules() if name.startswith("pyinfra_wsl.core.")))
def test_a_room_of_the_core_imports_only_rooms_below_it(name):
    def room(module):
        part = module.split(".")[2] if module.count(".") > 2 else ""
        return ROOMS.index(part if part in ROOMS else "")

    assert not {one for one in ours(name) if one.startswith("pyinfra_wsl.core.") and room(one) > room(name)}


@pytest.mark.parametrize("name", sorted(name for name in modules() if re.fullmatch(r"pyinfra_wsl\.resources\.\w+\.\w+", name)))
def test_the_parts_of_a_resource_know_their_place(name):
    """States import no plans, plans import states only of other resources, and only operation and fact know pyinfra."""
    _, _, resource, part = name.split(".")
    others = {
        one for one in ours(name) if re.fullmatch(r"pyinfra_wsl\.resources\.\w+\.\w+", one) and one.split(".")[2] != resource
    }
    own = {one.split(".")[3] for one in ours(name) if one.startswith(f"pyinfra_wsl.resources.{resource}.")}
    if part in ("operation", "fact", "lab"):
        return
    assert not {one for one in imports(name) if one.split(".")[0] in IMPURE}
    assert not {"operation", "fact"} & own
    if part.endswith("state"):
        assert not {"plan", "resource"} & own
    if part == "plan":
        # Docker Desktop on Linux takes its packages from Docker's repository, whose plan is the engine's.
        states = {"state", "rootless_state", "repository"}
        # Docker Desktop's integration is a part of Docker Desktop: who reads, writes and restarts it is there, once.
        shared = {"app", "places", "together", "waiting", "want", "writing"} if resource == "docker_integration" else set()
        assert {one.split(".")[3] for one in others} <= states | shared


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_reader_finds_every_part_of_a_resource_by_its_name(resource):
    parts = [f"pyinfra_wsl/resources/{resource}/{part}.py" for part in ("resource", "state", "plan", "operation", "fact")]
    expected = [*parts, f"schemas/{resource}.json"]
    if registry.of(resource).system == "windows":
        expected.append(f"docs/{resource}.md")
    if resource != "reboot":  # a restart is no state that can be looked up afterwards
        expected.append(f"pyinfra_wsl/verify/test_{resource}.py")
    assert [name for name in expected if not (ROOT / name).exists()] == []
    assert list((ROOT / "tests" / "resources" / resource).glob("test_*.py"))


def test_nothing_but_the_public_face_lists_the_resources():
    """Registered by its folder: who adds one edits no list. The face names them for people and for types."""
    from pyinfra_wsl import operations  # noqa: PLC0415

    assert sorted(operations.__all__) == RESOURCES
    listing = {
        str(path.relative_to(ROOT))
        for path in (*PACKAGE.rglob("*.py"), *(ROOT / "schemas").glob("*.json"))
        if sum(f'"{name}"' in path.read_text("utf-8") for name in RESOURCES) > 7
    }
    assert listing == {"pyinfra_wsl/operations/__init__.py", "schemas/fleet.json"}  # the latter is made of them


def test_every_fact_is_in_the_public_face():
    from pyinfra_wsl import facts  # noqa: PLC0415

    named = {
        one.name
        for path in PACKAGE.glob("resources/*/fact.py")
        for one in ast.parse(path.read_text("utf-8")).body
        if isinstance(one, ast.ClassDef)
    }
    assert set(facts.__all__) == named | {"Laptop", "Windows"}


def test_powershell_stands_in_the_agent_only():
    found = {
        f"{path.relative_to(ROOT)}: {match}"
        for path in files("*.py", "*.j2", "*.json", "*.yml", "*.md", "*.sh", "Makefile")
        for match in CMDLET.findall(path.read_text("utf-8"))
    }
    # What guides tell people to type, and how WinRM is turned on.
    guides = ("docs/from-tutorials.md: ", "tests/fleet/test_from_tutorials.py: ", "docs/connect.md: ")
    assert not {one for one in found if not one.startswith(guides)}


def test_a_file_is_read_in_one_sitting():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in files("*.py")}
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert median(length for name, length in lengths.items() if name.startswith("pyinfra_wsl/")) <= 120


def test_the_words_are_those_of_the_field():
    """A resource, a task; people are they. What Windows, WSL and Docker print is theirs."""
    found = {
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files("*.py", "*.md", "*.json", "*.j2")
        if path != Path(__file__).resolve() and "data/" not in str(path)
        for match in PROSE.finditer(path.read_text("utf-8"))
    }
    assert not found


def test_nothing_names_what_lies_outside_the_repository():
    outside = re.compile(r"\.\./shared|/work/|wsl-reference\.md|docker-desktop-reference|aesthetics\.md|peers\.md")
    named = {
        str(path.relative_to(ROOT))
        for path in files()
        if path.suffix != ".gz" and outside.search(path.read_bytes().decode("utf-8", "replace"))
    }
    assert named <= {"tests/test_layers.py"}
