"""Whom a laptop believes: root keys that say whose signatures count, and signing keys that sign what is published each day.

A version n+1 counts only if enough of n's root keys and enough of its own have signed it, as The Update Framework has its root
(TUF specification, 5.3.4), so that it can be handed on from one to the next over any way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyinfra_wsl.pull.form import sshsig
from pyinfra_wsl.pull.form.fields import Fields, body, time_text
from pyinfra_wsl.pull.form.refused import FLEET, FORM, TRUST, RefusedError
from pyinfra_wsl.pull.form.signed import Signed, Signers

NAMESPACE = "trust@pyinfra-wsl"
FORMAT = 1
_INSTALL = "install the package of enroll anew, which brings the trust along"


@dataclass(frozen=True, slots=True)
class Trust:
    """One version of the trust.

    Args:
        fleet: of which fleet.
        version: counted from 1.
        epoch: the count of serials began anew so often.
        made: when.
        roots: keys that may change the trust.
        root_threshold: how many of them together.
        signing: keys that sign bundles, each with the time until which it counts.
        threshold: how many of them together.
        revoked: fingerprints of keys that count no more, whatever they signed and whenever.

    """

    fleet: str
    version: int
    epoch: int
    made: datetime
    roots: tuple[str, ...]
    root_threshold: int
    signing: Mapping[str, datetime]
    threshold: int
    revoked: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, data: bytes) -> Trust:
        """Read a body that was verified, or that was installed by an administrator; raises RefusedError."""
        top = Fields(data, "the trust")
        if top.number("format") != FORMAT:
            raise RefusedError("the trust is of a later form", "install the newest pyinfra-wsl", FORM)
        root, signing = top.object("root"), top.object("signing")
        keys = {sshsig.key_of(one.text("key")): one.time("valid_until") for one in signing.objects("keys")}
        roots = tuple(sshsig.key_of(one) for one in root.texts("keys"))
        found = cls(
            top.name("fleet"), top.number("version", 1), top.number("epoch"), top.time("made"),
            roots, root.number("threshold", 1), keys, signing.number("threshold", 1), frozenset(top.texts("revoked")),
        )  # fmt: skip
        if len(set(roots)) < found.root_threshold or len(keys) < found.threshold:
            raise top.wrong("threshold")
        return found

    @property
    def body(self) -> bytes:
        """What is signed."""
        return body(self.values)

    @property
    def values(self) -> dict[str, Any]:
        """The trust as plain values."""
        return {
            "format": FORMAT, "fleet": self.fleet, "version": self.version, "epoch": self.epoch, "made": time_text(self.made),
            "root": {"keys": list(self.roots), "threshold": self.root_threshold},
            "signing": {
                "keys": [{"key": key, "valid_until": time_text(until)} for key, until in self.signing.items()],
                "threshold": self.threshold,
            },
            "revoked": sorted(self.revoked),
        }  # fmt: skip

    def need_roots(self, signers: Signers) -> None:
        """Raise a RefusedError unless enough of the root keys have signed."""
        signers.need(self.roots, self.root_threshold, revoked=self.revoked)

    def need_signing(self, signers: Signers, now: datetime | None) -> None:
        """Raise a RefusedError unless enough of the signing keys have signed.

        Args:
            signers: who has.
            now: by which a key must be valid; None where its time does not count, for what was accepted before.

        """
        expired = [] if now is None else [key for key, until in self.signing.items() if until < now]
        signers.need(self.signing, self.threshold, revoked=self.revoked, expired=expired)


def path(version: int) -> str:
    """Return where a version of the trust lies, relative to what is published."""
    return f"trust/{version}"


def first(signed: Signed) -> Trust:
    """Return a trust that an administrator installed: it must be whole, and signed by its own root keys."""
    found = Trust.parse(signed.body)
    found.need_roots(Signers.of(signed, NAMESPACE))
    return found


def follow(known: Trust, chain: Sequence[Signed]) -> Trust:
    """Go from a known trust over all versions after it.

    Args:
        known: the one that is believed.
        chain: the versions after it, in their order, none left out.

    Raises:
        RefusedError: one of them does not follow; what was believed before stays.

    """
    for signed in chain:
        signers = Signers.of(signed, NAMESPACE)
        known.need_roots(signers)  # before anything of it is parsed
        after = Trust.parse(signed.body)
        if after.fleet != known.fleet:
            raise RefusedError(f"the trust is of the fleet {after.fleet}, not {known.fleet}", _INSTALL, FLEET)
        if after.version != known.version + 1:
            raise RefusedError(f"the trust goes from version {known.version} to {after.version}", _INSTALL, TRUST)
        if after.epoch < known.epoch:
            raise RefusedError("the trust goes back to an earlier epoch", _INSTALL, TRUST)
        after.need_roots(signers)
        known = after
    return known
