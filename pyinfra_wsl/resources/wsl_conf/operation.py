"""``/etc/wsl.conf`` inside a distribution of the laptop's user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyinfra.api.operation import operation

from pyinfra_wsl.core.formats.ini.change import Entries
from pyinfra_wsl.data import template
from pyinfra_wsl.edge.windows import Commands, converge
from pyinfra_wsl.resources.wsl_conf import plan as wsl_conf


def _render(entries: Entries) -> str:
    return template("wsl.conf.j2").render(entries=entries)


@operation()
def settings(distro: str, settings: Mapping[str, Mapping[str, Any]], mode: str = "merge", apply: str = "when_idle") -> Commands:
    """Write settings into ``/etc/wsl.conf``; the old file is kept beside it. A stopped distribution is started for that.

    + distro: the distribution
    + settings: values by section and key, as Microsoft documents them
    + mode: ``merge`` keeps other keys, comments and order; ``replace`` owns the file
    + apply: when the distribution restarts with them: ``now``, ``when_idle`` or ``next_start``

    **Example:**

    .. code:: python

        wsl_conf.settings(name="systemd in Ubuntu", distro="Ubuntu-24.04", settings={"boot": {"systemd": True}})
    """
    want = {**settings, "mode": mode, "apply": apply}
    yield from converge("wsl_conf", lambda laptop: wsl_conf.plan(distro, want, laptop, _render), distros=[distro])
