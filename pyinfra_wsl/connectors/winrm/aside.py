"""Logons in threads of their own: GSSAPI and krb5 are C, and would hold up all other laptops while they talk to a KDC.

pypsrp makes its context in the middle of a talk over HTTP, which has to stay in its greenlet; so what it makes is taken hold of
where it is made, in `pypsrp.negotiate`. NTLM is Python and asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import gevent
import spnego
from gevent.threadpool import ThreadPool
from pypsrp import negotiate

T = TypeVar("T")

MOST = 16
"""Logons that talk to KDCs at a time; gevent's own threads look up names meanwhile."""

_pools: WeakKeyDictionary[Any, ThreadPool] = WeakKeyDictionary()  # a hub belongs to a thread, and a pool to a hub


def aside(work: Callable[[], T]) -> T:
    """Do something in a thread, while other greenlets go on; return or raise what it does.

    Args:
        work: knows nothing of gevent.

    """
    hub = gevent.get_hub()
    if hub not in _pools:
        _pools[hub] = ThreadPool(MOST, hub=hub)
    result: T = _pools[hub].apply(work)
    return result


def client(*arguments: Any, protocol: str = "negotiate", **more: Any) -> Any:
    """Return a context as `spnego.client` does, whose steps are done aside where they may ask a KDC; arguments are its own."""
    named: dict[str, Any] = {**more, "protocol": protocol}
    make = partial(spnego.client, *arguments, **named)
    if protocol == "ntlm":
        return make()
    context = aside(make)
    step = context.step
    vars(context)["step"] = lambda *tokens, **bound: aside(partial(step, *tokens, **bound))
    return context


class _Spnego:
    """The module as pypsrp sees it."""

    client = staticmethod(client)

    def __getattr__(self, name: str) -> Any:
        return getattr(spnego, name)


@cache
def take_hold() -> None:
    """Let pypsrp's logons work aside, from now on."""
    vars(negotiate)["spnego"] = _Spnego()
