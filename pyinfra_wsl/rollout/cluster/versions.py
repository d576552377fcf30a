"""What control and a worker must have alike: what one of them pickles the other loads, and both read the same lines."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from pyinfra_wsl.core.escape import escape

PACKAGES = ("pyinfra-wsl", "pyinfra", "distributed", "dask", "cloudpickle", "msgpack")
"""Of which the same version must be on both."""
_SCHEDULERS = ("Python", "distributed", "dask", "cloudpickle", "msgpack")


def installed() -> dict[str, str]:
    """Return the version of each package and of Python, as far as that one must be the same."""
    found = {name: metadata.version(name) for name in PACKAGES}
    return {"Python": ".".join(platform.python_version_tuple()[:2]), **found}


def differing(there: Mapping[str, Any], here: Mapping[str, str] | None = None) -> str:
    """Return what is not alike, and what to do; empty where all is.

    Args:
        there: what `installed` is on the other side.
        here: and on this one.

    """
    return _told(here or installed(), there)


def other_scheduler(there: Mapping[str, Any], here: Mapping[str, str] | None = None) -> str:
    """Return what of a scheduler is not as it must be; empty where all is. Of ours it needs nothing.

    Args:
        there: versions by package, as distributed tells them of its scheduler.
        here: what `installed` is on this side.

    """
    python = ".".join(str(there.get("python", "")).split(".")[:2])
    needed = {name: mine for name, mine in (here or installed()).items() if name in _SCHEDULERS}
    return _told(needed, {**there, "Python": python})


def _told(here: Mapping[str, str], there: Mapping[str, Any]) -> str:
    wrong = [
        f"{name} {escape(str(there.get(name, 'none')))} there, {mine} here"
        for name, mine in here.items()
        if there.get(name) != mine
    ]
    if not wrong:
        return ""
    wanted = " ".join(f"{name}=={mine}" for name, mine in here.items() if name != "Python" and there.get(name) != mine)
    remedy = f"pip install {wanted}" if wanted else f"start it with Python {here['Python']}"
    return f"it has {'; '.join(wrong)}. Next, where it runs: {remedy}"
