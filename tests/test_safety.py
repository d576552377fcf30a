"""The page on safety names no test that does not exist, and every verb that removes or overwrites is on it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "safety.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))
TESTS = {
    node.name
    for path in (ROOT / "tests").rglob("test_*.py")
    for node in ast.walk(ast.parse(path.read_text("utf-8")))
    if isinstance(node, ast.FunctionDef)
}
# Where the product may call a verb that removes or overwrites; each is explained on the page, or is of what is ours alone.
PLACES = {
    "file_remove": {"connectors/upload.py", "connectors/posix.py", "core/windows/hive.py", "core/windows/home.py",
                    "core/windows/transfer.py",
                    "core/windows/user.py", "resources/wsl/package.py",
                    "resources/wsl_distro/change.py", "resources/docker_toolbox/uninstall.py"},
    "file_move": {"connectors/upload.py", "core/windows/transfer.py", "resources/wsl_distro/change.py"},
    "file_write": {"connectors/upload.py", "connectors/posix.py", "core/windows/hive.py", "core/windows/home.py",
                   "core/windows/transfer.py",
                   "core/windows/user.py", "resources/docker_desktop/shared_files.py", "resources/docker_desktop/writing.py",
                   "resources/wsl_distro/theirs.py", "resources/wslc/plan.py",
                   "resources/wslconfig/plan.py"},
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_the_page_names_exists(name):
    assert name in TESTS


def test_the_page_names_tests():
    assert len(NAMED) > 20


@pytest.mark.parametrize("verb", PLACES)
def test_no_other_place_removes_or_overwrites(verb):
    package = ROOT / "pyinfra_wsl"
    found = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "lab" not in path.relative_to(package).parts and f"call.{verb}(" in path.read_text("utf-8")
    }
    assert found == PLACES[verb], "explain it in docs/safety.md, with its proof and a test, then name it here"


def test_distributions_are_unregistered_in_two_places_only():
    places = [path for path in (ROOT / "pyinfra_wsl" / "resources").rglob("*.py") if '"--unregister"' in path.read_text("utf-8")]
    assert sorted(path.name for path in places) == ["change.py", "importing.py"]
