"""Unknown keys of a fleet file: which key was meant, and where it belongs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]

_SECRET = re.compile(r"pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential(?!s?_?(helper|store))", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")


def is_secret(key: str, value: Any) -> bool:
    """Whether a key's name or a value's text says that a secret stands in the file."""
    if key == "password_from":
        return False
    return bool(_SECRET.search(key)) or (isinstance(value, str) and bool(_PRIVATE_KEY.search(value)))


def nearest(wrong: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the name that was probably meant: the same but for its case and its ``_`` and ``-``, else the most alike."""
    plain = {_plain(name): name for name in names}
    if (same := plain.get(_plain(wrong))) is not None:
        return same
    alike = difflib.get_close_matches(_plain(wrong), plain, n=1, cutoff=cutoff)
    return plain[alike[0]] if alike else None


def _plain(name: str) -> str:
    return re.sub(r"[_\s-]", "", name).casefold()


def places(schema: Schema, load: Callable[[str], Schema]) -> list[tuple[str, ...]]:
    """Return the path of every key that a noun's schema names; a name that the user chooses is written NAME.

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


def unknown(key: str, here: Sequence[str], allowed: Sequence[str], known: Iterable[tuple[str, ...]]) -> str:
    """Say what to do about an unknown key.

    Args:
        key: the key as it is written.
        here: path of the mapping in which it stands, below the machine: ``("wslconfig",)``.
        allowed: the keys that may stand there.
        known: every path that a machine's values have (`places`).

    """
    meant = nearest(key, allowed)
    if meant is not None and _plain(meant) == _plain(key):
        return f"no such key; did you mean {meant}?"
    elsewhere = [path for path in known if _plain(path[-1]) == _plain(key) and path[:-1] != tuple(here)]
    if elsewhere:
        best = min(elsewhere, key=lambda path: (-_shared(path, here), len(path)))
        where = ".".join(best[:-1]) or "the host, its group or defaults themselves"
        spelling = "" if best[-1] == key else f" as {best[-1]}"
        return f"no such key here; it belongs under {where}{spelling}"
    if meant is not None:
        return f"no such key; did you mean {meant}?"
    return f"no such key; the keys here are {', '.join(sorted(allowed))}"


def _shared(path: Sequence[str], here: Sequence[str]) -> int:
    return sum(1 for one, other in zip(path, here, strict=False) if one == other)
