"""What a shard needs, loaded once for all of them: a start takes more than a second, a fork some milliseconds.

pyinfra's command line puts greenlets in the place of all that waits when it is first imported, which is why it comes first.
Neither a hub nor a second thread may be there when it is forked, which a fork would lose: nothing may run here that makes one.
"""

from __future__ import annotations

import gc
import pkgutil
import sys
from contextlib import suppress
from importlib import import_module, metadata

from pyinfra_wsl.connectors import greenlets, seldom

_FIRST = ("pyinfra_cli.util", "pyinfra_cli.inventory", "pyinfra_wsl.rollout.runner.child")
_OURS = ("pyinfra_wsl.core", "pyinfra_wsl.edge", "pyinfra_wsl.known", "pyinfra_wsl.resources", "pyinfra_wsl.roles")
_THEIRS = ("apt", "files", "python", "server", "systemd")
"""Modules of pyinfra's operations that people's deploy files use most."""
_VERIFY = ("pytest", "testinfra", "pyinfra_wsl.rollout.runner.verify")


def everything() -> None:
    """Load what carries shards out."""
    greenlets.use()
    seldom.use()
    for name in (*_FIRST, *(f"pyinfra.operations.{one}" for one in _THEIRS)):
        import_module(name)
    for point in metadata.entry_points(group="pyinfra.connectors"):
        with suppress(ImportError):  # of an extra that is not installed: whoever needs it is told then
            import_module(point.module)
    for name in _OURS:
        for one in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
            if not one.name.endswith(".lab"):
                import_module(one.name)
    import_module("pyinfra_wsl.rollout.runner.warm").up()
    settle()


def suite() -> bool:
    """Load what looks settings up; whether it is installed."""
    try:
        for name in _VERIFY:
            made = import_module(name)
    except ModuleNotFoundError:
        return False
    made.warm()
    settle()
    return True


def settle() -> None:
    """Leave what was loaded alone from now on, so that children go on sharing it; hold that a fork loses nothing."""
    hubs = sys.modules.get("gevent._hub_local")
    if hubs is not None and hubs.get_hub_if_exists() is not None:
        raise RuntimeError("something that was loaded has made a hub, which a fork would lose")
    gc.collect()
    gc.freeze()
