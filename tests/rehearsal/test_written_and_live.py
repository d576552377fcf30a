"""What is written for the next start and what runs: told in the run, and both in the result."""

import time

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.start import start
from pyinfra_wsl.lab.wsl.vm import MEMORY

EXE = r"C:\Program Files\WSL\wsl.exe"


def declare(fleet):
    fleet["defaults"]["wslconfig"] = {"wsl2": {"memory": "4GB", "networkingMode": "mirrored"}, "apply": "next_start"}
    fleet["hosts"]["LT-B"] |= dict.fromkeys(("wsl_distros", "docker_integration", "docker_desktop"))
    fleet["hosts"]["LT-B"]["groups"] = []


def begin(machine):
    person = machine.account("CORP\\alice")
    return start(machine, Token(person, False, person.session), EXE, ("-d", "Ubuntu-24.04", "-e", "sleep", "1000"))


def runs(machine):
    return any(one.name == MEMORY for one in machine.processes)


def edit(machine):
    path = machine.account("CORP\\alice").profile + r"\.wslconfig"
    machine.files.write(path, machine.files.read(path).replace(b"4GB", b"3GB"))


def test_a_vm_that_began_before_is_told_until_it_ends(make_stage):
    rehearsal = make_stage(declare, LT_A="converged", LT_B="converged")
    machines = [rehearsal.stage.machine(name) for name in ("LT-A", "LT-B")]
    for machine in machines:
        rehearsal.stage.do(begin, machine)
    while not all(rehearsal.stage.do(runs, machine) for machine in machines):
        time.sleep(0.05)
    for machine in machines:
        rehearsal.stage.do(edit, machine)
    rehearsal.edit(lambda fleet: fleet["defaults"]["wslconfig"]["wsl2"].update(memory="3GB"))
    done = rehearsal.converge()
    result = rehearsal.results()["LT-A"]
    assert (result["outcome"], result["requests"]) == ("converged", 2), done.stdout + done.stderr
    assert "[wsl2] memory: 3.0 GB is written, 3.8 GB can be used in what runs: it waits for 'wsl --shutdown'" in done.stderr
    seen = result["before"]["wslconfig"]
    assert (seen["values"]["wsl2.memory"], seen["live"]["memory"] >> 20, seen["live"]["networking"]) == ("3GB", 3920, "Mirrored")
    undeclared = rehearsal.results()["LT-B"]  # of its distributions nothing is declared, and one runs
    assert (undeclared["outcome"], undeclared["requests"], undeclared["changes"]) == ("converged", 2, []), done.stdout
    assert undeclared["before"]["wslconfig"]["live"] == seen["live"]
    assert done.stderr.count("3.0 GB is written, 3.8 GB can be used in what runs") >= 2
    assert not machines[1].complaints
