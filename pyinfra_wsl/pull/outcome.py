"""How a pull ended: a word, an exit code, and one line for those who see no more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CONVERGED = "converged"
FAILED = "failed"
LOCKED = "locked"
NO_BUNDLE = "no_bundle"
DEFERRED = "deferred"
RESTARTS = "restart_pending"
STALE = "stale"
DISABLED = "disabled"

CODES: Mapping[str, int] = {
    CONVERGED: 0, FAILED: 1, LOCKED: 3, NO_BUNDLE: 4, DEFERRED: 5, DISABLED: 5, RESTARTS: 6, STALE: 7,
}  # fmt: skip
"""Exit codes; 2 is for settings and command lines that are wrong."""
USAGE = 2

LINE = 2000
"""Characters of the line: Intune keeps 2,048 of what a script prints (Microsoft, "Remediations")."""
_PART = 400


def line(document: Mapping[str, Any]) -> str:
    """Return a document in one line of ASCII: ``outcome=deferred serial=1042 changes=3 waits=reboot``."""
    told = document["pull"]
    parts = [
        f"outcome={told['outcome']}", f"serial={told['serial'] if told['serial'] is not None else '-'}",
        f"changes={len(document['changes'])}", *_several("waits", document["deferred"], "waits_for"),
        *_several("failed", document["failures"], "cause"), *_several("note", document["warnings"], "text"),
    ]  # fmt: skip
    if told["source"] != "ok":
        parts.insert(2, f"source={told['source']}")
    return one_line(" ".join(parts))


def short(how: str, said: Sequence[str]) -> str:
    """Return the line of a pull that has left no document: how it ended, and why."""
    return one_line(" ".join([f"outcome={how}", *([f"note={'; '.join(said)}"] if said else [])]))


def one_line(text: str) -> str:
    """Return a text as one line of ASCII that is not too long: who prints it may know no other characters."""
    text = " ".join(text.split()).replace("→", "->").encode("ascii", "replace").decode()
    return text if len(text) <= LINE else f"{text[: LINE - 3]}..."


def _several(name: str, entries: list[dict[str, Any]], key: str) -> list[str]:
    words = list(dict.fromkeys(str(one[key])[:_PART] for one in entries))
    if not words:
        return []
    more = f" and {len(words) - 3} more" if len(words) > 3 else ""
    return [f"{name}={'; '.join(words[:3])}{more}"]
