"""Files that are published beside the slices, as the laptop's sources: by their address, or brought here first."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from pyinfra_wsl import sources
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.form.slice import IMAGE

_LARGEST = 16 * 2**30
_SECONDS = 4 * 3600.0


def placed(data: Mapping[str, Any], place: Place, home: Path) -> dict[str, Any]:
    """Return a laptop's values with sources that it can use.

    Over ``https://`` and from a share, what needs a file fetches it, and only then. From this machine itself, as in a rehearsal,
    it is brought first.

    Args:
        data: of its slice.
        place: from which it was fetched.
        home: where files are kept that are brought.

    Raises:
        StepError: a file cannot be brought, or is not the one that was published.

    """
    own = deepcopy(dict(data))
    for _path, holder, key in sources.named(own):
        if holder[key].startswith(IMAGE):
            holder[key] = _placed(holder[key].removeprefix(IMAGE), str(holder.get("sha256", "")), place, home)
    return own


def _placed(path: str, digest: str, place: Place, home: Path) -> str:
    if not place.address.lower().startswith("http://"):
        return place.full(path)
    there = home / "images" / digest / path.rpartition("/")[2]
    if there.is_file() and _digest(there) == digest:
        return str(there)
    data = Place(place.address, place.settings, _SECONDS).get(path, _LARGEST)
    if hashlib.sha256(data).hexdigest() != digest:
        raise StepError(f"{path} is not the file that was published", "publish it again", "sha256")
    files.write(there, data)
    return str(there)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
