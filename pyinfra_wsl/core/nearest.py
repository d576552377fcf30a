"""Which name was probably meant by one that is not there, and where it belongs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

_LONGEST = 300
"""Characters of a name that is compared: what is longer is none, and comparing takes its square."""


def nearest(wrong: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the name that was probably meant: the same but for its case and its ``_`` and ``-``, else the most alike."""
    plain = {folded(name): name for name in names}
    if (same := plain.get(folded(wrong))) is not None:
        return same
    if len(wrong) > _LONGEST:
        return None
    alike = difflib.get_close_matches(folded(wrong), plain, n=1, cutoff=cutoff)
    return plain[alike[0]] if alike else None


def folded(name: str) -> str:
    """Return a name without what people confuse: its case, and its ``_``, ``-`` and spaces."""
    return re.sub(r"[_\s-]", "", name).casefold()


Schema = Mapping[str, Any]


def places(schema: Schema, load: Callable[[str], Schema]) -> list[tuple[str, ...]]:
    """Return the path of every key that a resource's schema names; a name that the user chooses is written NAME.

    Args:
        schema: where to begin.
        load: returns the schema that a reference such as ``wsl.json`` names.

    """
    return list(_walk(schema, load, ()))


def _walk(schema: Schema, load: Callable[[str], Schema], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    reference = schema.get("$ref", "")
    if reference.endswith(".json"):
        yield from _walk(load(reference), load, path)
    for name, below in schema.get("properties", {}).items():
        yield (*path, name)
        yield from _walk(below, load, (*path, name))
    if isinstance(below := schema.get("additionalProperties"), Mapping):
        yield from _walk(below, load, (*path, "NAME"))


def unknown(key: str, here: Sequence[str], allowed: Sequence[str], known: Iterable[tuple[str, ...]]) -> tuple[str, str]:
    """Return what is wrong with an unknown key, and what to do about it.

    Args:
        key: the key as it is written.
        here: path of the mapping in which it stands, below the machine: ``("wslconfig",)``.
        allowed: the keys that may stand there.
        known: every path that a machine's values have (`places`).

    """
    meant = nearest(key, allowed)
    if meant is not None and folded(meant) == folded(key):
        return "no such key", f"did you mean {meant}?"
    elsewhere = [path for path in known if folded(path[-1]) == folded(key) and path[:-1] != tuple(here)]
    if elsewhere:
        best = min(elsewhere, key=lambda path: (-_shared(path, here), len(path)))
        where = ".".join(best[:-1]) or "the host, its group or defaults themselves"
        spelling = "" if best[-1] == key else f" as {best[-1]}"
        return "no such key here", f"it belongs under {where}{spelling}"
    if meant is not None:
        return "no such key", f"did you mean {meant}?"
    return "no such key", f"the keys here are {', '.join(sorted(allowed))}"


def _shared(path: Sequence[str], here: Sequence[str]) -> int:
    return sum(1 for one, other in zip(path, here, strict=False) if one == other)
