"""The manifest: what is published for a fleet now, until when it counts, and the one hash over all slices."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyinfra_wsl.pull.form import tree
from pyinfra_wsl.pull.form.fields import Fields, body, time_text
from pyinfra_wsl.pull.form.refused import FLEET, NEEDS, NOT_MEANT, OLDER, OTHER, TRUST, RefusedError
from pyinfra_wsl.pull.form.signed import Signed, Signers
from pyinfra_wsl.pull.form.trust import Trust

NAMESPACE = "bundle@pyinfra-wsl"
FORMAT = 1
LATEST = "latest"
"""Where it lies, with its signatures, relative to what is published."""
NAMES = "names"
"""The list of all laptops' names, beside their slices."""
SLICE_LARGEST = 2 * 2**20
"""Bytes of one laptop's slice."""
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}")
_HUNDRED = 100
HIGHEST = 2**53 - 1
"""Of serials and epochs: what every reader of JSON keeps exactly (RFC 8259, section 6)."""
MOST = 2**20
"""Laptops of a fleet."""
LONGEST_GRACE = 3650
"""Days."""
_LAST_YEAR = 9000  # until when anything may count, so that no sum of a time and some days is too much for a clock


@dataclass(frozen=True, slots=True)
class Manifest:
    """One published state of a fleet.

    Args:
        fleet: its name.
        serial: higher than all before, within an epoch.
        epoch: that of the trust.
        made, expires: when it was made, and until when all of it counts.
        grace: days after that in which it still repairs.
        needs: the lowest version of this program that can read it.
        trust: the version of the trust that came with it.
        root: the hash over all slices.
        count: how many laptops there are.
        percent: of the laptops take it; the others keep what they have.
        names: SHA-256 of the list of all laptops' names (`tree.listed`); empty where none is published.

    """

    fleet: str
    serial: int
    epoch: int
    made: datetime
    expires: datetime
    grace: int
    needs: str
    trust: int
    root: str
    count: int
    percent: int = _HUNDRED
    names: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Read a body that was verified; raises RefusedError."""
        top = Fields(data, "the manifest")
        if top.number("format") != FORMAT:
            raise RefusedError("the manifest is of a later form", "install the newest pyinfra-wsl on the laptop", NEEDS)
        slices = top.object("slices")
        found = cls(
            top.name("fleet"), top.number("serial", 1, HIGHEST), top.number("epoch", 0, HIGHEST), top.time("made"),
            top.time("expires"), top.number("grace_days", 0, LONGEST_GRACE), top.text("needs"), top.number("trust", 1),
            slices.digest("root"), slices.number("count", 0, MOST), top.number("percent", 0, _HUNDRED),
            slices.digest("names") if "names" in slices.values else "",
        )  # fmt: skip
        if not _VERSION.fullmatch(found.needs) or not found.made < found.expires or found.expires.year > _LAST_YEAR:
            raise top.wrong("needs or expires")
        return found

    @property
    def body(self) -> bytes:
        """What is signed."""
        return body(self.values)

    @property
    def values(self) -> dict[str, Any]:
        """The manifest as plain values."""
        return {
            "format": FORMAT, "fleet": self.fleet, "serial": self.serial, "epoch": self.epoch, "made": time_text(self.made),
            "expires": time_text(self.expires), "grace_days": self.grace, "needs": self.needs, "trust": self.trust,
            "slices": {"root": self.root, "count": self.count} | ({"names": self.names} if self.names else {}),
            "percent": self.percent,
        }  # fmt: skip

    @property
    def rank(self) -> tuple[int, int]:
        """By which it is newer or older than another: a new epoch counts serials anew."""
        return self.epoch, self.serial

    @property
    def until(self) -> datetime:
        """Until when it still repairs."""
        return self.expires + timedelta(days=self.grace)

    @property
    def folder(self) -> str:
        """Where its slices lie, relative to what is published."""
        return f"slices/{self.root[:32]}"

    def slice_path(self, host: str) -> str:
        """Return where a laptop's slice lies, relative to what is published."""
        return f"{self.folder}/{tree.name_of(self.fleet, host)}"

    @property
    def names_path(self) -> str:
        """Where the list of all names lies, relative to what is published."""
        return f"{self.folder}/{NAMES}"

    @property
    def names_size(self) -> int:
        """Its size in bytes."""
        return self.count * hashlib.sha256().digest_size

    def leaves_out(self, host: str, listed: bytes) -> bool:
        """Whether a list of names is the one that was signed, and a laptop is not on it."""
        return hashlib.sha256(listed).hexdigest() == self.names and not tree.lists(listed, tree.name_of(self.fleet, host))

    def means(self, host: str) -> bool:
        """Whether a laptop is among those that take it: with a higher percentage, all of a lower one still are."""
        drawn = int.from_bytes(hashlib.sha256(f"{self.fleet}\nrollout\n{host.casefold()}".encode()).digest()[:8], "big")
        return drawn % _HUNDRED < self.percent


@dataclass(frozen=True, slots=True)
class Known:
    """The newest that a laptop has ever accepted.

    Args:
        epoch, serial: of the manifest.
        digest: SHA-256 of its body.

    """

    epoch: int = 0
    serial: int = 0
    digest: str = ""

    @property
    def rank(self) -> tuple[int, int]:
        """As of `Manifest`."""
        return self.epoch, self.serial


def digest(signed: Signed) -> str:
    """Return by what two manifests are told apart."""
    return hashlib.sha256(signed.body).hexdigest()


def enter(signed: Signed, trust: Trust, fleet: str, now: datetime) -> Manifest:
    """Return a manifest out of what was fetched.

    Args:
        signed: the file.
        trust: whom to believe.
        fleet: which fleet the laptop is of.
        now: the time, by which the keys that signed it must be valid.

    Raises:
        RefusedError: forged, foreign, or signed by nobody who may.

    """
    signers = Signers.of(signed, NAMESPACE)
    trust.need_signing(signers, now)
    found = Manifest.parse(signed.body)
    trust.need_signing(signers, max(now, found.made))  # no later: who takes it takes its time for the earliest that it can be
    if found.fleet != fleet:
        raise RefusedError(
            f"it is of the fleet {found.fleet}, and this laptop is of {fleet}", "correct source or fleet in pull.yml", FLEET
        )
    if found.trust > trust.version:
        raise RefusedError(
            f"it goes with trust {found.trust}, and no more than {trust.version} is offered: somebody may hide a revocation",
            "publish the whole folder, with all that is in trust/",
            TRUST,
        )
    if found.epoch != trust.epoch:
        raise RefusedError(f"it is of epoch {found.epoch}, and the trust of epoch {trust.epoch}", "publish it anew", TRUST)
    return found


def need_newer(found: Manifest, its_digest: str, known: Known) -> None:
    """Raise a RefusedError where a manifest is older than what was accepted before, or another one of the same serial."""
    if found.rank < known.rank:
        raise RefusedError(
            f"it has the serial {found.serial}, and {known.serial} was accepted before: an old bundle is offered again",
            "look who serves it; a bundle is published with a higher serial only",
            OLDER,
        )
    if found.rank == known.rank and its_digest != known.digest:
        raise RefusedError(
            f"there are two different bundles with the serial {found.serial}: somebody else signs for this fleet",
            "find out who has published the other, and revoke their key where nobody knows",
            OTHER,
        )


def need_program(found: Manifest, version: str) -> None:
    """Raise a RefusedError where a manifest needs a newer program than this one."""
    if _numbers(found.needs) > _numbers(version):
        words = f"it needs pyinfra-wsl {found.needs}, and this is {version}"
        raise RefusedError(words, "install the newer version on the laptop", NEEDS)


def need_meant(found: Manifest, host: str) -> None:
    """Raise a RefusedError where a manifest is rolled out to others first."""
    if not found.means(host):
        raise RefusedError(f"it is rolled out to {found.percent} % of the laptops first", "nothing: its time comes", NOT_MEANT)


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version's numbers; what follows them, such as ``.dev1``, does not count."""
    leading = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(one) for one in leading[0].split(".")) if leading else ()
