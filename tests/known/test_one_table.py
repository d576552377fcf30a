"""Runs, the doctor and explanations tell of an error in the same words: those of the one table."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from support.wire import ran

import pyinfra_wsl
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.windows import errors
from pyinfra_wsl.errors import explain
from pyinfra_wsl.known import table
from pyinfra_wsl.known.table import UNKNOWN
from pyinfra_wsl.resources.windows_feature import state as windows_feature

PACKAGE = Path(pyinfra_wsl.__file__).parent
NAMES = sorted({name for entry in table.load() for name in entry.names if not name.startswith("0x")})
EXITS = [
    *(("dism", code) for code in (740, 1726, 0x800F080C, 0x800F081F, 0x800F0954, 0x800F0906, 0x80070070, 0x80073712)),
    *(("msiexec wsl", code) for code in (5, 1601, 1602, 1603, 1612, 1618, 1619, 1620, 1622, 1625, 1633, 1638)),
    *(("msiexec Docker Desktop", code) for code in (5, 1601, 1602, 1603, 1618, 1619, 1620, 1625, 1633, 1638)),
    *(("Docker Desktop Installer", code) for code in (-5, 4294967291, 5, 112, 740, 1618, -2147467260, 2147500036)),
    *(("curl", code) for code in (6, 7, 18, 22, 23, 28, 35, 56, 60)),
]  # fmt: skip


def words(finding):
    return finding.cause.removeprefix("not known: "), finding.remedy


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("around", ["Service/CreateInstance/CreateVm/HCS/", "Service/RegisterDistro/"])
def test_a_run_says_of_an_error_of_wsl_what_an_explanation_says(around, name):
    printed = f"Error code: Wsl/{around}{name}\r\n"
    *told, code = errors.explain(Output.of(ran(-1, printed)))
    assert code == name
    if table.of(name, printed) is None:
        assert not explain(printed).known
    else:
        assert tuple(told) == words(explain(printed).findings[0])


@pytest.mark.parametrize(("program", "code"), EXITS)
def test_an_exit_code_that_a_run_knows_is_explained_in_the_same_words(program, code):
    known = table.of_exit(program, code)
    assert known is not None, "a run would know no more than the number"
    shown = code if abs(code) < 0x80000000 else hex(code)
    finding = explain(f"{program} ended with exit code {shown}").findings[0]
    assert words(finding) == (known.cause, known.remedy)


@pytest.mark.parametrize("code", [code for program, code in EXITS if program == "dism"])
def test_dism_has_no_words_of_its_own(code):
    known = table.of_exit("dism", code)
    assert windows_feature.explain(code) == (known.cause, known.remedy)


def test_what_tells_no_cause_is_known_as_that():
    vague = [entry for entry in table.load() if entry.area == UNKNOWN]
    assert {"E_FAIL", "E_UNEXPECTED", "E_INVALIDARG"} <= {name for entry in vague for name in entry.names}
    for entry in vague:
        assert entry.cause
        assert entry.remedy
        assert table.of_exit("dism", table.numbers()[entry.names[0]]) in (None, *table.load()), entry


def test_what_is_known_nowhere_is_not_known():
    assert table.of("NO_SUCH_NAME", "Wsl/") is None
    assert table.of_exit("dism", 0x8BADF00D) is None
    assert table.of_exit("curl", 99) is None
    assert table.of_exit("dism", 0x80004005) is None, "E_FAIL says no more than that it failed"


def _is_told(node):
    """Whether something is a pair of words, as cause and remedy are."""
    return isinstance(node, ast.Tuple) and len(node.elts) == 2 and all(
        isinstance(one, ast.JoinedStr) or (isinstance(one, ast.Constant) and isinstance(one.value, str)) for one in node.elts
    )  # fmt: skip


def _is_number(node):
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool)


def test_no_other_table_says_what_a_number_means():
    found = []
    for path in (*PACKAGE.glob("core/**/*.py"), *PACKAGE.glob("resources/**/*.py"), *PACKAGE.glob("connectors/**/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Dict) and sum(map(_is_number, filter(None, node.keys))) and any(map(_is_told, node.values)):
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert not found


def test_who_tells_of_no_error_reads_no_table():
    """Not --help, and not what a run imports: the table is read when an error is told."""
    program = (
        "import sys\n"
        "import pyinfra_wsl.cli.main, pyinfra_wsl.core.windows.errors, pyinfra_wsl.resources.windows_feature.plan\n"
        "from pyinfra_wsl.known import table\n"
        "assert not table.load.cache_info().misses and not table.numbers.cache_info().misses\n"
        "from pyinfra_wsl.core.windows import errors\n"
        "assert errors.code_of('Error code: Wsl/Service/E_FAIL') == 'E_FAIL'\n"
        "assert not table.numbers.cache_info().misses, 'a name stands for itself'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
