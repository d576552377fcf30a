r"""The newest that was ever accepted, kept in two places: who deletes one of them brings no old bundle back.

On Windows the second place is ``HKLM\SOFTWARE\pyinfra-wsl\Pull``; elsewhere, in rehearsals, a file beside the folder.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form.fields import Fields, parse_time, time_text
from pyinfra_wsl.pull.form.manifest import Known, Manifest
from pyinfra_wsl.pull.form.refused import RefusedError

KEY = r"SOFTWARE\pyinfra-wsl\Pull"
VALUE = "Newest"
_LARGEST = 4096
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Newest:
    """What was accepted.

    Args:
        known: epoch, serial and digest of the newest.
        made: when the newest was made: no clock that is right shows an earlier time. Not the latest of all that was accepted:
            one that a clock far ahead has dated would make all after it look over, for ever.

    """

    known: Known = field(default_factory=Known)
    made: datetime = _LONG_AGO

    def after(self, manifest: Manifest, digest: str) -> Newest:
        """Return it after a manifest was accepted."""
        return Newest(Known(manifest.epoch, manifest.serial, digest), manifest.made)

    @property
    def data(self) -> bytes:
        """As it is written down."""
        values = {"epoch": self.known.epoch, "serial": self.known.serial, "digest": self.known.digest}
        return json.dumps({**values, "made": time_text(self.made)}).encode()

    @classmethod
    def parse(cls, data: bytes | None) -> Newest | None:
        """Read it; None where it cannot be read, which the other place makes good."""
        try:
            found = Fields(data or b"", "it")
            known = Known(found.number("epoch"), found.number("serial"), found.text("digest"))
            return cls(known, parse_time(found.text("made")))
        except (RefusedError, ValueError):
            return None


@dataclass(frozen=True, slots=True)
class Floor:
    """Both places.

    Args:
        home: the laptop's folder.
        lowest: the epoch and serial that the installation brought along.

    """

    home: Path
    lowest: tuple[int, int] = (0, 0)

    def newest(self) -> Newest:
        """Return the newest of what both places know."""
        found = [one for one in map(Newest.parse, self._places()) if one is not None]
        best = max(found, key=lambda one: one.known.rank, default=Newest())
        return best if best.known.rank >= self.lowest else Newest(Known(*self.lowest), best.made)

    def note(self, newest: Newest) -> None:
        """Write it down in both places; raises OSError."""
        files.write(self.home / "state.json", newest.data)
        _write_second(self.home, newest.data)

    def _places(self) -> Iterable[bytes | None]:
        with suppress(OSError):
            yield files.read(self.home / "state.json", _LARGEST)
        with suppress(OSError):
            yield _read_second(self.home)


def second(home: Path) -> Path:
    """Return the file that stands for the registry where there is none."""
    return home.with_name(f".{home.name}.newest")


def _read_second(home: Path) -> bytes | None:
    if sys.platform != "win32":
        return files.read(second(home), _LARGEST)
    winreg = _winreg()
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as key:
        return str(winreg.QueryValueEx(key, VALUE)[0]).encode()


def _write_second(home: Path, data: bytes) -> None:
    if sys.platform != "win32":
        files.write(second(home), data)
        return
    winreg = _winreg()
    access = winreg.KEY_WRITE | winreg.KEY_WOW64_64KEY
    with winreg.CreateKeyEx(winreg.HKEY_LOCAL_MACHINE, KEY, 0, access) as key:
        winreg.SetValueEx(key, VALUE, 0, winreg.REG_SZ, data.decode())


def _winreg() -> Any:
    import winreg  # noqa: PLC0415 - there is none elsewhere

    return winreg
