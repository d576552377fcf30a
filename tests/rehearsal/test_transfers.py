"""Somebody's import or export is under way, and all of WSL is to change: it waits, and what they began goes on."""

import time

import pytest

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.start import start
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.lab.wsl.registration import PACKAGE_KEY, Registrations
from tests.lab.wsl_laptop import archive

EXE = r"C:\Program Files\WSL\wsl.exe"
HOME = r"C:\Users\alice"
OUT = rf"{HOME}\own.tar"
LAPTOPS = {
    "LT-IMPORT": ("--import", "new", rf"{HOME}\new", r"C:\new.tar"),
    "LT-EXPORT": ("--export", "own", OUT),
    "LT-NOW": ("--export", "own", OUT),
}


def declare(fleet):
    for name in LAPTOPS:
        fleet["hosts"][name]["wslconfig"] = {"wsl2": {"memory": "3GB"}, "apply": "now" if name == "LT-NOW" else "when_idle"}
        fleet["hosts"][name]["wsl"] = {"package": {"minimum": "2.9.0", "update": "web", "installer": None, "sha256": None}}


def begin(machine, words):
    person = machine.account("CORP\\alice")
    machine.files.write(r"C:\new.tar", archive())
    machine.files.write(rf"{HOME}\.wslconfig", b"[wsl2]\nmemory=8GB\n")
    machine.registry.set(PACKAGE_KEY, "Version", "String", "2.5.1.0")
    machine.faults.slow_transfers = 1e4
    wsl.register(machine, person, "own", archive(), default=False)
    return start(machine, Token(person, False, person.session), EXE, words)


@pytest.fixture(scope="module")
def told(make_stage):
    rehearsal = make_stage(declare, **{name.replace("-", "_"): "converged" for name in LAPTOPS})
    machines = {name: rehearsal.stage.machine(name) for name in LAPTOPS}
    processes = {name: rehearsal.stage.do(begin, machines[name], words) for name, words in LAPTOPS.items()}
    time.sleep(0.5)
    runs = []
    for _ in range(2):
        done = rehearsal.converge()
        runs.append((done, rehearsal.results(), {name: process.task.done() for name, process in processes.items()}))
    return machines, runs


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", LAPTOPS)
def test_what_would_break_it_off_waits_and_says_for_what(told, name, number):
    done, results, _ended = told[1][number]
    assert "Traceback" not in done.stdout + done.stderr
    waiting = {one["resource"]: one["reason"] for one in results[name]["deferred"] if one["waits_for"] == "vm idle"}
    for resource in ("wsl", "wslconfig"):
        assert f"wsl.exe {LAPTOPS[name][0]} is under way" in waiting[resource]


@pytest.mark.parametrize("name", LAPTOPS)
def test_what_they_began_goes_on(told, name):
    machines, runs = told
    assert [ended[name] for _done, _results, ended in runs] == [False, False]
    alice = machines[name].account("CORP\\alice")
    registered = {item.name: item.state for item in Registrations(machines[name].registry, alice.sid).all()}
    assert registered["own"] == 1
    if name == "LT-IMPORT":
        assert registered["new"] == 3
        assert machines[name].files.exists(rf"{HOME}\new\ext4.vhdx")
    else:
        assert machines[name].files.exists(OUT)
