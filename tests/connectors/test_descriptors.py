"""As many connections as there are laptops: the soft limit of open files is raised, and a hard one is named before it is met."""

import resource
import subprocess
import sys

import pytest
from stage import BIN

from pyinfra_wsl.connectors import descriptors

RAISED = "from pyinfra_wsl.connectors import descriptors; print(descriptors.use())"


def limited(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(("soft", "hard"), [(64, 512), (512, 512), (64, 2000)])
def test_the_soft_limit_is_raised_to_the_hard_one(soft, hard):
    done = subprocess.run(
        [sys.executable, "-c", RAISED], preexec_fn=limited(soft, hard), capture_output=True, text=True, check=True
    )
    assert int(done.stdout) == hard


@pytest.mark.parametrize(("hosts", "parallel", "limit"), [(1000, 40, 1024), (20, 40, 64), (5000, 500, 4096), (1, 40, 10)])
def test_too_few_are_said_with_what_is_needed(hosts, parallel, limit):
    failure = descriptors.short(hosts, parallel, limit, 12)
    needed = 12 + hosts + min(hosts, parallel) + 32
    assert f"{hosts} hosts need {needed} open files, {limit} are allowed here" in failure.cause
    assert f"ulimit -n {needed}" in failure.remedy
    assert f"LimitNOFILE={needed}" in failure.remedy
    assert descriptors.short(hosts, parallel, needed, 12) is None


def test_as_many_as_are_advised_fit():
    advised = int(descriptors.short(5000, 40, 1024, 12).remedy.partition("no more than ")[2].split()[0])
    assert descriptors.short(advised, 40, 1024, 12) is None
    assert descriptors.short(advised + 1, 40, 1024, 12)


@pytest.fixture(scope="module")
def lab(make_rehearsal):
    return make_rehearsal(**{f"LT_{number}": "fresh-en" for number in range(30)})


def run(lab, soft, hard, *words):
    command = [BIN / "pyinfra", "inventory/lab.py", "exec", "--", "hostname"]
    return subprocess.run(
        [*command[:2], *words, *command[2:]], preexec_fn=limited(soft, hard), cwd=lab.folder, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False, timeout=120,
    )  # fmt: skip


def test_a_hard_limit_ends_the_run_before_anybody_is_called(lab):
    done = run(lab, 64, 64, "-y")
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "30 hosts need " in said
    assert "ulimit -n" in said
    assert not [word for word in ("Traceback", "Too many open files", "offline", "Connected") if word in said]


@pytest.mark.parametrize(
    ("soft", "hard", "words", "reached"), [(48, 200, ("--parallel", "30"), 30), (64, 64, ("--limit", "LT-1"), 1)]
)
def test_a_run_that_may_open_enough_reaches_everybody(lab, soft, hard, words, reached):
    done = run(lab, soft, hard, "-y", *words)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count("Connected") == reached
    assert "open files limit" not in said
