"""Files that a fleet file names by a path: published beside the slices, each in a folder of its SHA-256."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from pyinfra_wsl import sources
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull.form.slice import IMAGE


class Images:
    """Brings files into what is published, each once.

    Args:
        folder: what is published.

    """

    def __init__(self, folder: Path) -> None:
        """Begin with nothing brought."""
        self._folder = folder
        self._brought: dict[str, tuple[str, str]] = {}

    def of(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a machine's values with each file of this machine as one of what is published, with its SHA-256.

        Raises:
            StepError: one of them cannot be read, or there is no room for it.

        """
        if not any(sources.is_local(holder[key]) for _path, holder, key in sources.named(data)):
            return dict(data)
        own = deepcopy(dict(data))
        for _path, holder, key in sources.named(own):
            if sources.is_local(holder[key]):
                holder[key], holder["sha256"] = self._bring(holder[key])
        return own

    def _bring(self, source: str) -> tuple[str, str]:
        if source not in self._brought:
            try:
                self._brought[source] = self._copied(Path(source))
            except OSError as error:
                raise StepError(f"{source} cannot be published: {error.strerror}", "look at the file and the folder") from None
        return self._brought[source]

    def _copied(self, source: Path) -> tuple[str, str]:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        there = self._folder / "images" / digest / source.name
        if not (there.is_file() and there.stat().st_size == source.stat().st_size):
            there.parent.mkdir(parents=True, exist_ok=True)
            part = there.with_name(f".{there.name}.part")
            shutil.copyfile(source, part)  # no link: who changes the file in its place would change what is published
            part.replace(there)
        return f"{IMAGE}images/{digest}/{source.name}", digest
