"""What Windows is to start of Docker Desktop: its helper service where somebody needs it, and itself with the user's session."""

import pytest
from support.docker import EXE, FOLDER, installed
from support.docker import plan as plan_package
from support.laptops import ALICE, laptop, wanted
from support.wire import RUN, Wire, ran

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.resources.docker_desktop import setup
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE

SERVICE = "com.docker.service"
SETTINGS = {"wsl-2": {}, "hyper-v": {"WslEngineEnabled": False}, "windows": {"UseWindowsContainers": True}}
ON = {"features": dict.fromkeys(("VirtualMachinePlatform", "Microsoft-Hyper-V-All", "Containers"), "Enabled")}


def plan(declared, backend="wsl-2", settings=None, **more):
    file = File(exists=True, parsed=docker_settings.Settings({"LicenseTermsVersion": 2, **SETTINGS[backend], **(settings or {})}))
    have = installed("4.86.0", **{"settings": file, "members": (ALICE.account,), "running_known": True} | more)
    return setup.plan(wanted(RESOURCE, {"docker_desktop": declared}), laptop(docker_desktop=have, windows_feature=ON))


def sentences(planned):
    return [step.sentence for step in planned.steps]


@pytest.mark.parametrize("backend", ["wsl-2", "hyper-v", "windows"])
@pytest.mark.parametrize("start", ["disabled", "manual", "automatic", "unknown", None])
def test_the_helper_service_starts_with_windows_where_the_backend_needs_it(backend, start):
    planned = plan({"backend": backend}, backend, services={SERVICE: start} if start else {})
    needed = backend != "wsl-2" and start in ("disabled", "manual")
    assert sentences(planned) == ([f"service {SERVICE}: {start} → automatic"] if needed else [])


@pytest.mark.parametrize(("option", "backend", "steps"), [(True, "wsl-2", 1), (False, "wsl-2", 0), (True, "windows", 0)])
def test_the_installers_option_for_the_service_holds_on_what_is_installed_too(option, backend, steps):
    have = installed("4.86.0", services={SERVICE: "manual", "LanmanServer": "automatic"})
    package = EXE | {"options": {"always-run-service": option}}
    planned = plan_package(package, have=have, more={"backend": backend}, windows_feature=ON)
    assert len(planned.steps) == steps  # of a backend that needs it, its settings bring it about


def test_the_service_is_configured_and_started_and_a_refusal_told():
    (step,) = plan({"backend": "windows"}, "windows", services={SERVICE: "manual"}).steps
    wire = Wire({"sc.exe": [ran(0), ran(1056)]})
    wire.drive(step.does(RUN))
    assert [line.rpartition("sc.exe")[2] for line in wire.said("sc.exe")] == [
        f" 60 config {SERVICE} start= auto", f" 60 start {SERVICE}",
    ]  # fmt: skip
    with pytest.raises(StepError, match=f"{SERVICE} could not be started: denied"):
        Wire({"sc.exe": ran(5, "denied")}).drive(step.does(RUN))


@pytest.mark.parametrize(
    ("wanted_", "found", "helper", "words"),
    [
        (True, False, "desktop", "Docker Desktop starts with Windows (Run)"),
        (True, False, "", ""),  # nobody has started it yet: its first start makes the value
        (True, None, "desktop", ""),
        (True, True, "desktop", ""),
        (False, True, "desktop", "Docker Desktop no longer starts with Windows (Run)"),
        (False, None, "desktop", ""),
        (False, False, "desktop", ""),
    ],
)
def test_what_starts_with_the_session_is_as_declared(wanted_, found, helper, words):
    planned = plan({"settings": {"AutoStart": wanted_}}, settings={"AutoStart": wanted_}, autostart=found, helper=helper)
    assert sentences(planned) == ([words] if words else [])


def test_the_value_is_written_as_docker_desktop_does():
    (step,) = plan({"settings": {"AutoStart": True}}, settings={"AutoStart": True}, autostart=False, helper="desktop").steps
    wire = Wire({"registry.write": ran(0)})
    wire.drive(step.does(RUN))
    (line,) = wire.said(rf"registry.write HKU\{ALICE.sid}\SOFTWARE\Microsoft\Windows\CurrentVersion\Run Docker Desktop")
    assert line.endswith(rf'"{FOLDER}\Docker Desktop.exe" -Autostart')


def test_a_start_of_this_run_makes_the_value_itself():
    declared = {"settings": {"AutoStart": True}, "start": True}
    planned = plan(declared, settings={"AutoStart": True}, autostart=False, helper="desktop")
    assert sentences(planned) == ["start Docker Desktop"]
