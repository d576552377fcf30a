"""Docker Desktop's integration where it cannot be, where it is not known, and where the file holds what nobody asked for."""

from dataclasses import replace

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import wanted
from test_docker_integration import ON, STORE, edit, plan, settings, values

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_desktop import resource as docker_desktop
from pyinfra_wsl.resources.docker_integration import plan as planning
from pyinfra_wsl.resources.docker_integration.resource import RESOURCE
from tests.lab.wsl_laptop import archive as rootfs


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop("Ubuntu")
    for name in ("Ubuntu", "Debian"):
        wsl.register(lab_laptop.machine, lab_laptop.alice, name, rootfs(), uid=1000)
    lab_laptop.docker()
    return lab_laptop


def only_failure(planned):
    assert not planned.steps
    (failure,) = planned.failures
    assert failure.remedy
    return failure.cause


@pytest.mark.parametrize(("version", "vague"), [("4.46.0", True), ("4.74.2", True), ("4.75.0", False), ("4.86.0", False)])
def test_what_an_absent_key_means_is_not_known_before_4_75(lab_laptop, version, vague):
    lab_laptop.docker(version)
    planned = plan(lab_laptop, {"default_distro": False})
    assert planned.steps == ()
    assert ["contradicts itself" in one for one in planned.unproved] == ([True] if vague else [])
    edit(lab_laptop, EnableIntegrationWithDefaultWslDistro=False)
    assert plan(lab_laptop, {"default_distro": False}).unproved == ()


def test_a_distribution_on_musl_is_refused_while_docker_desktop_is_stopped(lab_laptop):
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Alpine", rootfs(**{"lib__ld-musl-x86_64.so.1": b"\x7fELF"}))
    lab_laptop.target = lab_laptop.target.__class__("console", ("Alpine",))
    assert "Alpine is built on musl" in only_failure(plan(lab_laptop, {"distros": {"Alpine": True}}))
    assert not plan(lab_laptop, {"distros": {"Alpine": False}}).failures


def test_an_engine_inside_a_distribution_is_found_and_reported(lab_laptop):
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Own", rootfs(usr__bin__dockerd=b"\x7fELF"))
    lab_laptop.target = lab_laptop.target.__class__("console", ("Own",))
    (warning,) = plan(lab_laptop, {"distros": {"Own": True}}).warnings
    assert "Docker Engine of its own is installed inside Own" in warning
    assert plan(lab_laptop, {"distros": {"Own": False}}).warnings == ()


def test_one_that_a_run_would_install_before_is_as_good_as_there():
    lab_laptop = LabLaptop("Ubuntu")
    wsl.register(lab_laptop.machine, lab_laptop.alice, "Ubuntu", rootfs(), uid=1000)
    seen = lab_laptop.look()
    package = {"installer": r"\\files\d.exe", "sha256": "a" * 64, "minimum": "4.86.0"}
    want = wanted(docker_desktop.RESOURCE, {"docker_desktop": {"package": package}})
    after = replace(docker_desktop.RESOURCE.forecast(seen, want), foreseen=True)
    assert "not installed" in only_failure(planning.plan(wanted(RESOURCE, values(ON)), seen))
    planned = planning.plan(wanted(RESOURCE, values(ON)), after)
    assert [step.sentence for step in planned.steps] == ["WSL integration of Docker Desktop: Ubuntu on"]


def test_duplicates_and_foreign_entries_cause_no_change_of_their_own(lab_laptop):
    edit(lab_laptop, IntegratedWslDistros=["Gone", "Ubuntu", "Gone", "Ubuntu"])
    assert plan(lab_laptop).steps == ()
    lab_laptop.carry_out(plan(lab_laptop, {"distros": {"Debian": True}}))
    assert settings(lab_laptop)["IntegratedWslDistros"] == ["Gone", "Ubuntu", "Debian"]


@pytest.mark.parametrize(("value", "after"), [
    ("Ubuntu", ["Ubuntu"]), ([None], ["Ubuntu"]), ({"value": ["Debian"], "Count": 1}, ["Debian", "Ubuntu"]), (None, ["Ubuntu"]),
    ("Debian", ["Debian", "Ubuntu"]),
])  # fmt: skip
def test_what_is_no_list_of_names_is_made_one(lab_laptop, value, after):
    edit(lab_laptop, IntegratedWslDistros=value)
    lab_laptop.carry_out(plan(lab_laptop))
    assert settings(lab_laptop)["IntegratedWslDistros"] == after


@pytest.mark.parametrize("value", [{"0": "Debian"}, ["Ubuntu", 7], 7, True, [["Debian"]]])
def test_of_what_no_names_can_be_told_it_is_said_and_nothing_is_written(lab_laptop, value):
    edit(lab_laptop, IntegratedWslDistros=value)
    before = lab_laptop.machine.files.read(STORE)
    assert "as IntegratedWslDistros, of which no names of distributions can be told" in only_failure(plan(lab_laptop))
    assert lab_laptop.machine.files.read(STORE) == before


def test_a_command_without_its_socket_is_no_full_disk(lab_laptop, monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.resources.docker_integration.apply.PAUSES", (0.1, 0.1))
    lab_laptop.machine.part(DockerDesktop).happens.socketless = {"Ubuntu"}
    lab_laptop.start_docker()
    with pytest.raises(StepError, match="its docker command is there, but no socket: the integration's proxy has ended") as told:
        lab_laptop.carry_out(plan(lab_laptop))
    assert "disk" not in told.value.cause + told.value.remedy
    lab_laptop.machine.part(DockerDesktop).happens.socketless = set()
    lab_laptop.carry_out(plan(lab_laptop))  # the next run repairs
    assert plan(lab_laptop).steps == ()


@pytest.mark.parametrize("runs", [True, False])
def test_windows_containers_leave_no_integration_and_nothing_is_restarted_in_vain(lab_laptop, runs):
    edit(lab_laptop, UseWindowsContainers=True, IntegratedWslDistros=["Ubuntu"])
    if runs:
        lab_laptop.start_docker()
    seen = lab_laptop.look()
    assert "Windows containers" in only_failure(planning.plan(wanted(RESOURCE, values(ON)), seen))
    off = planning.plan(wanted(RESOURCE, values({"distros": {"Debian": False}})), seen)
    assert (off.steps, off.failures) == ((), ())
