"""What the data of the host of the moment declare, gathered once in an operation: pyinfra asks six layers for every value."""

from __future__ import annotations

from functools import cache
from typing import Any

from pyinfra.api.host import Host
from pyinfra.context import ctx_host

from pyinfra_wsl import registry
from pyinfra_wsl.core.windows.resource import WindowsResource

_KEY = "pyinfra_wsl.data"


def of_host() -> dict[str, Any]:
    """Return the host's data by their names, without those that are None, which is as good as nothing; not to be changed.

    An operation may assign data to its host between two of its steps: then they are gathered again.
    """
    host: Host = ctx_host.get()
    now = (host.current_op_hash, dict(host.data.override_datas))
    known: tuple[Any, dict[str, Any]] | None = host.connector_data.get(_KEY)
    if known is None or host.current_op_hash is None or known[0] != now:
        found = {name: value for name, value in host.data.dict().items() if value is not None}
        host.connector_data[_KEY] = known = now, found
    return known[1]


def of_laptop() -> dict[str, Any]:
    """Return those of the data that are the keys of laptops' resources, which nearly all hosts of a fleet have in common."""
    keys = _keys()
    return {name: value for name, value in of_host().items() if name in keys}


@cache
def _keys() -> frozenset[str]:
    return frozenset(one.key for one in registry.found() if one.key and isinstance(one, WindowsResource))
