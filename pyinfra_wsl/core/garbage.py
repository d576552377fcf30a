"""How often Python looks for garbage that refers to itself: what a run makes for a laptop stays until its end.

Each look goes through all objects that are new since the last one. A fleet file makes hundreds of each machine, a run six hundred
more of each laptop, and some thirty that refer to themselves and are garbage, nearly all of them when it connects: 13 KiB.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

NEW = 50_000
"""New objects after which there is a look: a few MiB. With a million a laptop would take 0.01 MiB more."""


def seldom() -> None:
    """Have Python look for garbage after as many new objects as a run makes for eighty laptops, and not after each 700."""
    gc.set_threshold(NEW, 20, 20)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Look for no garbage within the block, and later for none among what was there at its end: of large libraries all stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
