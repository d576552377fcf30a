"""What a laptop keeps: whom it believes, and the last good bundle, which stays until another one is whole and verified."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form import manifest, trust
from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form.fields import Fields
from pyinfra_wsl.pull.form.manifest import SLICE_LARGEST, Manifest
from pyinfra_wsl.pull.form.refused import RefusedError
from pyinfra_wsl.pull.form.signed import LARGEST, Signed
from pyinfra_wsl.pull.form.slice import Slice
from pyinfra_wsl.pull.form.trust import Trust

_KEPT = 2
_ROOM = 2 * SLICE_LARGEST
CURRENT, TRUST = "current.json", "trust"


@dataclass(frozen=True, slots=True)
class Held:
    """A bundle as this laptop has it.

    Args:
        signed: the manifest as it was published.
        manifest: what it says.
        slice: what this laptop must be.

    """

    signed: Signed
    manifest: Manifest
    slice: Slice

    @property
    def digest(self) -> str:
        """By which it is told from others."""
        return manifest.digest(self.signed)


@dataclass(frozen=True, slots=True)
class Store:
    """The laptop's folder.

    Args:
        home: the folder.
        name: the laptop's name.

    """

    home: Path
    name: str

    def trust(self) -> Trust:
        """Return whom the laptop believes; raises StepError where that is not known."""
        try:
            data = files.read(self.home / TRUST, LARGEST)
            if data is None:
                raise StepError(
                    f"{self.home / TRUST} is not there", "install the package that 'pyinfra-wsl enroll' makes", "trust"
                )
            return trust.first(Signed.read(data))
        except OSError as error:
            raise StepError(f"{self.home / TRUST} cannot be read: {error.strerror}", "look at its rights", "trust") from None

    def keep_trust(self, signed: Signed) -> None:
        """Believe a newer trust from now on; raises OSError."""
        files.write(self.home / TRUST, signed.data)

    def current(self) -> Held | None:
        """Return the last good bundle; None where there is none, or it is damaged."""
        try:
            data = files.read(self.home / CURRENT, _ROOM)
            folder = self.home / "bundles" / Fields(data or b"", "it").digest("digest")
            latest, own = files.read(folder / "latest", LARGEST), files.read(folder / "slice", _ROOM)
            if latest is None or own is None:
                return None
            signed = Signed.read(latest)
            if manifest.digest(signed) != folder.name:
                return None
            found = Manifest.parse(signed.body)
            return Held(signed, found, slices.read(own, found, self.name))
        except (OSError, RefusedError):
            return None

    def keep(self, signed: Signed, own: bytes) -> None:
        """Make a bundle the last good one: all of it is on the disk before one rename makes it so. Raises OSError."""
        digest = manifest.digest(signed)
        folder = self.home / "bundles" / digest
        files.write(folder / "latest", signed.data)
        files.write(folder / "slice", own)
        files.write(self.home / CURRENT, json.dumps({"digest": digest}).encode())
        self._sweep(digest)

    def _sweep(self, digest: str) -> None:
        others = sorted(
            (one for one in (self.home / "bundles").iterdir() if one.name != digest), key=lambda one: one.stat().st_mtime
        )
        for one in others[: -(_KEPT - 1)]:
            shutil.rmtree(one, ignore_errors=True)
