"""Which paths a plan takes on a laptop, and what stands in their way: there now, or put there by what comes before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.windows.path import above, is_within, same

_EXISTS = "ERROR_FILE_EXISTS"


def questions(steps: Iterable[Step]) -> tuple[str, ...]:
    """Return the paths of which it must be known what is there: those that steps take, and all folders above them."""
    return tuple(dict.fromkeys(one for step in steps for path in step.free for one in (*above(path), path)))


def clashes(steps: Sequence[Step], there: Mapping[str, Answer], earlier: Iterable[Step] = ()) -> Iterator[Failure]:
    """Yield what stands in the way of steps, one after the other.

    Args:
        steps: those of a plan.
        there: what was answered of each of their `questions` by ``file.state``; what is not known stands in nobody's way here,
            because each step sees to its own paths itself.
        earlier: what is done before them.

    """
    made: list[str] = []
    freed: list[str] = []
    for step in earlier:
        _do(step, made, freed)
    for step in steps:
        for path in step.free:
            yield from _clash(step, path, there, made, freed)
        _do(step, made, freed)


def _do(step: Step, made: list[str], freed: list[str]) -> None:
    made[:] = [*(one for one in made if not any(same(one, gone) for gone in step.frees)), *step.free]
    freed[:] = [*(one for one in freed if not any(same(one, new) for new in step.free)), *step.frees]


def _clash(step: Step, path: str, there: Mapping[str, Answer], made: list[str], freed: list[str]) -> Iterator[Failure]:
    nothing, other = Answer(False), f"declare another {step.where or 'place'}"
    file = next((one for one in above(path) if there.get(one, nothing).value.get("folder") is False), None)
    coming = next((one for one in made if is_within(path, one) or is_within(one, path)), None)
    if file is not None:
        cause = f"{step.sentence}: {file} is a file, and nothing can be put below it; nothing was touched"
        yield Failure(cause, other, _EXISTS)
    elif coming is not None:
        cause = f"{step.sentence}: {path} is taken by what this run does before: {coming}"
        yield Failure(cause, other, _EXISTS)
    elif there.get(path, nothing).exists and not any(same(path, one) for one in freed):
        cause = f"{step.sentence}: {path} stands there already and is not ours; nothing was touched"
        yield Failure(cause, f"move it away by hand if nobody needs it, or {other}", _EXISTS)
