"""However a run ends: nothing is called converged that was not carried out to its end, and the exit code says the same."""

import os
import signal
import subprocess
import threading
import time

import jsonschema
import pytest
from stage import BIN, ROOT

from pyinfra_wsl.data import schema
from pyinfra_wsl.lab import exe

DEPLOY = ROOT / "deploy.py"


def hooked(monkeypatch, name, when, act):
    """Let `act` happen before a program of a laptop does what it is called for, and say whether it does it."""
    real = exe.PROGRAMS[name]

    async def program(inv):
        if not when(inv):
            return await real(inv)
        return 0 if act(inv) == "lie" else await real(inv)

    monkeypatch.setitem(exe.PROGRAMS, name, program)


def table(done):
    """Return what the table says of each laptop: the outcome by name."""
    outcomes = ("converged", "deferred", "failed", "offline", "unfinished", "not looked at")
    rows = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line.startswith("LT-")]
    return {name: next(one for one in outcomes if rest.startswith(one)) for name, rest in rows}


def documents(rehearsal):
    """Return the newest run's results; nothing where none was written."""
    if not (rehearsal.folder / "results").exists():
        return {}
    found = rehearsal.results()
    for one in found.values():
        jsonschema.validate(one, schema("result"))
    return found


def interrupted(rehearsal, monkeypatch, name, when, told=signal.SIGINT):
    """Converge, and press Ctrl-C, or send another signal, when a laptop's program is called; return the finished process."""
    pressed = threading.Event()
    hooked(monkeypatch, name, when, lambda _inv: pressed.set())
    command = [BIN / "pyinfra", "inventory/lab.py", DEPLOY, "-y"]
    environment = os.environ | {"PYINFRA_PROGRESS": "off", "COLUMNS": "200"}
    with subprocess.Popen(
        command, cwd=rehearsal.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert pressed.wait(60)
        process.send_signal(told)
        out, err = process.communicate(timeout=30)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def test_a_run_that_is_interrupted_has_converged_nowhere(make_stage, monkeypatch):
    rehearsal = make_stage(LT_NEW="fresh-en", LT_HALF="half-import", LT_DONE="converged")
    done = interrupted(rehearsal, monkeypatch, "wsl.exe", lambda inv: "--import" in inv.arguments)
    assert done.returncode == 128 + signal.SIGINT
    assert "Traceback" not in done.stdout + done.stderr
    results = documents(rehearsal)
    assert {name: one["outcome"] for name, one in results.items()} == table(done)
    assert table(done) == dict.fromkeys(("LT-NEW", "LT-HALF", "LT-DONE"), "unfinished")
    assert "0 of 3 converged, 3 unfinished." in done.stdout
    assert "WSL distributions | Distribution" in results["LT-HALF"]["not_reached"]
    assert results["LT-NEW"]["changes"]


def test_a_run_that_the_system_ends_before_it_changes_anything_says_so_and_reports(make_stage, monkeypatch):
    """As Ctrl-C does: a pipeline is cancelled by SIGTERM, and a session over WinRM that nobody closes locks its laptop."""
    rehearsal = make_stage(LT_NEW="fresh-en", LT_DONE="converged")
    looked = lambda inv: "/get-features" in " ".join(inv.arguments).lower()  # noqa: E731
    done = interrupted(rehearsal, monkeypatch, "dism.exe", looked, signal.SIGTERM)
    assert "Exiting, since the system ends this run!" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 128 + signal.SIGINT
    assert not set(table(done).values()) & {"converged", "deferred"}
    assert not {one["outcome"] for one in documents(rehearsal).values()} & {"converged", "deferred"}


def test_a_run_that_is_interrupted_while_a_password_is_fetched_does_not_end_as_if_all_were_well(make_stage):
    asks = ["sh", "-c", "touch asked; sleep 30; echo secret"]
    rehearsal = make_stage(
        lambda fleet: fleet["defaults"]["connection"].update(password_from={"command": asks}), LT_DONE="converged"
    )
    command = [BIN / "pyinfra", "inventory/lab.py", DEPLOY, "-y"]
    with subprocess.Popen(command, cwd=rehearsal.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not (rehearsal.folder / "asked").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in out + err


def test_a_run_that_ends_with_the_first_failure_leaves_the_others_unfinished(make_stage, monkeypatch):
    rehearsal = make_stage(LT_NEW="fresh-en", LT_BAD="fresh-en", LT_DONE="converged")
    monkeypatch.setattr(rehearsal.stage.machine("LT-BAD").files, "free_bytes", 20 << 20)
    done = rehearsal.converge("--fail-percent", "0")
    assert done.returncode == 1
    assert table(done) == {"LT-NEW": "unfinished", "LT-BAD": "failed", "LT-DONE": "unfinished"}
    results = documents(rehearsal)
    assert {name: one["outcome"] for name, one in results.items()} == table(done)
    assert "Restart | If pending" in results["LT-NEW"]["not_reached"]


def test_a_run_that_nobody_may_join_has_looked_at_nobody(make_stage):
    rehearsal = make_stage(LT_OFF="offline", LT_DONE="converged")
    done = rehearsal.converge("--fail-percent", "0")
    assert done.returncode == 1
    assert table(done) == {"LT-OFF": "offline", "LT-DONE": "not looked at"}
    assert {name: one["outcome"] for name, one in documents(rehearsal).items()} == table(done)


@pytest.fixture(scope="module")
def one_is_off(make_stage):
    return make_stage(LT_OFF="offline", LT_DONE="converged", LT_OTHER="converged")


@pytest.mark.parametrize(
    "words",
    [
        ("exec", "--", "hostname"),
        ("fact", "pyinfra_wsl.facts.WslDistros"),
        ("server.shell", "hostname"),
        ("debug-inventory",),
    ],
)
def test_what_only_looks_claims_nothing(one_is_off, words):
    done = one_is_off.pyinfra(*words, answers="\n\n\n")
    assert "no SSH server on" in done.stderr or words == ("debug-inventory",)
    assert table(done) == {}
    assert documents(one_is_off) == {}


def test_a_dry_run_speaks_only_of_who_is_off(one_is_off):
    done = one_is_off.pyinfra(DEPLOY, "--dry", answers="\n\n\n")
    assert done.returncode == 1
    assert table(done) == {"LT-OFF": "offline"}
    assert {name: one["outcome"] for name, one in documents(one_is_off).items()} == {"LT-OFF": "offline"}


def test_a_verification_claims_nothing(one_is_off):
    before = documents(one_is_off)
    done = one_is_off.verify("-k", "windows_feature")
    assert "passed" in done.stdout
    assert "converged" not in done.stdout
    assert documents(one_is_off) == before


@pytest.mark.parametrize("full", ["> /dev/full", "> /dev/full 2>&1"])
def test_a_table_that_cannot_be_shown_is_no_success(one_is_off, full):
    line = f"{BIN}/pyinfra inventory/lab.py {DEPLOY} -y --limit LT-DONE {full}"
    assert one_is_off.call("sh", "-c", line).returncode == 1


def test_a_run_in_which_all_are_off_says_so(one_is_off):
    done = one_is_off.converge("--limit", "LT-OFF")
    assert done.returncode == 1
    assert table(done) == {"LT-OFF": "offline"}
    assert set(documents(one_is_off)) == {"LT-OFF"}


def test_who_is_outside_the_limit_is_not_spoken_of(one_is_off):
    done = one_is_off.converge("--limit", "LT-DONE")
    assert done.returncode == 0
    assert table(done) == {"LT-DONE": "converged"}
    assert set(documents(one_is_off)) == {"LT-DONE"}


def test_what_a_laptop_took_is_its_own_time(make_stage):
    rehearsal = make_stage(LT_NEW="fresh-en", LT_DONE="converged")
    rehearsal.converge()
    results = documents(rehearsal)
    slow = sum(change["seconds"] for change in results["LT-NEW"]["changes"])
    assert results["LT-NEW"]["seconds"] >= round(slow, 1) > 2
    assert results["LT-DONE"]["seconds"] < slow / 2


def test_what_is_written_is_what_is_printed_and_the_laptop_is_named(make_stage):
    rehearsal = make_stage(LT_NEW="fresh-zh", LT_BO="two-users")
    rehearsal.edit(lambda fleet: fleet["hosts"]["LT-BO"].update(user="CORP\\bo"))
    done = rehearsal.converge()
    results = documents(rehearsal)
    assert results["LT-NEW"]["not_proved"]
    assert "not proved: Docker answers inside Ubuntu-24.04" in done.stdout
    assert {name: one["before"]["windows"]["culture"] for name, one in results.items()} == {"LT-NEW": "zh-CN", "LT-BO": "en-US"}
    assert {one["before"]["windows"]["account"] for one in results.values()} == {r"LT-NEW\fleet-admin", r"LT-BO\fleet-admin"}


def test_the_names_in_pyinfras_own_table_fit_every_laptop(make_stage):
    def declare(fleet):
        fleet["hosts"]["LT-TWO"]["groups"] = ["testers"]

    rehearsal = make_stage(declare, LT_ONE="converged", LT_TWO="converged")
    done = rehearsal.converge()
    rows = [line for line in done.stderr.splitlines() if "WSL distributions | " in line]
    assert rows
    assert not [line for line in rows if "Ubuntu" in line or "Debian" in line or "Alpine" in line]


@pytest.mark.parametrize(
    ("program", "word", "said"),
    [
        ("dism.exe", "/Enable-Feature", "it ended with success, and"),
        ("wsl.exe", "--set-default-version", "the default version is 1, not 2"),
    ],
)
def test_a_program_that_only_says_that_it_did_is_not_believed(make_stage, monkeypatch, program, word, said):
    rehearsal = make_stage(LT_LIES="drifted")
    hooked(monkeypatch, program, lambda inv: word in inv.arguments, lambda _inv: "lie")
    done = rehearsal.converge()
    result = documents(rehearsal)["LT-LIES"]
    assert (done.returncode, result["outcome"]) == (1, "failed")
    assert any(said in one["cause"] for one in result["failures"]), result["failures"]
