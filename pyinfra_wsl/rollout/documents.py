"""The results of a rollout's laptops: one folder, with a file for each that was tried: its newest try, with what others changed.

A rollout is one run to whoever reads it, also where a laptop took several tries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pyinfra_wsl.report import file_name, reading, results

_MOST = 1000
"""Changes of one laptop that are told."""


class Documents:
    """The folder of results, as `report.results.write` makes one of a run.

    Args:
        folder: where; it is made with the first result.
        names: of all laptops, in their order.

    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        """Give each laptop the name of its file, which no other has on any file system."""
        self.folder = folder
        self._files: dict[str, str] = {}
        taken = set[str]()
        for host in names:
            name = file_name.of(host)
            while name.lower() in taken:
                name += "_"
            taken.add(name.lower())
            self._files[host] = f"{name}.json"

    def put(self, host: str, document: Mapping[str, Any]) -> str:
        """Put a result in the place of the one before, whose changes it tells, too; return what kept it from being written."""
        path = self.folder / self._files[host]
        before = _kept(path)
        if before is not None and before["run"] and before["run"] == document.get("run"):
            return ""  # it was written before the control that did so was killed
        if before is not None and before["changes"]:
            changes = [*before["changes"], *document.get("changes", ())]
            document = {**document, "changes": changes[:_MOST], "before": before.get("before")}
        part = self.folder / f".{path.name}.part"  # who reads the folder meanwhile, or after a kill, finds whole ones only
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            data = results.written(document) + b"\n"
            part.unlink(missing_ok=True)  # what a killed one has left, or a link that leads to another's file
            with part.open("xb") as file:
                file.write(data)
            part.replace(path)
        except (OSError, ValueError, RecursionError) as error:
            with suppress(OSError):
                part.unlink()
            return f"the result of {host} is not written: {error}"
        return ""


def _kept(path: Path) -> dict[str, Any] | None:
    """Return what was put before; None for nothing, or what somebody has made of it."""
    try:
        return reading.document(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
