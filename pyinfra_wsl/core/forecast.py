"""A laptop as it will be once a plan is carried out, so that what comes after it is planned rightly before anything is done.

Only for saying what a run would do: a run itself looks again at what it changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.resources.reboot import plan as reboot
from pyinfra_wsl.resources.reboot.plan import Reason
from pyinfra_wsl.resources.windows_feature import plan as windows_feature
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf
from pyinfra_wsl.resources.wsl_distro.state import INSTALLED, Distro

_SETTLED = {"EnablePending": "Enabled", "DisablePending": "Disabled"}


def features(laptop: Laptop, want: Mapping[str, str]) -> Laptop:
    """Return the laptop after `windows_feature.plan`: the features changed, a restart pending for them."""
    have = dict(laptop.windows_feature.features or {})
    names = {name.lower(): name for name in have}
    pending = {"enabled": "EnablePending", "disabled": "DisablePending"}
    changed = {
        names[name.lower()]: pending[state]
        for name, state in want.items()
        if name.lower() in names and not windows_feature.as_wanted(have[names[name.lower()]], state)
    }
    reasons = [Reason("features", f"{name} is {state}", True) for name, state in changed.items()]
    return _waiting(replace(laptop, windows_feature=replace(laptop.windows_feature, features=have | changed)), reasons)


def hypervisor(laptop: Laptop, want: Mapping[str, Any]) -> Laptop:
    """Return the laptop after `hypervisor.plan`: its start is set, a restart pending for it."""
    have, wanted = laptop.hypervisor, want.get("memory_integrity")
    integrity = have.memory_integrity if wanted is None else wanted in ("on", True)
    after = replace(have, launch=want.get("launch", have.launch), memory_integrity=integrity)
    return _waiting(replace(laptop, hypervisor=after), [Reason("hypervisor", "the hypervisor's start is changed", True)])


def restart(laptop: Laptop) -> Laptop:
    """Return the laptop after a restart: what was pending is settled, and the hypervisor runs where it may."""
    settled = {name: _SETTLED.get(state, state) for name, state in (laptop.windows_feature.features or {}).items()}
    after = replace(laptop, windows_feature=replace(laptop.windows_feature, features=settled), reboot=reboot.State())
    wanted = after.windows_feature.enabled(windows_feature.VIRTUAL_MACHINE_PLATFORM) or bool(laptop.hypervisor.running)
    return replace(after, hypervisor=replace(laptop.hypervisor, running=wanted and laptop.hypervisor.launch != "off"))


def package(laptop: Laptop, want: Mapping[str, Any]) -> Laptop:
    """Return the laptop after `wsl.plan_package`."""
    version = str(want.get("version") or want.get("minimum") or laptop.wsl.version or "")
    exe = laptop.wsl.exe or rf"{laptop.windows.program_files}\WSL\wsl.exe"
    return replace(laptop, wsl=replace(laptop.wsl, kind="package", version=version, exe=exe))


def distro(laptop: Laptop, name: str, want: Mapping[str, Any]) -> Laptop:
    """Return the laptop after `wsl_distro.plan`: a distribution is there that was not, or gone that was."""
    have = laptop.wsl_distro
    there = {key: one for key, one in (have.distros or {}).items() if key.lower() != name.lower()}
    if want.get("state") == "absent":
        return replace(laptop, wsl_distro=replace(have, distros=there))
    if have.find(name):
        return laptop
    version = int(want.get("version") or have.default_version or 2)
    new = Distro("{imported by this run}", name, INSTALLED, version, str(want.get("location") or ""))
    default = name if want.get("default") else have.default or name
    return replace(
        laptop,
        wsl_distro=replace(have, distros=there | {name: new}, default=default, running=have.running or ()),
        wsl_conf={**laptop.wsl_conf, name: wsl_conf.State(exists=False)},
    )


def _waiting(laptop: Laptop, reasons: list[Reason]) -> Laptop:
    return replace(laptop, reboot=replace(laptop.reboot, reasons=(*laptop.reboot.reasons, *reasons)))
