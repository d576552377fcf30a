"""Each row of docs/exit-codes.md, produced."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml
from stage import BIN, ROOT

PAGE = (ROOT / "docs" / "exit-codes.md").read_text("utf-8")
ROWS = [
    (command.strip("` "), when.strip(), int(code))
    for command, when, code in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \| (\d+) \|$", PAGE, re.MULTILINE)
]
RUN, DRY, EXEC = (f"pyinfra INVENTORY {rest}" for rest in ("deploy.py -y", "deploy.py --dry", "exec -- COMMAND"))
VERIFY = "pyinfra-wsl verify"


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


def reported(here):
    run(here, "LT-POLICY")
    return wsl(here, "report")


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
    (RUN, "a machine failed"): lambda here: run(here, "LT-DONE", "LT-POLICY"),
    (RUN, "a machine could not be reached, the others are converged"): lambda here: run(here, "LT-DONE", "LT-OFF"),
    (RUN, "the fleet file is wrong: no machine was contacted"): lambda here: with_wrong_file(here, lambda: run(here)),
    (RUN, "Ctrl-C"): "test_ends.py",
    (DRY, "changes are foreseen, or none"): lambda here: dry(here, "LT-DONE", "LT-AWAY"),
    (DRY, "something is impossible on a machine; the run itself would fail"): lambda here: dry(here, "LT-POLICY"),
    (EXEC, "the command succeeded on all machines"): lambda here: execute(here, "hostname"),
    (EXEC, "it failed on one"): lambda here: execute(here, "exit 7"),
    ("pyinfra-wsl validate", "nothing is wrong; notes may be printed"): lambda here: wsl(here, "validate", "inventory/fleet.yml"),
    ("pyinfra-wsl validate", "anything is wrong, or the file cannot be read"): lambda here: wsl(here, "validate", "nowhere.yml"),
    ("pyinfra-wsl report", "the table is printed, however the machines ended"): reported,
    ("pyinfra-wsl report", "there are no results yet"): lambda here: (
        here.call(BIN / "pyinfra-wsl", "report", PYINFRA_WSL_RESULTS="none-yet").returncode
    ),
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
    ("pyinfra-wsl schema", "always"): lambda here: wsl(here, "schema"),
    ("pyinfra-wsl", "a command, argument or option that is not there"): lambda here: wsl(here, "validat"),
    ("make TARGET", "all was well"): lambda _here: make("true"),
    ("make TARGET", "anything was not: make's own code, whatever the program ended with"): lambda _here: make("false"),
    ("python scripts/show_runs.py --check", "the pages show what runs print"): lambda here: show_runs(here, "a"),
    ("python scripts/show_runs.py --check", "a page shows something else"): lambda here: show_runs(here, "b"),
}


def test_every_row_has_a_case_and_every_case_a_row():
    assert [row[:2] for row in ROWS] == list(CASES)


@pytest.mark.parametrize(("command", "when", "code"), ROWS)
def test_a_command_ends_with_the_code_that_the_page_tells(here, command, when, code):
    case = CASES[command, when]
    if isinstance(case, str):
        assert f"returncode == {code - 2} + signal.SIGINT" in (ROOT / "tests" / "rehearsal" / case).read_text("utf-8")
        return
    assert case(here) == code
