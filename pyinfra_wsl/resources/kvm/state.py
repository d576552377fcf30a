"""How a host is asked about KVM, and what its answer says: one script, one state.

The files and programs are the kernel's own (Documentation/virt/kvm/x86/nested-vmx.rst:
``/sys/module/kvm_intel/parameters/nested``), kmod's (modprobe.d(5)) and systemd's (systemd-detect-virt(1), modules-load.d(5)).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pyinfra_wsl.core.linux.host import PRELUDE, Os, Part, parts, read_os

MODULES_FILE = "/etc/modules-load.d/pyinfra-wsl-kvm.conf"
OPTIONS_FILE = "/etc/modprobe.d/zz-pyinfra-wsl-kvm.conf"
RULE_FILE = "/etc/udev/rules.d/99-pyinfra-wsl-kvm.rules"

_EXTENSIONS = {"GenuineIntel": ("vmx", "kvm_intel"), "AuthenticAMD": ("svm", "kvm_amd"), "HygonGenuine": ("svm", "kvm_amd")}

SCRIPT = (
    PRELUDE
    + r"""
cpu() { grep -m1 '^vendor_id' /proc/cpuinfo; grep -m1 '^model name' /proc/cpuinfo; grep -m1 '^flags' /proc/cpuinfo; true; }
dmi() { cd /sys/class/dmi/id 2>/dev/null && grep . sys_vendor product_name chassis_asset_tag 2>/dev/null; true; }
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
qemu() { for q in qemu-system-x86_64 /usr/libexec/qemu-kvm; do
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
part systemd test -d /run/systemd/system
part cmdline cat /proc/cmdline
part tree test -d "/lib/modules/$(uname -r)"
part kmod sh -c "command -v modprobe"
part modules modules
part try_kvm_intel modprobe -n -v kvm_intel
part try_kvm_amd modprobe -n -v kvm_amd
part nested nested
part uses uses
part guests guests
part configured configured
part sources sources
part device stat -c '%U %G %a' /dev/kvm
part group getent group kvm
part qemu qemu
part desktop desktop
part kernel_said kernel_said
"""
    + f"part modules_file cat {MODULES_FILE}\npart options_file cat {OPTIONS_FILE}\npart rule_file cat {RULE_FILE}\n"
    + r"""part kvm_ok kvm-ok
part validate virt-host-validate qemu
"""
)


def script(users: Sequence[str] = ()) -> str:
    """Return the look; it also asks for the groups of `users`."""
    return SCRIPT + "".join(f"part user:{name} groups_of {shlex.quote(name)}\n" for name in users)


@dataclass(frozen=True, slots=True)
class Device:
    """Who may use ``/dev/kvm``."""

    owner: str
    group: str
    mode: str


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of ``virt-host-validate`` or ``kvm-ok``, and what to do about it."""

    program: str
    what: str
    result: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """A host as KVM finds it; None is unknown.

    Args:
        root: whether we may change it.
        machine: ``uname -m``.
        kernel: ``uname -r``.
        os: the distribution.
        cpu: model of the processor.
        vendor: its vendor's own word: GenuineIntel, AuthenticAMD.
        extension: ``vmx`` or ``svm``, where the processor shows it; empty where not.
        hypervisor: whether the processor says that a hypervisor is below.
        vm: kind of virtual machine in systemd's word, ``none`` for a real one.
        container: kind of container in systemd's word, ``none`` outside.
        firmware: vendor, product and chassis tag of the machine, by DMI.
        systemd: whether systemd runs.
        kernel_tree: whether the modules of the running kernel are on the disk.
        kmod: whether modprobe is installed.
        loaded: KVM's modules that are in the kernel.
        loadable: what ``modprobe -n`` says against each vendor's module; None where it says nothing.
        blocks: where KVM's modules are blacklisted: module to place.
        nested: whether nested virtualization is on now.
        nested_configured: whether modprobe's configuration turns it on; None where it says nothing.
        nested_last: the place that has the last word in that.
        uses: how many guests hold the vendor's module.
        guests: their processes, as ``name (PID)``; as far as they can be seen.
        device: who may use ``/dev/kvm``; None where there is none.
        members: members of the group kvm; None where there is no such group.
        users: groups of each user who was asked for; None where there is no such user.
        qemu: QEMU's version.
        desktop: desktop sessions that are installed.
        files: our files as they are, by path.
        checks: what ``virt-host-validate`` and ``kvm-ok`` find, where they are installed.
        kernel_said: the kernel's last words about KVM.

    """

    root: bool = True
    machine: str = "x86_64"
    kernel: str = ""
    os: Os = field(default_factory=Os)
    cpu: str = ""
    vendor: str = ""
    extension: str = ""
    hypervisor: bool = False
    vm: str | None = None
    container: str | None = None
    firmware: Mapping[str, str] = field(default_factory=dict)
    systemd: bool = True
    kernel_tree: bool = True
    kmod: bool = True
    loaded: tuple[str, ...] = ()
    loadable: Mapping[str, str | None] = field(default_factory=dict)
    blocks: Mapping[str, str] = field(default_factory=dict)
    nested: bool | None = None
    nested_configured: bool | None = None
    nested_last: str = ""
    uses: int | None = None
    guests: tuple[str, ...] = ()
    device: Device | None = None
    members: tuple[str, ...] | None = None
    users: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    qemu: str | None = None
    desktop: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    kernel_said: tuple[str, ...] = ()

    @property
    def module(self) -> str | None:
        """The vendor's module; None for a processor that has none."""
        return _EXTENSIONS[self.vendor][1] if self.vendor in _EXTENSIONS else None


def read(text: str) -> State:
    """Read what `script` printed."""
    found = parts(text)

    def part(name: str) -> Part:
        return found.get(name, Part())

    cpu = _pairs(part("cpu").text, ":")
    vendor, flags = cpu.get("vendor_id", ""), cpu.get("flags", "").split()
    wanted, module = _EXTENSIONS.get(vendor, ("", ""))
    sources = [_source(line) for line in part("sources").lines]
    configured, last = _configured(part("configured").lines, sources, module)
    return State(
        root=part("id").word == "0",
        machine=part("machine").word or "",
        kernel=part("kernel").word or "",
        os=read_os(part("os").text),
        cpu=cpu.get("model name", ""),
        vendor=vendor,
        extension=wanted if wanted and wanted in flags else "",
        hypervisor="hypervisor" in flags,
        vm=_detected(part("vm")),
        container=_detected(part("container")),
        firmware=_pairs(part("dmi").text, ":"),
        systemd=part("systemd").ok,
        kernel_tree=part("tree").ok,
        kmod=part("kmod").ok,
        loaded=tuple(part("modules").lines),
        loadable={name: _refusal(part(f"try_{name}")) for name in ("kvm_intel", "kvm_amd")},
        blocks=_blocks(part("configured").lines, sources, part("cmdline").text),
        nested=_switched(dict(line.split(" ", 1) for line in part("nested").lines if " " in line).get(module, "")),
        nested_configured=configured,
        nested_last=last,
        uses=next((int(line.split()[1]) for line in part("uses").lines if re.fullmatch(rf"{module} \d+", line)), None),
        guests=tuple(f"{name or 'process'} ({pid})" for pid, _, name in (line.partition(" ") for line in part("guests").lines)),
        device=Device(*part("device").text.split()) if part("device").ok and len(part("device").text.split()) == 3 else None,
        members=_members(part("group")),
        users={name[5:]: tuple(one.lines) if one.ok else None for name, one in found.items() if name.startswith("user:")},
        qemu=_version(part("qemu").text),
        desktop=tuple(part("desktop").lines),
        files={
            path: part(name).text
            for name, path in (("modules_file", MODULES_FILE), ("options_file", OPTIONS_FILE), ("rule_file", RULE_FILE))
            if part(name).ok
        },
        checks=(*_validated(part("validate")), *_kvm_ok(part("kvm_ok"))),
        kernel_said=tuple(part("kernel_said").lines),
    )


def _pairs(text: str, sign: str) -> dict[str, str]:
    return {name.strip(): value.strip() for name, found, value in (line.partition(sign) for line in text.splitlines()) if found}


def _detected(part: Part) -> str | None:
    """systemd-detect-virt prints ``none`` and fails where there is nothing; 127 is: no such program."""
    return next(iter(part.text.split()), None) if part.code in (0, 1) else None


def _refusal(part: Part) -> str | None:
    return None if part.code in (0, 127) else (part.lines or ["modprobe failed"])[-1]


def _switched(value: str) -> bool | None:
    return {"Y": True, "1": True, "N": False, "0": False}.get(value.strip())


def _source(line: str) -> tuple[str, str]:
    """``/etc/modprobe.d/x.conf:3:blacklist kvm-amd`` to its place and its words as modprobe normalizes them."""
    path, _, rest = line.partition(":")
    number, _, text = rest.partition(":")
    return f"{path} line {number}", " ".join(text.split()).replace("kvm-", "kvm_")


def _configured(lines: Sequence[str], sources: Sequence[tuple[str, str]], module: str) -> tuple[bool | None, str]:
    """The last word on ``nested``: the kernel takes the last of several, modprobe reads files in the order of their names."""
    for line in reversed(lines):
        values = re.findall(r"\bnested=(\w)", line) if module and line.startswith(f"options {module} ") else []
        if values:
            options = line.split(maxsplit=2)[2]
            place = next(
                (where for where, text in reversed(sources) if text.startswith(f"options {module} ") and options in text), ""
            )
            return _switched(values[-1].upper()), place
    return None, ""


def _blocks(lines: Sequence[str], sources: Sequence[tuple[str, str]], cmdline: str) -> dict[str, str]:
    found = {}
    for name in ("kvm", "kvm_intel", "kvm_amd"):
        for line in lines:
            words = line.split()
            if words[:2] == ["blacklist", name] or (words[:2] == ["install", name] and re.search(r"/(false|true)\b", line)):
                where = next((place for place, text in sources if text.split()[:2] == words[:2]), "modprobe's configuration")
                found[name] = f"{where} ('{line.strip()}')"
        for option, names in re.findall(r"\b(modprobe\.blacklist|module_blacklist)=(\S+)", cmdline):
            if name in names.replace("-", "_").split(","):
                found[name] = f"the kernel's command line ('{option}={names}')"
    return found


def _members(part: Part) -> tuple[str, ...] | None:
    if part.ok:
        return tuple(filter(None, part.text.strip().rpartition(":")[2].split(",")))
    return None


def _version(text: str) -> str | None:
    found = re.search(r"version (\d+(?:\.\d+)+)", text)
    return found[1] if found else None


def _validated(part: Part) -> list[Check]:
    rows = (re.fullmatch(r"\s*QEMU: Checking (.+?)\s*: (PASS|FAIL|WARN|NOTE)(?: \((.*)\))?\s*", line) for line in part.lines)
    return [Check("virt-host-validate", row[1], row[2], row[3] or "") for row in rows if row]


def _kvm_ok(part: Part) -> list[Check]:
    if part.code == 127 or not part.text:
        return []
    said = [line.removeprefix("INFO:").strip() for line in part.lines if line.startswith("INFO:")]
    _, _, hint = part.text.partition("HINT:")
    hint = hint.partition("KVM acceleration")[0].replace("HINT:", ";")
    what = said[-1] if said else "KVM acceleration"
    return [Check("kvm-ok", what, "PASS" if part.ok else "FAIL", " ".join(hint.split()))]
