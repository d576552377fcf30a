"""``.wslconfig`` of the laptop's user."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.core.formats.ini.change import Entries
from pyinfra_wsl.core.formats.ini.check import Apply, Mode
from pyinfra_wsl.data import template
from pyinfra_wsl.edge import door
from pyinfra_wsl.edge.converge import Commands, converge, given
from pyinfra_wsl.resources.wslconfig.plan import plan
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE

__all__ = ["settings"]


def _render(entries: Entries) -> str:
    return template("wslconfig.j2").render(entries=entries)


@operation()
def settings(
    settings: Mapping[str, Any], mode: Mode | None = None, apply: Apply | None = None, user: str | None = None
) -> Commands:
    """Write settings into ``.wslconfig``; the old file is kept beside it.

    + settings: values by section and key, as Microsoft documents them; ``mode`` and ``apply`` may stand beside the sections
    + mode: ``merge``, unless told, keeps the user's other keys, comments and order; ``replace`` owns the file
    + apply: when the WSL VM restarts with them: ``now``, ``when_idle`` unless told, or ``next_start``
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        wslconfig.settings(name="A small VM", settings={"wsl2": {"memory": "4GB", "processors": 2}})
    """
    declared = door.beside(settings, **given(mode=mode, apply=apply))
    yield from converge(RESOURCE, {"wslconfig": declared}, partial(plan, render=_render), user=user)
