"""Why a host cannot run KVM, told apart, and what a person does about each.

The kinds of virtual machine are systemd-detect-virt(1)'s. How nesting is allowed is each vendor's documentation: Microsoft,
"Nested virtualization"; Broadcom, "Expose VMware Hardware Assisted Virtualization"; Oracle VirtualBox manual, "--nested-hw-virt";
kernel.org, "Running nested guests with KVM". A kernel below Xen has no virtualization of its own (Xen wiki, "Dom0"); one of ARM64
has KVM if it was started at EL2 (Linux, Documentation/arch/arm64/booting.rst).
"""

from __future__ import annotations

from collections.abc import Mapping

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.resources.kvm.state import State

_AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
"""The chassis tag by which cloud-init, too, knows Azure (cloudinit/sources/azure/identity.py)."""

_VMS: Mapping[str, tuple[str, str]] = {
    "vmware": ("VMware", "shut it down and turn on 'Expose hardware assisted virtualization to the guest OS' (vhv.enable)"),
    "microsoft": ("Hyper-V", "shut it down and turn on ExposeVirtualizationExtensions for its processor on the Hyper-V host"),
    "azure": ("Azure", "move it to a size with nested virtualization, such as Dv5 or Ev5, of security type Standard"),
    "kvm": ("KVM", "turn nesting on in its host (kvm: {nested: true}) and give it the processor host-passthrough"),
    "qemu": ("QEMU without KVM", "give it a processor with SVM (-cpu max,+svm)"),
    "oracle": ("VirtualBox", "shut it down and run 'VBoxManage modifyvm NAME --nested-hw-virt on' on its host"),
    "amazon": ("Amazon EC2", "move it to an instance type with nested virtualization, or to a .metal one"),
    "google": ("Google Compute Engine", "stop it and set enableNestedVirtualization"),
    "xen": ("Xen", "turn on nestedhvm for it in its host"),
    "parallels": ("Parallels", "shut it down and turn on nested virtualization in its hardware settings"),
    "bhyve": ("bhyve", "bhyve does not nest: use another host"),
    "apple": ("Apple's Virtualization framework", "use a Mac and a system on which it nests, or another host"),
}

_CONTAINERS: Mapping[str, str] = {
    "wsl": "WSL",
    "systemd-nspawn": "systemd-nspawn",
    "docker": "Docker",
    "lxc": "LXC",
    "lxc-libvirt": "libvirt's LXC",
    "openvz": "OpenVZ",
    "podman": "Podman",
}

_SWITCHES: Mapping[str, str] = {
    "GenuineIntel": "VT-x (Intel Virtualization Technology)",
    "CentaurHauls": "VT-x (Virtualization Technology)",
    "Shanghai": "VT-x (Virtualization Technology)",
}


def obstacle(state: State) -> Failure | None:
    """Return why this host cannot have KVM; None where nothing is known to stand in the way."""
    for cause in (_architecture, _container, _xen, _arm, _processor, _blocked, _kernel):
        if (found := cause(state)) is not None:
            return found
    return None


def _architecture(state: State) -> Failure | None:
    if state.machine in ("x86_64", "aarch64"):
        return None
    return Failure(
        f"KVM is brought about on x86_64 and ARM64, this host is {state.machine or 'of unknown architecture'}",
        "take kvm out of this host's declaration",
        "architecture",
    )


def _container(state: State) -> Failure | None:
    if state.container in (None, "none"):
        return None
    kind = _CONTAINERS.get(state.container or "", state.container)
    if state.container == "wsl":
        return Failure(
            "this host is a WSL distribution; its kernel belongs to Windows",
            "declare nestedVirtualization in wslconfig of the laptop instead",
            "container",
        )
    return Failure(
        f"this host is a container ({kind}); its kernel belongs to the machine around it",
        "declare kvm for that machine, and pass /dev/kvm into the container",
        "container",
    )


def _xen(state: State) -> Failure | None:
    if not state.dom0:
        return None
    return Failure(
        "this host is Xen's dom0: its kernel runs on Xen, which keeps the processor's virtualization for itself",
        "start it with its kernel alone (choose the entry without Xen in the boot menu), or take kvm out of its declaration",
        "xen",
    )


def _arm(state: State) -> Failure | None:
    if not state.arm or state.device is not None:
        return None
    return _virtual(state) if state.vm not in (None, "none") else locked(state)


def _processor(state: State) -> Failure | None:
    if state.arm:
        return None
    if state.extension:
        told = state.off_in_firmware and state.module not in state.loaded
        return locked(state) if told else None
    if state.hypervisor or state.vm not in (None, "none"):
        return _virtual(state)
    if state.module is None:
        return Failure(
            f"no KVM for processors of {state.vendor or 'an unknown vendor'}",
            "use a host with an Intel or AMD processor, or another one with VMX or SVM",
            "processor",
        )
    return locked(state)


def locked(state: State) -> Failure:
    """Say that virtualization is off below the kernel: by the hypervisor, or in the firmware, naming switch and machine."""
    if state.hypervisor or state.vm not in (None, "none"):
        return _virtual(state)
    machine = " ".join(filter(None, (state.firmware.get("sys_vendor"), state.firmware.get("product_name")))) or "machine"
    if state.arm:
        return Failure(
            "/dev/kvm is not there: the firmware did not start the kernel at EL2, or its command line turns KVM off",
            f"let the firmware of this {machine} start Linux at EL2, and take kvm-arm.mode=none away, then restart and run again",
            "firmware",
        )
    switch = _SWITCHES.get(state.vendor, "SVM (AMD-V)")
    return Failure(
        f"virtualization is off in the firmware, or {state.cpu or 'the processor'} has none",
        f"turn on {switch} in the UEFI setup of this {machine}, switch it off and on, then run again",
        "firmware",
    )


def _virtual(state: State) -> Failure:
    kind = state.vm if state.vm not in (None, "none") else ""
    if state.firmware.get("chassis_asset_tag") == _AZURE_TAG:
        kind = "azure"
    elif "Google" in state.firmware.get("sys_vendor", ""):
        kind = "google"
    name, remedy = _VMS.get(kind or "", (kind or "an unknown hypervisor", "allow nested virtualization for it in its host"))
    return Failure(
        f"this host is a virtual machine ({name}) without nested virtualization", f"{remedy}, then run again", "nesting"
    )


def _blocked(state: State) -> Failure | None:
    for name in ("kvm", state.module or ""):
        if name in state.blocks and name not in state.builtin:
            return Failure(
                f"{name} is blacklisted in {state.blocks[name]}", "take that away if it may load, then run again", "blacklisted"
            )
    return None


def _kernel(state: State) -> Failure | None:
    module = state.module or ""
    if module in state.loaded:
        return None
    if state.modules_disabled:
        return Failure(
            "kernel.modules_disabled is 1: this host's kernel loads no module until its next start",
            f"load {module} before that is set (take it out of /etc/sysctl.d), restart the host, then run again",
            "kernel",
        )
    if not state.kernel_tree:
        return Failure(
            f"the modules of the running kernel {state.kernel} are not on the disk: it was updated since the start",
            "restart the host, then run again",
            "kernel",
        )
    why = state.loadable.get(module)
    if why is not None and "not found" in why:
        return Failure(
            f"the kernel {state.kernel} has no module {module}",
            "install the distribution's generic kernel, then run again",
            "kernel",
        )
    return None
