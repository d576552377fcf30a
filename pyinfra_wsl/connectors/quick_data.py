"""The data of a host, asked for where they are: pyinfra goes through two functions for each layer, and for each group of a host.

The layers are the same objects in the same order; that of the groups, which pyinfra puts together anew for each question, is
asked group by group, the last one first, each for what it holds and not for what it would make up. A laptop is asked some fifty
times in a run.

Seen in pyinfra 3.10 (`api/host.py`, `api/inventory.py`), and put in place by `quicker.use`, which knows the version.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from pyinfra.api import host as of_pyinfra
from pyinfra.api.host import HostData, extract_callable_datas
from pyinfra.api.inventory import Inventory
from typing_extensions import override


def use() -> None:
    """Let hosts that are made from now on have their data so."""
    vars(of_pyinfra)[HostData.__name__] = Data


def layers(data: Any) -> list[Any]:
    """Return the layers of a host's data, of which the first that has a key counts; pyinfra's own where they may be others."""
    if type(data) is not Data or type(inventory := data.host.inventory) is not Inventory:
        return list(extract_callable_datas(data.datas))
    host, of_group = data.host, inventory.group_data.get
    return [
        data.override_datas,
        inventory.override_data,
        inventory.host_data.get(host.name, {}),
        *[one if type(one := of_group(group, {})) is dict else dict(one) for group in reversed(host.groups)],
        inventory.data,
        host.current_op_deploy_data or host.current_deploy_data or {},
    ]


class Data(HostData):
    """What pyinfra's `HostData` is, for the hosts of an inventory."""

    @override
    def __getattr__(self, key: str) -> Any:
        """Return a copy of what is called so; raises AttributeError."""
        if (found := _copied(self, key, _NOTHING)) is _NOTHING:
            raise AttributeError(f"Host `{self.host}` has no data `{key}`")
        return found

    @override
    def get(self, key: str, default: Any = None) -> Any:
        """Return a copy of what is called so, or something else."""
        if key in _OWN:  # what the object itself has comes first, as with `getattr`
            return getattr(self, key, default)
        return _copied(self, key, default)

    @override
    def dict(self) -> dict[str, Any]:
        """Return all data; the objects themselves."""
        found: dict[str, Any] = {}
        for layer in reversed(layers(self)):
            found.update(layer)
        return found


def _copied(data: Data, key: str, default: Any) -> Any:
    for layer in layers(data):
        if key in layer or type(layer) is not dict:  # another may have something for each key
            try:
                return copy(layer[key])
            except KeyError:
                pass
    return default


_NOTHING = object()
_OWN = frozenset((*dir(HostData), "host", "override_datas", "datas"))
"""What pyinfra's object has of its own, and no layer is asked for."""
