"""One run over several starts: what a restart, or a kill, has parted is told as the parts of one chain."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form.fields import Fields, parse_time, time_text
from pyinfra_wsl.pull.form.refused import RefusedError

MOST = 4
"""Starts of one chain; beyond, what does not come to an end has failed."""
_LARGEST = 4096
_OLD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain.

    Args:
        id: by which its parts belong together.
        part: the number of this start.
        begun: when its first start was.

    """

    id: str
    part: int
    begun: datetime

    @property
    def endless(self) -> bool:
        """Whether it has begun too often."""
        return self.part > MOST


def begin(home: Path, now: datetime) -> Chain:
    """Go on with the chain of a start that did not come to its end, or begin one; it is written down. Raises OSError."""
    found = _read(home)
    known = found is not None and found.part <= MOST and timedelta(0) <= now - found.begun < _OLD
    made = Chain(found.id, found.part + 1, found.begun) if known and found else Chain(secrets.token_hex(4), 1, now)
    values = {"id": made.id, "part": made.part, "begun": time_text(made.begun)}
    files.write(_path(home), json.dumps(values).encode())
    return made


def under_way(home: Path) -> bool:
    """Whether a start did not come to its end, so that the next goes on at once."""
    return _path(home).exists()


def end(home: Path) -> None:
    """Note that the start came to its end."""
    with suppress(OSError):
        _path(home).unlink()


def _path(home: Path) -> Path:
    return home / "chain.json"


def _read(home: Path) -> Chain | None:
    try:
        found = Fields(files.read(_path(home), _LARGEST) or b"", "it")
        return Chain(found.name("id"), found.number("part", 1), parse_time(found.text("begun")))
    except (OSError, RefusedError, ValueError):
        return None
