"""What a person is told while a long request runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import decode

Tell = Callable[[str], None]


class Progress:
    """Show what a long request says: a line now and then, not every one.

    Args:
        tell: shows a person a line.
        what: the request does.
        culture: the laptop's display language.

    """

    def __init__(self, tell: Tell, what: str, culture: str) -> None:
        """Begin to count the time."""
        self._tell, self._what, self._culture = tell, what, culture
        self._begun = self._shown = time.monotonic()

    def __call__(self, data: bytes | None) -> None:
        """Take what a program says, or None where it says nothing and still runs."""
        now = time.monotonic()
        lines = [] if data is None else decode(data, self._culture).split()
        if data is None or now - self._shown >= 5:
            self._shown = now
            said = f": {' '.join(lines)[-80:]}" if lines else ""
            self._tell(f"{self._what or 'working'}{said} ({now - self._begun:.0f} s)")


def listed(calls: Sequence[Call], answers: Sequence[Answer]) -> str:
    """Return how many calls of which verb there were, and which failed, in a line for --debug."""
    verbs = Counter(f"{one.verb}{'' if answer.ok else f' ({answer.kind})'}" for one, answer in zip(calls, answers, strict=True))
    return ", ".join(f"{count} {verb}" for verb, count in verbs.items())
