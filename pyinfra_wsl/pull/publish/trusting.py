"""Making a trust and the versions after it, each signed by the root keys that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form import fields, sshsig, trust
from pyinfra_wsl.pull.form.signed import Signed, Signers, join
from pyinfra_wsl.pull.form.trust import Trust
from pyinfra_wsl.pull.publish import keys, place

_WEAK = "a threshold of {} needs as many different keys"


@dataclass(frozen=True, slots=True)
class Change:
    """What a new version changes.

    Args:
        signing: keys that sign from now on, beside those that do.
        days: how long they, and those that stay, count from now.
        drop: fingerprints of signing keys that are left out, or revoked.
        revoke: whether those count no more at all, also for what they have signed.
        roots: the root keys from now on; empty for the same.
        root_threshold, threshold: how many of each; None for the same.
        new_epoch: whether serials are counted anew, after somebody else has signed a high one.

    """

    signing: Sequence[str] = ()
    days: int = 365
    drop: Sequence[str] = ()
    revoke: bool = False
    roots: Sequence[str] = ()
    root_threshold: int | None = None
    threshold: int | None = None
    new_epoch: bool = False


def now() -> datetime:
    """Return the time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def begin(
    folder: Path, fleet: str, roots: Sequence[Path], signing: Sequence[Path], *, days: int, thresholds: tuple[int, int]
) -> Trust:
    """Make and publish the first version.

    Args:
        folder: what is published.
        fleet: the fleet's name.
        roots: root keys; as many of them sign as the threshold says.
        signing: keys that sign bundles.
        days: how long the signing keys count.
        thresholds: of root keys, and of signing keys.

    Raises:
        StepError: there is a trust already, a name or a key is none, or nobody can sign.

    """
    if not fields.is_name(fleet):
        raise StepError(f"'{fleet}' is no name of a fleet", "take letters, digits, '.', '_' and '-'", "fleet")
    if place.chain(folder):
        raise StepError(f"{folder} has a trust already", "change it with 'pyinfra-wsl trust rotate'", "trust")
    until = now() + timedelta(days=days)
    made = Trust(
        fleet, 1, 0, now(), tuple(dict.fromkeys(map(keys.public, roots))), thresholds[0],
        {keys.public(one): until for one in signing}, thresholds[1],
    )  # fmt: skip
    _whole(made)
    _publish(folder, made, roots, [made])
    return made


def go_on(folder: Path, change: Change, signers: Sequence[Path]) -> Trust:
    """Make and publish the next version.

    Args:
        folder: what is published.
        change: what changes.
        signers: root keys that sign it: enough of those that count now, and of those that count from then on.

    Raises:
        StepError: there is no trust, a key is not known, or too few have signed.

    """
    known = place.newest_trust(folder)
    made = changed(known, change, now())
    _publish(folder, made, signers, [known, made])
    return made


def changed(known: Trust, change: Change, when: datetime) -> Trust:
    """Return the version after a trust; raises StepError where it could not be used."""
    prints = {sshsig.fingerprint(one): one for one in known.signing}
    if missing := [one for one in change.drop if one not in prints]:
        raise StepError(
            f"{', '.join(missing)} signs nothing for {known.fleet}", f"the keys that do are {', '.join(prints)}", "key"
        )
    until = when + timedelta(days=change.days)
    kept = {key: end for name, key in prints.items() if name not in change.drop for end in [known.signing[key]]}
    made = replace(
        known,
        version=known.version + 1,
        epoch=known.epoch + change.new_epoch,
        made=when,
        roots=tuple(change.roots) or known.roots,
        root_threshold=change.root_threshold or known.root_threshold,
        signing={**kept, **dict.fromkeys(change.signing, until)},
        threshold=change.threshold or known.threshold,
        revoked=known.revoked | (set(change.drop) if change.revoke else set()),
    )
    _whole(made)
    return made


def _whole(made: Trust) -> None:
    for number, found in ((made.root_threshold, made.roots), (made.threshold, made.signing)):
        if len(set(found)) < number:
            raise StepError(_WEAK.format(number), "name more keys, or a lower threshold", "threshold")
    if both := set(made.roots) & set(made.signing):
        words = f"{', '.join(sorted(map(sshsig.fingerprint, both)))} is a root key, and signs bundles"
        raise StepError(words, "take a key of its own for each: who loses the one keeps the other", "key")
    if again := [one for one in map(sshsig.fingerprint, made.signing) if one in made.revoked]:
        raise StepError(f"{', '.join(again)} was revoked", "make a new key: ssh-keygen -t ed25519 -f KEY", "key")


def _publish(folder: Path, made: Trust, signers: Iterable[Path], need: Sequence[Trust]) -> None:
    body = made.body
    signed = Signed.read(join([keys.sign(one, trust.NAMESPACE, body) for one in signers], body))
    for one in need:
        one.need_roots(Signers.of(signed, trust.NAMESPACE))
    try:
        files.write(folder / trust.path(made.version), signed.data)
    except OSError as error:
        raise StepError(f"{folder} cannot be written: {error.strerror}", "look at the folder", "write") from None
