"""Who has the last word on nesting: files of modprobe's and the kernel's command line."""

import dataclasses

import pytest
from support.kvm_host import READY

from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm.modprobe import OPTIONS_FILE, nested, sources, switched
from pyinfra_wsl.resources.kvm.plan import Want, plan


def last(*lines, cmdline="", module="kvm_intel", configured=()):
    return nested(configured, sources(lines), cmdline, module)


@pytest.mark.parametrize(
    ("cmdline", "value"),
    [
        ("quiet kvm_intel.nested=1", True),
        ("kvm-intel.nested=Y quiet", True),
        ("kvm-intel.nested=0", False),
        ("kvm_intel.nested=1 kvm-intel.nested=0", False),
        ("kvm_intel.nested", True),
        ('"kvm_intel.nested=on"', True),
        ("kvm_intel.nested=off", False),
        ("kvm_amd.nested=1", None),
        ("mykvm_intel.nested=1", None),
        ("kvm_intel.nested_early=1", None),
        ("root=UUID=x", None),
    ],
)
def test_the_command_line_is_read_as_the_kernel_does(cmdline, value):
    assert last(cmdline=cmdline).value is value


def test_the_command_line_outranks_every_file():
    found = last("/etc/modprobe.d/zzz.conf:1:options kvm-intel nested=0", cmdline="kvm_intel.nested=1")
    assert (found.value, found.outranks) == (True, True)
    assert found.place == "the kernel's command line ('kvm_intel.nested')"


@pytest.mark.parametrize(
    ("lines", "place", "value", "outranks"),
    [
        (("/etc/modprobe.d/kvm.conf:2:options kvm_intel nested=1",), "/etc/modprobe.d/kvm.conf line 2", True, False),
        (
            ("/etc/modprobe.d/b.conf:1:options kvm_intel nested=0", "/usr/lib/modprobe.d/zzz.conf:9:options kvm_intel nested=1"),
            "/usr/lib/modprobe.d/zzz.conf line 9",
            True,
            True,
        ),
        (
            ("/usr/lib/modprobe.d/a.conf:1:options kvm_intel nested=1", "/etc/modprobe.d/qemu.conf:4:options kvm_intel nested=0"),
            "/etc/modprobe.d/qemu.conf line 4",
            False,
            False,
        ),
        (
            ("/etc/modprobe.d/kvm.conf:1:options kvm-intel nested=0", "/lib/modprobe.d/kvm.conf:1:options kvm-intel nested=1"),
            "/etc/modprobe.d/kvm.conf line 1",
            False,
            False,
        ),
        (
            ("/etc/modprobe.d/k.conf:1:options kvm_intel nested=1", "/etc/modprobe.d/k.conf:2:options kvm_intel nested=0 ept=1"),
            "/etc/modprobe.d/k.conf line 2",
            False,
            False,
        ),
        (
            ("/etc/modprobe.d/k.conf:1:options kvm_intel nested=1", "/etc/modprobe.d/l.conf:2:options kvm_intel ept=1"),
            "/etc/modprobe.d/k.conf line 1",
            True,
            False,
        ),
    ],
    ids=["one", "order of names", "order of names, not of folders", "hidden by /etc", "two lines of a file", "other options"],
)
def test_of_several_files_the_last_in_modprobes_order_is_named(lines, place, value, outranks):
    found = last(*lines)
    assert (found.place, found.value, found.outranks) == (place, value, outranks)


def test_what_no_file_shows_is_still_configured():
    assert last(configured=["options kvm_intel nested=1"]).value is True


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("1", True),
        ("Y", True),
        ("true", True),
        ("on", True),
        ("2", True),
        ("0", False),
        ("no", False),
        ("off", False),
        ("?", None),
    ],
)
def test_a_switch_is_read_as_the_kernel_does(word, value):
    assert switched(word) is value


@pytest.mark.parametrize(
    ("place", "remedy"),
    [
        ("the kernel's command line ('kvm_amd.nested')", "restart the host"),
        ("/etc/modprobe.d/zzz.conf line 1", "take that line away"),
    ],
)
def test_a_last_word_that_our_file_could_not_overrule_is_named_before_any_change(place, remedy):
    state = dataclasses.replace(
        READY,
        nested=False,
        nested_configured=False,
        nested_last=place,
        nested_outranks=True,
        files={**READY.files, OPTIONS_FILE: ""},
    )
    found = plan(Want(nested=True), state, render)
    assert found.steps == ()
    assert place in found.failures[0].cause
    assert remedy in found.failures[0].remedy


def test_a_file_that_is_read_before_ours_is_overruled_by_it():
    state = dataclasses.replace(
        READY,
        nested=False,
        nested_configured=False,
        nested_last="/etc/modprobe.d/kvm.conf line 1",
        files={**READY.files, OPTIONS_FILE: ""},
    )
    found = plan(Want(nested=True), state, render)
    assert found.failures == ()
    assert found.steps[0].sentence == "nested virtualization on at each load of kvm_amd"
