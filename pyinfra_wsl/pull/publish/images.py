"""Files that a fleet file names by a path: published beside the slices, each in a folder of its SHA-256."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from pyinfra_wsl import sources
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull.form.slice import IMAGE

_OTHER = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 100


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
                source, declared = holder[key], holder.get("sha256")
                holder[key], holder["sha256"] = self._bring(source)
                if declared is not None and str(declared).casefold() != holder["sha256"]:
                    cause = f"{source} is not the declared file any more: its SHA-256 is {holder['sha256']}"
                    raise StepError(cause, "look who has changed it since the fleet file was read", "changed")
        return own

    def _bring(self, source: str) -> tuple[str, str]:
        if source not in self._brought:
            try:
                self._brought[source] = self._copied(Path(source))
            except OSError as error:
                raise StepError(f"{source} cannot be published: {error.strerror}", "look at the file and the folder") from None
        return self._brought[source]

    def _copied(self, source: Path) -> tuple[str, str]:
        digest = _hash(source)
        name = _plain(source.name)
        there = self._folder / "images" / digest / name
        if not (there.is_file() and there.stat().st_size == source.stat().st_size and _hash(there) == digest):
            there.parent.mkdir(parents=True, exist_ok=True)
            part = there.with_name(f".{there.name}.part")
            shutil.copyfile(source, part)  # no link: who changes the file in its place would change what is published
            if _hash(part) != digest:
                raise StepError(
                    f"{source} changes while it is published", "let it be written first, then publish again", "changed"
                )
            part.replace(there)
        return f"{IMAGE}images/{digest}/{name}", digest


def _plain(name: str) -> str:
    """Return a file's name as it stands in an address and on every disk alike; what follows its last dots stays."""
    return _OTHER.sub("_", name)[-_LONGEST:].lstrip("._-") or "file"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
