"""A laptop for plans: a Dell on which everything is in order, and every part of which a test may replace; and declarations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pyinfra_wsl import form
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.resource import Resource, Values
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.core.windows.machine import Windows
from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.edge import door
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_integration import state as docker_integration
from pyinfra_wsl.resources.docker_toolbox import state as docker_toolbox
from pyinfra_wsl.resources.hypervisor import state as hypervisor
from pyinfra_wsl.resources.reboot import state as reboot
from pyinfra_wsl.resources.windows_feature import state as windows_feature
from pyinfra_wsl.resources.wsl import state as wsl
from pyinfra_wsl.resources.wsl_conf import state as wsl_conf
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy
from pyinfra_wsl.resources.wslc import state as wslc
from pyinfra_wsl.resources.wslconfig import state as wslconfig

ALICE = User("S-1-5-21-1-2-3-1104", r"CORP\alice", r"C:\Users\alice", logged_on=True, connected=False)
BOOTED = "2026-11-21T07:00:00Z"
WINDOWS = Windows(
    build=26200, revision=7019, edition="Enterprise", release="25H2", architecture="AMD64", culture="en-US", computer="LT-1",
    manufacturer="Dell", model="Latitude 7440", memory=32 << 30, booted=BOOTED, console=ALICE.account,
    desktops={ALICE.sid: ALICE.account}, profiles={ALICE.sid: ALICE.profile}, connected="S-1-5-21-9-9-9-1001",
    account=r"LT-1\fleet-admin",
)  # fmt: skip
FEATURES = windows_feature.State({"VirtualMachinePlatform": "Enabled", "Microsoft-Windows-Subsystem-Linux": "Disabled"})
HYPERVISOR = hypervisor.State(
    running=True, firmware=False, slat=False, vm_monitor=False, launch="auto", memory_integrity=False
)  # the flags as Windows shows them on a hypervisor
STOPPED = hypervisor.State(running=False, firmware=True, slat=True, vm_monitor=True, launch="auto", memory_integrity=False)
PACKAGE = wsl.State(
    kind="package", version="2.6.1.0", exe=r"C:\Program Files\WSL\wsl.exe", location=r"C:\Program Files\WSL",
    services={"WSLService": "automatic", "SharedAccess": "manual"}, vm=False,
)  # fmt: skip
NOTHING = wsl.State(kind="none", vm=False)


WHOLE = Laptop(Target("console"), WINDOWS, ALICE).having(
    FEATURES,
    HYPERVISOR,
    reboot.State(time_zone=0),
    wsl_policy.State({}),
    PACKAGE,
    wslconfig.read({}),
    wslc.State(),
    wsl_distro.State(distros={}, default_version=2, running=()),
    wsl_conf.State(),
    docker_desktop.State(),
    docker_integration.State(),
    docker_toolbox.State(),
)
CORRECT_IT = "correct it, then run again"
"""The next step where a problem's own words say what is right."""

_STATES = {one.name: one.state for one in resources()}


def laptop(**parts: Any) -> Laptop:
    """Return the laptop with some parts replaced: ``windows``, ``user``, ``wsl``, …; a ``dict`` replaces fields of a part."""
    changed = WHOLE
    for name, part in parts.items():
        old = WHOLE.of(_STATES[name]) if name in _STATES else getattr(WHOLE, name)
        new = replace(old, **part) if isinstance(part, dict) else part
        changed = changed.having(new) if name in _STATES else replace(changed, **{name: new})
    return changed


def wanted(resource: Resource[Any, Any], values: Values) -> Any:
    """Return what a host's values want of a resource, as its plan is given it; their form must be right."""
    declared = door.plain(values)
    assert not form.of_values(declared), form.of_values(declared)
    return resource.want(declared)


def refused(resource: Resource[Any, Any], values: Values) -> tuple[Failure, ...]:
    """Return what is said of a host's values before anything is looked at; nothing where an operation goes on."""
    try:
        door.enter(resource, values)
    except door.RefusedError as error:
        return error.failures
    return ()


def refusal(resource: Resource[Any, Any], values: Values) -> Failure:
    """Return the one thing that is said of bad values, which must tell what to do."""
    (failure,) = refused(resource, values)
    assert failure.code == "declaration"
    assert failure.remedy
    return failure
