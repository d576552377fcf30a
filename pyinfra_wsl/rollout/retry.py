"""When a laptop is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from pyinfra_wsl.rollout.model import Retry

_MOST_DOUBLED = 40  # times; after so many any wait is the longest


def again(retry: Retry, tries: int, now: datetime, opened: datetime) -> datetime | None:
    """Return when a laptop is tried again that did not answer or waits; None where it is given up.

    Each wait is twice the one before, up to the longest; none ends after the deadline.

    Args:
        retry: as it is declared.
        tries: how often it was tried, this time included.
        now: the time.
        opened: when its ring opened.

    """
    found = now + wait(retry, tries)
    return found if found <= deadline(retry, opened) else None


def wait(retry: Retry, tries: int) -> timedelta:
    """Return how long is waited after so many tries; nothing before the first."""
    if tries < 1:
        return timedelta(0)
    doubled = min(tries - 1, _MOST_DOUBLED)
    factor = 2**doubled
    return retry.longest if retry.first > retry.longest / factor else retry.first * factor


def deadline(retry: Retry, opened: datetime) -> datetime:
    """Return from when on nobody of a ring is tried again.

    Args:
        retry: as it is declared.
        opened: when the ring opened.

    """
    return opened + retry.until
