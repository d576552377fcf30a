"""Why a host cannot run KVM: each cause has its words and its remedy."""

import pytest

from pyinfra_wsl.resources.kvm.cause import obstacle
from pyinfra_wsl.resources.kvm.state import State

AMD = {"vendor": "AuthenticAMD", "vm": "none", "container": "none"}
INTEL = {"vendor": "GenuineIntel", "vm": "none", "container": "none"}
GUEST = {"vendor": "GenuineIntel", "hypervisor": True, "container": "none"}
DELL = {"sys_vendor": "Dell Inc.", "product_name": "Latitude 7440"}
AZURE = {"sys_vendor": "Microsoft Corporation", "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"}


@pytest.mark.parametrize(
    ("host", "code", "cause", "remedy"),
    [
        ({"machine": "s390x"}, "architecture", "this host is s390x", "take kvm out"),
        ({**AMD, "container": "systemd-nspawn"}, "container", "container (systemd-nspawn)", "declare kvm for that machine"),
        ({**AMD, "container": "wsl"}, "container", "WSL distribution", "nestedVirtualization"),
        ({**INTEL, "cpu": "Core i7", "firmware": DELL}, "firmware", "off in the firmware", "VT-x (Intel"),
        ({**INTEL, "firmware": DELL}, "firmware", "off in the firmware", "this Dell Inc. Latitude 7440"),
        (AMD, "firmware", "off in the firmware", "SVM (AMD-V)"),
        ({**GUEST, "vm": "vmware"}, "nesting", "virtual machine (VMware)", "Expose hardware assisted virtualization"),
        ({**GUEST, "vm": "microsoft"}, "nesting", "virtual machine (Hyper-V)", "ExposeVirtualizationExtensions"),
        ({**GUEST, "vm": "microsoft", "firmware": AZURE}, "nesting", "virtual machine (Azure)", "Dv5"),
        ({**GUEST, "vm": "kvm"}, "nesting", "virtual machine (KVM)", "nested: true"),
        ({**GUEST, "vm": "kvm", "firmware": {"sys_vendor": "Google"}}, "nesting", "Google Compute", "enableNestedVirtualization"),
        ({**GUEST, "vm": "oracle"}, "nesting", "virtual machine (VirtualBox)", "--nested-hw-virt"),
        ({**GUEST, **AMD, "hypervisor": True, "vm": "qemu"}, "nesting", "virtual machine (QEMU without KVM)", "-cpu max,+svm"),
        ({**GUEST, "vm": "amazon"}, "nesting", "Amazon EC2", ".metal"),
        ({**GUEST, "vm": "none"}, "nesting", "an unknown hypervisor", "allow nested virtualization"),
        ({"vendor": "GenuineTMx86", "vm": "none"}, "processor", "GenuineTMx86", "Intel or AMD"),
        (
            {**AMD, "extension": "svm", "blocks": {"kvm_amd": "/etc/modprobe.d/x.conf line 3"}},
            "blacklisted",
            "x.conf",
            "take that",
        ),
        ({**AMD, "extension": "svm", "kernel": "6.1.0", "kernel_tree": False}, "kernel", "not on the disk", "restart the host"),
        (
            {**AMD, "extension": "svm", "kernel": "6.1", "loadable": {"kvm_amd": "FATAL: Module kvm_amd not found in directory"}},
            "kernel",
            "the kernel 6.1 has no module kvm_amd",
            "generic kernel",
        ),
    ],
)
def test_every_cause_is_told_apart_with_its_remedy(host, code, cause, remedy):
    found = obstacle(State(**host))
    assert found is not None
    assert found.code == code
    assert cause in found.cause
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "host",
    [
        {**AMD, "extension": "svm"},
        {**GUEST, "vm": "vmware", "extension": "vmx"},
        {**AMD, "extension": "svm", "loaded": ("kvm", "kvm_amd"), "kernel_tree": False},
        {**AMD, "extension": "svm", "blocks": {"kvm_intel": "/etc/modprobe.d/x.conf line 3"}},
    ],
)
def test_a_host_that_can_is_not_refused(host):
    assert obstacle(State(**host)) is None
