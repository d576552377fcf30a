"""What one host says several times, said once: several resources may be kept from what is declared by the same cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_BETWEEN = ": "
_PARTS = 8  # of a sentence, between colons


@dataclass
class Once:
    """A failure, with those of the same host that say the same.

    Args:
        entry: the failure, in its fewest words.
        too: what else it keeps from coming about, in the words before the cause.
        resources: the resources that tell it.

    """

    entry: dict[str, str]
    too: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)


def once(failures: Sequence[dict[str, str]]) -> list[Once]:
    """Return the failures of one host, those that end in the whole cause of another one told with that one.

    Args:
        failures: as a result has them.

    """
    alone = {entry["cause"]: entry for entry in reversed(failures)}
    found: dict[str, Once] = {}
    for entry in failures:
        head, cause = _parted(entry["cause"], alone)
        one = found.setdefault(cause, Once(alone[cause]))
        if head and head not in one.too:
            one.too.append(head)
        if (resource := entry.get("resource", "")) not in one.resources:
            one.resources.append(resource)
    return list(found.values())


def whose(entry: Mapping[str, str], text: str) -> str:
    """Return what is said of an entry, with the name of the person whose it is where a host has several."""
    return f"{entry['person']}: {text}" if entry.get("person") else text


def _parted(text: str, alone: dict[str, dict[str, str]]) -> tuple[str, str]:
    """Return what a cause says before another one, which it ends with; nothing and itself where it ends with none."""
    place = len(text)
    for _ in range(_PARTS):
        place = text.rfind(_BETWEEN, 0, place)
        if place < 0:
            break
        if (rest := text[place + len(_BETWEEN) :]) in alone:
            return text[:place], rest
    return "", text
