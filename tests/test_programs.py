"""Every program that is started on a laptop is started by its full path: a name alone is looked up where others may write."""

import ast
import re
from pathlib import Path

import pytest

from pyinfra_wsl import agent
from pyinfra_wsl.agent import command_line

ROOT = Path(__file__).resolve().parent.parent / "pyinfra_wsl"
MODULES = [
    path
    for path in sorted(ROOT.rglob("*.py"))
    if not {"lab", "verify", "cli"} & {*path.relative_to(ROOT).parts[:-1]} and path.name != "lab.py"
]
FULL = re.compile(
    r"%(SystemRoot|ProgramFiles)%\\|\{own_folder\(profile\)\}\\|[A-Z]:\\|"
    r"\{[\w.]*(SYSTEM32|system32|folder|location|program_files)\}\\"
)
GIVEN = {"exe", "wsl_exe"}
"""Paths that a function is given; where they come from is seen where they are made: they end with a program's name there."""


def tree(path):
    return ast.parse(path.read_text())


def shown(node):
    """A text as it is written, with what is filled in by its name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"{{{ast.unparse(one.value)}}}" if isinstance(one, ast.FormattedValue) else str(one.value) for one in node.values
        )
    return None


def docstrings(module):
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def paths(path):
    """Every text that is a program's path or name and nothing else, in code."""
    module = tree(path)
    skipped = {id(node) for node in docstrings(module)}
    skipped |= {id(one) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for one in node.values}
    for node in ast.walk(module):
        text = None if id(node) in skipped else shown(node)
        if text and re.fullmatch(r"[^\"'\s=]+( [^\"'\s=]+)?\.exe", text, re.IGNORECASE):
            yield text


def started(path):
    """Return what stands in the place of the program where the agent is told to run one."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("call.run", "run") and node.args:
            yield node.args[0]


SAID_ONLY = {
    "icacls.exe", "schtasks.exe", "wsl.exe", "docker.exe", "docker-buildx.exe", "docker-compose.exe", "Docker Desktop.exe",
    "com.docker.backend.exe", "docker-machine.exe", "VBoxHeadless.exe", "VirtualBoxVM.exe", "VirtualBox.exe",
}  # fmt: skip
"""Names that are said to people, in sentences about what failed, or looked for among what runs."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_programs_path_begins_at_a_drive_or_a_folder_of_windows(path):
    for text in paths(path):
        assert FULL.match(text) or text in SAID_ONLY, text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_run_is_never_named_in_passing(path):
    if path.name == "call.py":
        return
    for program in started(path):
        text = shown(program)
        if text is not None:
            assert FULL.match(text), text
        elif isinstance(program, ast.Name):
            assert program.id.isupper() or program.id in GIVEN, program.id
        else:
            assert isinstance(program, ast.Attribute | ast.Call), ast.unparse(program)


def test_the_rule_sees_what_it_is_to_see():
    assert sum(len(list(started(path))) for path in MODULES) > 15
    found = {text.rpartition("\\")[2] for path in MODULES for text in paths(path)}
    assert {"icacls.exe", "schtasks.exe", "curl.exe", "dism.exe", "docker.exe", "wsl.exe", "cmd.exe"} <= found


def test_the_agent_starts_programs_by_their_path_only():
    source = re.sub(r"(?m)(^|\s)#.*$", "", agent.source().decode())
    assert re.findall(r"[\w$()\[\]:\\.]*\.exe", source) == [r"$([Environment]::SystemDirectory)\taskkill.exe"]
    assert not re.search(r"Start-P|Invoke-Exp\w|&\s*['\"]?\w+\.exe", source)


def test_only_the_agent_itself_is_found_by_its_name():
    """Its line must read the same to cmd.exe and to PowerShell, which share no spelling of the folder of Windows."""
    assert command_line().startswith("powershell.exe -NoLogo -NoProfile -NonInteractive ")
