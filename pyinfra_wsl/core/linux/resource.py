"""A resource of Linux hosts: besides what every resource declares, the script that looks, and how its output is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pyinfra_wsl.core.resource import Resource

W = TypeVar("W")
S = TypeVar("S")


def _no_more(_state: Any) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, kw_only=True, eq=False)
class LinuxResource(Resource[W, S]):
    """A resource of a Linux host.

    Args:
        script: the look: one line for ``sh`` that prints sections, given the arguments of its fact.
        read: makes the state of what it printed.
        asks: the arguments of the look for what is wanted, by their names.
        adopt_asks: the arguments of a second look, which tells what `adopt` needs, given the state of one without any.

    """

    script: Callable[..., str]
    read: Callable[[str], S]
    asks: Callable[[W], Mapping[str, Any]]
    adopt_asks: Callable[[S], Mapping[str, Any]] = _no_more
