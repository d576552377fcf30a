"""Files that are published beside the slices, as the laptop's sources: by their address, or brought here first."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from pyinfra_wsl import sources
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.fetch import FetchError, Place
from pyinfra_wsl.pull.form.slice import IMAGE

_OURS = re.compile(rf"{IMAGE}(?P<path>images/(?P<digest>[0-9a-f]{{64}})/[A-Za-z0-9][A-Za-z0-9._-]{{0,252}})")
"""What names a file that was published, and no place: any other is left as it is, which is a file that is not there."""
_LARGEST = 2 * 2**30
_SECONDS = 4 * 3600.0


def placed(data: Mapping[str, Any], place: Place, home: Path, *, bring: bool = True) -> dict[str, Any]:
    """Return a laptop's values with sources that it can use.

    Over ``https://`` and from a share, what needs a file fetches it, and only then. From a folder or a server on this machine
    itself it is brought first, so that it is there when they are not; one that cannot be brought is missed by who needs it.

    Args:
        data: of its slice.
        place: from which it was fetched.
        home: where files are kept that are brought.
        bring: whether they are.

    """
    own, used = deepcopy(dict(data)), set()
    for _path, holder, key in sources.named(own):
        if (found := _OURS.fullmatch(holder[key])) is not None and found["digest"] == holder.get("sha256"):
            holder[key] = _placed(found["path"], found["digest"], place, home, bring=bring)
            used.add(found["digest"])
    if bring:
        _sweep(home / "images", used)
    return own


def _sweep(folder: Path, used: Collection[str]) -> None:
    """Remove what no source names any more."""
    with suppress(FileNotFoundError):
        for one in folder.iterdir():
            if one.name not in used:
                shutil.rmtree(one, ignore_errors=True)


def _placed(path: str, digest: str, place: Place, home: Path, *, bring: bool) -> str:
    if place.address.lower().startswith("https://") or place.address.startswith("\\\\"):
        return place.full(path)
    there = home / "images" / digest / path.rpartition("/")[2]
    if bring and not there.is_file():
        with suppress(FetchError, OSError):
            data = Place(place.address, place.settings, _SECONDS).get(path, _LARGEST)
            if hashlib.sha256(data).hexdigest() == digest:
                files.write(there, data)
    return there.as_posix()
