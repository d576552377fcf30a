"""Laptops in other hands, beside a good one in the same run: each ends nothing but itself, and no terminal obeys them."""

import base64
import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from stage import BIN, ROOT

EVIL = "\x1b]0;EVIL\x07\x1b[31m\x9b2J\u202eX\r\nLT-GOOD  failed  EVIL\n\x7f\u2028\ud800"
ORDERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
OURS = re.compile(r"\x1b\[[\d;]*m|\r\n")
DEEP = 100_000


def results(change):
    """Return a lie that changes each result of an answer."""

    def lie(line):
        message = json.loads(line)
        message["results"] = [change(one) for one in message["results"]]
        return json.dumps(message).encode() + b"\n"

    return lie


def every(change, value):
    """Change every value within a value, by its name."""
    if isinstance(value, dict):
        return {name: every(change, one) if isinstance(one, dict | list) else change(name, one) for name, one in value.items()}
    return [every(change, one) if isinstance(one, dict | list) else change("", one) for one in value]


def words(name, value):
    """Put orders into every text, but for what is base64 and the hash."""
    if name in ("stdout", "stderr"):
        return base64.b64encode(EVIL.encode("utf-8", "replace")).decode()
    return value + EVIL if isinstance(value, str) and name not in ("sha256", "kind", "type") else value


def types(_name, value):
    return [value] if isinstance(value, str) else {"a": value} if isinstance(value, int) else "7"


def failed(_result):
    return {"ok": False, "error": {"kind": "access_denied", "message": EVIL}}


def program(result):
    """Let every program fail with orders on both streams; all else is told truly."""
    if result["ok"] and "stdout" in result["value"]:
        said = base64.b64encode(EVIL.encode("utf-8", "replace")).decode()
        result["value"] |= {"exit_code": 1, "stdout": said, "stderr": said}
    return result


def held(result):
    """Claim that somebody whose name is an order holds the lock."""
    locked = {"ok": False, "error": {"kind": "in_use", "message": EVIL}}
    return locked if result["ok"] and set(result["value"]) == {"seconds"} else result


def digits(number):
    return lambda line: re.sub(rb'(?<=":)\d+', number, line)


NESTED = b'{"id":1,"results":' + b"[" * DEEP + b"]" * DEEP + b"}\n"
LIES = {
    "LT-DEEP": lambda _line: NESTED,
    "LT-DIGITS": digits(b"1" + b"0" * 400),
    "LT-INFINITE": digits(b"1e999"),
    "LT-NAN": digits(b"NaN"),
    "LT-TWICE": lambda line: line.replace(b'"ok":true', b'"ok":false,"ok":true'),
    "LT-BYTES": lambda line: line.replace(b'"ok"', b'"\xff\xfe":1,"ok"'),
    "LT-LONG": lambda _line: b'"' + b"a" * (48 * 2**20),
    "LT-TYPES": results(lambda one: {**one, "value": every(types, one.get("value", {}))}),
    "LT-WORDS": results(lambda one: every(words, one)),
    "LT-ERRORS": results(failed),
    "LT-PROGRAMS": results(program),
    "LT-LOCK": results(held),
    "LT-EMPTY": results(lambda one: {**one, "value": {}}),
}
# Whole lines, since the end of one is waited for as long as the look's deadline allows.
LIES_AS_USER = {"LT-USER": lambda _said: NESTED + b"\n", "LT-HALF": lambda said: said[: len(said) // 2] + b"\n"}
DRIFTED = dict.fromkeys(("LT-GOOD", "LT-PROGRAMS"), "integration-reset")
SCENARIOS = dict.fromkeys((*LIES, *LIES_AS_USER), "converged") | DRIFTED


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(**{name.replace("-", "_"): scenario for name, scenario in SCENARIOS.items()})
    for name, lie in LIES.items():
        made.stage.machine(name).faults.lie = lie
    for name, lie in LIES_AS_USER.items():
        made.stage.machine(name).faults.lie_as_user = lie
    return made


def on_a_terminal(rehearsal, *command):
    """Run a command on a terminal; return its exit code, all that it wrote there, and the most memory it took in MiB."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"PYINFRA_PROGRESS": "off", "COLUMNS": "200", "TERM": "xterm"}
    # pyinfra asks after each failure of a look whether it shall go on.
    (rehearsal.folder / "answers").write_text("y\n" * 1000)
    with (rehearsal.folder / "answers").open() as answers:
        streams = {"stdin": answers, "stdout": theirs, "stderr": theirs}
        child = subprocess.Popen([str(word) for word in command], cwd=rehearsal.folder, env=environment, **streams)
    os.close(theirs)
    written, most = b"", 0.0
    try:
        while piece := os.read(ours, 65536):
            written += piece
            most = memory(child.pid) or most
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return child.wait(), written.decode(errors="surrogateescape"), most


def memory(pid):
    """Return the most MiB that a process has taken so far; None where it has ended."""
    status = Path(f"/proc/{pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) / 1024 if peak else None


@pytest.fixture(scope="module")
def run(rehearsal):
    done = on_a_terminal(rehearsal, BIN / "pyinfra", "inventory/lab.py", ROOT / "deploy.py", "-y", "--diff")
    return (*done, rehearsal.results())


def test_the_good_one_converges_and_is_changed(run):
    _code, said, _most, found = run
    assert found["LT-GOOD"]["outcome"] == "converged", said
    assert found["LT-GOOD"]["changes"]


@pytest.mark.parametrize("name", [*LIES, *LIES_AS_USER])
def test_each_other_one_fails_alone_with_a_cause_and_a_next_step(run, name):
    code, _said, _most, found = run
    assert code == 1
    assert found[name]["outcome"] in ("failed", "deferred"), found[name]
    assert all(failure["cause"] and failure["remedy"] for failure in found[name]["failures"])


def test_nobody_reads_a_traceback_and_memory_is_bounded(run):
    assert "Traceback" not in run[1]
    assert run[2] < 220, "MiB of the whole process"


def obeys(said):
    """Return the orders in what a terminal got, but for colours of ours and ends of lines; and rows that were forged."""
    plain = OURS.sub("\n", said.replace("\x1b[31m\x9b", "\x07"))
    return ORDERS.findall(plain) + re.findall(r"^LT-GOOD +failed.*", plain, re.MULTILINE) + re.findall(r"[\udc80-\udcff]", plain)


def test_no_order_reaches_the_terminal_and_no_row_is_forged(run):
    said = run[1]
    assert r"\x1b]0;EVIL\x07\x1b[31m\x9b2J\u202eX\r\nLT-GOOD  failed  EVIL" in said
    assert obeys(said) == []


COMMANDS = {
    "dry": ("pyinfra", "inventory/lab.py", str(ROOT / "deploy.py"), "--dry", "--diff"),
    "debug": ("pyinfra", "inventory/lab.py", str(ROOT / "deploy.py"), "--dry", "--debug", "-vvv"),
    "fact": (
        "pyinfra",
        "inventory/lab.py",
        "fact",
        "pyinfra_wsl.facts.WslDistros",
        "pyinfra_wsl.facts.Windows",
        "pyinfra_wsl.facts.Laptop",
    ),
    "report": ("pyinfra-wsl", "report", "--changes"),
    "report as JSON": ("pyinfra-wsl", "report", "--json"),
    "status": ("pyinfra-wsl", "lab", "status"),
}


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_other_command_obeys_them(rehearsal, command):
    _code, said, most = on_a_terminal(rehearsal, BIN / command[0], *command[1:])
    assert "--debug" in command or "Traceback" not in said, said
    assert "LT-GOOD" in said
    assert obeys(said) == []
    assert most < 220


def test_free_commands_keep_their_own_output(rehearsal):
    command = ("pyinfra", "inventory/lab.py", "--limit", "LT-PROGRAMS", "exec", "--", "hostname")
    _code, said, _most = on_a_terminal(rehearsal, BIN / command[0], *command[1:])
    assert "\x1b]0;EVIL\x07" in said
