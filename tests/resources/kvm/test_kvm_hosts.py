"""Hosts as they are in the wild, by what they print: which processor, which module, what stands in the way.

Texts: /proc/cpuinfo of Zhaoxin, Hygon and Intel processors as Linux prints them; Xen's dom0 and domU; WSL's kernels; a kernel
with KVM built in; containers without systemd.
"""

import dataclasses

import pytest
from support.kvm_host import READY
from support.looks import look

from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm.cause import obstacle
from pyinfra_wsl.resources.kvm.plan import Want, plan
from pyinfra_wsl.resources.kvm.state import read

DEBIAN = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"'
ZHAOXIN = (
    "vendor_id\t:   Shanghai  \nmodel name\t: ZHAOXIN KaiXian KX-U6780A@2.7GHz\n"
    "flags\t\t: fpu vme de pse tsc msr vmx est sse4_2 popcnt rng rng_en tpr_shadow vnmi flexpriority ept vpid"
)
CENTAUR = ZHAOXIN.replace("  Shanghai  ", "CentaurHauls")
HYGON = (
    "vendor_id\t: HygonGenuine\nmodel name\t: Hygon C86 7285 32-core Processor\nflags\t\t: fpu svm npt lbrv svm_lock nrip_save"
)
INTEL = "vendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) E-2236 CPU\nflags\t\t: fpu vmx ept vpid"
DOM0 = INTEL.replace(" vmx ept vpid", " hypervisor")
REAL = {
    "id": "0",
    "machine": "x86_64",
    "kernel": "6.1.0-44-amd64",
    "os": DEBIAN,
    "vm": (1, "none"),
    "container": (1, "none"),
    "tree": "",
    "kmod": "/sbin/modprobe",
    "qemu": "QEMU emulator version 7.2.22",
    "device": "660\nroot\nkvm\n106\n-",
}


def seen(**different):
    return read(look(**{**REAL, **different}))


def sentences(want, state):
    found = plan(want, state, render)
    assert found.failures == ()
    return [step.sentence for step in found.steps]


@pytest.mark.parametrize(
    ("cpu", "module"),
    [
        (ZHAOXIN, "kvm_intel"),
        (CENTAUR, "kvm_intel"),
        (HYGON, "kvm_amd"),
        (INTEL, "kvm_intel"),
        (INTEL.replace("GenuineIntel", "NewVendor"), "kvm_intel"),
        (HYGON.replace("HygonGenuine", "NewVendor"), "kvm_amd"),
    ],
    ids=["Zhaoxin", "Zhaoxin as Centaur", "Hygon", "Intel", "unknown with VMX", "unknown with SVM"],
)
def test_the_extension_decides_on_the_module_whoever_made_the_processor(cpu, module):
    state = seen(cpu=cpu, modules=f"kvm\n{module}")
    assert (state.module, obstacle(state)) == (module, None)
    assert f"load {module} at each start" in sentences(Want(), state)


@pytest.mark.parametrize("cpu", [ZHAOXIN, CENTAUR])
def test_a_zhaoxin_without_vmx_is_told_its_own_switch(cpu):
    found = obstacle(seen(cpu=cpu.replace(" vmx", ""), device=(1, "stat: cannot statx")))
    assert (found.code, "VT-x" in found.remedy, "SVM" in found.remedy) == ("firmware", True, False)


@pytest.mark.parametrize(
    "xen",
    [
        "capabilities control_d\nfeatures 00000000002705bd",
        "features 0000000000002fbd",
        "capabilities \nfeatures 0000000000000800",
    ],
    ids=["xenlinux and mounted xenfs", "pvops before xenfs is mounted", "hardware domain alone"],
)
def test_dom0_of_xen_is_no_guest_and_says_what_it_is(xen):
    found = obstacle(seen(cpu=DOM0, xen=xen))
    assert found.code == "xen"
    assert "Xen's dom0" in found.cause
    assert "without Xen" in found.remedy
    assert "virtual machine" not in found.cause


@pytest.mark.parametrize("xen", ["capabilities \nfeatures 00000000000002705bd"[:40], "features 00000000000007ff", ""])
def test_a_domu_of_xen_is_a_guest(xen):
    found = obstacle(seen(cpu=DOM0, xen=xen, vm="xen"))
    assert (found.code, "nestedhvm" in found.remedy) == ("nesting", True)


BUILT_IN = {
    "cpu": INTEL,
    "modules": "kvm\nkvm_intel",
    "builtin": "kvm\nkvm_intel\nkvm_intel",
    "uses": "",
    "qemu": "QEMU emulator version 8.2.2",
}


def test_kvm_that_is_a_part_of_the_kernel_is_neither_loaded_nor_waited_for():
    state = seen(
        **BUILT_IN, nested="kvm_intel Y", kmod=(127, ""), try_kvm_intel=(1, "modprobe: FATAL: Module kvm_intel not found")
    )
    assert state.builtin == ("kvm", "kvm_intel")
    found = plan(Want(nested=True), state, render)
    assert (found.deferred, found.failures) == ((), ())
    assert [step.sentence for step in found.steps] == ["/dev/kvm is kvm 0660 at each start"]


def test_kvm_that_the_kernel_lists_as_built_in_counts_as_loaded():
    state = seen(cpu=INTEL, modules="kvm", builtin="kvm_intel")
    assert "kvm_intel" in state.loaded
    assert obstacle(state) is None


@pytest.mark.parametrize(("wanted", "live", "parameter"), [(True, "N", "kvm_intel.nested=1"), (False, "Y", "kvm_intel.nested=0")])
def test_nesting_of_a_part_of_the_kernel_is_its_command_lines(wanted, live, parameter):
    found = plan(Want(nested=wanted), seen(**BUILT_IN, nested=f"kvm_intel {live}"), render)
    (failure,) = found.failures
    assert (found.steps, found.deferred) == ((), ())
    assert parameter in failure.remedy
    assert "restart the host" in failure.remedy


def test_a_blacklist_does_not_concern_a_part_of_the_kernel():
    state = seen(**BUILT_IN, configured="blacklist kvm_intel", sources="/etc/modprobe.d/x.conf:1:blacklist kvm_intel")
    assert obstacle(state) is None


def test_a_part_of_the_kernel_without_its_device_is_off_in_the_firmware():
    found = plan(Want(), seen(**{**BUILT_IN, "device": (1, "stat: cannot statx")}), render)
    assert [failure.code for failure in found.failures] == ["firmware"]


@pytest.mark.parametrize(
    "said",
    [
        "[    4.1] kvm: disabled by bios",
        "[    4.1] kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0",
        "[    0.5] x86/cpu: VMX (outside TXT) disabled by BIOS",
        "[    4.1] kvm: support for 'kvm_amd' disabled by bios",
    ],
)
def test_what_the_kernel_said_of_the_firmware_comes_before_any_change(said):
    state = seen(cpu=HYGON, modules="kvm", kernel_said=said, device=(1, "stat: cannot statx"))
    found = plan(Want(nested=True), state, render)
    assert found.steps == ()
    assert [failure.code for failure in found.failures] == ["firmware"]


def test_other_things_that_the_firmware_has_off_are_no_obstacle():
    said = "[1.0] kvm_amd: SEV disabled by BIOS\n[1.1] kvm_amd: Nested Paging enabled"
    assert obstacle(seen(cpu=HYGON, modules="kvm", kernel_said=said)) is None


def test_a_module_that_works_all_the_same_is_left_alone():
    assert obstacle(seen(cpu=HYGON, modules="kvm\nkvm_amd", kernel_said="[1.0] kvm: disabled by bios")) is None


def test_a_guest_whose_module_finds_nothing_is_told_of_its_host_and_no_firmware():
    state = seen(cpu=HYGON.replace(" svm ", " svm hypervisor "), vm="kvm", modules="kvm\nkvm_amd", device=(1, "stat"))
    found = plan(Want(), state, render)
    assert [failure.code for failure in found.failures] == ["nesting"]


@pytest.mark.parametrize(
    ("kernel", "detected", "around"),
    [
        ("5.15.153.1-microsoft-standard-WSL2", (127, "sh: systemd-detect-virt: not found"), ""),
        ("4.4.0-19041-Microsoft", (127, "sh: systemd-detect-virt: not found"), ""),
        ("6.6.87.2-microsoft-standard-WSL2+", (1, "none"), ""),
        ("6.9.3-mine", (127, "sh: systemd-detect-virt: not found"), "wsl"),
    ],
)
def test_wsl_is_known_without_the_help_of_systemd(kernel, detected, around):
    state = seen(cpu=INTEL.replace(" vmx", " hypervisor vmx"), kernel=kernel, container=detected, vm=(127, ""), around=around)
    found = obstacle(state)
    assert (found.code, "nestedVirtualization" in found.remedy) == ("container", True)


@pytest.mark.parametrize(("around", "words"), [("lxc", "LXC"), ("docker", "Docker"), ("podman", "Podman"), ("openvz", "OpenVZ")])
def test_a_container_is_known_without_the_help_of_systemd(around, words):
    found = obstacle(seen(cpu=INTEL, container=(127, "sh: systemd-detect-virt: not found"), around=around))
    assert (found.code, f"container ({words})" in found.cause) == ("container", True)


def test_a_container_of_which_systemd_knows_is_believed_over_the_rest():
    assert seen(cpu=INTEL, container="lxc", kernel="6.6.87.2-microsoft-standard-WSL2").container == "lxc"


ARM = {
    "machine": "aarch64",
    "cpu": (1, ""),
    "kernel": "6.1.0-44-arm64",
    "modules": "kvm",
    "builtin": "kvm",
    "cmdline": "console=ttyAMA0",
    "qemu": (0, ""),
}


def test_arm64_gets_its_qemu_and_device_and_no_modules():
    state = seen(**{**ARM, "device": "600\nroot\nroot\n0\n-"})
    assert sentences(Want(), state) == [
        "install qemu-system-arm",
        "/dev/kvm is kvm 0660 at each start",
        "/dev/kvm root:root 0600 → root:kvm 0660",
    ]


def test_arm64_below_el2_says_so():
    found = obstacle(seen(**{**ARM, "device": (1, "stat: cannot statx '/dev/kvm'")}))
    assert (found.code, "EL2" in found.cause) == ("firmware", True)


def test_arm64_in_a_machine_without_nesting_names_its_hypervisor():
    found = obstacle(seen(**{**ARM, "vm": "apple", "device": (1, "stat: cannot statx '/dev/kvm'")}))
    assert (found.code, "Apple" in found.cause) == ("nesting", True)


@pytest.mark.parametrize(
    ("cmdline", "wanted", "fails"), [("", True, True), ("", False, False), ("kvm-arm.mode=nested", True, False)]
)
def test_nesting_of_arm64_is_on_the_command_line(cmdline, wanted, fails):
    failures = plan(Want(nested=wanted), seen(**{**ARM, "cmdline": cmdline}), render).failures
    assert bool(failures) is fails
    assert all("kvm-arm.mode=nested" in failure.remedy for failure in failures)


def test_a_processor_without_nested_pages_is_told_once_all_is_done():
    found = plan(Want(), dataclasses.replace(READY, nested_pages=False), render)
    assert found.steps == ()
    assert found.warnings == ("AMD EPYC 7763 has no nested pages (EPT, NPT): guests run slowly",)


@pytest.mark.parametrize(("flags", "pages"), [(INTEL, True), (INTEL.replace(" ept", ""), False), (HYGON, True), (DOM0, None)])
def test_nested_pages_are_read_from_the_flags(flags, pages):
    assert seen(cpu=flags).nested_pages is pages
