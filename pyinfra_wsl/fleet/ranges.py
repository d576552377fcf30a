"""Names of many machines in one: ``LT-[0001:0500]``, as Ansible's inventories have it: both ends count, leading zeros stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from string import ascii_lowercase, ascii_uppercase

MOST = 20_000
"""Machines that one name may stand for."""

_RANGE = re.compile(r"\[([^\[\]]*)\]")
_ENDS = re.compile(r"([0-9]{1,9}|[a-z]|[A-Z]):([0-9]{1,9}|[a-z]|[A-Z])(?::([0-9]{1,5}))?")


class RangeError(Exception):
    """A range is none; the text says why, and what to write."""


def is_range(name: str) -> bool:
    """Whether a name stands for several."""
    return "[" in name


def names(written: str) -> Iterator[str]:
    """Yield the names that one with ranges stands for.

    Args:
        written: a name with one range or more.

    Raises:
        RangeError: a range is none, or there are more than `MOST` names.

    """
    parts = _RANGE.split(written)
    ranges = [_one(text) for text in parts[1::2]]
    count = 1
    for one in ranges:
        count *= len(one)
    if count > MOST:
        raise RangeError(f"stands for {count} machines; the most is {MOST}")
    for chosen in product(*ranges):
        yield "".join(text + one for text, one in zip(parts[::2], (*chosen, ""), strict=True))


def _one(text: str) -> Sequence[str]:
    """Return what a range stands for."""
    found = _ENDS.fullmatch(text)
    if found is None:
        raise RangeError(f"[{text}] is no range; write [0001:0500], [a:f], or [01:50:2] for every second")
    first, last, step = found[1], found[2], int(found[3] or 1)
    if not step:
        raise RangeError(f"[{text}] has a step of 0; write 1 or more")
    if not first.isdigit() or not last.isdigit():
        return _letters(text, first, last)[::step]
    if first.startswith("0") and len(first) > 1 and len(first) != len(last):
        raise RangeError(f"[{text}] has ends of different length; write [{first}:{last.zfill(len(first))}]")
    if int(first) > int(last):
        raise RangeError(f"[{text}] ends before it begins; write [{last}:{first}]")
    width = len(first) if first.startswith("0") else 0
    numbers = range(int(first), int(last) + 1, step)
    if len(numbers) > MOST:
        raise RangeError(f"stands for {len(numbers)} machines; the most is {MOST}")
    return [str(one).zfill(width) for one in numbers]


def _letters(text: str, first: str, last: str) -> str:
    for letters in (ascii_lowercase, ascii_uppercase):
        if first in letters and last in letters:
            if first > last:
                raise RangeError(f"[{text}] ends before it begins; write [{last}:{first}]")
            return letters[letters.index(first) : letters.index(last) + 1]
    raise RangeError(f"[{text}] goes from one kind to another; write both ends as numbers, or as letters of one case")
