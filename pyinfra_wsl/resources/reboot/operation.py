"""Restart a laptop that needs it, and only when it may."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.core import forecast
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.reboot import plan as reboot


@operation()
def if_pending(
    policy: Literal["never", "no_user", "window", "now"] = "never", window: str | None = None, timeout: float = 900.0
) -> Commands:
    """Restart if a change that WSL needs waits for it and the policy allows it now; otherwise the restart is deferred.

    + policy: ``never``, ``no_user`` (nobody is logged on), ``window`` (the time is right), ``now``
    + window: the laptop's local time, such as ``22:00-06:00``; with ``no_user`` both must hold
    + timeout: seconds until the laptop must answer again

    **Example:**

    .. code:: python

        reboot.if_pending(name="One restart for all", policy="no_user", window="22:00-06:00")
    """
    want = {"policy": policy, "window": window, "timeout": timeout}
    now = datetime.now(UTC).isoformat()
    yield from converge("reboot", lambda laptop: reboot.plan(want, laptop, now), forecast.restart)
