"""Whether WSL works at all: what wsl.exe failed with when it was asked, in the words that runs have for it too."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.doctor.found import Found
from pyinfra_wsl.doctor.judge import CANNOT, NOT_DECLARED, will
from pyinfra_wsl.doctor.line import Line, fault, note
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

_MENDING = ("windows_feature", "hypervisor", "wsl", "reboot")
"""Resources of which a run may repair WSL itself."""


def working(found: Found, laptop: Laptop) -> Iterator[Line]:
    """Say why wsl.exe tells nothing, where it fails; what a run does first may repair that."""
    have: wsl_distro.State | None = laptop.states.get(wsl_distro.State)
    if have is None or have.refusal is None:
        return
    mending = will(found.of(*_MENDING))
    if mending or not found.of("wsl_distro", "wsl_conf"):
        yield note("WSL", have.refusal.cause, have.refusal.code, have.refusal.remedy, mending or NOT_DECLARED)
    else:
        yield fault("WSL", have.refusal, have.refusal.code, CANNOT)
