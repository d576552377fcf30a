"""The order of all operations, put together of each order that hosts have: nearly all have the same one.

pyinfra takes down for each operation of each host which one comes before it, twice in a run. The same taken down twice says
nothing more; it is left as it is where two operations have the same place, since then it may decide which of them is first.

Seen in pyinfra 3.10 (`api/state.py`), and put in place by `quicker.use`, which knows the version.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

from pyinfra.api.state import State


def use() -> None:
    """Put ours in place of pyinfra's."""
    State.get_op_order = order  # type: ignore[method-assign]


@wraps(State.get_op_order)
def order(self: State) -> list[str]:
    """Return the operations in their order; raises `PyinfraError` where there is none."""
    pyinfras: Callable[[Any], list[str]] = order.__wrapped__
    places = [one.op_order for one in self.op_meta.values()]
    if len({*places}) < len(places):
        return pyinfras(self)
    each = dict.fromkeys(tuple(host.op_hash_order) for host in self.inventory)
    alike = SimpleNamespace(inventory=[SimpleNamespace(op_hash_order=one) for one in each], op_meta=self.op_meta)
    return pyinfras(alike)
