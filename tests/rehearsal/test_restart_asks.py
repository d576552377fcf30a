"""Right before a restart it is asked once more who would be disturbed: what was seen before may be minutes old, or nothing."""

import pytest

from pyinfra_wsl.lab.verbs import cim

ALICE = r"CORP\alice"
SCRIPT = 'from pyinfra_wsl.operations import reboot\nreboot.if_pending(name="Restart", policy="{}")\n'


def restart(rehearsal, policy):
    """Have the laptop restarted if it may be; return its result, and whether it was."""
    (rehearsal.folder / "restart.py").write_text(SCRIPT.format(policy))
    booted = rehearsal.stage.machine("LT-P").booted_at
    rehearsal.pyinfra("restart.py", "-y")
    return rehearsal.results()["LT-P"], rehearsal.stage.machine("LT-P").booted_at != booted


def after_the_look(monkeypatch, act):
    """Let something happen to the laptop once it was looked at: its clock is what is asked last of who is there and when."""
    real, calls = cim.CLASSES["win32_operatingsystem"], []

    def system(machine):
        calls.append(machine)
        if len(calls) == 2:
            act(machine)
        return real(machine)

    monkeypatch.setitem(cim.CLASSES, "win32_operatingsystem", system)


def refused(monkeypatch, part):
    """Let Windows refuse to tell of processes, of those that a condition names."""
    real = cim._meets

    def meets(item, condition):
        if part in condition:
            raise cim.CallFailedError("failed", "Call cancelled", cim.CIM_EXCEPTION)
        return real(item, condition)

    monkeypatch.setattr(cim, "_meets", meets)


def nobody_at_the_screen(monkeypatch):
    """Let whoever is logged on have left the screen to the logon page, as after a change of users."""
    real = cim.CLASSES["win32_computersystem"]
    monkeypatch.setitem(cim.CLASSES, "win32_computersystem", lambda machine: [{**real(machine)[0], "UserName": None}])


@pytest.fixture
def rehearsal(make_stage):
    return make_stage(lambda fleet: fleet["hosts"]["LT-P"].update(user=ALICE), LT_P="pending-reboot")


def test_who_logs_on_after_the_look_is_seen_and_not_restarted(rehearsal, monkeypatch):
    machine = rehearsal.stage.machine("LT-P")
    rehearsal.stage.do(machine.log_off, machine.account(ALICE))
    after_the_look(monkeypatch, lambda seen: seen.log_on(seen.account(ALICE)))
    result, restarted = restart(rehearsal, "no_user")
    assert not restarted
    assert result["outcome"] == "failed"
    assert result["failures"][0]["cause"] == "the laptop was not restarted: somebody is logged on"


def test_who_logs_on_after_the_look_has_a_minute_where_the_policy_is_now(rehearsal, monkeypatch):
    machine = rehearsal.stage.machine("LT-P")
    rehearsal.stage.do(machine.log_off, machine.account(ALICE))
    slept = []
    real = machine.sleep
    monkeypatch.setattr(type(machine), "sleep", lambda _machine, seconds: (slept.append(seconds), real(seconds))[1])
    after_the_look(monkeypatch, lambda seen: seen.log_on(seen.account(ALICE)))
    _result, restarted = restart(rehearsal, "now")
    assert restarted
    assert 60 in slept


@pytest.mark.parametrize("policy", ["no_user", "now"])
def test_what_cannot_be_seen_may_be_there(rehearsal, monkeypatch, policy):
    nobody_at_the_screen(monkeypatch)
    refused(monkeypatch, {"no_user": "explorer.exe", "now": "wsl.exe"}[policy])
    result, restarted = restart(rehearsal, policy)
    assert not restarted
    assert result["outcome"] == {"no_user": "failed", "now": "deferred"}[policy]


def test_a_desktop_whose_owner_is_not_told_is_somebodys(rehearsal, monkeypatch):
    nobody_at_the_screen(monkeypatch)
    monkeypatch.setattr(cim, "_invoke", lambda *_asked: {"Sid": None, "Domain": None, "User": None, "ReturnValue": 2})
    result, restarted = restart(rehearsal, "no_user")
    assert not restarted
    assert "it is not known who is logged on" in result["failures"][0]["cause"]
