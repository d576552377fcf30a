"""The environment of processes that begin before it is known what they may know: the least of it, and the rest by a pipe."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

_NAMES = frozenset({
    "GLIBC_TUNABLES", "HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "SYSTEMROOT", "TERM", "TMPDIR", "TZ", "USER",
    "USERNAME", "VIRTUAL_ENV",
})  # fmt: skip
_KINDS = "DASK_", "DYLD_", "GEVENT", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PYTHON", "SSL_", "XDG_"
"""Names, and beginnings of names, that are read while a process begins. Which others hold passwords only the inventory says."""


def bare(without: Collection[str] = ()) -> dict[str, str]:
    """Return what a process needs to begin of the environment of this one.

    Args:
        without: names of what it must not know, whatever they are.

    """
    return {name: value for name, value in meant(without).items() if name in _NAMES or name.startswith(_KINDS)}


def meant(without: Collection[str] = ()) -> dict[str, str]:
    """Return what a process may know of the environment of this one; arguments as of `bare`."""
    return {name: value for name, value in os.environ.items() if name and name not in without}


def become(environment: Mapping[str, str]) -> None:
    """Have this environment, and nothing of the one before."""
    os.environ.clear()
    os.environ.update(environment)
