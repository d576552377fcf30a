"""Publishing a fleet: a slice for each laptop, one hash over all of them, one signed manifest, written last."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pyinfra_wsl import fleet
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files, lock
from pyinfra_wsl.pull.form import manifest, sshsig, tree
from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form.manifest import NAMES, SLICE_LARGEST, Manifest
from pyinfra_wsl.pull.form.signed import Signed, Signers, join
from pyinfra_wsl.pull.form.trust import Trust
from pyinfra_wsl.pull.publish import carried, keys, place
from pyinfra_wsl.pull.publish.images import Images

_OF_THE_WAY = ("address", "connection", "site", "time_zone")
"""What of a machine says how and when to reach it: a laptop that comes by itself needs none of it, and none is published."""
_KEPT = 3  # states whose slices stay, for laptops that read the manifest a moment ago
_SOON = timedelta(days=30)
_THIRD = 3
_LOCK = ".publishing"
_NEEDS = "0.1"
"""The first version that reads what is published here."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be published.

    Args:
        found: the fleet file.
        folder: where.
        signers: keys that sign it.
        serial: higher than the last; None for the next.
        days: how long all of it counts.
        grace: days after that in which laptops still repair.
        percent: of the laptops take it.
        names: laptops that are published anew, while of all others the last slice is carried over; empty for all of them.
        only: whether nothing of the others is published.
        say: is called with what a person should know of what is published.

    """

    found: fleet.Fleet
    folder: Path
    signers: Sequence[Path]
    serial: int | None = None
    days: int = 30
    grace: int = 14
    percent: int = 100
    names: Sequence[str] = ()
    only: bool = False
    say: Callable[[str], None] = lambda _text: None


def publish(order: Order, now: datetime) -> Manifest:
    """Publish a fleet; two at once would give two states one serial, of which laptops refuse the other.

    Args:
        order: what.
        now: the time.

    Raises:
        StepError: laptops would not take it, somebody else publishes there, or it could not be written; what was published stays.

    """
    place.newest_trust(order.folder)  # before anything is written into a folder that is none of ours
    try:
        with lock.held(order.folder / _LOCK, f"bundle, since {now:%Y-%m-%d %H:%M} UTC"):
            return _published(order, now)
    except lock.HeldError as error:
        raise StepError(f"somebody else publishes in {order.folder}: {error.cause}", error.remedy, "locked") from None
    except OSError as error:
        raise StepError(f"{order.folder} cannot be written: {error.strerror or error}", "look at the folder", "write") from None


def _published(order: Order, now: datetime) -> Manifest:
    files.sweep(order.folder)
    trusted = place.newest_trust(order.folder)
    before = place.newest(order.folder, trusted)
    serial = _serial(order.serial, before[0] if before else None, trusted)
    signers = [keys.public(one) for one in order.signers]
    trusted.need_signing(Signers(frozenset(signers), ()), now)
    root, names = _write_slices(order, trusted, before)
    expires = now + timedelta(days=order.days)
    made = Manifest(
        trusted.fleet, serial, trusted.epoch, now, expires, order.grace, _NEEDS, trusted.version, root, len(names), order.percent,
        hashlib.sha256(tree.listed(names)).hexdigest(),
    )  # fmt: skip
    signed = Signed.read(join([keys.sign(one, manifest.NAMESPACE, made.body) for one in order.signers], made.body))
    manifest.enter(signed, trusted, trusted.fleet, now)  # as a laptop will
    files.write(order.folder / manifest.LATEST, signed.data)
    _sweep(order.folder, made)
    return made


def _serial(asked: int | None, before: Manifest | None, trusted: Trust) -> int:
    last = before.serial if before and before.epoch == trusted.epoch else 0
    if asked is not None and asked <= last:
        raise StepError(f"the serial {asked} is not higher than {last}, which is published", f"take {last + 1} or more", "serial")
    return last + 1 if asked is None else asked


def _write_slices(order: Order, trusted: Trust, before: tuple[Manifest, Signed] | None) -> tuple[str, list[str]]:
    """Write the slices of a fleet; return the hash over them, and the names under which they lie."""
    bodies, every = {one.host: one.body for one in _slices(order)}, [one.name for one in _laptops(order)]
    if bodies and order.names and not order.only:
        bodies |= carried.over(order.folder, before, trusted, [one for one in every if one not in bodies])
    if not bodies:
        raise StepError("no Windows machine is meant", "name a fleet file with laptops", "nobody")
    for text in carried.said(order.folder, before[0] if before else None, trusted.fleet, bodies, every):
        order.say(text)
    named = {tree.name_of(trusted.fleet, host): body for host, body in bodies.items()}
    root, proofs = tree.grow({name: tree.leaf(name, body) for name, body in named.items()})
    written = {name: slices.write(proofs[name], body) for name, body in named.items()}
    _keep(order.folder / "slices" / root[:32], {**written, NAMES: tree.listed(named)})
    return root, list(named)


def _keep(folder: Path, found: Mapping[str, bytes]) -> None:
    """Write a state's slices; where it is published already, those that are not as they were any more: cut, or changed."""
    if folder.is_dir():
        for name, data in found.items():
            if files.read(folder / name, len(data)) != data:
                files.write(folder / name, data)
        folder.touch()
        return
    part = folder.with_name(f".{folder.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, data in found.items():
        (part / name).write_bytes(data)
    part.rename(folder)


def _laptops(order: Order) -> list[fleet.Host]:
    return [host for host in order.found.hosts.values() if host.os == "windows"]


def _slices(order: Order) -> Iterator[slices.Slice]:
    images = Images(order.folder)
    for host in _laptops(order):
        if order.names and host.name not in order.names:
            continue
        data = images.of({key: value for key, value in host.data.items() if key not in _OF_THE_WAY})
        made = slices.Slice(host.name, host.groups, {"user": "console", **data})
        if len(made.body) > SLICE_LARGEST:
            raise StepError(f"{host.name} declares more than {SLICE_LARGEST >> 20} MiB", "declare less for it", "size")
        yield made


def _sweep(folder: Path, made: Manifest) -> None:
    """Remove slices of states that no laptop can ask for any more, and what a run has left that was killed."""
    found = sorted((one for one in (folder / "slices").iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
    others = [one for one in found if one != folder / made.folder and not one.name.startswith(".")]
    for one in [*others[: -(_KEPT - 1)], *(one for one in found if one.name.startswith("."))]:
        shutil.rmtree(one, ignore_errors=True)


def warnings(folder: Path, now: datetime, life: timedelta | None = None) -> list[str]:
    """Return what runs out soon of what is published, a sentence each.

    Args:
        folder: what is published.
        now: the time.
        life: how long the next one will count; for that, the keys must count too.

    Raises:
        StepError: nothing is published that could be judged.

    """
    trusted = place.newest_trust(folder)
    said = []
    for key, until in trusted.signing.items():
        left = until - now
        if left < max(_SOON, life or _SOON):
            words = "is over" if left < timedelta(0) else f"is over in {left.days} days"
            said.append(f"the signing key {sshsig.fingerprint(key)} {words}. Next: pyinfra-wsl trust rotate")
    found = place.newest(folder, trusted)
    if found is not None:
        said += _of_manifest(found[0], now)
    return said


def _of_manifest(found: Manifest, now: datetime) -> Iterator[str]:
    left, bundle = found.expires - now, f"the bundle with the serial {found.serial}"
    if found.made > now:
        yield f"{bundle} is dated {found.made:%Y-%m-%d %H:%M} UTC, which is not yet. Next: look at the clock, and publish again"
    if left < timedelta(0):
        yield f"{bundle} is over since {-left.days - 1} days: laptops only repair, or only report"
    elif left < (found.expires - found.made) / _THIRD:
        yield f"{bundle} is over in {left.days} days, less than a third of its time. Next: publish it again"


def described(made: Manifest) -> str:
    """Return what was published, in a line."""
    return f"serial {made.serial}: {made.count} laptop{'s' if made.count != 1 else ''}, until {made.expires:%Y-%m-%d}"
