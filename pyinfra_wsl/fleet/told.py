"""How what is wrong with a fleet file is told: in the order of the file, each thing once, and in bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path as File

from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Problem, dotted
from pyinfra_wsl.fleet.line import file_of

MOST = 500
"""Problems that are told; with more of them, those of the form are told first."""

_WHOLE = 10
"""Problems of one kind that are told whole, where there are more."""

_LINES = 12

Found = tuple[int, Problem]
"""A problem and its line."""


def told(file: File, found: Iterable[Found]) -> list[str]:
    """Write problems, one a line, in the order of the file; what several machines inherit is told once.

    Of what is wrong in the same way with many machines, the first are told whole, and of the others their lines.

    Args:
        file: the fleet file.
        found: what is wrong with it, not empty.

    """
    ordered = {_written(file, *one): one for one in sorted(found, key=lambda one: (str(file_of(one[0], file)), one[0]))}
    once = list(ordered.items())[:MOST]
    kinds: dict[Hashable, list[Found]] = {}
    for _text, one in once:
        kinds.setdefault(_kind(one[1]), []).append(one)
    lines: list[str] = []
    seen: Counter[Hashable] = Counter()
    for text, (_line, problem) in once:
        alike = kinds[_kind(problem)]
        seen[_kind(problem)] += 1
        if seen[_kind(problem)] <= _WHOLE or len(alike) == _WHOLE + 1:
            lines.append(text)
        elif seen[_kind(problem)] == _WHOLE + 1:
            lines.append(_others(file, alike[_WHOLE:]))
    last = once[-1][1][0]
    more = f"{file_of(last, file)}:{last}: there are more problems than these {MOST}; correct these first"
    return [*lines, more] if len(ordered) > MOST else lines


def _written(file: File, line: int, problem: Problem) -> str:
    return f"{file_of(line, file)}:{line}: " + show.line(": ".join(filter(None, (dotted(problem.path), problem.said))))


def _kind(problem: Problem) -> Hashable:
    """Return what problems have in common that are the same one of several machines."""
    if problem.path[:1] == ("hosts",) and len(problem.path) > 1:
        name = str(problem.path[1])
        return ("hosts", *problem.path[2:]), problem.message.replace(name, ""), problem.remedy
    return (problem.path, problem.remedy) if problem.path else (problem.message, problem.remedy)


def _others(file: File, alike: Sequence[Found]) -> str:
    """Tell of the problems that are like those before them."""
    lines = list(dict.fromkeys(str(line) for line, _ in alike))
    where = ", ".join(lines[:_LINES]) + (f", … {lines[-1]}" if len(lines) > _LINES else "")
    line, problem = alike[0]
    said = f"the same {len(alike)} times more, in line{'s' if len(lines) > 1 else ''} {where}"
    return f"{file_of(line, file)}:{line}: " + show.line(": ".join(filter(None, (dotted(problem.path), said))))
