"""Make a Linux host ready for KVM."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge, filled, given, render
from pyinfra_wsl.resources.kvm.plan import DEFAULT_MODE, plan
from pyinfra_wsl.resources.kvm.resource import RESOURCE

__all__ = ["present"]


@operation()
def present(*, nested: bool | None = None, users: Sequence[str] = (), device_mode: str = DEFAULT_MODE) -> Commands:
    """Load KVM now and at each start, switch nesting, open ``/dev/kvm`` to its group, and let users join it.

    + nested: whether guests may run guests; switched live only while no guest runs; untouched unless given
    + users: users who join the group kvm; others stay members
    + device_mode: mode of ``/dev/kvm``

    **Example:**

    .. code:: python

        kvm.present(name="KVM for the lab", nested=True, users=["ada"])
    """
    declared = given(nested=nested, users=filled(users), device_mode=device_mode)
    yield from converge(RESOURCE, {"kvm": declared}, partial(plan, render=render))
