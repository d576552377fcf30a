"""A Linux host on which KVM is as declared."""

from pyinfra_wsl.core.linux.host import Os
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm.device import Device
from pyinfra_wsl.resources.kvm.modprobe import OPTIONS_FILE
from pyinfra_wsl.resources.kvm.rules import RULE_FILE
from pyinfra_wsl.resources.kvm.state import MODULES_FILE, State

DEBIAN = Os("debian", (), "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
READY = State(
    kernel="6.1.0-44-amd64",
    os=DEBIAN,
    cpu="AMD EPYC 7763",
    vendor="AuthenticAMD",
    extension="svm",
    vm="none",
    container="none",
    loaded=("kvm", "kvm_amd"),
    nested=True,
    nested_configured=True,
    uses=0,
    device=Device("root", "kvm", "660"),
    members=("ada",),
    users={"ada": ("ada", "kvm")},
    qemu="7.2.22",
    files={
        MODULES_FILE: render("kvm.modules.j2", module="kvm_amd"),
        OPTIONS_FILE: render("kvm.modprobe.j2", module="kvm_amd", nested=True),
        RULE_FILE: render("kvm.rules.j2", mode="0660"),
    },
)
