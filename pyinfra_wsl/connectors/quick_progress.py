"""pyinfra's line of who is still at work, made when it is shown: five times a second, and on a terminal alone.

pyinfra makes it anew whenever a host is done, of the names of all that are left: with 1,000 hosts on a terminal half a million
names for each operation, of which the line has room for a few.

Seen in pyinfra 3.10 (`progress.py`), and put in place by `quicker.use`, which knows the version.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import gevent
from gevent.event import Event
from pyinfra import progress
from pyinfra.api.output import is_output_active

PYINFRAS = progress.progress_spinner
_LEAST = 3
"""Where there is less room than this, pyinfra cuts from the other end."""


def use() -> None:
    """Put ours in place of pyinfra's, wherever it is known by its name."""
    name = PYINFRAS.__name__
    for module in [one for one in sys.modules.values() if isinstance(one, ModuleType) and vars(one).get(name) is PYINFRAS]:
        setattr(module, name, spinner)


class Line:
    """What is shown of the work that is left.

    Args:
        items: those of which something is left, with their names as texts.
        before: words before the names.

    """

    def __init__(self, items: set[Any], before: str | None) -> None:
        """Take all of them as begun."""
        self._items, self._before, self._all = items, before, len(items)

    def __getitem__(self, _last: int) -> str:
        """Return the line as it is now, which pyinfra takes for the last of many."""
        bits = [f"{self._share()}% ({self._all - len(self._items)}/{self._all})"] if self._all > 1 else []
        bits += [self._before] if self._before else []
        room = progress.TERMINAL_WIDTH - 10 - sum(len(one) + 3 for one in bits)  # as pyinfra has it
        return " - ".join([*bits, self._names(room)] if self._items and room > 0 else bits)

    def _share(self) -> int:
        return int((self._all - len(self._items)) / self._all * 100)

    def _names(self, room: int) -> str:
        """Return the names that are left, as far as there is room: no more of them are written than that."""
        told, length = list[str](), 0
        for one in self._items:
            told.append(f"{one}")
            length += len(told[-1]) + 2
            if room >= _LEAST and length > room + 2:
                break
        names = f"{{{', '.join(told)}}}"
        return names if len(names) < room else f"{names[: room - 3]}...}}"


@contextmanager
def spinner(items: Iterable[Any], prefix_message: str | None = None) -> Iterator[Callable[[Any], None]]:
    """Do what pyinfra's `progress_spinner` does.

    Args:
        items: what there is to do.
        prefix_message: words before the names of what is left.

    """
    if not is_output_active():
        yield lambda _: None
        return
    left = items if isinstance(items, set) else set(items)

    def done(item: Any) -> None:
        if item not in left:
            raise ValueError(f"Invalid complete item: {item} not in {left}")
        left.remove(item)

    stop = Event()
    shown = gevent.spawn(progress._print_spinner, stop, Line(left, prefix_message))
    yield done
    stop.set()
    shown.join()
