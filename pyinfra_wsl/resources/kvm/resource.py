"""The declaration of KVM: ``kvm`` of the fleet file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.linux.resource import LinuxResource
from pyinfra_wsl.core.resource import Setting, Values
from pyinfra_wsl.resources.kvm.adopt import adopt, asks
from pyinfra_wsl.resources.kvm.plan import Want
from pyinfra_wsl.resources.kvm.state import State, read, script


def _settings(values: Values) -> Iterator[Setting]:
    if (declared := values.get("kvm")) is not None:
        yield Setting("kvm", ("kvm", "state"), "present", declared)
        for name in ("nested", "users", "device_mode"):
            if name in declared:
                yield Setting("kvm", ("kvm", name), declared[name], declared)
        for name in ("libvirt", "checks"):
            if declared.get(name):
                yield Setting("kvm", ("kvm", name), True, declared)


def _asks(want: Want) -> Mapping[str, Any]:
    return {"users": list(want.users)}


RESOURCE = LinuxResource[Want, State](
    name="kvm",
    words="KVM",
    system="linux",
    key="kvm",
    state=State,
    want=Want.of,
    settings=_settings,
    script=script,
    read=read,
    asks=_asks,
    waits=frozenset({"guests stopped"}),
    adopt=adopt,
    adopt_asks=asks,
)
