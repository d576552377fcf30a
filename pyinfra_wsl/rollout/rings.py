"""Which laptop belongs to which ring."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from pyinfra_wsl.rollout.model import Laptop, Ring, Rollout


def deal(rollout: Rollout, laptops: Sequence[Laptop]) -> Mapping[str, int]:
    """Return the number of the ring of each laptop, from 0, by name.

    Who is among a percentage or a number is decided by a hash of the laptop's name with the rollout's seed, whatever the order
    in which they come. So the same fleet is dealt in the same way each time; a laptop that is added moves at each border
    between two rings one other at most, and by one border.

    Args:
        rollout: with its rings. Who is in none of them belongs to the last.
        laptops: all of the fleet, each once.

    """
    left = {one.name: one for one in sorted(laptops, key=lambda one: (place(rollout.seed, one.name), one.name))}
    dealt: dict[str, int] = {}
    percent = Decimal(0)
    for number, ring in enumerate(rollout.rings):
        percent += Decimal(str(ring.percent or 0))
        for name in _members(ring, left, len(laptops), whole=percent >= 100):
            dealt[name] = number
            del left[name]
    return dealt | dict.fromkeys(left, len(rollout.rings) - 1)


def place(seed: str, name: str) -> bytes:
    """Return where a laptop stands in the order of its fleet, however it is connected to."""
    return hashlib.sha256(f"{seed}\0{bare(name)}".encode("utf-8", "surrogatepass")).digest()


def bare(name: str) -> str:
    """Return a host's name without its connector: ``LT-0001`` of ``@winssh/LT-0001``."""
    return name.partition("/")[2] or name if name.startswith("@") else name


def _members(ring: Ring, left: Mapping[str, Laptop], whole_fleet: int, *, whole: bool) -> list[str]:
    """Return who of those that are left belongs to a ring; `whole` where the percentages up to it are all of the fleet."""
    if ring.groups or ring.hosts:
        groups, hosts = set(ring.groups), set(ring.hosts)
        return [name for name, one in left.items() if groups.intersection(one.groups) or {name, bare(name)} & hosts]
    names = list(left)
    if ring.percent is not None:
        return names if whole else names[: part(ring.percent, whole_fleet)]
    return names if ring.size is None else names[: ring.size]


def part(percent: float, of: int) -> int:
    """Return how many a percentage is: to the nearest whole, and one at least."""
    return max(1, int((Decimal(str(percent)) * of / 100).quantize(Decimal(1), ROUND_HALF_UP)))
