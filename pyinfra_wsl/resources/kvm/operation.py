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
def present(
    *,
    nested: bool | None = None,
    users: Sequence[str] = (),
    device_mode: str = DEFAULT_MODE,
    libvirt: bool | None = None,
    checks: bool | None = None,
) -> Commands:
    """Load KVM now and at each start, switch nesting, open ``/dev/kvm`` to its group, and let users join it.

    + nested: whether guests may run guests; switched live only while no guest runs; untouched unless given
    + users: users who join the group kvm; others stay members
    + device_mode: mode of ``/dev/kvm``
    + libvirt: whether libvirt is brought, with its socket and its network ``default``, and the users join its group; it is never
      taken away
    + checks: whether ``kvm-ok`` and ``virt-host-validate`` are brought, as far as the distribution has them, and what they object
      to is a failure

    **Example:**

    .. code:: python

        kvm.present(name="KVM for the lab", nested=True, users=["ada"])
    """
    declared = given(nested=nested, users=filled(users), device_mode=device_mode, libvirt=libvirt, checks=checks)
    yield from converge(RESOURCE, {"kvm": declared}, partial(plan, render=render))
