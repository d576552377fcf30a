"""What the data of the host of the moment declare, gathered once in an operation: pyinfra asks six layers for every value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pyinfra.api.host import Host
from pyinfra.context import ctx_host

from pyinfra_wsl import registry
from pyinfra_wsl.core.windows.resource import WindowsResource

_KEY = "pyinfra_wsl.data"


@dataclass(frozen=True, slots=True)
class Declared:
    """The data of a host, without those that are None, which is as good as nothing; neither is to be changed.

    Args:
        of_host: all of them, by their names.
        of_laptop: those that are the keys of laptops' resources, which nearly all hosts of a fleet have in common.

    """

    of_host: dict[str, Any]
    of_laptop: dict[str, Any]


def here() -> Declared:
    """Return the data of the host of the moment.

    An operation may assign data to its host between two of its steps: then they are gathered again.
    """
    host: Host = ctx_host.get()
    now = (host.current_op_hash, dict(host.data.override_datas))
    known: tuple[Any, Declared] | None = host.connector_data.get(_KEY)
    if known is None or host.current_op_hash is None or known[0] != now:
        found = {name: value for name, value in host.data.dict().items() if value is not None}
        keys = _keys()
        declared = Declared(found, {name: value for name, value in found.items() if name in keys})
        host.connector_data[_KEY] = known = now, declared
    return known[1]


def of_host() -> dict[str, Any]:
    """Return the data of the host of the moment, as `Declared` has them."""
    return here().of_host


def of_laptop() -> dict[str, Any]:
    """Return those of the data of the host of the moment that are a laptop's, as `Declared` has them."""
    return here().of_laptop


@cache
def _keys() -> frozenset[str]:
    return frozenset(one.key for one in registry.found() if one.key and isinstance(one, WindowsResource))
