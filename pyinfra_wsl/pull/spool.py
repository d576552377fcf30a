"""Documents on the laptop until somebody has them: written before anything can go wrong, handed back when somebody answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.fetch import FetchError, Place
from pyinfra_wsl.report import results
from pyinfra_wsl.report.results import Document

MOST, LARGEST = 200, 20 * 2**20
"""Documents that are kept, and their bytes together."""
_ONE = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Spool:
    """The folder of documents.

    Args:
        folder: where.

    """

    folder: Path

    def name(self, run: str, begun: datetime) -> str:
        """Return how the document of a run is called; it stays the same while it is filled."""
        return f"{begun.astimezone(UTC):%Y-%m-%dT%H-%M-%S-%f}-{run}.json"

    def write(self, name: str, document: Document) -> None:
        """Write a document, in the place of an earlier state of it; raises OSError."""
        files.write(self.folder / name, results.written(document) + b"\n")

    def waiting(self) -> list[Path]:
        """Return the documents, the oldest first."""
        return sorted(self.folder.glob("*.json"))

    def newest(self) -> dict[str, Any] | None:
        """Return the newest document that can be read; the last one that was handed back where none waits."""
        for path in [*reversed(self.waiting()), self.folder / "sent" / "last.json"]:
            with suppress(OSError, ValueError, RecursionError):
                found = json.loads(path.read_bytes())
                if isinstance(found, dict):
                    return found
        return None

    def hand_back(self, place: Place, host: str) -> str:
        """Hand all documents back, the oldest first; return why not all could be, empty where they were.

        A document goes once it was taken; one that is sent twice replaces itself.

        Args:
            place: to whom.
            host: in which folder of theirs.

        """
        for path in self.waiting():
            try:
                data = files.read(path, _ONE)
                if data is not None:
                    place.put(f"{host}/{path.name}", data)
                    with suppress(OSError):  # on a full disk, what makes room is what comes next
                        files.write(self.folder / "sent" / "last.json", data)
                path.unlink()
            except FetchError as error:
                return error.cause
            except OSError as error:
                return f"{path.name}: {error.strerror or error}"
        return ""

    def tidy(self) -> None:
        """Let the oldest go where there are too many: those first in which nothing went wrong."""
        found = [(path, path.stat().st_size) for path in self.waiting()]
        left, size = len(found), sum(bytes_ for _, bytes_ in found)
        for path, bytes_ in _by_worth(found):
            if left <= MOST and size <= LARGEST:
                return
            with suppress(OSError):
                path.unlink()
            left, size = left - 1, size - bytes_


def _by_worth(found: list[tuple[Path, int]]) -> Iterator[tuple[Path, int]]:
    """Yield what is missed least first: converged without a change, then the rest, each the oldest first."""
    dull = [one for one in found if _is_dull(one[0])]
    yield from dull
    yield from (one for one in found if one not in dull)


def _is_dull(path: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError, RecursionError):
        document = json.loads(path.read_bytes())
        return bool(document.get("outcome") == "converged" and not document.get("changes"))
    return False
