"""What goes wrong in the middle of a run, over SSH and over WinRM: told the same, and mended by the next run.

Which fault is shown where; a transport that cannot have one has a dash.

========================================  ========================================  =======================================
fault                                     over SSH                                  over WinRM
========================================  ========================================  =======================================
wrong password                            connectors/test_connecting                connectors/test_winrm_logon
certificate expired, foreign, changed     host keys: connectors/test_known_hosts    connectors/test_winrm_sockets, _logon
NTLM off                                  --                                        connectors/test_winrm_logon
listener off                              connectors/test_connecting                connectors/test_winrm_sockets
firewall that drops                       connectors/test_connecting (silence)      connectors/test_winrm_lab
each quota                                --                                        connectors/test_winrm_lab, lab/_refusals
runspace killed, service restarted        --                                        connectors/test_winrm_lab
laptop restarts under us                  here                                      here, connectors/test_winrm_lab
sleep of 20 minutes in the middle         connectors/test_hostile_wire (silence)    connectors/test_winrm_asleep
a body cut, a connection cut              rehearsal/test_faults (LT-CABLE)          connectors/test_winrm_lab
user logs off in the middle of an import  here, edge/test_left_in_the_middle        here
task scheduler disabled                   here                                      here
two administrators at once                here, connectors/test_lock                here, connectors/test_winrm_lab
clock 10 minutes off                      --                                        lab/test_winrm_kerberos (Kerberos)
done, and the answer never came           rehearsal/test_faults (LT-CABLE)          connectors/test_winrm_asleep
========================================  ========================================  =======================================
"""

import time
from types import SimpleNamespace

import pytest

from pyinfra_wsl.lab import exe
from pyinfra_wsl.lab.machine.services import DISABLED
from pyinfra_wsl.lab.verbs import file as file_verbs

WAYS = ("ssh", "psrp")
ALICE = "CORP\\alice"
SERVICE = r"HKLM\SYSTEM\CurrentControlSet\Services\Schedule"
LOCK = r"C:\Program Files\pyinfra-wsl\lock"
LEAVES, TASKS, RESTART, BUSY = KINDS = "LT-LEAVES", "LT-TASKS", "LT-RESTART", "LT-BUSY"
NAMES = [f"{kind}-{way.upper()}" for kind in KINDS for way in WAYS]
FASTER = 80
"""How much sooner than in truth a task that does not answer is given up."""


async def leave(machine):
    """Log off: their session and all in it ends, and with it an import."""
    await machine.sleep(0.5)
    machine.log_off(machine.account(ALICE))


async def restart(machine):
    await machine.sleep(0.5)
    await machine.reboot()


def declare(fleet):
    for name, host in fleet["hosts"].items():
        host["connection"] = {"transport": name.rpartition("-")[2].lower(), "user": "fleet-admin"}


@pytest.fixture(scope="module")
def told(make_stage):
    """Return what two runs come to: things go wrong in the first, and the second is after all is well again."""
    left, real = {}, exe.PROGRAMS["wsl.exe"]
    for name in NAMES:
        if act := {LEAVES: leave, RESTART: restart}.get(name.rpartition("-")[0]):
            left[name] = act

    async def watched(inv):
        if "--import" in inv.arguments and (act := left.pop(inv.machine.name, None)):
            inv.machine.background(act(inv.machine))
        return await real(inv)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(exe.PROGRAMS, "wsl.exe", watched)
        patch.setattr(file_verbs, "time", SimpleNamespace(monotonic=lambda: time.monotonic() * FASTER))
        made = make_stage(declare, winrm={}, **{name.replace("-", "_"): "connection-dropped" for name in NAMES})
        found = runs(made)
    assert not left, "else this would show nothing"
    return found


def runs(made):
    machines = {name: made.stage.machine(name) for name in NAMES}
    of = {kind: [machines[f"{kind}-{way.upper()}"] for way in WAYS] for kind in KINDS}
    for machine in machines.values():
        machine.faults.drop_connection_during = None
        machine.faults.slow_transfers = 2.0
    for machine in of[TASKS]:
        made.stage.do(machine.services.stop, "Schedule")
        made.stage.do(machine.registry.set, SERVICE, "Start", "DWord", DISABLED)
    for machine in of[BUSY]:
        lock = made.stage.do(machine.files.write, LOCK, b"")
        lock.open_by = "another agent"
        made.stage.do(machine.files.write, f"{LOCK}.holder", b"ada@desk, run 1111")
    first = made.converge(), made.results()
    for machine in of[TASKS]:
        made.stage.do(machine.registry.set, SERVICE, "Start", "DWord", 2)
        made.stage.do(machine.services.start, "Schedule")
    for machine in of[BUSY]:
        machine.files.stat(LOCK).open_by = ""
    for machine in (*of[LEAVES], *of[RESTART]):
        made.stage.do(machine.log_on, machine.account(ALICE))
    second = made.converge(), made.results()
    sessions = [made.stage.laptop(name).winrm.service.shells for name in NAMES]
    return first, second, [one for one in sessions if one]


BOTH = pytest.mark.parametrize("way", [one.upper() for one in WAYS])
SCHEDULER = "schtasks.exe refused a task for CORP\\alice: ERROR: The Task Scheduler service is not running."


@BOTH
def test_what_somebody_left_in_the_middle_of_an_import_waits_for_them_and_nothing_has_failed(told, way):
    result = told[0][1][f"{LEAVES}-{way}"]
    assert (result["outcome"], result["failures"]) == ("deferred", [])
    assert {one["waits_for"] for one in result["deferred"]} == {"user logon"}
    left = [one["sentence"] for one in result["deferred"] if one["reason"] == f"{ALICE} logged off in the middle of it"]
    assert left[0].startswith("import Ubuntu-24.04")
    assert "import" not in str(result["changes"])


@BOTH
def test_without_a_task_scheduler_what_it_said_is_told_with_the_service_to_look_at(told, way):
    result = told[0][1][f"{TASKS}-{way}"]
    assert result["outcome"] == "failed"
    for failure in result["failures"]:
        assert failure["cause"].endswith(SCHEDULER)
        assert "the service Schedule (Task Scheduler)" in failure["remedy"]
    assert {one["resource"] for one in result["failures"]} == {"wslconfig", "wsl_distro"}


@BOTH
def test_a_laptop_that_restarts_under_us_has_not_made_the_change(told, way):
    result = told[0][1][f"{RESTART}-{way}"]
    assert result["outcome"] == "failed"
    (failure,) = result["failures"]
    assert failure["cause"].startswith("import Ubuntu-24.04")
    assert "broke off" in failure["cause"]
    assert failure["remedy"] == "run again, what was done is kept"


@BOTH
def test_of_two_administrators_the_second_is_told_who_the_first_is(told, way):
    (failure,) = told[0][1][f"{BUSY}-{way}"]["failures"]
    assert failure["cause"] == "another run works on this laptop: the lock says that it is held by ada@desk, run 1111"
    assert failure["remedy"].startswith("wait for its end")


@pytest.mark.parametrize("name", NAMES)
def test_the_next_run_mends_it(told, name):
    result = told[1][1][name]
    assert result["outcome"] == "converged", result["failures"] + result["deferred"]
    assert [*result["before"]["wsl_distro"]["distros"]] in ([], ["Ubuntu-24.04"])


def test_no_traceback_and_no_session_is_left(told):
    for done, _results in told[:2]:
        assert "Traceback" not in done.stdout + done.stderr
    assert told[2] == []
