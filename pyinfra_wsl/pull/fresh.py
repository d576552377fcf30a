"""How fresh a laptop's bundle is: when its place last said something good, and since when something newer is there that it lacks.

A laptop whose slice is withheld, or that refuses what is published, goes on with what it has; this is by what it is told from one
that is up to date.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form.fields import Fields, parse_time, time_text
from pyinfra_wsl.pull.form.manifest import HIGHEST
from pyinfra_wsl.pull.form.refused import NOT_IN_BUNDLE, RefusedError

_FILE = "source.json"
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class Behind:
    """What this laptop lacks.

    Args:
        epoch, serial: of the newest bundle that it has verified, and not taken.
        since: when it first saw that there is one.
        code: why it does not take it, as of `RefusedError`.

    """

    epoch: int
    serial: int
    since: datetime
    code: str

    @property
    def rank(self) -> tuple[int, int]:
        """As of `Manifest`."""
        return self.epoch, self.serial

    @property
    def values(self) -> dict[str, Any]:
        """As it stands in a document, and on the disk."""
        return {"epoch": self.epoch, "serial": self.serial, "since": time_text(self.since), "code": self.code}


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is known of the place.

    Args:
        good: when it last said something good; None where it never did.
        behind: what is lacked; None where nothing is.

    """

    good: datetime | None = None
    behind: Behind | None = None

    @property
    def left_out(self) -> bool:
        """Whether the newest bundle proves to have nothing for this laptop."""
        return self.behind is not None and self.behind.code == NOT_IN_BUNDLE

    def lacking(self, rank: tuple[int, int], code: str, now: datetime) -> Fresh:
        """Return it after something newer was seen and not taken.

        Since when that is so, a still newer one does not change; and who was left out stays so until it gets something.
        """
        since = self.behind.since if self.behind is not None else now
        return Fresh(self.good, Behind(*rank, min(since, now), NOT_IN_BUNDLE if self.left_out else code))


def read(home: Path) -> Fresh:
    """Return what is known; nothing where it cannot be read."""
    try:
        found = Fields(files.read(home / _FILE, _LARGEST) or b"", "it")
        good = parse_time(found.text("good")) if "good" in found.values else None
        if "behind" not in found.values:
            return Fresh(good)
        one = found.object("behind")
        rank = one.number("epoch", 0, HIGHEST), one.number("serial", 0, HIGHEST)
        return Fresh(good, Behind(*rank, parse_time(one.text("since")), one.name("code")))
    except (OSError, RefusedError, ValueError):
        return Fresh()


def note(home: Path, fresh: Fresh) -> None:
    """Write it down; where there is no room, the next pull does."""
    values: dict[str, Any] = {}
    if fresh.good is not None:
        values["good"] = time_text(fresh.good)
    if fresh.behind is not None:
        values["behind"] = fresh.behind.values
    with suppress(OSError):
        files.write(home / _FILE, json.dumps(values).encode())
