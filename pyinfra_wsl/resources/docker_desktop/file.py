"""A JSON file of Docker's, as it was read: what it holds, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.formats import docker_settings
from pyinfra_wsl.core.resource import HIDDEN


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Args:
        exists: whether it is there; without it everything has its default.
        problem: what is wrong with it; empty for nothing.
        unreadable: whether that keeps it from being merged with.
        parsed: its content, which is private and may hold passwords.

    """

    exists: bool = False
    problem: str = ""
    unreadable: bool = False
    parsed: docker_settings.Settings = field(default=docker_settings.Settings({}), repr=False, metadata=HIDDEN)

    @property
    def values(self) -> Mapping[str, Any]:
        """Its keys and values; none where they cannot be read."""
        return self.parsed.values or {}


_NONE = File()


def read(answer: Answer) -> File | None:
    """Read a file that was read; None while unknown."""
    if not answer.ok:
        return None
    if not answer.exists:
        return _NONE
    data, size = answer.data, int(answer.value.get("size") or 0)
    if size > len(data):
        parsed = docker_settings.Settings(None, f"has {size} bytes, which is too much for such a file")
    else:
        parsed = docker_settings.parse(data)
    return File(True, parsed.problem, parsed.values is None, parsed)
