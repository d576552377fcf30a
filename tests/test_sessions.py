"""`make test` runs its tests in several sessions: each file in one, and what they print is told together."""

import importlib.util
import os
from pathlib import PurePosixPath

import pytest
from stage import ROOT

SPEC = importlib.util.spec_from_file_location("all_tests", ROOT / "scripts" / "test.py")
all_tests = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(all_tests)

FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
FIRST = """\
..s..                                                                    [100%]
============================= slowest 10 durations =============================
12.30s setup    tests/a.py::test_one
0.50s call     tests/a.py::test_two[x y]
4 passed, 1 skipped in 14.02s
Exception ignored in: <module 'threading'>
KeyError: 140608311419072
"""
SECOND = """\
.F
============================= slowest 10 durations =============================
100.01s call     tests/b.py::test_three
FAILED tests/b.py::test_four - assert 7 failed
1 failed, 1 passed, 2 errors in 101.00s (0:01:41)
"""


def covers(arguments, name):
    """Whether a session with these arguments of pytest runs a file."""
    within = [one for one in (PurePosixPath(name), *PurePosixPath(name).parents) if str(one) != "."]
    if any(f"--ignore={one}" in arguments for one in within):
        return False
    return any(str(one) in arguments for one in within)


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_in_one_session(name):
    found = [session for session, arguments in all_tests.SESSIONS.items() if covers(arguments, name)]
    assert len(found) == 1 or found == ["Linux virtual machine", "Linux hosts"], found


def test_of_the_linux_tests_one_session_runs_what_the_other_leaves():
    chosen = [all_tests.SESSIONS[name][1:] for name in ("Linux virtual machine", "Linux hosts")]
    assert chosen == [["-m", "vm"], ["-m", "not vm"]]


def test_what_waits_for_hosts_begins_first():
    assert tuple(all_tests.SESSIONS)[:2] == all_tests.HOSTS
    assert all_tests.AT_ONCE > 2, "else nothing of the rest runs meanwhile"


def test_the_last_lines_are_added_up_and_nothing_else():
    assert all_tests.totals([FIRST, SECOND]) == {"passed": 5, "failed": 1, "error": 2, "skipped": 1}


def test_the_slowest_of_all_sessions_are_told_in_order():
    assert all_tests.slowest([FIRST, SECOND]) == [
        " 100.0 s  call      tests/b.py::test_three",
        "  12.3 s  setup     tests/a.py::test_one",
        "   0.5 s  call      tests/a.py::test_two[x y]",
    ]
    many = "".join(f"{number}.00s call     tests/a.py::test_{number}\n" for number in range(40))
    assert len(all_tests.slowest([many])) == all_tests.SLOWEST


def test_a_session_may_keep_what_python_compiles(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert all_tests.surroundings() == {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def test_no_two_files_are_one_module_to_pytest():
    """Outside of packages it imports by the file's name alone."""
    names = [name.rpartition("/")[2] for name in FILES if not (ROOT / name).with_name("__init__.py").exists()]
    assert sorted({name for name in names if names.count(name) > 1}) == []
