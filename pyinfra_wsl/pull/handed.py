"""What lies where laptops hand back: in folders, on shares and at addresses, read some at a time, each within bounds."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files, listing
from pyinfra_wsl.pull.fetch import AwayError, FetchError, Place
from pyinfra_wsl.pull.settings import Settings, is_web, need_place

LARGEST = 2**20
"""Bytes of a document: one has some four thousand."""
_AT_ONCE = 8
_OPEN = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
Name = tuple[str, str]
"""Of a document the laptop, and the file."""
One = tuple[Name, Callable[[], bytes]]
"""A document's name, and how it is read."""


def whole(place: str) -> str:
    """Return a place as it is known by, however and from wherever it was named."""
    return place.rstrip("/") if is_web(place) else str(Path(place).absolute().resolve())


def there(place: str, ca: str) -> Iterator[One]:
    """Yield the documents at a place.

    Args:
        place: as of `whole`.
        ca: ``system``, or a file of certificate authorities.

    Raises:
        StepError: it cannot be told what lies there.

    """
    if is_web(place):
        need_place(place, "collect")
        found = Place(place, Settings(Path(), "any", (place,), "any", ca=ca))
        for name, fetch in listing.documents(found):
            yield name, lambda fetch=fetch: fetch(LARGEST)  # type: ignore[misc] # that of this turn
        return
    folder = Path(place)
    if not folder.is_dir():
        raise StepError(f"{place} is no folder", "name the folder into which laptops hand back", "not_there")
    for host in sorted(folder.iterdir()):
        try:
            names = _names(host)
        except OSError as error:  # closed, or gone bad: that laptop's own matter, which is told and hides no other
            words = f"the folder cannot be listed: {error.strerror or error}"
            yield (host.name, ""), listing.failing(words, "look at its rights", "unreachable")
            continue
        for file in names:
            yield (host.name, file), lambda path=host / file: _read(path)  # type: ignore[misc] # the file of this turn


def _names(folder: Path) -> list[str]:
    """Return the documents of a laptop's folder; none where it is no folder, or leads elsewhere."""
    if not folder.is_dir() or files.is_link(folder):
        return []
    with os.scandir(folder) as found:
        return sorted(one.name for one in found if one.name.endswith(".json"))


def _read(file: Path) -> bytes:
    """Return a file's content; whoever put it there may put something else into its place meanwhile."""
    if file.is_symlink():
        raise ValueError("it is no file")
    try:
        descriptor = os.open(file, _OPEN)
    except OSError as error:
        raise ValueError("it is no file" if error.errno == errno.ELOOP else error.strerror or "it cannot be read") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is no file")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            data = stream.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST >> 20} MiB")
    return data


def read_all(chosen: Iterable[One], given_up: Callable[[], None]) -> Iterator[tuple[Name, Made]]:
    """Read some at a time, since each waits for its server; yield them in their order, each with what it became.

    Args:
        chosen: what is read.
        given_up: is called where the place does not answer any more; then the rest is not asked for. What it answers is no
            reason, as that a document is too large or gone: a laptop with some of those hid all others.

    """
    several = iter(chosen)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while now := list(islice(several, _AT_ONCE)):
            made = list(pool.map(lambda one: _read_one(one[1]), now))
            yield from zip([name for name, _ in now], made, strict=True)
            if len(now) == _AT_ONCE and all(isinstance(one.error, AwayError) for one in made):
                given_up()
                return


@dataclass(frozen=True, slots=True)
class Made:
    """What became of reading.

    Args:
        data: the bytes.
        error: why there are none; None where there are.

    """

    data: bytes = b""
    error: Exception | None = None

    def __call__(self) -> bytes:
        """Return the bytes, or raise why there are none."""
        if self.error is not None:
            raise self.error
        return self.data


def _read_one(read: Callable[[], bytes]) -> Made:
    try:
        return Made(read())
    except (ValueError, FetchError, OSError) as error:
        return Made(error=error)
