"""The end of a command line's process, at which Python takes apart all that refers to itself: a twelfth of what a laptop costs.

The memory goes back with the process anyway. Python itself does not promise that what is left at the end is told of it
(Python, "Data model", `object.__del__`), but in fact it is, and a file that nobody has closed is written to its end so: files
are, and where anything else is left that has something to do at its end, of which we do not know what, all is as it was.
"""

from __future__ import annotations

import gc
import io
from contextlib import suppress

import pyinfra

_KNOWN = frozenset(("builtins", "_io", "_socket", "socket", "gevent", "greenlet", "paramiko", "pyinfra", "subprocess"))
"""Whose objects have nothing to do at the end of a process but to free what the system frees, beside files."""
_FILES = io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom


def leave() -> None:
    """Have Python look at nothing any more of what is left; who runs pyinfra from Python is left alone."""
    if not pyinfra.is_cli:
        return
    left = gc.get_objects()
    ending = {kind for kind in {*map(type, left)} if hasattr(kind, "__del__")}
    if any(kind.__module__.partition(".")[0] not in _KNOWN for kind in ending):
        return
    for file in [one for one in left if type(one) in _FILES]:
        with suppress(OSError, ValueError):  # closed, or gone at the other end
            file.flush()
    gc.freeze()
