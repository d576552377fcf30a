"""What modprobe's configuration and the kernel's command line say of KVM's modules, and who has the last word.

modprobe.d(5): a file hides those of its name in later folders, and files are read in the order of their names. The kernel takes
the last of several values; what its command line says as ``MODULE.nested=1`` modprobe adds after all files (kmod,
libkmod/libkmod-config.c).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MODULES = ("kvm", "kvm_intel", "kvm_amd")
OPTIONS_FILE = "/etc/modprobe.d/zz-pyinfra-wsl-kvm.conf"
COMMAND_LINE = "the kernel's command line"


@dataclass(frozen=True, slots=True)
class Source:
    """A line of a file of modprobe's: where it stands, and its words as modprobe normalizes them."""

    path: str
    line: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.path} line {self.line}"

    @property
    def name(self) -> str:
        """The name of its file, which decides when it is read."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Nested:
    """What is configured of nesting: the value, who has the last word, and whether that comes after our own file."""

    value: bool | None = None
    place: str = ""
    outranks: bool = False


def sources(lines: Sequence[str]) -> list[Source]:
    """Read ``/etc/modprobe.d/x.conf:3:blacklist kvm-amd``, in the order in which modprobe reads, without hidden files."""
    found, first = list[Source](), dict[str, str]()
    for line in lines:
        path, _, rest = line.partition(":")
        number, _, text = rest.partition(":")
        one = Source(path, number, _normal(text))
        if first.setdefault(one.name, path) == path:
            found.append(one)
    return sorted(found, key=lambda one: one.name)


def _normal(text: str) -> str:
    return re.sub(r"\bkvm-(?=intel|amd)", "kvm_", " ".join(text.split()))


def nested(lines: Sequence[str], read: Sequence[Source], cmdline: str, module: str) -> Nested:
    """Return the last word on nesting of a module.

    Args:
        lines: what ``modprobe -c`` prints, which knows of all files, also of those of other folders.
        read: the lines of files.
        cmdline: the kernel's command line.
        module: ``kvm_intel`` or ``kvm_amd``; empty for none.

    """
    if not module:
        return Nested()
    if (word := _last(parameters(cmdline, module))) is not None:
        return Nested(word, f"{COMMAND_LINE} ('{module}.nested')", outranks=True)
    for one in reversed(read):
        if (word := _of_options(one.text, module)) is not None:
            return Nested(word, one.place, outranks=one.name > OPTIONS_FILE.rpartition("/")[2])
    return Nested(_last(_of_options(line, module) for line in lines))


def _last(values: Iterator[bool | None]) -> bool | None:
    return next((value for value in reversed(list(values)) if value is not None), None)


def parameters(cmdline: str, module: str) -> Iterator[bool | None]:
    """Yield what a command line says of nesting of a module; the kernel takes ``-`` and ``_`` for the same."""
    for name, value in re.findall(r'(?:^|\s)"?([\w-]+)\.nested(?:=(\S*))?(?=\s|$)', cmdline):
        if name.replace("-", "_") == module:
            yield switched(value.strip("\"'") or "1")


def _of_options(text: str, module: str) -> bool | None:
    if not text.startswith(f"options {module} "):
        return None
    try:
        words = shlex.split(text)[2:]
    except ValueError:
        words = text.split()[2:]
    pairs = (word.partition("=") for word in words)
    return _last(switched(value or "1") for name, _, value in pairs if name == "nested")


def switched(value: str) -> bool | None:
    """Read a switch as the kernel does (lib/kstrtox.c, kstrtobool); a number that is not 0 is on, as for an int."""
    word = value.strip().lower()
    if word[:1] in ("y", "t") or word[:2] == "on" or re.fullmatch(r"[1-9]\d*", word):
        return True
    return False if word[:1] in ("n", "f", "0") or word[:2] == "of" else None


def blocks(lines: Sequence[str], read: Sequence[Source], cmdline: str) -> Mapping[str, str]:
    """Return which of KVM's modules are blacklisted, and where: module to place.

    Args:
        lines: what ``modprobe -c`` prints.
        read: the lines of files.
        cmdline: the kernel's command line.

    """
    found = {}
    for name in MODULES:
        for line in lines:
            words = line.split()
            if words[:2] == ["blacklist", name] or (words[:2] == ["install", name] and re.search(r"/(false|true)\b", line)):
                where = next((one.place for one in read if one.text.split()[:2] == words[:2]), "modprobe's configuration")
                found[name] = f"{where} ('{line.strip()}')"
        for option, names in re.findall(r"\b(modprobe\.blacklist|module_blacklist)=(\S+)", cmdline):
            if name in names.replace("-", "_").split(","):
                found[name] = f"{COMMAND_LINE} ('{option}={names}')"
    return found
