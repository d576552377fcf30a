"""The one question before anything of WSL is ended: who runs, who is busy, what is under way; in a plan and right before."""

import asyncio
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lab_laptop import LabLaptop
from support.laptops import ALICE, laptop, wanted

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows import work
from pyinfra_wsl.core.windows.idle import Idle
from pyinfra_wsl.core.windows.work import Work
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.start import start
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.wsl import plan as wsl_plan
from pyinfra_wsl.resources.wsl.resource import RESOURCE as WSL
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf_plan
from pyinfra_wsl.resources.wsl_conf.resource import RESOURCE as WSL_CONF
from pyinfra_wsl.resources.wsl_distro import plan as distro_plan
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE as DISTRO
from pyinfra_wsl.resources.wslconfig import plan as wslconfig_plan
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE as WSLCONFIG
from tests.lab.wsl_laptop import archive as rootfs

EXE = r"C:\Program Files\WSL\wsl.exe"
HOME = r"C:\Users\alice"
IMPORT = ("--import", "New", rf"{HOME}\new", r"C:\new.tar")
EXPORT = ("--export", "Other", rf"{HOME}\other.tar")
CONVERT = ("--set-version", "Other", "1")
TRANSFERS = {"import": (IMPORT, "--import"), "export": (EXPORT, "--export"), "conversion": (CONVERT, "--set-version")}

# --- on a simulated laptop ---


@pytest.fixture
def here():
    made = LabLaptop()
    made.machine.files.write(r"C:\new.tar", rootfs())
    for name in ("Other", "Ubuntu"):
        wsl.register(made.machine, made.alice, name, rootfs(), folder=rf"{HOME}\{name}")
    made.machine.files.write(r"C:\Users\alice\.wslconfig", b"[wsl2]\nmemory=8GB\n")
    return made


def begin(made, words, account=None):
    """Let somebody begin a transfer that takes longer than the test."""
    person = account or made.alice
    made.machine.faults.slow_transfers = 1e6

    async def call():
        process = start(made.machine, Token(person, False, person.session), EXE, words)
        while not wsl.session(made.machine, person).locked:
            await asyncio.sleep(0.001)
        return process

    return made.loop.run_until_complete(call())


def finish(made, process):
    """End the transfer without a trace, as its end would."""
    made.machine.faults.slow_transfers = 0
    assert process.task is not None
    assert not process.task.done(), "it was broken off"


def wslconfig(made, apply="when_idle"):
    want = {"wsl2": {"memory": "4GB"}, "apply": apply}
    return wslconfig_plan.plan(wanted(WSLCONFIG, {"wslconfig": want}), made.look())


def package(made, apply="when_idle"):
    want = {"minimum": "2.9.0", "update": "web", "apply": apply}
    return wsl_plan.plan(wanted(WSL, {"wsl": {"package": want}}), made.look())


def conf(made, apply="when_idle"):
    made.target = made.target.__class__("console", ("Ubuntu",))
    values = {"wsl_distros": {"Ubuntu": {"wsl_conf": {"boot": {"systemd": True}, "apply": apply}}}}
    return wsl_conf_plan.plan(wanted(WSL_CONF, values), made.look())


def distro(made, want):
    return distro_plan.plan(wanted(DISTRO, {"wsl_distros": {"Other": want}}), made.look())


def boot(made):
    """Have the VM run, with nothing in it."""

    async def call():
        wsl.session(made.machine, made.alice).boot()

    made.loop.run_until_complete(call())


@pytest.mark.parametrize("apply", ["when_idle", "now"])
@pytest.mark.parametrize(("words", "said"), TRANSFERS.values(), ids=TRANSFERS)
@pytest.mark.parametrize("planned", [wslconfig, package])
def test_nothing_is_ended_while_a_transfer_is_under_way(here, planned, words, said, apply):
    process = begin(here, words)
    (deferred,) = planned(here, apply).deferred
    assert deferred.waits_for == "vm idle"
    assert said in deferred.reason
    assert "under way" in deferred.reason
    finish(here, process)


@pytest.mark.parametrize(("words", "said"), TRANSFERS.values(), ids=TRANSFERS)
@pytest.mark.parametrize("planned", [wslconfig, package])
def test_a_transfer_that_began_after_the_plan_is_seen_right_before_and_survives(here, planned, words, said):
    boot(here)
    plan = planned(here)
    assert plan.steps
    process = begin(here, words)
    with pytest.raises(StepError, match=said) as caught:
        here.carry_out(plan)
    assert caught.value.code == "vm idle"
    assert "nothing was ended" in caught.value.remedy
    finish(here, process)
    assert wsl.session(here.machine, here.alice).vm is not None


@pytest.mark.parametrize("words", [IMPORT, EXPORT])
def test_of_somebody_else_it_holds_up_the_package_and_not_ones_own_vm(here, words):
    bob = windows.add_person(here.machine, "bob")
    here.machine.log_on(bob)
    here.machine.files.make(rf"{bob.profile}\x")
    wsl.register(here.machine, bob, "Other", rootfs(), folder=rf"{bob.profile}\Other")
    boot(here)
    process = begin(here, [word.replace("alice", "bob") for word in words], bob)
    assert not wslconfig(here).deferred
    assert "under way" in package(here).deferred[0].reason
    assert "under way" in package(here, "now").deferred[0].reason
    here.carry_out(wslconfig(here))
    finish(here, process)


def test_a_transfer_whose_client_is_gone_shows_in_the_states(here):
    """Nobody has a wsl.exe, as where a program asks the service itself: the service's own list tells."""
    process = begin(here, EXPORT)
    here.machine.processes.end(process)
    assert "Other is exporting" in wslconfig(here).deferred[0].reason
    assert "Other is exporting" in distro(here, {"location": rf"{HOME}\moved"}).deferred[0].reason


@pytest.mark.parametrize("state", [3, 4])
def test_what_is_registered_as_half_is_not_idle(here, state):
    boot(here)
    wsl.register(here.machine, here.alice, "Half", rootfs(), state=state)
    assert f"Half is {'installing' if state == 3 else 'uninstalling'}" in wslconfig(here).deferred[0].reason


@pytest.mark.parametrize(
    "want",
    [{"location": rf"{HOME}\moved"}, {"version": 1}, {"default_user": "dev"}, {"export_to": rf"{HOME}\o.tar"},
     {"state": "absent", "allow_data_loss": True}],
)  # fmt: skip
def test_a_change_of_a_distribution_asks_right_before(here, want):
    plan = distro(here, want)
    (step,) = plan.steps
    process = begin(here, ("--export", "Other", rf"{HOME}\alices.tar"))
    with pytest.raises(StepError, match="under way"):
        here.carry_out(plan)
    finish(here, process)
    assert step.sentence


def test_a_transfer_of_another_distribution_does_not_matter_to_one(here):
    process = begin(here, ("--export", "Ubuntu", rf"{HOME}\alices.tar"))
    assert distro(here, {"location": rf"{HOME}\moved"}).steps
    finish(here, process)


def test_a_distribution_that_only_we_woke_is_not_ended_once_somebody_works_in_it(here):
    plan = conf(here)
    assert [step.sentence for step in plan.steps][-1] == "Ubuntu: restart with the written wsl.conf"
    here.machine.processes.add(EXE, here.token(here.alice), command_line="wsl.exe -d Ubuntu")
    with pytest.raises(StepError, match="somebody works in Ubuntu"):
        here.carry_out(plan)
    here.machine.processes.kill_all()
    assert conf(here).steps or conf(here).deferred, "what was written and is not live is not forgotten"


def test_docker_desktop_that_begins_is_waited_for(here):
    boot(here)
    here.docker()
    here.machine.processes.add(r"C:\Program Files\Docker\Docker\Docker Desktop.exe", here.token(here.alice))
    assert "Docker Desktop of CORP\\alice runs" in wslconfig(here).deferred[0].reason
    assert "Docker Desktop runs" in package(here).deferred[0].reason
    assert wslconfig(here, "now").steps


def test_the_installer_of_docker_desktop_is_a_transfer(here):
    boot(here)
    here.machine.processes.add(r"C:\Temp\Docker Desktop Installer.exe", here.token(here.alice), command_line="x install")
    assert "Installer.exe is under way" in wslconfig(here, "now").deferred[0].reason


# --- without one ---

BOB = "S-1-5-21-1-2-3-1105"
RUNS = wsl_distro.State(distros={}, running=())


@pytest.mark.parametrize(
    ("lately", "said"),
    [(None, "could not be seen what is under way"), ((Work("wsl.exe", None),), "is not told is under way")],
)
def test_what_is_unknown_is_not_idle(lately, said):
    assert said in Idle(ALICE, RUNS, lately).hindrance()
    assert said in Idle(ALICE, RUNS, lately).hindrance(consent=True)
    assert "could not be seen whether a distribution runs" in Idle(ALICE, wsl_distro.State(distros={}), ()).hindrance()


def test_an_unanswered_question_is_unknown():
    assert work.read(Answer(False, {}, "failed", "Not found")) is None


WORDS = st.lists(st.sampled_from(["-d", "Ubuntu", "--", "ls", "--export", "--import", "~", "{1}", '"a b"', "-l"]), max_size=6)


@given(words=WORDS, mine=st.booleans(), only=st.sampled_from(["", "Ubuntu", "Other"]), consent=st.booleans())
def test_a_transfer_is_never_overlooked_wherever_its_word_stands(words, mine, only, consent):
    line = " ".join(["wsl.exe", *words])
    answer = Answer(True, {"objects": [{"Name": "WSL.EXE", "CommandLine": line, "returns": {"Sid": ALICE.sid if mine else BOB}}]})
    said = Idle(ALICE, RUNS, work.read(answer)).hindrance(only, consent=consent)
    transfer = {"--export", "--import"} & set(words)
    expected = bool(transfer) and mine and (not only or only in words)
    assert ("under way" in said) is expected


def test_a_plan_says_what_it_waits_for():
    held = laptop(wsl={"work": (Work("wsl.exe", ("--export", "ubuntu"), ALICE.sid),), "vm": True})
    assert wsl_distro.idle(held).hindrance() == "wsl.exe --export is under way"
    assert partial(wsl_distro.idle(held).hindrance, "Debian")() == ""


def test_a_vm_of_somebody_who_logged_on_after_the_plan_is_seen_right_before(here):
    (step,) = package(here).steps
    bo = windows.add_person(here.machine, "bo")
    here.machine.log_on(bo)
    here.machine.processes.add(r"C:\Windows\System32\vmmemWSL", Token(bo, False, bo.session))
    with pytest.raises(StepError, match="a WSL VM runs, of somebody"):
        here.drive(step.does(here.next_run))
