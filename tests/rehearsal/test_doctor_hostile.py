"""Laptops in other hands, beside a good one: the doctor tells each of them for itself, and no terminal obeys them."""

import json
import os
import pty
import subprocess

import pytest
from stage import BIN
from test_hostile import LIES, LIES_AS_USER, obeys

LAPTOPS = (*LIES, *LIES_AS_USER, "LT-GOOD")


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    made = make_stage(**{name.replace("-", "_"): "converged" for name in LAPTOPS})
    for name, lie in LIES.items():
        made.stage.machine(name).faults.lie = lie
    for name, lie in LIES_AS_USER.items():
        made.stage.machine(name).faults.lie_as_user = lie
    return made


@pytest.fixture(scope="module")
def told(rehearsal):
    done = rehearsal.call(BIN / "pyinfra-wsl", "doctor", "inventory/lab.py", "--json")
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert done.returncode == 1
    return {one["host"]: one for one in json.loads(done.stdout)["hosts"]}


def test_the_good_one_is_well(told):
    assert told["LT-GOOD"]["verdict"] == "ok"


@pytest.mark.parametrize("name", [*LIES, *LIES_AS_USER])
def test_each_other_one_is_told_with_a_next_step(told, name):
    assert told[name]["verdict"] != "ok"
    assert all(line["remedy"] for line in told[name]["lines"] if line["verdict"] == "fault")


def on_a_terminal(rehearsal, *options, **more):
    """Run the doctor on a terminal; return its exit code and all that it wrote there."""
    ours, theirs = pty.openpty()
    command = [str(BIN / "pyinfra-wsl"), "doctor", "inventory/lab.py", *options]
    streams = {"stdin": subprocess.DEVNULL, "stdout": theirs, "stderr": theirs}
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "200"} | more
    child = subprocess.Popen(command, cwd=rehearsal.folder, env=environment, **streams)
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return child.wait(), written.decode(errors="surrogateescape")


@pytest.mark.parametrize("options", [(), ("--debug",), ("--json",)])
def test_no_order_reaches_a_terminal(rehearsal, options):
    code, said = on_a_terminal(rehearsal, *options)
    assert code == 1
    assert "LT-GOOD" in said
    assert options == ("--debug",) or "Traceback" not in said
    assert obeys(said) == []


def test_colours_are_left_out_where_nobody_wants_them(rehearsal):
    assert "\x1b[32m" in on_a_terminal(rehearsal, "--host", "LT-GOOD")[1]
    assert "\x1b[" not in on_a_terminal(rehearsal, "--host", "LT-GOOD", NO_COLOR="1")[1]
