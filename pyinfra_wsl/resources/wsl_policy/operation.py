"""What an organisation forbids in WSL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pyinfra.api.operation import operation

from pyinfra_wsl.edge import door
from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.wsl_policy.plan import plan
from pyinfra_wsl.resources.wsl_policy.resource import RESOURCE
from pyinfra_wsl.resources.wsl_policy.state import NAME

__all__ = ["values"]


@operation()
def values(values: Mapping[str, Any], apply: Literal["when_idle", "now"] | None = None) -> Commands:
    r"""Set policies of WSL below ``HKLM\SOFTWARE\Policies\WSL``; those that are not named stay as they are.

    + values: by the name of the policy's value, as Microsoft's template has it: True or False, a networking mode, a list of
      registries; None takes the policy away
    + apply: when AllowWSL may become false, which ends what runs of WSL: ``when_idle`` unless told, or ``now``

    **Example:**

    .. code:: python

        wsl_policy.values(name="No debug shell", values={"AllowDebugShell": False, "DefaultNetworkingMode": "mirrored"})
    """
    yield from converge(RESOURCE, {NAME: door.beside(values, **given(apply=apply))}, plan)
