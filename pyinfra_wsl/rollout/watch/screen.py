"""What a person sees while a rollout runs: bars on a terminal, one line for each event where it is piped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from types import TracebackType

from rich.console import Console, RenderableType

from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.watch.happened import Happened


class Screen:
    """The screen of a control, entered and left as a context; without a thread, so that a process may be forked beside it.

    Args:
        snapshots: return how the rollout stands.
        events: return all that has happened, the oldest first.
        here: the time zone in which times are shown.
        console: where to print; standard output where it is None.

    """

    def __init__(
        self,
        snapshots: Callable[[], Snapshot],
        events: Callable[[], Sequence[Happened]],
        here: tzinfo,
        console: Console | None = None,
    ) -> None:
        """Take what is shown; nothing is printed before it is entered."""

    def __enter__(self) -> Screen:
        """Show how it stands."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Show how it stands at the end, and leave it there."""

    def update(self, now: datetime | None = None) -> None:
        """Show how it stands now: to be called about each second; costs next to nothing where nothing is to be shown."""


def shown(snapshot: Snapshot, events: Sequence[Happened], now: datetime, here: tzinfo) -> RenderableType:
    """Return what a terminal shows."""
    raise NotImplementedError
