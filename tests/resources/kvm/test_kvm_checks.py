"""kvm-ok and virt-host-validate where they are declared: brought, asked, and believed."""

import dataclasses

import pytest
from support.kvm_host import READY
from support.looks import look

from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm.checks import Check
from pyinfra_wsl.resources.kvm.plan import Want, plan
from pyinfra_wsl.resources.kvm.state import read

WANT = Want(nested=True, users=("ada",), checks=True)
PASSED = (Check("virt-host-validate", "for hardware virtualization", "PASS"), Check("kvm-ok", "/dev/kvm exists", "PASS"))
BOTH = ("virt-host-validate", "kvm-ok")

# libvirt 9.0.0 on Debian 12, as root; the FAIL is that of a kernel without the module tun.
_LINE = "  QEMU: Checking {:<64}: {}\n"
FAILED = "".join(
    _LINE.format(what, found)
    for what, found in (
        ("for hardware virtualization", "PASS"),
        ("if device /dev/kvm exists", "PASS"),
        ("if device /dev/net/tun exists", "FAIL (Load the 'tun' module to enable networking for QEMU guests)"),
        ("for device assignment IOMMU support", "WARN (No ACPI DMAR table found)"),
    )
)


def planned(want=WANT, **different):
    return plan(want, dataclasses.replace(READY, **{"programs": BOTH, "checks": PASSED} | different), render)


def test_what_passes_is_as_declared():
    found = planned()
    assert (found.steps, found.failures, found.warnings) == ((), (), ())


@pytest.mark.parametrize(
    ("system", "programs", "packages"),
    [
        ("debian", (), "cpu-checker, libvirt-clients"),
        ("debian", ("kvm-ok",), "libvirt-clients"),
        ("fedora", (), "libvirt-client"),
        ("arch", (), "libvirt"),
    ],
)
def test_a_checker_that_is_not_there_is_brought_as_far_as_the_distribution_has_it(system, programs, packages):
    found = planned(os=Os(system), programs=programs, checks=())
    assert [step.sentence for step in found.steps] == [f"install {packages}"]
    assert found.failures == ()


def test_none_is_brought_where_they_are_not_declared():
    assert planned(Want(nested=True, users=("ada",)), programs=(), checks=()).steps == ()


def test_a_fail_is_a_failure_with_its_line_and_a_remedy():
    checks = read(look(validate=(1, FAILED), kvm_ok="INFO: /dev/kvm exists\nKVM acceleration can be used")).checks
    (failure,) = planned(checks=checks).failures
    assert failure.cause == "virt-host-validate: if device /dev/net/tun exists: FAIL"
    assert failure.remedy == "Load the 'tun' module to enable networking for QEMU guests"


def test_a_fail_without_a_word_of_help_has_a_remedy_too():
    (failure,) = planned(checks=(Check("virt-host-validate", "for x", "FAIL"), PASSED[1])).failures
    assert "run 'virt-host-validate'" in failure.remedy


def test_a_fail_where_nothing_is_declared_remains_a_note():
    found = planned(Want(nested=True, users=("ada",)), checks=(Check("kvm-ok", "x", "FAIL", "y"),))
    assert (found.failures, found.warnings) == ((), ("kvm-ok: x: y",))


def test_what_the_run_itself_mends_is_mended_before_the_checkers_are_believed():
    found = planned(loaded=("kvm",), device=None, checks=(Check("kvm-ok", "/dev/kvm does not exist", "FAIL"),))
    assert found.failures == ()
    assert "load kvm_amd" in [step.sentence for step in found.steps]


@pytest.mark.parametrize(
    "validate",
    [(127, "sh: virt-host-validate: not found"), (1, "error: failed to initialize"), (0, "")],
    ids=["gone", "broken", "silent"],
)
def test_a_checker_that_says_nothing_has_not_passed(validate):
    checks = read(look(validate=validate, kvm_ok="INFO: /dev/kvm exists")).checks
    (failure,) = planned(checks=checks).failures
    assert "virt-host-validate says nothing" in failure.cause
