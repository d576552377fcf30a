"""What a host says about KVM, read. The texts are those of Debian 12 unless said otherwise."""

import subprocess

import pytest
from support.looks import look

from pyinfra_wsl.resources.kvm.checks import Check
from pyinfra_wsl.resources.kvm.device import Device
from pyinfra_wsl.resources.kvm.state import read, script

AMD = "vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7763\nflags\t\t: fpu svm npt"
HOST = {"id": "0", "machine": "x86_64", "cpu": AMD, "modules": "kvm\nkvm_amd"}


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_look_runs_in_every_shell_and_says_who_is_not_there(shell):
    done = subprocess.run([shell, "-c", script(["root", "no-such-user"])], capture_output=True, text=True, check=True)
    state = read(done.stdout)
    assert done.stderr == ""
    assert state.users == {"root": state.users["root"], "no-such-user": None}
    assert state.users["root"]
    assert state.kernel == subprocess.run(["uname", "-r"], capture_output=True, text=True, check=True).stdout.strip()


def test_processor_and_module_are_known_from_the_vendor():
    state = read(look(**HOST))
    assert (state.cpu, state.extension, state.module, state.hypervisor) == ("AMD EPYC 7763", "svm", "kvm_amd", False)


def test_a_processor_that_does_not_show_its_extension_has_none():
    assert read(look(**{**HOST, "cpu": AMD.replace(" svm", " hypervisor")})).extension == ""


def test_nothing_is_known_of_a_host_that_says_nothing():
    state = read("")
    assert (state.nested, state.uses, state.device, state.members, state.container, state.vm) == (None,) * 6
    assert not state.root


@pytest.mark.parametrize(("word", "nested"), [("1", True), ("Y", True), ("0", False), ("N", False), ("?", None)])
def test_the_nested_parameter_is_read_in_both_spellings(word, nested):
    assert read(look(**HOST, nested=f"kvm_amd {word}")).nested is nested


def test_the_last_word_on_nesting_is_named():
    configured = "options kvm_amd nested=1\noptions kvm_amd npt=1 nested=0"
    sources = "/etc/modprobe.d/a.conf:2:options kvm-amd nested=1\n/etc/modprobe.d/zzz.conf:7:options  kvm_amd npt=1 nested=0"
    state = read(look(**HOST, configured=configured, sources=sources))
    assert (state.nested_configured, state.nested_last) == (False, "/etc/modprobe.d/zzz.conf line 7")


def test_options_of_the_other_vendor_do_not_matter():
    assert read(look(**HOST, configured="options kvm_intel nested=1")).nested_configured is None


def test_a_blacklist_is_found_in_its_file():
    state = read(look(**HOST, configured="blacklist kvm_amd", sources="/etc/modprobe.d/vbox.conf:3:blacklist kvm-amd"))
    assert state.blocks == {"kvm_amd": "/etc/modprobe.d/vbox.conf line 3 ('blacklist kvm_amd')"}


def test_an_install_line_that_does_nothing_is_a_blacklist():
    line = "install kvm_amd /bin/false"
    assert "kvm_amd" in read(look(**HOST, configured=line, sources=f"/etc/modprobe.d/x.conf:1:{line}")).blocks


def test_an_install_line_that_loads_is_none():
    assert read(look(**HOST, configured="install kvm_amd /sbin/modprobe --ignore-install kvm_amd")).blocks == {}


def test_a_blacklist_is_found_on_the_kernels_command_line():
    state = read(look(**HOST, cmdline="quiet module_blacklist=nouveau,kvm-amd"))
    assert state.blocks == {"kvm_amd": "the kernel's command line ('module_blacklist=nouveau,kvm-amd')"}


def test_a_module_that_would_not_load_says_why_and_a_missing_modprobe_says_nothing():
    text = "modprobe: FATAL: Module kvm_amd not found in directory /lib/modules/6.1.0"
    state = read(look(**HOST, try_kvm_amd=(1, text), try_kvm_intel=(127, "sh: 1: modprobe: not found")))
    assert state.loadable == {"kvm_amd": text, "kvm_intel": None}


def test_guests_are_counted_and_named():
    state = read(look(**HOST, uses="kvm_amd 2", guests="812 qemu-system-x86\n990 "))
    assert (state.uses, state.guests) == (2, ("qemu-system-x86 (812)", "process (990)"))


def test_the_device_is_read():
    assert read(look(**HOST, device="660\nroot\nkvm\n106\n")).device == Device("root", "kvm", "660")
    assert read(look(**HOST, device=(1, "stat: cannot statx '/dev/kvm': No such file or directory"))).device is None


def test_members_of_a_group_and_no_group_are_told_apart():
    assert read(look(**HOST, group="kvm:x:106:ada,bob")).members == ("ada", "bob")
    assert read(look(**HOST, group="kvm:x:106:")).members == ()
    assert read(look(**HOST, group=(2, ""))).members is None


@pytest.mark.parametrize(("part", "kind"), [((0, "kvm"), "kvm"), ((1, "none"), "none"), ((127, "sh: not found"), None)])
def test_no_virtual_machine_and_no_answer_are_told_apart(part, kind):
    assert read(look(**HOST, vm=part)).vm == kind


def test_the_checkers_become_data_with_remedies():
    validate = (
        "  QEMU: Checking for hardware virtualization                                 : PASS\n"
        "  QEMU: Checking if IOMMU is enabled by kernel                               : WARN "
        "(IOMMU appears to be disabled in kernel. Add intel_iommu=on to kernel cmdline arguments)"
    )
    ok = "INFO: Your CPU supports KVM extensions\nINFO: KVM (svm) is disabled by your BIOS\nHINT: Enter your BIOS setup"
    state = read(look(**HOST, validate=(1, validate), kvm_ok=(1, ok)))
    assert state.checks == (
        Check("virt-host-validate", "for hardware virtualization", "PASS"),
        Check(
            "virt-host-validate",
            "if IOMMU is enabled by kernel",
            "WARN",
            "IOMMU appears to be disabled in kernel. Add intel_iommu=on to kernel cmdline arguments",
        ),
        Check("kvm-ok", "KVM (svm) is disabled by your BIOS", "FAIL", "Enter your BIOS setup"),
    )


def test_checkers_that_are_not_installed_find_nothing():
    assert read(look(**HOST, validate=(127, "sh: not found"), kvm_ok=(127, "sh: not found"))).checks == ()
