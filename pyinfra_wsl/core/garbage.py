"""How often Python looks for garbage that refers to itself: what a run makes for a laptop stays until its end.

Each look goes through all objects that are new since the last one. A fleet file makes hundreds of each machine, a run six hundred
more of each laptop, and some thirty that refer to themselves and are garbage, nearly all of them when it connects: found at once
they would be 13 KiB less.
"""

from __future__ import annotations

import gc

NEW = 1_000_000
"""Containers more than there were, after which there is a look: what a run makes for some 1,500 laptops."""


def seldom() -> None:
    """Have Python look for garbage after as many new objects as a run of a large fleet makes, and not after each 700."""
    gc.set_threshold(NEW, 20, 20)
