"""Docker Toolbox retired on laptops of the lab: what is taken away, what stays, and what waits."""

from dataclasses import replace

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import refusal, wanted
from support.wire import words

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.windows.look import look
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.lab.docker_desktop import toolbox
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.machine import windows
from pyinfra_wsl.resources.docker_toolbox import hijack, uninstall, virtualbox
from pyinfra_wsl.resources.docker_toolbox import plan as planning
from pyinfra_wsl.resources.docker_toolbox.resource import RESOURCE
from pyinfra_wsl.resources.docker_toolbox.state import State

GONE = {"state": "absent"}
CONSENT = GONE | {"allow_data_loss": True}
DISK = b"KDMV" + bytes(2044)


@pytest.fixture
def lab():
    found = LabLaptop()
    toolbox.toolbox(found.machine, found.alice, machines=("default", "farm"))
    toolbox.add_machine(found.machine, found.alice, "farm", DISK)
    return found


def variables(lab, person=True):
    held = lab.machine.registry.values(toolbox.environment(lab.alice if person else None))
    return {name for name in held if name.startswith("DOCKER")}


def of(planner, lab, declared=GONE):
    return planner.plan(wanted(RESOURCE, {"docker_toolbox": declared}), lab.look())


def disks(lab, person=None):
    folder = toolbox.store(person or lab.alice)
    names = [one.name for one in lab.machine.files.list(folder)] if lab.machine.files.is_dir(folder) else []
    return [name for name in names if lab.machine.files.exists(rf"{folder}\{name}\disk.vmdk")]


# --- variables -----------------------------------------------------------------------------------------------------


def test_the_variables_go_first_with_the_rights_of_their_person_and_the_next_plan_has_none(lab):
    lab.machine.registry.set(toolbox.environment(None), "DOCKER_TLS_VERIFY", "String", "1")
    plan = of(hijack, lab)
    ours = "DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY, DOCKER_MACHINE_NAME, DOCKER_TOOLBOX_INSTALL_PATH"
    assert lab.sentences(plan) == ["remove DOCKER_TLS_VERIFY of the laptop", rf"remove {ours} of CORP\alice"]
    asked = [words(one) for request in lab.asked_by(plan.steps[1].does(lab.next_run)) for one in request.calls]
    assert not [one for one in asked if one.startswith("registry.remove")], "it is done in their session"
    lab.carry_out(replace(plan, steps=plan.steps[:1]))
    assert (variables(lab), variables(lab, person=False)) == (set(), set())
    again = of(hijack, lab)
    assert (again.steps, again.warnings, again.noop) == ((), (), "no variable of Docker Toolbox is set")
    assert lab.machine.files.exists(rf"{toolbox.TOOLBOX}\docker.exe")


def test_variables_of_the_machine_without_the_program_go_too():
    lab = LabLaptop()
    for name, value in (toolbox.VARIABLES | {"DOCKER_TOOLBOX_INSTALL_PATH": toolbox.TOOLBOX}).items():
        lab.machine.registry.set(toolbox.environment(None), name, "String", value)
    lab.carry_out(of(hijack, lab))
    assert variables(lab, person=False) == set()
    assert of(planning, lab).noop == "Docker Toolbox is not installed"


@pytest.mark.parametrize("host", ["ssh://ada@build", "tcp://build.corp.example:2376", "npipe:////./pipe/docker_engine"])
def test_a_docker_host_that_is_not_the_toolboxs_stays_and_is_told_without_its_value(host):
    lab = LabLaptop()
    for name, value in {"DOCKER_HOST": host, "DOCKER_CERT_PATH": r"D:\certs", "DOCKER_TLS_VERIFY": "1"}.items():
        lab.machine.registry.set(toolbox.environment(lab.alice), name, "String", value)
    plan = of(hijack, lab)
    assert plan.steps == ()
    (warning,) = plan.warnings
    assert warning.startswith(r"DOCKER_HOST, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY of CORP\alice stay")
    assert host not in warning


@pytest.mark.parametrize("host", ["tcp://192.168.99.107:2376", "tcp://10.0.0.7:2376"])
def test_a_docker_host_beside_docker_machines_own_variables_is_the_toolboxs(host):
    lab = LabLaptop()
    for name, value in {"DOCKER_HOST": host, "DOCKER_MACHINE_NAME": "default"}.items():
        lab.machine.registry.set(toolbox.environment(lab.alice), name, "String", value)
    lab.carry_out(of(hijack, lab))
    assert variables(lab) == set()


def test_a_docker_host_of_a_person_stays_beside_what_docker_machine_set_for_the_laptop():
    lab = LabLaptop()
    lab.machine.registry.set(toolbox.environment(lab.alice), "DOCKER_HOST", "String", "tcp://10.0.0.7:2376")
    lab.machine.registry.set(toolbox.environment(None), "DOCKER_MACHINE_NAME", "String", "default")
    lab.carry_out(of(hijack, lab))
    assert variables(lab) == {"DOCKER_HOST"}


def test_what_is_a_persons_waits_for_their_logon_and_what_is_the_laptops_does_not(lab):
    lab.machine.registry.set(toolbox.environment(None), "DOCKER_HOST", "String", "tcp://192.168.99.100:2376")
    lab.target = replace(lab.target, user="alice")
    lab.machine.log_off(lab.alice)
    plan = of(hijack, lab)
    assert lab.sentences(plan) == ["remove DOCKER_HOST of the laptop"]
    (waits,) = plan.deferred
    assert (waits.waits_for, waits.reason) == ("user logon", r"CORP\alice is logged off")
    (waits,) = of(planning, lab).deferred
    assert waits.waits_for == "user logon"


def test_variables_that_do_not_go_are_a_failure(lab):
    (step,) = of(hijack, lab).steps
    lab.machine.registry.remove_value = lambda *_anything, **_more: False
    with pytest.raises(StepError, match=r"variables of CORP\\alice could not be removed: DOCKER_HOST, "):
        lab.drive(step.does(lab.next_run))


# --- the program ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("narrow", [False, True])
def test_the_program_goes_by_its_own_uninstaller_and_machines_stay_by_name_and_size(narrow):
    lab = LabLaptop()
    toolbox.toolbox(lab.machine, lab.alice, machines=("default", "farm"), narrow=narrow)
    toolbox.add_machine(lab.machine, lab.alice, "farm", DISK)
    toolbox.enter_path(lab.machine, None)
    lab.machine.files.write(rf"{toolbox.TOOLBOX}\notes.txt", b"alice's")
    plan = of(planning, lab)
    assert lab.sentences(plan) == ["remove Docker Toolbox 19.03.1"]
    assert plan.steps[0].note == "stay: default (64 bytes), farm (2.0 kB)"
    (warning,) = plan.warnings
    assert warning.startswith(r"2 virtual machines of docker-machine stay in C:\Users\alice\.docker\machine\machines: ")
    lab.carry_out(plan)
    assert [one.name for one in lab.machine.files.list(toolbox.TOOLBOX)] == ["notes.txt"]
    assert disks(lab) == ["default", "farm"]
    for key in (toolbox.TOOLBOX_KEY, toolbox.NARROW_KEY):
        assert not lab.machine.registry.exists(key)
    for person in (lab.alice, None):
        kind, path = lab.machine.registry.values(toolbox.environment(person))["Path"]
        assert (kind, toolbox.TOOLBOX in path) == ("ExpandString", False)
    assert not lab.machine.files.exists(rf"{toolbox.menu(lab.alice)}\Kitematic (Alpha).lnk")
    again = of(planning, lab)
    assert (again.steps, again.failures, again.noop) == ((), (), "Docker Toolbox is not installed")
    assert "default (size unknown), farm (size unknown)" in again.warnings[0]


def test_the_machine_and_the_proxy_of_the_account_that_uninstalls_are_safe_from_the_uninstaller(lab):
    """Its [UninstallRun] deletes docker-machine's `default` and HKCU's NO_PROXY of who runs it: that is we."""
    ours = windows.administrator_token(lab.machine).account
    toolbox.add_machine(lab.machine, ours, "default")
    key = toolbox.environment(ours)
    lab.machine.registry.set(key, "NO_PROXY", "ExpandString", "%COMPUTERNAME%,corp.example")
    lab.machine.registry.set(key, "DOCKER_HOST", "String", "ssh://ada@build")
    lab.machine.registry.set(key, "DOCKER_MACHINE_NAME", "String", "default")
    lab.carry_out(of(planning, lab))
    assert disks(lab, ours) == ["default"]
    assert toolbox.registered(lab.machine, ours)
    held = lab.machine.registry.values(key)
    assert held["NO_PROXY"] == ("ExpandString", "%COMPUTERNAME%,corp.example")
    assert held["DOCKER_HOST"] == ("String", "ssh://ada@build")
    assert "DOCKER_MACHINE_NAME" not in held


def test_machines_are_deleted_with_consent_only_and_each_is_named_with_its_size(lab):
    lab.machine.files.write(rf"{toolbox.store(lab.alice)}\cloud\config.json", b'{"DriverName": "amazonec2"}')
    plan = of(planning, lab, CONSENT)
    assert lab.sentences(plan) == [
        "delete the virtual machine default (64 bytes)",
        "delete the virtual machine farm (2.0 kB)",
        "remove Docker Toolbox 19.03.1",
    ]
    assert plan.steps[-1].note == "stay: cloud (no disk on this laptop)"
    lab.carry_out(plan)
    assert disks(lab) == []
    assert toolbox.registered(lab.machine, lab.alice) == []
    assert lab.machine.files.exists(rf"{toolbox.store(lab.alice)}\cloud\config.json")
    assert of(planning, lab, CONSENT).steps == ()


def test_a_machine_whose_name_is_no_name_of_docker_machine_is_not_given_to_it(lab):
    toolbox.add_machine(lab.machine, lab.alice, "-y")
    plan = of(planning, lab, CONSENT)
    assert not [one for one in lab.sentences(plan) if "-y" in one]
    assert "-y (64 bytes)" in plan.warnings[0]


@pytest.mark.parametrize("declared", [GONE, CONSENT])
def test_nothing_goes_while_a_virtual_machine_runs(lab, declared):
    process = toolbox.run_machine(lab.machine, lab.alice, "farm")
    plan = of(planning, lab, declared)
    (waits,) = plan.deferred
    assert (plan.steps, waits.waits_for, waits.reason) == ((), "guests stopped", r"running: farm of CORP\alice")
    lab.machine.processes.end(process)
    assert of(planning, lab, declared).deferred == ()


def test_a_machine_of_ones_own_that_is_not_docker_machines_does_not_hold_it_up_and_one_of_others_does(lab):
    toolbox.run_machine(lab.machine, lab.alice, "windows 7")
    assert of(planning, lab).deferred == ()
    toolbox.run_machine(lab.machine, windows.add_person(lab.machine, "bo"), "default")
    (waits,) = of(planning, lab).deferred
    assert waits.reason.startswith("running: default of S-1-5-21-")


@pytest.mark.parametrize("declared", [GONE, CONSENT])
def test_one_that_is_started_meanwhile_is_not_ended(lab, declared):
    plan = of(planning, lab, declared)
    toolbox.run_machine(lab.machine, lab.alice, "default")
    for step in plan.steps:
        with pytest.raises(StepError, match=r"not done, running: default of CORP\\alice"):
            lab.drive(step.does(lab.next_run))
    assert disks(lab) == ["default", "farm"]
    assert lab.machine.files.exists(rf"{toolbox.TOOLBOX}\docker-machine.exe")


@pytest.mark.parametrize("code", [0, 1])
def test_an_uninstaller_that_leaves_the_program_is_not_believed_and_the_next_run_repairs(lab, code, monkeypatch):
    monkeypatch.setattr(uninstall, "_PATIENCE", 0.1)
    lab.machine.part(DockerDesktop).happens.toolbox_remover_exit = code
    (step,) = of(planning, lab).steps
    with pytest.raises(StepError, match=f"19.03.1 is still there after its uninstaller: exit code {code}"):
        lab.drive(step.does(lab.next_run))
    lab.carry_out(of(planning, lab))
    assert of(planning, lab).noop == "Docker Toolbox is not installed"


def test_machines_that_an_uninstaller_takes_nevertheless_are_told(lab):
    (step,) = of(planning, lab).steps

    def carry_out():
        for request in lab.asked_by(step.does(lab.next_run)):
            if any("unins000" in words(one) for one in request.calls):
                lab.machine.files.remove(rf"{toolbox.store(lab.alice)}\default", tree=True)

    with pytest.raises(StepError, match="after the uninstaller of Docker Toolbox the virtual machines default are gone"):
        carry_out()


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (r"C:\Users\alice\toolbox\unins000.exe", "outside of Program Files"),
        (r"C:\Program Files\..\Users\alice\unins000.exe", "outside of Program Files"),
        ("powershell.exe -File x.ps1", "names no uninstaller"),
        (r'"C:\Program Files\Docker Toolbox\unins000.exe" & calc', "names no uninstaller"),
        ("", "names no uninstaller"),
    ],
)
def test_only_an_uninstaller_of_inno_setup_that_others_cannot_change_is_started(lab, value, cause):
    lab.machine.registry.set(toolbox.TOOLBOX_KEY, "UninstallString", "String", value)
    (failure,) = of(planning, lab).failures
    assert cause in failure.cause
    assert failure.remedy


def test_files_without_an_uninstaller_are_left_to_a_person(lab):
    lab.machine.registry.remove_tree(toolbox.TOOLBOX_KEY)
    (failure,) = of(planning, lab).failures
    assert (failure.code, toolbox.TOOLBOX in failure.cause) == ("no_uninstaller", True)


def test_what_is_left_without_the_program_is_taken_away():
    lab = LabLaptop()
    toolbox.program(lab.machine, lab.alice)
    lab.machine.files.remove(toolbox.TOOLBOX, tree=True)
    lab.machine.registry.remove_tree(toolbox.TOOLBOX_KEY)
    own = rf"{toolbox.menu(lab.alice)}\mine.lnk"
    lab.machine.files.write(own, b"alice's")
    (sentence,) = lab.sentences(plan := of(planning, lab))
    assert sentence.startswith("take away what Docker Toolbox has left: ")
    assert "Path of the user" in sentence
    lab.carry_out(plan)
    assert of(planning, lab).steps == ()
    assert lab.machine.files.exists(own)


def test_machines_that_were_moved_elsewhere_are_not_known_and_not_deleted(lab):
    lab.machine.registry.set(toolbox.environment(lab.alice), "MACHINE_STORAGE_PATH", "String", r"D:\machines")
    plan = of(planning, lab, CONSENT)
    assert lab.sentences(plan) == ["remove Docker Toolbox 19.03.1"]
    assert "it is not known which virtual machines" in plan.warnings[0]


def test_a_dry_run_foresees_what_the_next_operation_finds(lab):
    want = wanted(RESOURCE, {"docker_toolbox": CONSENT})
    after = RESOURCE.forecast(lab.look(), want)
    assert planning.plan(want, after).steps == ()
    assert [one.sentence for one in virtualbox.plan(want, after).steps] == ["remove VirtualBox 6.0.10"]
    assert "VirtualBox stays" in virtualbox.plan(want, lab.look()).failures[0].cause


# --- nothing, nobody, nonsense -------------------------------------------------------------------------------------


@pytest.mark.parametrize("planner", [hijack, planning, virtualbox])
def test_what_is_not_known_is_no_success(planner):
    lab = LabLaptop()
    seen = lab.look()
    plan = planner.plan(wanted(RESOURCE, {"docker_toolbox": GONE}), seen.having(State()))
    assert plan.steps == ()
    assert plan.failures[0].remedy


@pytest.mark.parametrize("planner", [hijack, planning, virtualbox])
def test_nobody_at_the_screen_is_waited_for_and_nothing_that_may_be_theirs_is_touched(planner, lab):
    lab.machine.log_off(lab.alice)
    plan = of(planner, lab)
    assert plan.steps == ()
    assert [one.waits_for for one in plan.deferred] == ["user logon"]


def test_a_laptop_without_any_of_it_is_asked_nothing_more():
    lab = LabLaptop()
    lab.requests = 0
    for planner in (hijack, planning, virtualbox):
        plan = of(planner, lab)
        assert (plan.steps, plan.deferred, plan.failures, plan.warnings) == ((), (), (), ())
    assert lab.requests == 6


def test_what_other_people_have_in_virtualbox_is_read_only_where_it_is(lab):
    def asked(found):
        run = look(resources(), found.next_run, found.target)
        return [words(one) for request in found.asked_by(run) for one in request.calls if "VirtualBox.xml" in words(one)]

    windows.add_person(lab.machine, "bo")
    assert len(asked(lab)) == 3  # alice, bo and we
    assert asked(LabLaptop()) == []


@pytest.mark.parametrize("declared", [{"state": "present"}, {"state": "absent", "virtualbox": "present"}, {"allow_data_loss": 1}])
def test_bad_values_are_told_before_anything_is_looked_at(declared):
    assert refusal(RESOURCE, {"docker_toolbox": declared}).cause.startswith("docker_toolbox")
