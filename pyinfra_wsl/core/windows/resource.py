"""A resource of Windows laptops: besides what every resource declares, what to ask the laptop, and how the answers are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.resource import Resource, Values
from pyinfra_wsl.core.windows.laptop import Laptop
from pyinfra_wsl.core.windows.outlook import Declared, Obstacle
from pyinfra_wsl.core.windows.user import User

W = TypeVar("W")
S = TypeVar("S")

Calls = Mapping[str, Call]
"""What is asked, by names without a dot."""

NOT_ASKED = Answer(False)
"""What is read of a question that was not asked, or not yet."""


class Answers(NamedTuple):
    """What a laptop answered for one resource.

    Args:
        own: by the names of what was asked; what was not asked yet is not in it.
        inside: the same for each distribution that was looked into, by its name.
        paths: whether the files are there that were looked for, by their paths; for all resources alike.

    """

    own: Mapping[str, Answer] = {}
    inside: Mapping[str, Mapping[str, Answer]] = {}
    paths: Mapping[str, Answer] = {}


def nothing(*_anything: Any) -> Calls:
    """Ask nothing."""
    return {}


def _nobody(_values: Values) -> Iterable[str]:
    return ()


def _nothing_noted(_laptop: Laptop) -> Iterable[Call]:
    return ()


def _same(laptop: Laptop) -> Laptop:
    return laptop


def _no_more(_laptop: Laptop) -> frozenset[str]:
    return frozenset()


def _nothing_kept(_laptop: Laptop, _before: Mapping[str, Answer]) -> Mapping[str, Answer]:
    return {}


def _none_foreseen(_declared: Declared, _laptop: Laptop) -> Iterable[Obstacle]:
    return ()


def _forecast(laptop: Laptop, _want: Any) -> Laptop:
    return laptop


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowsResource(Resource[W, S]):
    """A resource of a laptop, of its machine or of its user.

    Args:
        whose: ``machine``, or ``user`` for what belongs to the person whose laptop it is.
        read: makes the state of the answers, given the laptop as far as it was read: what it `needs` was read before it. Answers
            that are still to come, or were refused, leave it unknown and are no error.
        first: reads of the machine's answers what questions about the person's own rest on, for `Laptop.first`: in those fields
            the same as `read`, and nothing in others. Only where reading all of it takes long.
        machine: what is asked of the machine, in the first request.
        profile: what an administrator can read of a user's own without touching a file of theirs: the registry.
        files: calls that read files in a user's profile: made with their own rights in their session while they are within reach,
            else by us, who follow no link of theirs (then the error is ``link``).
        people: calls that read what others of the laptop's people have, made by us, who follow no link of theirs
            (`call.file_read` with ``within``); given the laptop as the machine's answers show it.
        session: what only the user's own session can tell, given the laptop as the machine's answers show it.
        inside: the same for one distribution, by its name.
        further: what more is asked of the user's own session, which only answers can tell, given the laptop as they show it:
            until it asks for nothing new. What it asks while the laptop was seen in part only travels with the rest, and is asked
            again only where it turns out to be another call.
        noted: what is written down on the laptop, with the lock held, so that the next run's look knows it before it asks; given
            the laptop as it was just seen. Only what is ours.
        distros: names of the distributions of which a host's values declare anything.
        targets: names of the distributions that a host's values want looked into.
        paths: full paths of the files that must be there for a host's values to work.
        also: names of further resources whose change makes its state useless, on a laptop as it is.
        kept: answers that a snapshot keeps from the first look of a run on, given the laptop as it was just seen and the
            answers of the snapshot before.
        expected: the laptop as it probably is once this run has changed the resource: a guess that saves a request.
        forecast: the laptop as a plan of it would leave it, so that what comes after it is planned rightly before anything is
            done; only for saying what a run would do: a run itself looks again at what it changed.
        foresee: yields what of all that is declared for a laptop cannot come about on it as it is, or only with danger; it is
            asked before anything is changed.

    """

    whose: Literal["machine", "user"]
    read: Callable[[Answers, Laptop], S]
    first: Callable[[Answers, Laptop], S] | None = None
    machine: Callable[[], Calls] = nothing
    profile: Callable[[User], Calls] = nothing
    files: Callable[[User], Calls] = nothing
    people: Callable[[Laptop], Calls] = nothing
    session: Callable[[Laptop], Calls] = nothing
    inside: Callable[[Laptop, str], Calls] = nothing
    further: Callable[[Laptop], Calls] = nothing
    noted: Callable[[Laptop], Iterable[Call]] = _nothing_noted
    distros: Callable[[Values], Iterable[str]] = _nobody
    targets: Callable[[Values], Iterable[str]] = _nobody
    paths: Callable[[Values], Iterable[str]] = _nobody
    also: Callable[[Laptop], frozenset[str]] = _no_more
    kept: Callable[[Laptop, Mapping[str, Answer]], Mapping[str, Answer]] = _nothing_kept
    expected: Callable[[Laptop], Laptop] = _same
    forecast: Callable[[Laptop, W], Laptop] = _forecast
    foresee: Callable[[Declared, Laptop], Iterable[Obstacle]] = _none_foreseen


@lru_cache(maxsize=64)
def having(resources: tuple[WindowsResource[Any, Any], ...], name: str) -> tuple[WindowsResource[Any, Any], ...]:
    """Return those of some resources that have a function of their own, where others have the one that does nothing.

    Args:
        resources: which.
        name: the function's: ``session``, ``noted``, …

    """
    return tuple(one for one in resources if getattr(one, name) is not getattr(WindowsResource, name))
