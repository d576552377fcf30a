"""A ring as a bar of characters: coloured, and told apart without colours, too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from pyinfra_wsl.rollout.model import State
from pyinfra_wsl.rollout.watch.sums import SHOWN, Sum

COLOURS: Mapping[State, str] = {
    "converged": "green", "at work": "blue", "due": "cyan", "deferred": "yellow", "offline": "magenta", "failed": "red",
    "given up": "red", "waiting": "dim",
}  # fmt: skip

_GLYPHS: Mapping[State, str] = {
    "converged": "█", "at work": "▓", "due": "▒", "deferred": "▒", "offline": "▒", "failed": "×", "given up": "×", "waiting": "░",
}  # fmt: skip
_PLAIN: Mapping[State, str] = {
    "converged": "#", "at work": "=", "due": "-", "deferred": "-", "offline": "-", "failed": "x", "given up": "x", "waiting": ".",
}  # fmt: skip


def bar(one: Sum, width: int, *, plain: bool = False) -> Text:
    """Return the bar of a ring.

    Args:
        one: the ring.
        width: columns.
        plain: whether there are only the characters of ASCII.

    """
    glyphs, found = _PLAIN if plain else _GLYPHS, Text()
    for state, cells in parts(one.counts, width):
        found.append(glyphs[state] * cells, COLOURS[state])
    return found if found else Text(glyphs["waiting"] * width, COLOURS["waiting"])


def parts(counts: Mapping[State, int], width: int) -> Iterator[tuple[State, int]]:
    """Yield how many columns each state has, in all `width` of them; what there is has at least one, as far as there is room.

    Args:
        counts: how many laptops stand how.
        width: columns.

    """
    there = [state for state in SHOWN if counts[state]]
    total = sum(counts[state] for state in there)
    if not total:
        return
    exact = {state: counts[state] * width / total for state in there}
    cells = {state: max(int(exact[state]), 1) for state in there}
    while (left := width - sum(cells.values())) != 0:
        if left > 0:
            most = max(there, key=lambda state: exact[state] - cells[state])
        else:
            wide = [state for state in there if cells[state] > 1] or [state for state in there if cells[state]]
            most = min(wide, key=lambda state: exact[state] - cells[state])
        cells[most] += 1 if left > 0 else -1
    yield from ((state, cells[state]) for state in there if cells[state])
