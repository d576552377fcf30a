"""KVM: what is planned for which host."""

import dataclasses

import pytest
from support.kvm_host import READY

from pyinfra_wsl.core.acts import Packages
from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm import plan as kvm
from pyinfra_wsl.resources.kvm.checks import Check
from pyinfra_wsl.resources.kvm.device import Device
from pyinfra_wsl.resources.kvm.loading import reload
from pyinfra_wsl.resources.kvm.modprobe import OPTIONS_FILE
from pyinfra_wsl.resources.kvm.plan import Want

WANT = Want(nested=True, users=("ada",))


def plan(want=WANT, **different):
    return kvm.plan(want, dataclasses.replace(READY, **different), render)


def sentences(plan):
    return [step.sentence for step in plan.steps]


def test_a_host_that_is_ready_is_left_alone():
    found = plan()
    assert (found.steps, found.deferred, found.failures) == ((), (), ())
    assert found.noop == "kvm_amd is loaded, nested on, /dev/kvm root:kvm 0660"


def test_a_fresh_host_gets_everything_in_order():
    found = plan(
        loaded=(), qemu=None, nested=None, nested_configured=None, device=None, members=None, users={"ada": ("ada",)}, files={}
    )
    assert sentences(found) == [
        "install qemu-system-x86",
        "/dev/kvm is kvm 0660 at each start",
        "load kvm_amd at each start",
        "nested virtualization on at each load of kvm_amd",
        "load kvm_amd",
        "ada joins the group kvm",
        "/dev/kvm root:kvm 0660",
    ]


@pytest.mark.parametrize(("family", "package"), [("debian", "qemu-system-x86"), ("fedora", "qemu-kvm"), ("arch", "qemu-base")])
def test_qemu_has_a_name_in_every_distribution(family, package):
    (step,) = plan(os=Os(family), qemu=None).steps
    (act,) = step.does
    assert isinstance(act, Packages)
    assert act.names == (package,)


def test_a_host_without_modprobe_gets_it():
    assert sentences(plan(kmod=False, loadable={"kvm_amd": None}))[0] == "install kmod"


def test_nesting_is_switched_live_while_no_guest_runs():
    found = plan(nested=False, nested_configured=False, files={**READY.files, OPTIONS_FILE: ""})
    assert sentences(found) == ["nested virtualization on at each load of kvm_amd", "nested virtualization off → on"]
    assert found.steps[1].does == (reload("kvm_amd"),)


def test_nesting_waits_for_guests_and_names_them():
    found = plan(nested=False, uses=1, guests=("qemu-system-x86 (812)",))
    assert sentences(found) == []
    (waiting,) = found.deferred
    assert waiting.waits_for == "guests stopped"
    assert waiting.reason == "1 guest runs: qemu-system-x86 (812)"


def test_nesting_waits_where_nobody_knows_of_guests():
    (waiting,) = plan(nested=False, uses=None).deferred
    assert waiting.reason == "it is not known whether guests run"


def test_nesting_is_switched_off_too():
    found = plan(Want(nested=False))
    assert sentences(found) == ["nested virtualization off at each load of kvm_amd", "nested virtualization on → off"]


def test_nesting_that_is_not_declared_is_left_alone():
    assert sentences(plan(Want(), nested=False, nested_configured=None, files={**READY.files, OPTIONS_FILE: ""})) == []


def test_another_file_with_the_last_word_on_nesting_is_named():
    found = plan(nested_configured=False, nested_last="/etc/modprobe.d/zzz.conf line 1")
    assert found.steps == ()
    assert "/etc/modprobe.d/zzz.conf line 1 has the last word" in found.failures[0].cause


def test_a_user_who_is_not_there_stops_everything():
    found = plan(Want(users=("ada", "ghost")), qemu=None, users={"ada": ("ada",), "ghost": None})
    assert found.steps == ()
    assert [failure.cause for failure in found.failures] == ["kvm: there is no user ghost"]


def test_a_foreign_mode_is_changed_and_said():
    found = plan(device=Device("root", "root", "666"))
    assert sentences(found) == ["/dev/kvm root:root 0666 → root:kvm 0660"]


def test_a_declared_mode_is_kept_at_the_next_start_too():
    assert sentences(plan(Want(device_mode="0666"))) == [
        "/dev/kvm is kvm 0666 at each start",
        "/dev/kvm root:kvm 0660 → root:kvm 0666",
    ]


def test_without_root_nothing_is_tried():
    found = plan(root=False, qemu=None)
    assert found.steps == ()
    assert "may not change the host" in found.failures[0].cause


def test_a_distribution_without_a_known_package_manager_is_refused():
    assert "none of apt, dnf and pacman" in plan(os=Os("void", name="Void")).failures[0].cause


def test_what_the_checkers_find_is_passed_on():
    found = plan(checks=(Check("virt-host-validate", "if IOMMU is enabled by kernel", "FAIL", "Add iommu=on"),))
    assert found.warnings == ("virt-host-validate: if IOMMU is enabled by kernel: Add iommu=on",)
