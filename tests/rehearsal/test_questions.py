"""pyinfra's questions: whoever ends a run there, or cannot answer, is told so in one line, and no other laptop has failed."""

import os
import re
import signal
import subprocess

import pytest
from stage import BIN, ROOT
from test_ends import documents, table

DEPLOY = ROOT / "deploy.py"
NOBODY = "nobody can answer, since standard input has ended: the run ends here. Next: "
NO = "the run ends here, as answered. Next: mend what failed"
PRESS = """
import os, signal
import paramiko

MESSAGE = 94  # SSH_MSG_CHANNEL_DATA (RFC 4254)
TAKE = paramiko.Transport._channel_handler_table

def pressed(channel, message, take=TAKE[MESSAGE]):
    TAKE[MESSAGE] = take
    os.kill(os.getpid(), signal.SIGINT)
    take(channel, message)

if TAKE[MESSAGE].__name__ != "pressed":
    TAKE[MESSAGE] = pressed
"""


def garbage(_line):
    return b"[]\n"


@pytest.fixture(scope="module")
def one_is_bad(make_stage):
    """Return laptops of which one cannot be looked at, while the others are still busy with the first answer."""
    rehearsal = make_stage(LT_BAD="converged", LT_GOOD="drifted", LT_OTHER="converged")
    rehearsal.stage.machine("LT-BAD").faults.lie = garbage
    return rehearsal


def at_the_question(rehearsal, *words):
    """Begin a run and return its process as soon as it has asked whether to go on without the one that failed."""
    process = subprocess.Popen(
        [BIN / "pyinfra", "inventory/lab.py", DEPLOY, *words],
        cwd=rehearsal.folder,
        env=os.environ | {"PYINFRA_PROGRESS": "off", "COLUMNS": "200"},
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said = ""
    while not said.endswith("Press enter to execute..."):
        piece = process.stderr.read(1)
        assert piece, said
        said += piece
    return process


def ended_well(rehearsal, done):
    """Hold a run to how it ends: no traceback, not 0, and nobody fails but who did."""
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "internal exception" not in said
    assert "broke off" not in said
    assert said.count("Press enter to execute") == 1
    assert done.returncode == 1
    results = documents(rehearsal)
    assert {name: one["outcome"] for name, one in results.items()} == table(done)
    assert not any(one["failures"] for name, one in results.items() if name not in ("LT-BAD", "LT-OFF"))
    return table(done)


@pytest.mark.parametrize("words", [(), ("--dry",), ("--limit", "LT-BAD", "--limit", "LT-GOOD")])
@pytest.mark.parametrize(("answers", "line"), [("", NOBODY), ("n\n", NO), ("no\nno\nno\n", NO)])
def test_a_run_that_ends_at_the_question_has_failed_nobody_else(one_is_bad, words, answers, line):
    done = one_is_bad.pyinfra(DEPLOY, *words, answers=answers)
    outcomes = ended_well(one_is_bad, done)
    assert outcomes.pop("LT-BAD") == "failed"
    assert set(outcomes) == ({"LT-GOOD"} if "--limit" in words else {"LT-GOOD", "LT-OTHER"})
    assert set(outcomes.values()) <= {"not looked at", "unfinished"}
    assert done.stderr.count(line) == 1
    assert re.search(r"LT-GOOD +(not looked at|unfinished) +nothing was carried out", done.stdout)


def test_who_was_looked_at_before_the_end_is_unfinished(make_stage):
    rehearsal = make_stage(LT_BAD="converged", LT_GOOD="converged")
    rehearsal.stage.machine("LT-BAD").faults.lie = garbage
    (rehearsal.folder / "first.py").write_text(
        "from pyinfra import host\nfrom pyinfra_wsl.facts import Laptop\nif host.name == 'LT-GOOD':\n    host.get_fact(Laptop)\n"
    )
    done = rehearsal.pyinfra("first.py", DEPLOY, "--dry", answers="n\n")
    assert ended_well(rehearsal, done) == {"LT-BAD": "failed", "LT-GOOD": "unfinished"}


def test_one_that_cannot_be_reached_ends_it_the_same_way(make_stage):
    rehearsal = make_stage(LT_OFF="offline", LT_GOOD="converged")
    for answers, line in (("", NOBODY), ("n\n", NO)):
        done = rehearsal.pyinfra(DEPLOY, answers=answers)
        assert ended_well(rehearsal, done) == {"LT-OFF": "offline", "LT-GOOD": "not looked at"}
        assert done.stderr.count(line) == 1


def test_who_goes_on_without_it_converges_the_others(one_is_bad):
    done = one_is_bad.pyinfra(DEPLOY, "--limit", "LT-BAD", "--limit", "LT-OTHER", answers="\n\n")
    assert table(done) == {"LT-BAD": "failed", "LT-OTHER": "converged"}
    assert done.returncode == 1


def test_nobody_to_confirm_what_was_found_changes_nothing_and_is_no_success(make_stage):
    rehearsal = make_stage(LT_GOOD="drifted")
    done = rehearsal.pyinfra(DEPLOY, answers="")
    assert (done.returncode, table(done), documents(rehearsal)) == (1, {}, {})
    assert done.stderr.count(NOBODY) == 1
    assert "internal exception" not in done.stderr
    assert not (rehearsal.folder / "pyinfra-debug.log").exists()


@pytest.mark.parametrize("words", [("-y",), ("-y", "--fail-percent", "90")])
def test_without_a_question_the_others_converge(one_is_bad, words):
    done = one_is_bad.pyinfra(DEPLOY, *words, "--limit", "LT-BAD", "--limit", "LT-OTHER", answers="")
    assert table(done) == {"LT-BAD": "failed", "LT-OTHER": "converged"}
    assert "Press enter" not in done.stderr


def test_a_deploy_file_that_breaks_on_one_fails_no_other_in_the_middle_of_its_look(one_is_bad):
    (one_is_bad.folder / "breaks.py").write_text(
        "from pyinfra import host\nfrom pyinfra_wsl.facts import Laptop\n"
        "from pyinfra.api.exceptions import PyinfraError\n"
        "if host.name == 'LT-BAD':\n    raise PyinfraError('this file breaks')\n"
        "host.get_fact(Laptop)\n"
    )
    done = one_is_bad.pyinfra("breaks.py", "-y")
    assert done.returncode == 1
    assert "broke off" not in done.stdout + done.stderr
    assert "failed" not in table(done).values()


@pytest.mark.parametrize("words", [(), ("--dry",)])
def test_ctrl_c_at_the_question_ends_it_at_once(one_is_bad, words):
    process = at_the_question(one_is_bad, *words)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in out + err
    assert "broke off" not in out + err
    assert not set(table(subprocess.CompletedProcess([], 0, out, err)).values()) & {"converged", "deferred"}


@pytest.mark.parametrize("words", [(), ("-y",)])
def test_ctrl_c_that_arrives_in_a_thread_of_paramikos_ends_the_run(one_is_bad, words):
    """Python's `threading` swallows what a signal raises there, and the run went on without those that were at work."""
    (one_is_bad.folder / "press.py").write_text(PRESS)
    done = one_is_bad.pyinfra("press.py", DEPLOY, "--limit", "LT-OTHER", *words, answers="\n", timeout=20)
    assert done.returncode == 128 + signal.SIGINT
    assert done.stdout.count("Exiting upon user request!") == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "Beginning operation run" not in done.stderr or "-y" in words
    assert not set(table(done).values()) & {"converged", "deferred", "failed"}


def would(done):
    """Return what a dry run says of each laptop, sorted: they are looked at side by side."""
    return sorted(line.strip() for line in done.stderr.splitlines() if re.match(r" +\[LT-", line) and "Connected" not in line)


def test_a_dry_run_without_questions_tells_the_same(make_stage):
    rehearsal = make_stage(LT_NEW="fresh-en", LT_DRIFT="drifted", LT_DONE="converged")
    asking = rehearsal.pyinfra(DEPLOY, "--dry", answers="")
    done = rehearsal.pyinfra(DEPLOY, "--dry", "-y", answers="")
    assert sum("would: " in line for line in would(done)) > 10
    assert would(done) == would(asking)
    assert done.stderr.count("Nothing was carried out; what would change stands above, as without -y.") == 1
    assert "as without -y" not in asking.stderr
    assert (done.returncode, asking.returncode) == (0, 0)
    assert documents(rehearsal) == {}


def test_a_dry_run_without_questions_tells_who_cannot_be_looked_at_and_goes_on(one_is_bad):
    done = one_is_bad.pyinfra(DEPLOY, "--dry", "-y", answers="")
    assert done.returncode == 1
    assert table(done) == {"LT-BAD": "failed"}
    assert any("[LT-GOOD]  would: " in line for line in would(done))
    assert "Press enter" not in done.stderr


@pytest.mark.parametrize("words", [("exec", "--", "hostname"), ("fact", "pyinfra_wsl.facts.Windows")])
def test_what_only_looks_has_nothing_to_add(one_is_bad, words):
    done = one_is_bad.pyinfra("--dry", "-y", "--limit", "LT-OTHER", *words)
    assert done.returncode == 0
    assert "Nothing was carried out" not in done.stderr
