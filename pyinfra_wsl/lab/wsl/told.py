"""What the service tells the command that asked: warnings, and inside which contexts (src/windows/common/ExecutionContext.cpp).

A warning is printed by the command whose call brought it about, also where that call fails; where nobody listens it is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TOLD: ContextVar[list[str] | None] = ContextVar("told", default=None)
_INSIDE: ContextVar[tuple[str, ...]] = ContextVar("inside", default=())


def warn(words: str) -> None:
    """Say something on standard error of the command that asked; in what order is told in the order of the calls."""
    heard = _TOLD.get()
    if heard is not None:
        heard.append(words)


@contextmanager
def heard() -> Iterator[list[str]]:
    """Gather the warnings of the calls made inside, also of tasks that begin there."""
    words: list[str] = []
    token = _TOLD.set(words)
    try:
        yield words
    finally:
        _TOLD.reset(token)


@contextmanager
def inside(*contexts: str) -> Iterator[None]:
    """Remember in which contexts something happens, outermost first."""
    token = _INSIDE.set((*_INSIDE.get(), *contexts))
    try:
        yield
    finally:
        _INSIDE.reset(token)


def in_service() -> tuple[str, ...]:
    """Return the contexts of the service alone: those after ``Service``."""
    contexts = _INSIDE.get()
    return contexts[contexts.index("Service") + 1 :] if "Service" in contexts else contexts
