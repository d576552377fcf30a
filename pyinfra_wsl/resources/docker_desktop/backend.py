"""A change of what runs containers: what it needs, and what can no longer be reached after it.

Each backend has images and volumes of its own: those of the other one stay on disk, and nobody sees them until it is switched
back (Docker, "Windows permission requirements", "Switch between Windows and Linux containers").
"""

from __future__ import annotations

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.docker_desktop import requirements
from pyinfra_wsl.resources.docker_desktop.file import File
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Want
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

_WORDS = {"wsl-2": "the WSL 2 engine", "hyper-v": "the Hyper-V engine", "windows": "the engine of Windows containers"}


def judge(want: Want, laptop: Laptop) -> Deferred | Failure | None:
    """Return why the declared backend cannot be, or what it waits for; None where it can, or none is declared."""
    if want.backend is None:
        return None
    have = laptop.of(State)
    impossible = requirements.never(want.backend, laptop)
    if impossible is not None:
        return impossible
    if (held := laptop.outlook.to(requirements.DOCKER)) is not None:
        return held.failure
    if want.backend == "windows" and _forbidden(have):
        cause = "Windows containers are switched off for this installation (noWindowsContainers in install-settings.json)"
        remedy = "remove it with state: absent, which keeps its data, and install it with no-windows-containers: false"
        return Failure(cause, remedy, "no_windows_containers")
    now = have.in_use
    if now not in (None, want.backend) and not want.allow_unreachable and begun(laptop):
        cause = f"the backend is {now}; with {want.backend} images and volumes of {_WORDS[str(now)]} cannot be reached"
        remedy = (
            "save what is needed (docker save), then declare allow_unreachable: true; they stay on disk and come back with it"
        )
        return Failure(cause, remedy, "unreachable")
    return requirements.missing(want.backend, laptop, f"Docker Desktop: backend {now or 'unknown'} → {want.backend}")


def begun(laptop: Laptop) -> bool:
    """Whether it may have run for the person, so that there may be images and volumes; what is not known may be.

    Each start writes its ``SettingsVersion`` into the settings and the credential helper into ``config.json``; a file without
    the one was written by an installer, or by us before its first start.
    """
    have = laptop.of(State)
    if have.settings is None or not have.settings.exists:
        return False
    traces = have.settings.parsed.spellings("SettingsVersion") or have.helper != "" or have.running_for or have.stopped_by_us
    distros = laptop.of(wsl_distro.State)
    return bool(traces) or distros.distros is None or distros.find("docker-desktop") is not None


def _forbidden(have: State) -> bool:
    recorded = have.shared.get("install-settings")
    return isinstance(recorded, File) and recorded.values.get("noWindowsContainers") is True
