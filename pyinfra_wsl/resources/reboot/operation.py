"""Restart a laptop that needs it, and only when it may."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from pyinfra.api.operation import operation

from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.reboot.plan import TIMEOUT, Policy, plan
from pyinfra_wsl.resources.reboot.resource import RESOURCE

__all__ = ["if_pending"]


@operation()
def if_pending(policy: Policy = "never", window: str | None = None, timeout: float = TIMEOUT) -> Commands:
    """Restart if a change that WSL needs waits for it and the policy allows it now; otherwise the restart is deferred.

    + policy: ``never``, ``no_user`` (nobody is logged on), ``window`` (the time is right), ``now``
    + window: the laptop's local time, such as ``22:00-06:00``; with ``no_user`` both must hold
    + timeout: seconds until the laptop must answer again

    **Example:**

    .. code:: python

        reboot.if_pending(name="One restart for all", policy="no_user", window="22:00-06:00")
    """
    declared = {"reboot": given(policy=policy, window=window, timeout=timeout)}
    yield from converge(RESOURCE, declared, partial(plan, now=datetime.now(UTC).isoformat()))
