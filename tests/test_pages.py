"""Pages against what runs print: the smallest are run again, and of all others each line must still be one that the code says.

A line counts as the code's where literal parts of sentences in the code (and in schemas and texts) cover most of its letters;
names and values, which stand between these parts, do not count. `scripts/show_runs.py --check` runs all pages again.
"""

import ast
import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import show_runs  # noqa: E402

LEAST = 6  # letters of a literal part that are no accident
COVERED = 0.5
OTHERS = (
    r"Success$|^\s*[\"{}]|^\s*[\[\]],?$|^\$|^[+-]|\d+ (passed|failed)|^FAILED|^\s*[+-]?\[\w+\]$|^    \[[^]]+\] {4}"
    r"|^ +LT-[A-Z-]+(, LT-[A-Z-]+)*$"
)
"""What pyinfra, pytest and JSON say, lines of files, and lines that hold nothing but names."""


def letters(text):
    return len(re.findall(r"[^\W\d_]", text))


def docstrings(tree):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, kinds) and isinstance(node.body[0], ast.Expr)}


def strings(value):
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(one)


@cache
def said():
    """Return the literal parts of all that the code may say."""
    found = set()
    for path in [
        *ROOT.glob("pyinfra_wsl/**/*.py"),
        *ROOT.glob("scripts/*.py"),
        *ROOT.glob("tests/lab/wsl_rows.py"),
    ]:
        tree = ast.parse(path.read_text("utf-8"))
        apart = docstrings(tree)
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart
        }
    for path in [*ROOT.glob("schemas/*.json"), *ROOT.glob("pyinfra_wsl/lab/data/*.json")]:
        found |= set(strings(json.loads(path.read_text("utf-8"))))
    parts = {" ".join(line.split()) for one in found for line in re.split(r"\n|\{[^}]*\}|%s", one)}
    return sorted((part for part in parts if letters(part) >= LEAST), key=len, reverse=True)


def silent(line, more=()):
    """Return a line without what the code says: names, values, and words that it does not say any more."""
    plain = " ".join(line.split())
    marked = set()
    for part in (*more, *said()):
        begin = plain.find(part)
        while begin >= 0:
            marked |= set(range(begin, begin + len(part)))
            begin = plain.find(part, begin + 1)
    return "".join("|" if place in marked else letter for place, letter in enumerate(plain))


def shown_lines():
    """Yield the lines of pages that runs have printed; what a table's cell breaks is one line."""
    for page in show_runs.pages():
        for mark in show_runs.MARK.finditer(page.read_text("utf-8")):
            if mark["kind"] == "run" and mark["shown"] is not None:
                table = re.sub(r" {2,}\d+ requests?(?: +\d+ restarts?)? +N s$", "", mark["shown"], flags=re.MULTILINE)
                for line in re.sub(r"\n {16,}(?=\S)", " ", table).splitlines()[1:]:
                    if line.strip() and line != "…" and not line.startswith("(exit code") and not re.search(OTHERS, line):
                        yield page.name, line


def wrong(line, more=()):
    """Whether a line holds three words in a row that the code does not say, or most of it is nothing that it says."""
    left = silent(line, more)
    return bool(re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", left)) or letters(left) > 12 + COVERED * letters(line)


@cache
def of_page(name):
    """Return what the code says that a page shows, as an example of a resource of one's own."""
    text = next(page for page in show_runs.pages() if page.name == name).read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    literal = {part for one in blocks for found in re.findall(r'"([^"\n]*)"', one) for part in re.split(r"\{[^}]*\}", found)}
    return tuple(part for part in literal if letters(part) >= LEAST)


LINES = sorted(set(shown_lines()))


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{page} {number}" for number, (page, _) in enumerate(LINES)])
def test_a_line_that_a_page_shows_is_one_that_the_code_says(page, line):
    assert not wrong(line, of_page(page)), f"docs no longer match the code; run: python scripts/show_runs.py {page}"


def test_every_page_is_looked_at():
    assert {page for page, _ in LINES} == {page.name for page in show_runs.pages()}
    assert len(LINES) > 80


@pytest.mark.parametrize(
    "line",
    [
        "inventory/fleet.yml: there are 2 mistakes in it",
        "    [LT-0001] would: .wslconfig [wsl2] memory: 9GB → 8GB (will be used as soon as the machine comes up again)",
        "LT-AWAY  deferred  .wslconfig as declared: waits until somebody signs in again (nobody is at the screen)",
    ],
)
def test_a_line_that_the_code_does_not_say_is_known_for_one(line):
    assert wrong(line)


def test_a_run_that_is_shown_has_a_persons_environment_whoever_makes_it(monkeypatch, tmp_path):
    for name, value in (
        ("CI", "true"),
        ("PYTEST_ADDOPTS", "-v"),
        ("PY_COLORS", "1"),
        ("PYINFRA_WSL_STATE", "/nowhere"),
        ("MAKEFLAGS", "w"),
    ):
        monkeypatch.setenv(name, value)
    code, told = show_runs.run("env", tmp_path)
    assert code == 0
    names = {line.partition("=")[0] for line in told.splitlines()}
    assert names <= {*show_runs.PERSONS, "PATH", "PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "NO_COLOR", "TZ"}
    assert "TZ=UTC" in told.splitlines(), "times that are shown are nobody's own"
