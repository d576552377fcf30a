"""The project's own rules: who may import whom, one stem per noun, PowerShell in one place."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pyinfra_wsl"

# Each layer with the layers it may import, beside itself.
LAYERS = {
    "core": set(),
    "agent": {"core"},
    "report": {"core"},
    "connectors": {"core", "agent", "report"},
    "facts": {"core", "connectors", "report"},
    "operations": {"core", "connectors", "facts", "report", "resources"},
    "roles": {"core", "operations", "facts", "report", "resources"},
    "testing": {"core", "connectors"},
    "lab": {"core", "agent"},
}
IMPURE = {
    "asyncio",
    "gevent",
    "io",
    "os",
    "pathlib",
    "pyinfra",
    "random",
    "requests",
    "shutil",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "time",
}
WINDOWS_NOUNS = ("windows_feature", "hypervisor", "reboot", "wsl", "wslconfig", "wsl_conf", "wsl_distro", "docker_integration")
LINUX_NOUNS = ("kvm", "docker_engine", "docker_desktop_linux")
CMDLET = re.compile(
    r"(?<![/\w])(?:Add|Get|Set|New|Remove|Invoke|Start|Stop|Write|Read|Import|Enable|Disable|ConvertTo|ConvertFrom)-[A-Z][A-Za-z]{3,}\b"
)


def files(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    return [ROOT / name for name in listed if name and (ROOT / name).exists()]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(module):
    parts = module.split(".")
    return parts[1] if parts[0] == "pyinfra_wsl" and len(parts) > 1 else None


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_imports_only_what_lies_below_it(name):
    folder = ROOT / "roles" if name == "roles" else PACKAGE / name
    upwards = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in folder.rglob("*.py")
        for module in imports(path)
        if layer(module) not in {None, name, *LAYERS[name]} and (PACKAGE / layer(module)).exists()
    }
    assert not upwards


def test_core_is_pure():
    impure = {
        f"{path.relative_to(ROOT)} imports {module}"
        for path in (PACKAGE / "core").rglob("*.py")
        for module in imports(path)
        if module.split(".")[0] in IMPURE
    }
    assert not impure


@pytest.mark.parametrize("noun", WINDOWS_NOUNS)
def test_a_noun_of_windows_has_the_same_stem_everywhere(noun):
    expected = [f"pyinfra_wsl/{folder}/{noun}.py" for folder in ("core", "facts", "operations")]
    expected += [f"schemas/{noun}.json", f"docs/{noun}.md", f"tests/verify/test_{noun}.py"]
    missing = [name for name in expected if not (ROOT / name).exists() and name != "tests/verify/test_reboot.py"]
    assert not missing
    assert list((ROOT / "tests" / "core").glob(f"test_{noun}*.py"))


@pytest.mark.parametrize("noun", LINUX_NOUNS)
def test_a_noun_of_linux_has_the_same_stem_everywhere(noun):
    expected = [f"pyinfra_wsl/{folder}/{noun}.py" for folder in ("core", "facts", "operations")]
    assert not [name for name in [*expected, f"schemas/{noun}.json"] if not (ROOT / name).exists()]
    assert list((ROOT / "tests" / "core").glob(f"test_{noun}*.py"))


def test_powershell_stands_in_the_agent_only():
    found = {
        f"{path.relative_to(ROOT)}: {match}"
        for path in files("*.py", "*.j2", "*.json", "*.yml", "*.md", "*.sh", "Makefile")
        for match in CMDLET.findall(path.read_text("utf-8"))
    }
    assert not found


def test_no_file_is_longer_than_a_person_reads_in_one_sitting():
    long = {str(path.relative_to(ROOT)): n for path in files("*.py") if (n := len(path.read_text("utf-8").splitlines())) > 400}
    assert not long


def test_nothing_names_what_lies_outside_the_repository():
    outside = re.compile(r"\.\./shared|/work/|wsl-reference\.md|docker-desktop-reference|aesthetics\.md|peers\.md")
    named = {
        str(path.relative_to(ROOT))
        for path in files()
        if path.suffix != ".gz" and outside.search(path.read_bytes().decode("utf-8", "replace"))
    }
    assert named <= {"tests/test_layers.py"}
