"""Each row of docs/exit-codes.md, produced."""

import re
import shutil
import subprocess
import sys

import click
import pytest
import yaml
from stage import BIN, ROOT

from pyinfra_wsl.cli.main import main

PAGE = (ROOT / "docs" / "exit-codes.md").read_text("utf-8")
ROWS = [
    (command.strip("` "), when.strip(), int(code))
    for command, when, code in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \| (\d+) \|$", PAGE, re.MULTILINE)
]
STRICTLY = "pyinfra INVENTORY deploy.py -y --data strict=true"
REPORT = "pyinfra-wsl report --strict"
RUN, DRY, EXEC = (f"pyinfra INVENTORY {rest}" for rest in ("deploy.py -y", "deploy.py --dry", "exec -- COMMAND"))
VERIFY = "pyinfra-wsl verify"
ROLLOUT = "rollout/test_rollout_command.py"
WISHES = "pyinfra-wsl rollout pause`, `resume`, `abort`, `approve`, `retry"


@pytest.fixture(scope="module")
def here(make_stage):
    rehearsal = make_stage(
        LT_DONE="converged", LT_TWIN="converged", LT_AWAY="user-logged-off", LT_POLICY="policy-locked", LT_OFF="offline"
    )
    yield rehearsal
    rehearsal.call(BIN / "pyinfra-wsl", "lab", "down", "--state", "other")


def wsl(here, *words):
    return here.call(BIN / "pyinfra-wsl", *words).returncode


def run(here, *hosts, **options):
    return here.converge(*(f"--limit={host}" for host in hosts), **options).returncode


def strictly(here, *hosts):
    return here.converge("--data", "strict=true", *(f"--limit={host}" for host in hosts)).returncode


def report_of(here, *hosts):
    """Run over some laptops, and report strictly."""
    run(here, *hosts)
    return wsl(here, "report", "--strict")


def with_wrong_file(here, act):
    path = here.folder / "inventory" / "fleet.yml"
    right = path.read_text()
    path.write_text(f"{right}\nwrong: 1\n")
    try:
        return act()
    finally:
        path.write_text(right)


def dry(here, *hosts):
    return here.pyinfra(ROOT / "deploy.py", "--dry", *(f"--limit={host}" for host in hosts)).returncode


def execute(here, command):
    return here.pyinfra("--limit=LT-DONE", "exec", "--", command).returncode


def make(program):
    command = ["make", "-o", ".venv/.ready", "check", f"PYTHON={program}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode


def lab_of_its_own(here, times):
    """Start a lab of one laptop so many times; return the last code."""
    (here.folder / "one").mkdir(exist_ok=True)
    (here.folder / "one" / "fleet.yml").write_text(yaml.safe_dump({"hosts": {"LT-1": {}}}))
    (here.folder / "one" / "lab.yml").write_text("LT-1: fresh-en\n")
    words = ("lab", "up", "--state", "other", "--inventory-file", "one/fleet.yml", "--scenarios", "one/lab.yml")
    codes = [wsl(here, *words) for _ in range(times)]
    wsl(here, "lab", "down", "--state", "other")
    return codes[-1]


def show_runs(here, shown):
    """Check a page that shows a run, in a copy of the script's surroundings."""
    folder = here.folder / "pages"
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    (folder / "scripts").mkdir(exist_ok=True)
    shutil.copy2(ROOT / "scripts" / "show_runs.py", folder / "scripts")
    (folder / "docs" / "x.md").write_text(f"<!-- run: echo a -->\n```text\n$ echo a\n{shown}\n```\n")
    command = [sys.executable, "scripts/show_runs.py", "--check", "docs/x.md"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def reported(here, *words, damaged=False):
    run(here, "LT-POLICY")
    if damaged:
        newest = max((here.folder / "results").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
        (newest / "LT-X.json").write_text("{")
    return wsl(here, "report", *words)


def imported(here, rows, *options):
    (here.folder / "devices.csv").write_text(f"Name,OS\n{rows}\n")
    return wsl(here, "import", "devices.csv", *options)


def verify(here, host, chosen):
    return here.verify("--limit", host, "-k", chosen).returncode


def drifted(here):
    here.lab("drift", "LT-DONE", "wsl.default_version")
    return verify(here, "LT-DONE", "declared_version")


def adopt(here, file, *hosts):
    return wsl(here, "adopt", "--inventory", "inventory/lab.py", "--output", file, *(f"--limit={host}" for host in hosts))


def look_for_drift(here, *hosts):
    return wsl(here, "drift", "inventory/lab.py", *(f"--limit={host}" for host in hosts))


CASES = {
    (RUN, "every machine is converged"): lambda here: run(here, "LT-DONE"),
    (RUN, "a machine waits for something (deferred), none failed"): lambda here: run(here, "LT-DONE", "LT-AWAY"),
    (STRICTLY, "every machine is converged"): lambda here: strictly(here, "LT-DONE"),
    (STRICTLY, "a machine waits for something, none failed"): lambda here: strictly(here, "LT-DONE", "LT-AWAY"),
    (STRICTLY, "a machine waits for something, another failed"): lambda here: strictly(here, "LT-AWAY", "LT-POLICY"),
    (f"PYINFRA_WSL_STRICT=1 {RUN}", "a machine waits for something, none failed"): lambda here: run(
        here, "LT-AWAY", PYINFRA_WSL_STRICT="1"
    ),
    (RUN, "a machine failed"): lambda here: run(here, "LT-DONE", "LT-POLICY"),
    (RUN, "a machine could not be reached, the others are converged"): lambda here: run(here, "LT-DONE", "LT-OFF"),
    (RUN, "the fleet file is wrong: no machine was contacted"): lambda here: with_wrong_file(here, lambda: run(here)),
    (f"{RUN} --limit NOPE", "no machine is left by `--limit` and `--exclude`"): lambda here: run(here, "NOPE"),
    (RUN, "Ctrl-C"): "test_ends.py",
    (RUN.removesuffix(" -y"), "standard input has ended, so that nobody can answer its question; nothing was carried out"): (
        lambda here: here.pyinfra(ROOT / "deploy.py", "--limit=LT-DONE", answers="").returncode
    ),
    (DRY, "changes are foreseen, or none"): lambda here: dry(here, "LT-DONE", "LT-AWAY"),
    (DRY, "something is impossible on a machine; the run itself would fail"): lambda here: dry(here, "LT-POLICY"),
    (EXEC, "the command succeeded on all machines"): lambda here: execute(here, "hostname"),
    (EXEC, "it failed on one"): lambda here: execute(here, "exit 7"),
    ("pyinfra-wsl validate", "nothing is wrong; notes may be printed"): lambda here: wsl(here, "validate", "inventory/fleet.yml"),
    ("pyinfra-wsl validate", "anything is wrong, or the file cannot be read"): lambda here: wsl(here, "validate", "nowhere.yml"),
    ("pyinfra-wsl validate --format github", "anything is wrong: told as annotations"): lambda here: with_wrong_file(
        here, lambda: wsl(here, "validate", "--format", "github", "inventory/fleet.yml")
    ),
    ("pyinfra-wsl import", "hosts are printed; rows may be left out"): lambda here: imported(here, "LT-1,Windows\nMB-1,macOS"),
    ("pyinfra-wsl import", "a row cannot be a host, the file is no table, or no Windows device is in it"): lambda here: imported(
        here, "LT 1,Windows"
    ),
    ("pyinfra-wsl import", "a column is not there"): lambda here: imported(here, "LT-1,Windows", "--map", "name=Asset"),
    ("pyinfra-wsl report", "the table is printed, however the machines ended"): reported,
    ("pyinfra-wsl report", "some results are damaged: they are named, the others told"): lambda here: reported(
        here, damaged=True
    ),
    ("pyinfra-wsl report", "there are no results yet, or none that can be used"): lambda here: (
        here.call(BIN / "pyinfra-wsl", "report", PYINFRA_WSL_RESULTS="none-yet").returncode
    ),
    ("pyinfra-wsl report", "no result is of a host or a group that was asked for"): lambda here: reported(here, "--host", "LT-X"),
    (REPORT, "every machine is converged"): lambda here: report_of(here, "LT-DONE"),
    (REPORT, "a machine waits for something, none failed"): lambda here: report_of(here, "LT-DONE", "LT-AWAY"),
    (REPORT, "a machine failed, was offline, or was not reached to the end"): lambda here: report_of(here, "LT-AWAY", "LT-OFF"),
    (VERIFY, "the fleet is as declared; what was skipped is named"): lambda here: verify(here, "LT-DONE", "declared_version"),
    (VERIFY, "something is not as declared"): drifted,
    (VERIFY, "nothing at all could be looked at"): lambda here: verify(here, "LT-AWAY", "wslconfig"),
    ("pyinfra-wsl drift", "all hosts were looked at, and all is as declared"): lambda here: look_for_drift(here, "LT-TWIN"),
    ("pyinfra-wsl drift", "nothing is known to differ, but not all hosts could be looked at"): lambda here: look_for_drift(
        here, "LT-TWIN", "LT-OFF"
    ),
    ("pyinfra-wsl drift", "something differs"): lambda here: look_for_drift(here, "LT-DONE", "LT-OFF"),
    ("pyinfra-wsl adopt", "the file is written, of all hosts"): lambda here: adopt(here, "new.yml", "LT-TWIN"),
    ("pyinfra-wsl adopt", "a host could not be looked at; the file is written of the others"): lambda here: adopt(
        here, "other.yml", "LT-TWIN", "LT-OFF"
    ),
    ("pyinfra-wsl adopt", "the file is there already"): lambda here: adopt(here, "inventory/fleet.yml", "LT-TWIN"),
    ("pyinfra-wsl lab up", "the laptops listen"): lambda here: lab_of_its_own(here, 1),
    ("pyinfra-wsl lab up", "a lab is up already, or it cannot start"): lambda here: lab_of_its_own(here, 2),
    ("pyinfra-wsl lab status", "no lab is up"): lambda here: wsl(here, "lab", "status", "--state", "nowhere"),
    ("pyinfra-wsl lab drift", "the laptop or the setting is not there"): lambda here: wsl(
        here, "lab", "drift", "LT-DONE", "no.such"
    ),
    ("pyinfra-wsl lab down", "the lab is down, also where none was up"): lambda here: wsl(
        here, "lab", "down", "--state", "nowhere"
    ),
    ("pyinfra-wsl explain", "the cause of the error is known"): lambda here: wsl(here, "explain", "0x80370102"),
    ("pyinfra-wsl explain", "it is not known"): lambda here: wsl(here, "explain", "0x12345678"),
    ("pyinfra-wsl schema", "a line, a text or a path is printed"): lambda here: wsl(here, "schema", "wsl"),
    ("pyinfra-wsl schema", "there is no schema of that name"): lambda here: wsl(here, "schema", "no-such"),
    ("pyinfra-wsl init", "the files are written; those that are there already are kept"): lambda here: wsl(here, "init", "new"),
    ("pyinfra-wsl init", "a file cannot be written"): lambda here: wsl(here, "init", "/proc/nowhere"),
    ("pyinfra-wsl doctor", "no host has a fault"): lambda here: wsl(here, "doctor", "inventory/lab.py", "--host", "LT-DONE"),
    ("pyinfra-wsl doctor", "a host has a fault"): lambda here: wsl(here, "doctor", "inventory/lab.py", "--host", "LT-OFF"),
    ("pyinfra-wsl doctor", "the inventory cannot be read, or has no such host"): lambda here: wsl(here, "doctor", "nowhere.py"),
    ("pyinfra-wsl doctor", "Ctrl-C"): "test_doctor_connections.py",
    ("pyinfra-wsl trust init", "the first trust is published"): ("pull/conftest.py", "site"),
    ("pyinfra-wsl trust rotate", "too few root keys have signed, or a key is none"): (
        "pull/test_trusting.py",
        "test_the_commands_say_what_is_wrong_in_a_line",
    ),
    ("pyinfra-wsl bundle", "the fleet is published; what is over soon is noted"): (
        "pull/test_bundle.py",
        "test_a_laptop_finds_its_slice_and_nothing_of_the_way_to_it",
    ),
    ("pyinfra-wsl bundle", "laptops would not take it, or the fleet file is wrong: nothing is published"): (
        "pull/test_bundle.py",
        "test_what_laptops_would_not_take_is_not_published",
    ),
    ("pyinfra-wsl bundle --check", "anything that is published is over soon"): (
        "pull/test_bundle.py",
        "test_it_is_said_before_anything_runs_out",
    ),
    ("pyinfra-wsl enroll", "the package is written"): ("pull/test_enrolling.py", "package"),
    ("pyinfra-wsl enroll", "there is no trust, or a setting cannot be used"): (
        "pull/test_enrolling.py",
        "test_what_cannot_be_used_is_said_before_it_is_delivered",
    ),
    ("pyinfra-wsl pull", "the laptop is converged"): (
        "pull/test_pulling.py",
        "test_a_converged_laptop_costs_one_small_get_one_agent_and_two_requests",
    ),
    ("pyinfra-wsl pull", "something failed"): (
        "pull/test_pulling.py",
        "test_whatever_goes_wrong_in_a_run_is_told_with_what_was_done",
    ),
    ("pyinfra-wsl pull", "`pull.yml` is not there, or wrong"): (
        "pull/test_outcomes.py",
        "test_settings_that_are_wrong_end_with_2",
    ),
    ("pyinfra-wsl pull", "another pull or push works on the laptop"): (
        "pull/test_pulling.py",
        "test_two_pulls_at_once_are_one_and_a_killed_one_frees_the_lock",
    ),
    ("pyinfra-wsl pull", "there is no bundle that can be used, or the newest has nothing for the laptop"): (
        "pull/test_outcomes.py",
        "test_the_commands_say_how_it_is",
    ),
    ("pyinfra-wsl pull", "something waits, or the laptop is disabled"): (
        "pull/test_outcomes.py",
        "test_the_commands_say_how_it_is",
    ),
    ("pyinfra-wsl pull", "the laptop restarts, and the next start goes on"): (
        "pull/test_pulling.py",
        "test_a_first_run_is_two_starts_of_one_chain_and_the_third_changes_nothing",
    ),
    ("pyinfra-wsl pull", "the bundle is over"): (
        "pull/test_pulling.py",
        "test_what_is_over_repairs_for_a_while_and_then_only_looks",
    ),
    ("pyinfra-wsl pull --detect", "something differs, or there is no bundle yet"): (
        "pull/test_pulling.py",
        "test_a_detection_says_drift_changes_nothing_and_starts_nothing_of_anybody",
    ),
    ("pyinfra-wsl collect", "what is new was taken"): (
        "pull/test_collecting.py",
        "test_pushed_and_pulled_are_told_together_with_age_and_serial_and_who_is_silent",
    ),
    (
        "pyinfra-wsl collect",
        "something is no document of its laptop, or one of several places is away: it is named, the others taken",
    ): (
        "pull/test_collecting.py",
        "test_what_a_laptop_wrote_obeys_no_terminal",
    ),
    ("pyinfra-wsl rollout", "all laptops are converged and verified"): (
        ROLLOUT,
        "test_all_is_converged_and_its_results_are_those_of_one_run",
    ),
    ("pyinfra-wsl rollout", "it has ended, is stuck or was aborted, and a laptop is not converged"): (
        ROLLOUT,
        "test_something_failed_and_the_gate_can_never_open",
    ),
    ("pyinfra-wsl rollout", "another one is under way: it says who runs it"): (ROLLOUT, "test_the_second_is_told_who_is_first"),
    ("pyinfra-wsl rollout", "the fleet file is another one than at its beginning"): (
        ROLLOUT,
        "test_what_changes_in_the_middle_is_refused_with_both_ways_out",
    ),
    ("pyinfra-wsl rollout", "its state is damaged, cannot be written, or the inventory is wrong"): (
        ROLLOUT,
        "test_a_damaged_state_is_told_and_anew_keeps_it_aside",
    ),
    ("pyinfra-wsl rollout", "the inventory is not there, or has no hosts"): (
        ROLLOUT,
        "test_nobody_is_meant_where_there_are_no_hosts",
    ),
    ("pyinfra-wsl rollout", "Ctrl-C"): "../rollout/test_rollout_live.py",
    ("pyinfra-wsl rollout --once", "all that is left waits, or it is paused"): (ROLLOUT, "test_something_waits"),
    ("pyinfra-wsl rollout --plan", "the plan is printed"): (ROLLOUT, "test_a_plan_contacts_nobody_and_begins_nothing"),
    ("pyinfra-wsl rollout status", "it is told how it stands, whatever that is"): (
        ROLLOUT,
        "test_who_asks_is_told_who_takes_it_up",
    ),
    ("pyinfra-wsl rollout status", "no rollout has begun"): (ROLLOUT, "test_who_asks_is_told_who_takes_it_up"),
    (WISHES, "the wish is noted"): (ROLLOUT, "test_abort_ends_it"),
    (WISHES, "the rollout has ended, or asks for no such word"): (ROLLOUT, "test_what_has_ended_is_not_paused_or_aborted"),
    ("pyinfra-wsl rollout retry", "none of them failed, was offline or was given up: there is nothing to try again"): (
        ROLLOUT,
        "test_who_has_nothing_to_try_again_is_told_so",
    ),
    (WISHES, "there is no such ring or laptop"): (ROLLOUT, "test_a_word_for_what_is_not_there_is_usage"),
    ("pyinfra-wsl", "a command, argument or option that is not there"): lambda here: wsl(here, "validat"),
    ("make TARGET", "all was well"): lambda _here: make("true"),
    ("make TARGET", "anything was not: make's own code, whatever the program ended with"): lambda _here: make("false"),
    ("python scripts/show_runs.py --check", "the pages show what runs print"): lambda here: show_runs(here, "a"),
    ("python scripts/show_runs.py --check", "a page shows something else"): lambda here: show_runs(here, "b"),
}


def test_every_row_has_a_case_and_every_case_a_row():
    assert [row[:2] for row in ROWS] == list(CASES)


def test_every_command_of_ours_stands_on_the_page():
    told = {row[0].split()[1] for row in ROWS if row[0].startswith("pyinfra-wsl ")}
    assert set(main.list_commands(click.Context(main))) == told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--limit", "NOPE"), "no host is left of 5: nothing was done. Next: correct --limit or --exclude; the hosts are LT-"),
        (("--limit", "lt-done"), "--limit lt-done matches nobody; did you mean LT-DONE?"),
        (("--limit", "developer"), "--limit developer matches nobody; did you mean developers?"),
        (("--exclude", "LT-*"), "no host is left of 5: nothing was done"),
    ],
)
def test_a_run_for_nobody_says_so_and_who_was_meant(here, words, said):
    for operations in ((ROOT / "deploy.py", "-y"), ("exec", "--", "hostname"), ("fact", "pyinfra_wsl.facts.Windows")):
        done = here.pyinfra(*words, *operations)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("told", "code"), [("0", 0), ("false", 0), ("", 0), ("yes", 3)])
def test_being_strict_can_be_turned_off(here, told, code):
    assert run(here, "LT-AWAY", PYINFRA_WSL_STRICT=told) == code


@pytest.mark.parametrize(("command", "when", "code"), ROWS)
def test_a_command_ends_with_the_code_that_the_page_tells(here, command, when, code):
    case = CASES[command, when]
    if isinstance(case, str):
        assert f"returncode == {code - 2} + signal.SIGINT" in (ROOT / "tests" / "rehearsal" / case).read_text("utf-8")
        return
    if isinstance(case, tuple):  # what laptops that pull end with, a test of theirs produces
        file, name = case
        shown = (ROOT / "tests" / file).read_text("utf-8").partition(f"def {name}(")[2].partition("\n\n\n")[0]
        assert f"{code}" in re.findall(r"\b\d\b", shown) or (code == 0 and "call(" in shown)
        return
    assert case(here) == code
