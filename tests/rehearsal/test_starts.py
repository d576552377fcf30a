"""A fork of a preloaded process is what a start of the script is: the same for the same call, and nothing of another one."""

import os
import subprocess
from pathlib import Path

import pytest
from stage import ROOT
from support import starts
from support.starts import BIN, Server, kind

NOWHERE = "no such inventory"
CALLS = [
    (("pyinfra", "@local", "exec", "--", "pwd; echo $COLUMNS; exit 7"), 1, "[@local] 99"),
    (("pyinfra", "nowhere.py", "exec", "--", "hostname"), 0, "nowhere.py"),
    (("pyinfra-wsl", "validate", "fleet.yml"), 1, "fleet.yml:1"),
    (("pyinfra-wsl", "explain", "0x80370102"), 0, "0x80370102"),
    (("pyinfra-wsl", "doctor", "nowhere.py"), 2, NOWHERE),
    (("pyinfra-wsl", "drift", "nowhere.py"), 2, NOWHERE),
    (("pyinfra-wsl", "adopt", "--inventory", "nowhere.py", "--output", "new.yml"), 2, NOWHERE),
    (("pyinfra-wsl", "verify", "nowhere.py"), 2, NOWHERE),
    (("pyinfra-wsl", "report"), 1, "results"),
    (("pyinfra-wsl", "lab", "status"), 1, "no lab"),
]
OWN = """
import os, sys, threading
import gevent, gevent.monkey
from pyinfra import host
from pyinfra_wsl.report.run import RUN_ID
says = {
    "words": sys.argv, "path": sys.path[0], "folder": os.getcwd(), "main": sys.modules["__main__"].__file__,
    "patched": gevent.monkey.is_module_patched("socket"), "files": sorted(os.listdir("/proc/self/fd"))[:3],
    "input": sys.stdin.read(), "environment": sorted(set(os.environ) - {"PYTEST_CURRENT_TEST"}),
    "threads": [one.name for one in threading.enumerate()], "terminals": [one.isatty() for one in (sys.stdin, sys.stdout)],
}
print("says", says, flush=True)
print("run", RUN_ID, flush=True)
"""


@pytest.fixture(scope="module")
def forked():
    """Return a function that calls a command by a fork, as often as it is told."""
    servers = {}

    def call(words, folder, answers=None, times=1, timeout=60, **more):
        if kind(words) not in servers:
            servers[kind(words)] = Server(kind(words))
        request = {"command": words, "folder": str(folder), "environment": dict(os.environ) | more}
        return [servers[kind(words)].run(request, answers, timeout) for _ in range(times)]

    yield call
    for server in servers.values():
        server.close()


def started(words, folder, **options):
    environment = os.environ | options.pop("more", {})
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, env=environment, **options)


def words_of(call):
    return [str(BIN / call[0]), *call[1:]]


@pytest.mark.parametrize(
    ("call", "code", "said"), CALLS, ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else ""
)
def test_a_fork_says_and_ends_as_the_script_does(forked, tmp_path, call, code, said):
    (tmp_path / "fleet.yml").write_text("wrong: 1\n")
    real = started(words_of(call), tmp_path, more={"COLUMNS": "99"})
    assert real.returncode == code
    assert said in real.stdout + real.stderr
    (fork,) = forked(words_of(call), tmp_path, COLUMNS="99")
    assert (fork.returncode, fork.stdout, fork.stderr) == (real.returncode, real.stdout, real.stderr)


def test_a_deploy_file_finds_the_same_process_and_each_run_has_a_name_of_its_own(forked, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    words = words_of(("pyinfra", "@local", "own.py", "-y"))
    real = started(words, tmp_path, input="a\nb\n")
    forks = forked(words, tmp_path, "a\nb\n", times=3)
    found = [[line for line in done.stdout.splitlines() if line.startswith(("says", "run"))] for done in (real, *forks)]
    assert all(len(one) == 2 for one in found), (real, forks)
    assert len({says for says, _run in found}) == 1, found
    assert len({run for _says, run in found}) == 4


@pytest.mark.parametrize(
    ("text", "code"), [("import os; os.kill(os.getpid(), 9)", -9), ("import os; os._exit(5)", 5), ("raise SystemExit(6)", None)]
)
def test_it_ends_with_the_same_code_however_it_ends(forked, tmp_path, text, code):
    (tmp_path / "own.py").write_text(text)
    words = words_of(("pyinfra", "@local", "own.py", "-y"))
    real = started(words, tmp_path, input="")
    (fork,) = forked(words, tmp_path, "")
    assert (fork.returncode, fork.stdout) == (real.returncode, real.stdout)
    assert code in (None, fork.returncode)


def test_one_that_does_not_end_is_killed(forked, tmp_path):
    (tmp_path / "own.py").write_text("import time\ntime.sleep(600)\n")
    with pytest.raises(subprocess.TimeoutExpired):
        forked(words_of(("pyinfra", "@local", "own.py", "-y")), tmp_path, timeout=2)
    folders = [one.readlink() for one in Path("/proc").glob("[0-9]*/cwd") if one.is_symlink()]
    assert ROOT in folders or Path.cwd() in folders
    assert tmp_path not in folders


def test_what_a_fork_could_show_otherwise_is_started(monkeypatch):
    monkeypatch.delenv("TESTS_START", raising=False)
    monkeypatch.setattr(starts, "_seen", starts.Counter(pyinfra=5))
    monkeypatch.setattr(starts, "_servers", {"pyinfra": type("Asked", (), {"fixed": starts.fixed(os.environ)})()})
    words = [str(BIN / "pyinfra"), "@local"]
    assert starts._server(words, os.environ | {"PYINFRA_WSL_STRICT": "1", "COLUMNS": "1"}) is not None
    for name in ("PYTHONPATH", "PYTHONIOENCODING", "LC_ALL", "PYINFRA_FAKE_DELAY", "ANYTHING"):
        assert starts._server(words, os.environ | {name: "x"}) is None
    assert starts._server(["setsid", *words], dict(os.environ)) is None
    monkeypatch.setenv("TESTS_START", "1")
    assert starts._server(words, dict(os.environ)) is None


def test_the_first_call_of_each_kind_is_a_start(monkeypatch):
    monkeypatch.delenv("TESTS_START", raising=False)
    monkeypatch.setattr(starts, "_seen", starts.Counter())
    monkeypatch.setattr(starts, "_servers", {})
    for words in (["pyinfra"], ["pyinfra-wsl", "validate"], *(["pyinfra-wsl", one] for one in starts.KINDS)):
        assert starts._server([str(BIN / words[0]), *words[1:]], dict(os.environ)) is None
    assert starts._servers == {}


def test_what_may_differ_is_read_by_nothing_that_is_imported():
    """A variable of ours is looked at when it counts: none stands at the left edge of a module."""
    for path in (ROOT / "pyinfra_wsl").rglob("*.py"):
        edge = [line for line in path.read_text("utf-8").splitlines() if line[:1].isidentifier()]
        assert not [line for line in edge if "os.environ" in line], path
