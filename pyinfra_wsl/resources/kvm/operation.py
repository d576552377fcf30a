"""Make a Linux host ready for KVM."""

from __future__ import annotations

from collections.abc import Sequence

from pyinfra.api.operation import operation

from pyinfra_wsl.core.linux.host import revive
from pyinfra_wsl.edge.linux import Commands, converge, render
from pyinfra_wsl.resources.kvm import plan as kvm
from pyinfra_wsl.resources.kvm.fact import Kvm


@operation()
def present(*, nested: bool | None = None, users: Sequence[str] = (), device_mode: str = kvm.DEFAULT_MODE) -> Commands:
    """Load KVM now and at each start, switch nesting, open ``/dev/kvm`` to its group, and let users join it.

    + nested: whether guests may run guests; switched live only while no guest runs; untouched unless given
    + users: users who join the group kvm; others stay members
    + device_mode: mode of ``/dev/kvm``

    **Example:**

    .. code:: python

        kvm.present(name="KVM for the lab", nested=True, users=["ada"])
    """
    want = kvm.Want(nested, tuple(users), device_mode)
    yield from converge("kvm", Kvm, {"users": list(users)}, lambda seen: kvm.plan(want, revive(kvm.State, seen), render))
