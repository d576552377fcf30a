"""What a contradiction of a machine's declarations is."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core.problem import Path


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two values of one machine that exclude each other: the paths of both, why, and what to write."""

    path: Path
    other: Path
    why: str
    remedy: str
