"""``.wslconfig`` of the laptop's user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.core.formats.ini.change import Entries
from pyinfra_wsl.data import template
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.wslconfig import plan as wslconfig


def _render(entries: Entries) -> str:
    return template("wslconfig.j2").render(entries=entries)


@operation()
def settings(settings: Mapping[str, Mapping[str, Any]], mode: str = "merge", apply: str = "when_idle") -> Commands:
    """Write settings into ``.wslconfig``; the old file is kept beside it.

    + settings: values by section and key, as Microsoft documents them
    + mode: ``merge`` keeps the user's other keys, comments and order; ``replace`` owns the file
    + apply: when the WSL VM restarts with them: ``now``, ``when_idle`` or ``next_start``

    **Example:**

    .. code:: python

        wslconfig.settings(name="A small VM", settings={"wsl2": {"memory": "4GB", "processors": 2}})
    """
    want = {**settings, "mode": mode, "apply": apply}
    yield from converge("wslconfig", lambda laptop: wslconfig.plan(want, laptop, _render))
