"""Windows' optional features: states that wait for a boot, parents, and the services that come and go with them.

States are DISM's (Microsoft: "Enable or Disable Windows Features Using DISM", DismFeatureState); which services belong to a
feature is what WSL itself tests for (src/windows/common/wslutil.cpp, src/windows/common/helpers.cpp); parents are as the
features' manifests have them (from knowledge of Windows, not verified here).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyinfra_wsl.lab.machine.registry import Registry

State = Literal["Enabled", "Disabled", "Enable Pending", "Disable Pending", "Disabled with Payload Removed"]
PRO = ("Professional", "Enterprise", "Education")
SERVICES_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"
PENDING_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"


@dataclass(slots=True)
class Feature:
    """One optional feature: its state, what it needs above itself, and what it brings."""

    name: str
    display: str
    parent: str = ""
    services: tuple[str, ...] = ()
    hypervisor: bool = False
    restart: bool = True
    editions: tuple[str, ...] = ()
    state: State = "Disabled"


CATALOGUE = (
    Feature("VirtualMachinePlatform", "Virtual Machine Platform", services=("vmcompute", "HNS", "vfpext"), hypervisor=True),
    Feature("Microsoft-Windows-Subsystem-Linux", "Windows Subsystem for Linux", services=("lxss", "LxssManager")),
    Feature("HypervisorPlatform", "Windows Hypervisor Platform", hypervisor=True),
    Feature("Microsoft-Hyper-V-All", "Hyper-V", editions=PRO),
    Feature("Microsoft-Hyper-V", "Hyper-V Platform", "Microsoft-Hyper-V-All", editions=PRO),
    Feature(
        "Microsoft-Hyper-V-Hypervisor",
        "Hyper-V Hypervisor",
        "Microsoft-Hyper-V",
        hypervisor=True,
        editions=PRO,
    ),
    Feature(
        "Microsoft-Hyper-V-Services",
        "Hyper-V Services",
        "Microsoft-Hyper-V",
        services=("vmms", "vmcompute", "HNS"),
        editions=PRO,
    ),
    Feature("Containers", "Containers", services=("cexecsvc", "HNS"), editions=PRO),
    Feature(
        "Containers-DisposableClientVM",
        "Windows Sandbox",
        services=("vmcompute", "HNS"),
        hypervisor=True,
        editions=PRO,
    ),
    Feature("NetFx3", ".NET Framework 3.5 (includes .NET 2.0 and 3.0)", restart=False, state="Disabled with Payload Removed"),
    Feature("TelnetClient", "Telnet Client", restart=False),
)
"""What a laptop has; an edition that lacks a feature does not list it."""


@dataclass
class Features:
    """The features of one laptop, by lower-case name."""

    table: dict[str, Feature] = field(default_factory=dict)

    @classmethod
    def of_edition(cls, edition: str) -> Features:
        """Return fresh copies of what an edition has."""
        copies = (Feature(**{name: getattr(item, name) for name in Feature.__slots__}) for item in CATALOGUE)
        return cls({item.name.lower(): item for item in copies if not item.editions or edition in item.editions})

    def get(self, name: str) -> Feature | None:
        """Return a feature, whatever the case of its name."""
        return self.table.get(name.lower())

    def state(self, name: str) -> State | None:
        """Return a feature's state, None where there is no such feature."""
        feature = self.get(name)
        return feature.state if feature else None

    def set_state(self, name: str, state: State) -> None:
        """Set a state at once, for what happened before the story begins; `Machine.settle` afterwards."""
        self.table[name.lower()].state = state

    def in_force(self, feature: Feature) -> bool:
        """Whether a feature works now: a pending one is as it was before."""
        return feature.state in ("Enabled", "Disable Pending")

    def parents(self, feature: Feature) -> list[Feature]:
        """Return what must be on for a feature, the nearest first."""
        above = self.get(feature.parent) if feature.parent else None
        return [above, *self.parents(above)] if above else []

    def children(self, feature: Feature) -> list[Feature]:
        """Return what goes off with a feature."""
        below = [item for item in self.table.values() if item.parent.lower() == feature.name.lower()]
        return [item for child in below for item in (child, *self.children(child))]

    def enable(self, registry: Registry, feature: Feature) -> bool:
        """Turn one on; returns whether that needs a boot, which the registry then says too."""
        return self._turn(registry, feature, "Enabled", "Enable Pending")

    def disable(self, registry: Registry, feature: Feature) -> bool:
        """Turn one off; returns whether that needs a boot, which the registry then says too."""
        return self._turn(registry, feature, "Disabled", "Disable Pending")

    def settle(self, registry: Registry, build: int) -> None:
        """Do what a boot does: pending states become real, and the services of this build of Windows follow them."""
        for feature in self.table.values():
            if feature.state in ("Enable Pending", "Disable Pending"):
                feature.state = "Enabled" if feature.state == "Enable Pending" else "Disabled"
        registry.remove_tree(PENDING_KEY)
        present = {name for item in self.table.values() if item.state == "Enabled" for name in item.services}
        for name in {name for item in self.table.values() for name in item.services}:
            if name == "vfpext" and build < 22621:
                continue
            if name in present:
                registry.set(rf"{SERVICES_KEY}\{name}", "Start", "DWord", 2 if name in ("HNS", "vmms") else 3)
            else:
                registry.remove_tree(rf"{SERVICES_KEY}\{name}")

    def wants_hypervisor(self) -> bool:
        """Whether a feature that runs on the hypervisor is on."""
        return any(item.hypervisor and item.state == "Enabled" for item in self.table.values())

    def _turn(self, registry: Registry, feature: Feature, real: State, pending: State) -> bool:
        if feature.state in (real, pending):
            return feature.state == pending
        opposite: dict[State, State] = {"Enable Pending": "Disabled", "Disable Pending": "Enabled"}
        if opposite.get(feature.state) == real or not feature.restart:
            feature.state = real
            return False
        feature.state = pending
        registry.create(PENDING_KEY, volatile=True)
        return True
