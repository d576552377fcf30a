"""How a host is asked about KVM, and what its answer says: one script, one state.

The files and programs are the kernel's own (Documentation/virt/kvm/x86/nested-vmx.rst:
``/sys/module/kvm_intel/parameters/nested``), kmod's (modprobe.d(5)) and systemd's (systemd-detect-virt(1), modules-load.d(5)).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra_wsl.core.linux.host import PRELUDE, Os, Part, groups, parts, read_os
from pyinfra_wsl.resources.kvm import checks, device, libvirt, modprobe, rules
from pyinfra_wsl.resources.kvm.checks import Check
from pyinfra_wsl.resources.kvm.device import Device
from pyinfra_wsl.resources.kvm.libvirt import Libvirt
from pyinfra_wsl.resources.kvm.modprobe import OPTIONS_FILE
from pyinfra_wsl.resources.kvm.rules import RULE_FILE

MODULES_FILE = "/etc/modules-load.d/pyinfra-wsl-kvm.conf"

_MODULES = {"vmx": "kvm_intel", "svm": "kvm_amd"}
_VENDORS = {"GenuineIntel": "vmx", "AuthenticAMD": "svm", "HygonGenuine": "svm", "CentaurHauls": "vmx", "Shanghai": "vmx"}
"""What a vendor's processors have; Zhaoxin's call themselves CentaurHauls or Shanghai (Linux, arch/x86/kernel/cpu/zhaoxin.c)."""
_PAGES = {"vmx": "ept", "svm": "npt"}
_XEN_DOM0 = 1 << 11
"""XENFEAT_dom0 (Xen, xen/include/public/features.h): the bit by which systemd-detect-virt, too, knows that domain."""
_BY_FIRMWARE = re.compile(r"^(?!.*\b(SEV|SGX|TDX)\b).*\bdisabled \(?(by|in) (the )?(bios|firmware)", re.I)

SCRIPT = (
    PRELUDE
    + r"""
cpu() { grep -m1 '^vendor_id' /proc/cpuinfo; grep -m1 '^model name' /proc/cpuinfo; grep -m1 '^flags' /proc/cpuinfo; true; }
dmi() { cd /sys/class/dmi/id 2>/dev/null && grep . sys_vendor product_name chassis_asset_tag 2>/dev/null; true; }
xen() { for f in /proc/xen/capabilities /sys/hypervisor/properties/features; do
  [ -r $f ] && echo "${f##*/} $(cat $f 2>/dev/null)"; done; true; }
around() { cat /run/systemd/container 2>/dev/null && return; [ -e /.dockerenv ] && { echo docker; return; }
  [ -e /run/.containerenv ] && { echo podman; return; }
  tr '\0' '\n' 2>/dev/null </proc/1/environ | sed -n 's/^container=//p' | grep . && return
  [ -e /proc/sys/fs/binfmt_misc/WSLInterop ] || [ -d /run/WSL ] && echo wsl; true; }
builtin() { for m in kvm kvm_intel kvm_amd; do [ -d /sys/module/$m ] && [ ! -e /sys/module/$m/initstate ] && echo $m; done
  sed -n 's|^kernel/.*/\(kvm[-_a-z]*\)\.ko.*|\1|p' "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null | tr - _; true; }
modules() { for m in kvm kvm_intel kvm_amd; do [ -d /sys/module/$m ] && echo $m; done; true; }
nested() { for m in kvm_intel kvm_amd; do f=/sys/module/$m/parameters/nested; [ -r $f ] && echo $m $(cat $f); done; true; }
uses() { for m in kvm_intel kvm_amd; do f=/sys/module/$m/refcnt; [ -r $f ] && echo $m $(cat $f); done; true; }
guests() { find /proc/[0-9]*/fd -lname 'anon_inode:kvm-vm' 2>/dev/null | cut -d/ -f3 | sort -un |
  while read -r p; do echo "$p $(cat /proc/$p/comm 2>/dev/null)"; done; }
configured() { modprobe -c 2>/dev/null | grep -E '^(options|install|blacklist) kvm(_intel|_amd)?( |$)'; true; }
sources() {
  words='^[[:space:]]*(options|install|blacklist)[[:space:]]+kvm([_-](intel|amd))?([[:space:]]|$)'
  for d in /etc /run /usr/local/lib /usr/lib /lib; do grep -HnE "$words" $d/modprobe.d/*.conf 2>/dev/null; done
  true
}
qemu() { for q in "qemu-system-$(uname -m)" /usr/libexec/qemu-kvm; do
  command -v $q >/dev/null && { $q --version | head -n1; return; }; done; true; }
desktop() { ls /usr/share/xsessions /usr/share/wayland-sessions 2>/dev/null | grep '\.desktop$'; true; }
kernel_said() { dmesg 2>/dev/null | grep -iE 'kvm|vmx|svm' | tail -n5; true; }
part id id -u
part kernel uname -r
part machine uname -m
part os cat /etc/os-release
part cpu cpu
part dmi dmi
part vm systemd-detect-virt --vm
part container systemd-detect-virt --container
part around around
part xen xen
part systemd test -d /run/systemd/system
part cmdline cat /proc/cmdline
part modules_disabled cat /proc/sys/kernel/modules_disabled
part tree test -d "/lib/modules/$(uname -r)"
part kmod sh -c "command -v modprobe"
part modules modules
part builtin builtin
part try_kvm_intel modprobe -n -v kvm_intel
part try_kvm_amd modprobe -n -v kvm_amd
part nested nested
part uses uses
part guests guests
part configured configured
part sources sources
part group getent group kvm
part qemu qemu
part desktop desktop
part kernel_said kernel_said
"""
    + device.SCRIPT
    + rules.SCRIPT
    + libvirt.SCRIPT
    + f"part modules_file cat {MODULES_FILE}\npart options_file cat {OPTIONS_FILE}\npart rule_file cat {RULE_FILE}\n"
    + checks.SCRIPT
)


def script(users: Sequence[str] = ()) -> str:
    """Return the look; it also asks for the groups of `users`."""
    return SCRIPT + "".join(f"part user:{name} groups_of {shlex.quote(name)}\n" for name in users)


@dataclass(frozen=True, slots=True)
class State:
    """A host as KVM finds it; None is unknown.

    Args:
        root: whether we may change it.
        machine: ``uname -m``.
        kernel: ``uname -r``.
        os: the distribution.
        cpu: model of the processor.
        vendor: its vendor's own word: GenuineIntel, AuthenticAMD; empty for another architecture's.
        extension: ``vmx`` or ``svm``, where the processor shows it; empty where not.
        nested_pages: whether it has a second stage of page tables (EPT, NPT); None where it does not show its extension.
        hypervisor: whether the processor says that a hypervisor is below.
        dom0: whether this is the domain of Xen that owns the hardware: no guest, and no place for KVM.
        vm: kind of virtual machine in systemd's word, ``none`` for a real one.
        container: kind of container in systemd's word, ``none`` outside.
        firmware: vendor, product and chassis tag of the machine, by DMI.
        systemd: whether systemd runs.
        kernel_tree: whether the modules of the running kernel are on the disk.
        kmod: whether modprobe is installed.
        loaded: KVM's modules that are in the kernel.
        builtin: those of them that are part of it: nothing loads or unloads them, and only its command line sets their options.
        modules_disabled: whether the kernel loads no module any more until its next start.
        loadable: what ``modprobe -n`` says against each vendor's module; None where it says nothing.
        blocks: where KVM's modules are blacklisted: module to place.
        nested: whether nested virtualization is on now.
        nested_configured: whether modprobe's configuration turns it on; None where it says nothing.
        nested_last: the place that has the last word in that.
        nested_outranks: whether that place comes after our own file.
        uses: how many guests hold the vendor's module.
        guests: their processes, as ``name (PID)``; as far as they can be seen.
        device: who may use ``/dev/kvm``; None where there is none.
        rules: lines of udev's rules that name it, with file and number.
        members: members of the group kvm; None where there is no such group.
        users: groups of each user who was asked for; None where there is no such user.
        qemu: QEMU's version.
        desktop: desktop sessions that are installed.
        files: our files as they are, by path.
        checks: what ``virt-host-validate`` and ``kvm-ok`` find, where they are installed.
        kernel_said: the kernel's last words about KVM.
        programs: those of virsh, virt-host-validate, kvm-ok and dnsmasq that are there.
        libvirt: libvirt as it is.

    """

    root: bool = True
    machine: str = "x86_64"
    kernel: str = ""
    os: Os = field(default_factory=Os)
    cpu: str = ""
    vendor: str = ""
    extension: str = ""
    nested_pages: bool | None = None
    hypervisor: bool = False
    dom0: bool = False
    vm: str | None = None
    container: str | None = None
    firmware: Mapping[str, str] = field(default_factory=dict)
    systemd: bool = True
    kernel_tree: bool = True
    kmod: bool = True
    modules_disabled: bool = False
    loaded: tuple[str, ...] = ()
    builtin: tuple[str, ...] = ()
    loadable: Mapping[str, str | None] = field(default_factory=dict)
    blocks: Mapping[str, str] = field(default_factory=dict)
    nested: bool | None = None
    nested_configured: bool | None = None
    nested_last: str = ""
    nested_outranks: bool = False
    uses: int | None = None
    guests: tuple[str, ...] = ()
    device: Device | None = None
    rules: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None
    users: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    qemu: str | None = None
    desktop: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    kernel_said: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    libvirt: Libvirt = field(default_factory=Libvirt)

    @property
    def arm(self) -> bool:
        """Whether it is ARM64, of whose kernel KVM is a part."""
        return self.machine == "aarch64"

    @property
    def module(self) -> str | None:
        """The module that drives the processor: by its extension, else by its vendor; None for one that has none."""
        return "kvm" if self.arm else _module(self.vendor, self.extension)

    @property
    def off_in_firmware(self) -> bool:
        """Whether the kernel has said since its start that the firmware forbids virtualization."""
        return any(_BY_FIRMWARE.search(line) for line in self.kernel_said)


def _module(vendor: str, extension: str) -> str | None:
    return _MODULES.get(extension or _VENDORS.get(vendor, ""))


def read(text: str) -> State:
    """Read what `script` printed."""
    found = parts(text)

    def part(name: str) -> Part:
        return found.get(name, Part())

    cpu = _pairs(part("cpu").text, ":")
    vendor, flags = cpu.get("vendor_id", ""), cpu.get("flags", "").split()
    extension = next((one for one in _MODULES if one in flags), "")
    machine, cmdline = part("machine").word or "", part("cmdline").text
    module = "kvm" if machine == "aarch64" else _module(vendor, extension) or ""
    builtin = tuple(dict.fromkeys(part("builtin").lines))
    sources = modprobe.sources(part("sources").lines)
    nested = modprobe.nested(part("configured").lines, sources, cmdline, module)
    return State(
        root=part("id").word == "0",
        machine=machine,
        kernel=part("kernel").word or "",
        os=read_os(part("os").text),
        cpu=cpu.get("model name", ""),
        vendor=vendor,
        extension=extension,
        nested_pages=_PAGES[extension] in flags if extension else None,
        hypervisor="hypervisor" in flags,
        dom0=_dom0(part("xen")),
        vm=_detected(part("vm")),
        container=_around(_detected(part("container")), part("around"), part("kernel").word or ""),
        firmware=_pairs(part("dmi").text, ":"),
        systemd=part("systemd").ok,
        kernel_tree=part("tree").ok,
        kmod=part("kmod").ok,
        modules_disabled=part("modules_disabled").word == "1",
        loaded=tuple(dict.fromkeys((*part("modules").lines, *builtin))),
        builtin=builtin,
        loadable={name: _refusal(part(f"try_{name}")) for name in ("kvm_intel", "kvm_amd")},
        blocks=modprobe.blocks(part("configured").lines, sources, cmdline),
        nested=_nested(part("nested"), module, cmdline),
        nested_configured=nested.value,
        nested_last=nested.place,
        nested_outranks=nested.outranks,
        uses=next((int(line.split()[1]) for line in part("uses").lines if re.fullmatch(rf"{module} \d+", line)), None),
        guests=tuple(f"{name or 'process'} ({pid})" for pid, _, name in (line.partition(" ") for line in part("guests").lines)),
        device=device.read(part("device"), part("acl")),
        rules=tuple(part("rules").lines),
        members=_members(part("group")),
        users={name[5:]: groups(one) for name, one in found.items() if name.startswith("user:")},
        qemu=_version(part("qemu").text),
        desktop=tuple(part("desktop").lines),
        files={
            path: part(name).text
            for name, path in (("modules_file", MODULES_FILE), ("options_file", OPTIONS_FILE), ("rule_file", RULE_FILE))
            if part(name).ok
        },
        checks=checks.read(part("validate"), part("kvm_ok")),
        kernel_said=tuple(part("kernel_said").lines),
        programs=tuple(part("tools").lines),
        libvirt=libvirt.read(part("libvirt_units"), part("libvirt_network")),
    )


def _pairs(text: str, sign: str) -> dict[str, str]:
    return {name.strip(): value.strip() for name, found, value in (line.partition(sign) for line in text.splitlines()) if found}


def _detected(part: Part) -> str | None:
    """systemd-detect-virt prints ``none`` and fails where there is nothing; 127 is: no such program."""
    return next(iter(part.text.split()), None) if part.code in (0, 1) else None


def _refusal(part: Part) -> str | None:
    return None if part.code in (0, 127) else (part.lines or ["modprobe failed"])[-1]


def _nested(part: Part, module: str, cmdline: str) -> bool | None:
    """ARM64 says it nowhere but on the command line it was started with (Linux, kernel-parameters.txt, kvm-arm.mode)."""
    if module == "kvm":
        return "kvm-arm.mode=nested" in cmdline.split()
    return modprobe.switched(dict(line.split(" ", 1) for line in part.lines if " " in line).get(module, ""))


def _around(detected: str | None, part: Part, kernel: str) -> str | None:
    """Return the kind of container; an older systemd knows no WSL, and a host without systemd knows of none."""
    if detected not in (None, "none"):
        return detected
    if re.search("Microsoft|WSL", kernel):
        return "wsl"
    return detected or part.word


def _dom0(part: Part) -> bool:
    said = dict(line.split(" ", 1) for line in part.lines if " " in line)
    if "control_d" in said.get("capabilities", ""):
        return True
    features = said.get("features", "").strip()
    return bool(re.fullmatch(r"[0-9a-f]{1,16}", features)) and bool(int(features, 16) & _XEN_DOM0)


def _members(part: Part) -> tuple[str, ...] | None:
    if part.ok:
        return tuple(filter(None, part.text.strip().rpartition(":")[2].split(",")))
    return None


def _version(text: str) -> str | None:
    found = re.search(r"version (\d+(?:\.\d+)+)", text)
    return found[1] if found else None
