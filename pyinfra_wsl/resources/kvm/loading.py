"""How a module of KVM is loaded, and what the kernel's refusals mean: most have nothing to do with the firmware.

Linux, arch/x86/kvm: where virtualization is off, the module ends with EOPNOTSUPP (some versions: EIO, ENODEV); where others hold
the processor's extension, such as VirtualBox, with EBUSY; an unsigned module under Secure Boot is EKEYREJECTED, a locked kernel
EPERM. Documentation/admin-guide/sysctl/kernel.rst, "modules_disabled": no module is loaded or unloaded until the next start.
"""

from __future__ import annotations

from pyinfra_wsl.core.acts import Shell, refuse
from pyinfra_wsl.core.failure import Failure

_OFF = ("Operation not supported", "No such device", "Input/output error")
_SAID = 'said=$(printf %s "$said" | tail -n 1)'


def load(module: str, firmware: Failure) -> Shell:
    """Return what loads a module and waits for ``/dev/kvm``.

    Args:
        module: its name.
        firmware: what it means where the processor's virtualization is off.

    """
    wait = "i=0 && while [ ! -e /dev/kvm ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done && [ -e /dev/kvm ]"
    off = "|".join(f'*"{word}"*' for word in _OFF)
    line = (
        f'said=$(modprobe {module} 2>&1) || {{ case "$said" in {off}) {refuse("firmware")};; esac; {_SAID}; '
        f"{refuse('load', '$said')}; }}; {wait} || {{ {refuse('firmware')}; }}"
    )
    refused = Failure(
        f"the kernel does not load {module}: {{said}}",
        "mend what it names: another hypervisor (busy), Secure Boot (key), a locked kernel (not permitted); then run again",
        "load",
    )
    return Shell(line, {"firmware": firmware, "load": refused})


def reload(module: str) -> Shell:
    """Return what loads a module anew, so that it reads its options; a guest that was started since keeps it from that.

    Args:
        module: its name.

    """
    line = (
        f"said=$(modprobe -r {module} 2>&1) || {{ {_SAID}; {refuse('busy', '$said')}; }}; "
        f"said=$(modprobe {module} 2>&1) || {{ {_SAID}; {refuse('gone', '$said')}; }}"
    )
    return Shell(
        line,
        {
            "busy": Failure(
                f"{module} cannot be unloaded: {{said}}", "run again when no guest runs, or restart the host", "busy"
            ),
            "gone": Failure(
                f"{module} was unloaded, and the kernel does not load it again: {{said}}",
                "mend what it names, then run again or restart the host",
                "load",
            ),
        },
    )
