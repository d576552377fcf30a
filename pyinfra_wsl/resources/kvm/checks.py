"""What ``kvm-ok`` (cpu-checker) and ``virt-host-validate`` (libvirt) find; where they are declared, a FAIL is a failure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import Part

KVM_OK, VALIDATE = "kvm-ok", "virt-host-validate"

PACKAGES: Mapping[str, Mapping[str, str]] = {
    "apt": {KVM_OK: "cpu-checker", VALIDATE: "libvirt-clients"},
    "dnf": {VALIDATE: "libvirt-client"},
    "pacman": {VALIDATE: "libvirt"},
}
"""Which package of a distribution has a checker; Fedora and Arch have no cpu-checker."""

SCRIPT = "part kvm_ok kvm-ok\npart validate virt-host-validate qemu\n"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of ``virt-host-validate`` or ``kvm-ok``, and what to do about it."""

    program: str
    what: str
    result: str
    remedy: str = ""

    @property
    def failure(self) -> Failure:
        """Say it as a failure."""
        remedy = self.remedy or f"run '{self.program}' on the host as root, and mend what it names"
        return Failure(f"{self.program}: {self.what}: FAIL", remedy, "check")


def read(validate: Part, kvm_ok: Part) -> tuple[Check, ...]:
    """Read what both printed."""
    return (*_validated(validate), *_kvm_ok(kvm_ok))


def _validated(part: Part) -> list[Check]:
    rows = (re.fullmatch(r"\s*QEMU: Checking (.+?)\s*: (PASS|FAIL|WARN|NOTE)(?: \((.*)\))?\s*", line) for line in part.lines)
    return [Check(VALIDATE, row[1], row[2], row[3] or "") for row in rows if row]


def _kvm_ok(part: Part) -> list[Check]:
    if part.code == 127 or not part.text:
        return []
    said = [line.removeprefix("INFO:").strip() for line in part.lines if line.startswith("INFO:")]
    _, _, hint = part.text.partition("HINT:")
    hint = hint.partition("KVM acceleration")[0].replace("HINT:", ";")
    what = said[-1] if said else "KVM acceleration"
    return [Check(KVM_OK, what, "PASS" if part.ok else "FAIL", " ".join(hint.split()))]


def missing(manager: str, programs: Collection[str]) -> list[str]:
    """Return the packages that bring the checkers which are not there.

    Args:
        manager: ``apt``, ``dnf`` or ``pacman``.
        programs: names of programs that are there.

    """
    return [package for program, package in PACKAGES.get(manager, {}).items() if program not in programs]


def failures(manager: str, found: Sequence[Check]) -> Iterator[Failure]:
    """Yield what the checkers object to; one that is there and says nothing that can be read has not passed.

    Args:
        manager: ``apt``, ``dnf`` or ``pacman``.
        found: their findings.

    """
    yield from (one.failure for one in found if one.result == "FAIL")
    for program in PACKAGES.get(manager, {}):
        if not any(one.program == program for one in found):
            remedy = f"run '{program}' on the host as root, and mend what it says"
            yield Failure(f"{program} says nothing of this host that can be read", remedy, "check")
