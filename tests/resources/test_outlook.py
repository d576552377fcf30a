"""What is foreseen of a laptop before anything is changed: laptops and declarations, and what cannot be on each."""

from dataclasses import replace

import pytest
from support.laptops import FEATURES, NOTHING, STOPPED, laptop
from support.laptops import PACKAGE as INSTALLED_WSL
from support.rules import distros

from pyinfra_wsl.core.windows import outlook
from pyinfra_wsl.core.windows.outlook import CODES, Declared, Outlook, Size
from pyinfra_wsl.core.windows.reboot_mark import Reason
from pyinfra_wsl.data import schema
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.resources.hypervisor import plan as hypervisor
from pyinfra_wsl.resources.reboot import plan as reboot
from pyinfra_wsl.resources.windows_feature import plan as windows_feature
from pyinfra_wsl.resources.wsl import plan as wsl
from pyinfra_wsl.resources.wsl_distro import plan as wsl_distro
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, Distro, State
from pyinfra_wsl.resources.wsl_distro.want import Want
from pyinfra_wsl.resources.wsl_policy import state as wsl_policy

VMP, WSL = "VirtualMachinePlatform", "Microsoft-Windows-Subsystem-Linux"
BOTH = {"windows_features": {VMP: "enabled", WSL: "enabled"}}
PACKAGE = {"wsl": {"package": {"installer": "wsl.2.6.1.0.x64.msi", "sha256": "a" * 64}}}
UBUNTU = distros(U={})
WANTED = {**BOTH, **PACKAGE, **UBUNTU}
FIRMWARE_OFF = {"running": False, "firmware": False, "slat": True, "vm_monitor": False}
GUEST = {"manufacturer": "VMware, Inc.", "model": "VMware20,1"}
SERVICING = Reason("servicing", "Windows' component servicing has not completed an update", False)
INSTALLER = Reason("installer", "Windows Installer has not completed an installation", False)
PENDING = Reason("features", f"{VMP} is EnablePending", True)


def drives(**free):
    return {"drives": {f"{name}:": size for name, size in free.items()}}


def forbidding(name):
    return {"wsl_policy": wsl_policy.State({name: 0})}


def seen(values=WANTED, *, sizes=None, despite=(), **parts):
    """Return a laptop without WSL and its features, changed in some parts, and with what is foreseen of it."""
    found = laptop(**{"windows_feature": {"features": {VMP: "Disabled", WSL: "Disabled"}}, "wsl": NOTHING} | parts)
    declared = Declared(values, sizes or {}, frozenset(despite))
    told = [one for resource in resources() for one in resource.foresee(declared, found)]
    return replace(found, outlook=Outlook.of(declared, told))


def codes(found):
    return {purpose: one.failure.code for purpose, one in found.outlook.obstacles.items()}


CASES = {
    "all is well": ({}, WANTED, {}),
    "firmware": ({"hypervisor": FIRMWARE_OFF}, WANTED, {"hypervisor": "firmware_virtualization"}),
    "a hypervisor runs": ({"hypervisor": {"running": True, "firmware": False}}, WANTED, {}),
    "guest": ({"hypervisor": FIRMWARE_OFF, "windows": GUEST}, WANTED, {"hypervisor": "nested_virtualization"}),
    "slat": ({"hypervisor": {**FIRMWARE_OFF, "firmware": True, "slat": False}}, WANTED, {"hypervisor": "slat"}),
    "arm64 says nothing of it": (
        {"hypervisor": FIRMWARE_OFF, "windows": {"architecture": "ARM64"}}, {**BOTH, **UBUNTU}, {},
    ),
    "too old": ({"windows": {"build": 18362}}, WANTED, {"package": "build", "wsl": "build"}),
    "too old for the inbox WSL": ({"windows": {"build": 18362, "revision": 900}}, {**BOTH, **UBUNTU}, {"wsl2": "build"}),
    "backported": ({"windows": {"build": 18363, "revision": 1049}}, {**BOTH, **UBUNTU}, {}),
    "not backported to ARM64": (
        {"windows": {"build": 18363, "revision": 1049, "architecture": "ARM64"}}, {**BOTH, **UBUNTU}, {"wsl2": "build"},
    ),
    "of unknown build": ({"windows": {"build": None}}, WANTED, {"package": "build", "wsl": "build"}),
    "another processor": (
        {"windows": {"architecture": "ARM64"}}, WANTED, {"package": "ERROR_BAD_EXE_FORMAT", "wsl": "ERROR_BAD_EXE_FORMAT"},
    ),
    "policy": (
        forbidding("AllowWSL"), WANTED,
        {"wsl": "ERROR_ACCESS_DISABLED_BY_POLICY", "package": "ERROR_ACCESS_DISABLED_BY_POLICY"},
    ),
    "policy on WSL 1": (forbidding("AllowWSL1"), WANTED, {"wsl1": "ERROR_ACCESS_DISABLED_BY_POLICY"}),
    "policy on the inbox WSL": (
        forbidding("AllowInboxWSL"), {**BOTH, **UBUNTU}, {"wsl": "ERROR_ACCESS_DISABLED_BY_POLICY"},
    ),
    "no installer": ({}, {**BOTH, "wsl": {"package": {"minimum": "2.6.1"}}}, {"package": "no_installer", "wsl": "no_installer"}),
    "servicing": ({"reboot": {"reasons": (SERVICING,)}}, WANTED, {"package": "servicing_pending", "wsl": "servicing_pending"}),
    "servicing for our own features": ({"reboot": {"reasons": (SERVICING, PENDING)}}, WANTED, {}),
    "servicing without an installer": ({"reboot": {"reasons": (SERVICING,)}}, {**BOTH, **UBUNTU}, {}),
    "an installer": (
        {"reboot": {"reasons": (INSTALLER,)}}, WANTED, {"package": "installer_in_progress", "wsl": "installer_in_progress"},
    ),
    "full": (
        {"windows": drives(C=20 << 20)}, WANTED,
        {"features": "disk_space", "restart": "disk_space", "wsl2": "disk_space", "wsl1": "disk_space",
         "package": "disk_space", "wsl": "disk_space", "distro:u": "disk_space"},
    ),
    "no room for the package": (
        {"windows": drives(C=700 << 20)}, WANTED, {"package": "disk_space", "wsl": "disk_space", "distro:u": "disk_space"},
    ),
    "room as Windows says nothing": ({"windows": {"drives": {"C:": None}}}, WANTED, {}),
    "no drive": (
        {"windows": drives(C=1 << 40)}, {**BOTH, **PACKAGE, **distros(U={"location": "E:\\u"}, V={})}, {"distro:u": "drive"},
    ),
    "Windows 10 without its WSL": (
        {"windows": {"build": 19045}}, {**UBUNTU, "windows_features": {VMP: "enabled", WSL: "disabled"}}, {"wsl2": "build"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_is_foreseen_with_its_code(case):
    parts, values, expected = CASES[case]
    assert codes(seen(values, **parts)) == expected


@pytest.mark.parametrize("case", [name for name, (_parts, _values, expected) in CASES.items() if expected])
def test_every_obstacle_has_a_cause_and_a_next_step_and_can_be_gone_on_despite(case):
    parts, values, expected = CASES[case]
    assert all(one.failure.cause and one.failure.remedy for one in seen(values, **parts).outlook.obstacles.values())
    despite = set(expected.values()) & set(CODES)
    assert not despite & set(codes(seen(values, despite=despite, **parts)).values())


def test_the_codes_are_those_of_the_fleet_file():
    assert tuple(schema("fleet")["$defs"]["values"]["properties"]["proceed_despite"]["items"]["enum"]) == CODES


def kept(found, values):
    """Return the sentences of what four plans would do on a laptop, and their failures and deferrals."""
    plans = [
        windows_feature.plan(values["windows_features"], found),
        wsl.plan(wsl.Want.of(values), found),
        hypervisor.plan(hypervisor.Want("auto"), found),
        reboot.plan(reboot.Want("now"), found, "2026-11-21T12:00:00+00:00"),
    ]
    return [step.sentence for plan in plans for step in plan.steps], plans


@pytest.mark.parametrize("case", ["firmware", "guest", "slat", "too old", "of unknown build", "policy", "servicing", "full"])
def test_nothing_is_changed_for_what_cannot_be(case):
    parts, values, _expected = CASES[case]
    pending = {"reasons": (*parts.get("reboot", {}).get("reasons", ()), Reason("services", "its services are missing", True))}
    off = {"launch": "off", "running": False, **parts.get("hypervisor", {"firmware": True, "slat": True, "vm_monitor": True})}
    found = seen(values, **{**parts, "hypervisor": off, "reboot": pending})
    steps, plans = kept(found, values)
    assert steps == []
    assert all(plan.failures or plan.foreseen or plan.deferred for plan in plans)


def test_with_nothing_in_the_way_all_of_it_is_done():
    found = seen(hypervisor=STOPPED, reboot={"reasons": (PENDING,)})
    steps, plans = kept(found, WANTED)
    assert [one.partition(" ")[0] for one in steps] == ["enable", "WSL", "restart:"]
    assert not [plan for plan in plans if plan.failures or plan.foreseen or plan.deferred]


def test_what_runs_without_the_hypervisor_goes_on():
    values = {"windows_features": {VMP: "enabled", "Containers": "enabled", "Microsoft-Hyper-V": "enabled"}}
    have = {VMP: "Disabled", "Containers": "Disabled", "Microsoft-Hyper-V": "Disabled"}
    found = seen(values, hypervisor=FIRMWARE_OFF, windows_feature={"features": have})
    planned = windows_feature.plan(values["windows_features"], found)
    assert [step.sentence for step in planned.steps] == ["enable feature Containers"]
    (failure,) = planned.foreseen
    assert failure.cause.startswith(f"features {VMP}, Microsoft-Hyper-V not enabled: Virtualization is off")
    after = windows_feature.forecast(found, values["windows_features"]).of(type(FEATURES)).features
    assert after == {VMP: "Disabled", "Containers": "EnablePending", "Microsoft-Hyper-V": "Disabled"}


def test_wsl_1_and_what_it_needs_go_on_where_wsl_2_cannot():
    values = {**BOTH, **PACKAGE, **distros(U={"version": 1}, V={})}
    found = seen(values, hypervisor=FIRMWARE_OFF)
    assert [step.sentence for step in windows_feature.plan(values["windows_features"], found).steps] == [f"enable feature {WSL}"]
    assert wsl.plan(wsl.Want.of(values), found).steps
    assert found.outlook.to_wsl() is None


def test_hyper_v_lets_the_hypervisor_start_where_wsl_2_is_too_new_for_windows():
    old, off = {"windows": {"build": 18362}}, replace(STOPPED, launch="off")
    assert not hypervisor.plan(hypervisor.Want("auto"), seen(hypervisor=off, **old)).steps
    have = {"features": {VMP: "Disabled", WSL: "Disabled", "Microsoft-Hyper-V": "EnablePending"}}
    assert hypervisor.plan(hypervisor.Want("auto"), seen(hypervisor=off, windows_feature=have, **old)).steps


def test_room_is_counted_for_all_that_comes_after_one_another_and_named():
    names = {name: {"source": f"{name}.tar.gz"} for name in "UVW"}
    sizes = {f"{name}.tar.gz": Size(100 << 20, 900 << 20) for name in "UVW"} | {"wsl.2.6.1.0.x64.msi": Size(200 << 20, 200 << 20)}
    found = seen({**BOTH, **PACKAGE, **distros(**names)}, sizes=sizes, windows=drives(C=3250 << 20))
    assert codes(found) == {"distro:w": "disk_space"}
    cause = found.outlook.to("distro:w").failure.cause
    for words in (
        "drive C: is too full: it has 3250.0 MB free, and at least 4012.0 MB are needed on it",
        "1000.0 MB for the WSL package (wsl.2.6.1.0.x64.msi, with Windows Installer's copy of it)",
        "100.0 MB for the archive of W (W.tar.gz)",
        r"904.0 MB for distribution W, unpacked into C:\Users\alice\AppData\Local\wsl\W",
    ):
        assert words in cause
    assert found.outlook.to_wsl() is None, "the others are brought about"


def test_one_distribution_without_a_drive_fails_alone():
    values = {**BOTH, **PACKAGE, **distros(U={"location": "E:\\u"}, V={})}
    found = seen(values, windows=drives(C=1 << 40), wsl=INSTALLED_WSL, windows_feature=FEATURES)
    plans = [wsl_distro.plan(Want.of({"wsl_distros": {name: one}}), found) for name, one in values["wsl_distros"].items()]
    assert [failure.code for failure in plans[0].failures] == ["drive"]
    assert not plans[1].failures


def test_a_distribution_that_is_there_needs_no_drive_and_no_room():
    have = State(distros={"U": Distro("{1}", "U", INSTALLED, 2, r"E:\u")}, default_version=2, running=())
    found = seen({**BOTH, **PACKAGE, **distros(U={"location": "E:\\u"})}, windows=drives(C=1 << 40), wsl_distro=have)
    assert codes(found) == {}


def test_where_the_users_distributions_are_not_known_nothing_is_said_of_their_room():
    assert codes(seen(windows=drives(C=900 << 20), wsl_distro=State(distros=None))) == {}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        (UBUNTU, {2: {"distro:u"}}),
        (distros(U={"version": 1}, V={}), {1: {"distro:u"}, 2: {"distro:v"}}),
        ({**UBUNTU, "wsl": {"default_version": 1}}, {1: {"distro:u"}}),
        ({"wsl_distros": {"U": {"state": "absent"}}}, {}),
        ({"wsl": {"default_version": 1}}, {1: {""}}),
        (BOTH, {2: {""}}),
        ({"windows_features": {WSL: "enabled"}}, {}),
        ({"docker_integration": {"default_distro": True}}, {2: {""}}),
        ({"docker_desktop": {}}, {2: {""}}),
        ({"docker_desktop": {"backend": "hyper-v"}}, {}),
        ({"docker_desktop": {"state": "absent"}}, {}),
    ],
)
def test_for_what_wsl_is_declared(values, expected):
    assert outlook.wanted(values) == expected


@pytest.mark.parametrize("despite", [(), CODES], ids=["without consent", "with consent"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_foreseen_later_is_the_same_and_told_once_somebody_asks(name, despite):
    parts, values, _expected = CASES[name]
    asked = []

    def tell():
        asked.append(name)
        return [one for resource in resources() for one in resource.foresee(declared, found)]

    found, declared = seen(values, **parts), Declared(values, {}, frozenset(despite))
    now, later = Outlook.of(declared, tell()), Outlook.later(declared, tell)
    assert (later.values, later.sizes, asked) == (values, {}, [name])
    assert (dict(later.obstacles), tuple(later.despite), dict(later.wanted)) == (now.obstacles, now.despite, now.wanted)
    assert asked == [name, name]
