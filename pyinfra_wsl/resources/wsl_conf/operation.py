"""``/etc/wsl.conf`` inside a distribution of the laptop's user."""

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
from pyinfra_wsl.resources.wsl_conf.plan import plan
from pyinfra_wsl.resources.wsl_conf.resource import RESOURCE

__all__ = ["settings"]


def _render(entries: Entries) -> str:
    return template("wsl.conf.j2").render(entries=entries)


@operation()
def settings(
    distro: str, settings: Mapping[str, Any], mode: Mode | None = None, apply: Apply | None = None, user: str | None = None
) -> Commands:
    """Write settings into ``/etc/wsl.conf``; the old file is kept beside it. A stopped distribution is started for that.

    + distro: the distribution
    + settings: values by section and key, as Microsoft documents them; ``mode`` and ``apply`` may stand beside the sections
    + mode: ``merge``, unless told, keeps other keys, comments and order; ``replace`` owns the file
    + apply: when the distribution restarts with them: ``now``, ``when_idle`` unless told, or ``next_start``
    + user: whose, by SID or as the fleet file names a user; the host's own unless given

    **Example:**

    .. code:: python

        wsl_conf.settings(name="systemd in Ubuntu", distro="Ubuntu-24.04", settings={"boot": {"systemd": True}})
    """
    wanted = door.beside(settings, **given(mode=mode, apply=apply))
    declared = {"wsl_distros": {door.name(distro): {"wsl_conf": wanted}}}
    yield from converge(RESOURCE, declared, partial(plan, render=_render), about=(distro,), user=user)
