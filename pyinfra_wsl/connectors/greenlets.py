"""Greenlets in the place of all that waits: pyinfra's command line puts them there when it is imported.

gevent looks for whoever wants to know of each module that it replaces, before and behind it: two dozen times through all that is
installed, which costs more than the replacing (`gevent.events.notify_and_call_entry_points`, seen in gevent 26).
"""

from __future__ import annotations

import sys
from importlib import import_module, metadata

_CALLED = "pyinfra_cli"


def use() -> None:
    """Import it, with the distributions looked through once; what is asked of them is answered as ever."""
    if _CALLED in sys.modules:
        return
    known, theirs = metadata.entry_points(), metadata.entry_points
    metadata.entry_points = known.select
    try:
        import_module(_CALLED)
    finally:
        metadata.entry_points = theirs
