"""From what is published to what a laptop takes: fetched, verified in order, and only then kept; else the last good one stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyinfra_wsl
from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.pull import fresh
from pyinfra_wsl.pull.fetch import FetchError, NotThereError, Place
from pyinfra_wsl.pull.floor import Floor
from pyinfra_wsl.pull.form import manifest, trust
from pyinfra_wsl.pull.form import slice as slices
from pyinfra_wsl.pull.form.manifest import SLICE_LARGEST, Manifest
from pyinfra_wsl.pull.form.refused import ADD_IT, EXPIRED, FORM, NOT_IN_BUNDLE, NOT_MEANT, WITHHELD, RefusedError
from pyinfra_wsl.pull.form.signed import LARGEST, Signed, Signers
from pyinfra_wsl.pull.form.trust import Trust
from pyinfra_wsl.pull.fresh import Fresh
from pyinfra_wsl.pull.store import Held, Store

OK, UNREACHABLE, REFUSED = "ok", "unreachable", "refused"
FRESH, REPAIRS, LOOKS = "fresh", "repairs", "looks"
_VERSIONS = 100  # of the trust that are fetched in one pull
_DAY = timedelta(days=1)
_STRANGE = "look what stands at that address"


@dataclass
class Got:
    """What a pull goes on with.

    Args:
        held: the bundle; None where there is none that may be used.
        source: whether the place answered with something good.
        why: what was wrong with it.
        notes: what a person should know.
        place: where it was fetched from.
        newer: what was verified there, is newer than the bundle, and was not taken; None where nothing was.
        fresh: since when.

    """

    held: Held | None
    source: str = OK
    why: Failure | None = None
    notes: list[str] = field(default_factory=list)
    place: Place | None = None
    newer: Manifest | None = None
    fresh: Fresh = field(default_factory=Fresh)


@dataclass(frozen=True)
class Accepting:
    """One pull's fetching.

    Args:
        store: what the laptop keeps.
        floor: the newest that it ever took.
        fleet: its fleet.
        clock: returns the time.
        version: of this program.

    """

    store: Store
    floor: Floor
    fleet: str
    clock: Callable[[], datetime]
    version: str = pyinfra_wsl.__version__

    def now(self) -> datetime:
        """Return the time, which is never before anything that was accepted: a clock that is behind does no harm."""
        return max(self.clock(), self.floor.newest().made)

    def from_any(self, places: Sequence[Place]) -> Got:
        """Fetch from the first place that has something good; where none has, the last good bundle stays."""
        held = self.store.current()
        worst: Got | None = None
        for place in places:
            got = self._from(place, held)
            if got.source == OK:
                break
            worst = got if worst is None or got.source == REFUSED else worst
        else:
            got = worst or Got(held)
        return self._told(got)

    def _told(self, got: Got) -> Got:
        """Note how fresh the bundle is; who was left out of a newer one stays so while nobody answers.

        What was verified as newer is there, whoever offers the older one again: only something newer yet makes up for it.
        """
        known, now = fresh.read(self.store.home), self.clock().replace(microsecond=0)
        if got.source == OK:
            known = Fresh(now, known.behind)
        elif got.newer is not None and got.why is not None:
            known = known.lacking(got.newer.rank, got.why.code, now)
        if got.held is not None and known.behind is not None and known.behind.rank <= got.held.manifest.rank:
            known = Fresh(known.good)
        fresh.note(self.store.home, known)
        got.fresh = known
        return got

    def _from(self, place: Place, held: Held | None) -> Got:
        try:
            newer: Manifest | None = None
            signed = Signed.read(place.get(manifest.LATEST, LARGEST))
            if held is not None and held.digest == manifest.digest(signed):
                return Got(held, place=place, notes=self._notes(place))
            newer = self._entered(place, signed)
            return self._take(place, signed, newer, held)
        except FetchError as error:
            source, failure = UNREACHABLE, error.failure
        except RefusedError as error:
            if error.code == NOT_MEANT:
                return Got(held, notes=[error.cause], place=place, newer=newer)
            source, failure = REFUSED, self._dated(error)
        except OSError as error:
            cause = f"what was fetched could not be kept: {error.strerror or error}"
            source, failure = REFUSED, Failure(cause, "free some space on the laptop's system drive, then pull again", "disk")
        except Exception as error:  # noqa: BLE001 - whatever strangers answer, it must not keep the laptop from what it has
            source, failure = REFUSED, Failure(f"what was fetched cannot be read ({type(error).__name__})", _STRANGE, FORM)
        return Got(held, source, failure, self._notes(place), place, newer)

    def _entered(self, place: Place, signed: Signed) -> Manifest:
        """Return a manifest that is verified, and no older than any that was accepted."""
        trusted = self._followed(place, self.store.trust())  # first: a key may have been revoked since
        made = manifest.enter(signed, trusted, self.fleet, self.now())
        manifest.need_newer(made, manifest.digest(signed), self.floor.newest().known)
        return made

    def _take(self, place: Place, signed: Signed, made: Manifest, held: Held | None) -> Got:
        manifest.need_program(made, self.version)
        if held is not None:
            manifest.need_meant(made, self.store.name)
        try:
            own = place.get(made.slice_path(self.store.name), 2 * SLICE_LARGEST)
        except NotThereError:
            raise self._missing(place, made) from None
        mine = slices.read(own, made, self.store.name)
        self.floor.note(self.floor.newest().after(made, manifest.digest(signed)))
        self.store.keep(signed, own)
        return Got(Held(signed, made, mine), place=place, notes=self._notes(place))

    def _followed(self, place: Place, trusted: Trust) -> Trust:
        """Fetch the versions of the trust after the known one, and believe the last from now on.

        Each is verified before the next is asked for: who is not trusted cannot keep a laptop busy with a hundred of them.
        """
        newest: Signed | None = None
        with suppress(NotThereError):
            for _ in range(_VERSIONS):
                signed = Signed.read(place.get(trust.path(trusted.version + 1), LARGEST))
                trusted, newest = trust.follow(trusted, [signed]), signed
        if newest is not None:
            self.store.keep_trust(newest)
        return trusted

    def _missing(self, place: Place, made: Manifest) -> RefusedError:
        """Return why there is no slice: the list that was signed proves that none is published, or somebody withholds it."""
        listed = b""
        if made.names:
            with suppress(NotThereError):
                listed = place.get(made.names_path, made.names_size)
        if made.names and made.leaves_out(self.store.name, listed):
            return RefusedError(
                f"the bundle with the serial {made.serial} has nothing for {self.store.name}; nothing is removed here",
                ADD_IT,
                NOT_IN_BUNDLE,
            )
        return RefusedError(
            f"the bundle with the serial {made.serial} is there, and the slice of {self.store.name} is not: it is withheld, or "
            "only half of what is published is there",
            "look who serves it; publish the whole folder, with all that is in slices/",
            WITHHELD,
        )

    def _dated(self, error: RefusedError) -> Failure:
        """Return why something is refused; where that depends on the time, with what the laptop takes for it."""
        if error.code != EXPIRED:
            return error.failure
        cause = f"{error.cause}, or the laptop's clock is ahead: it says {self.clock():%Y-%m-%d %H:%M} UTC"
        return Failure(cause, f"look at the clock; if it is right, {error.remedy}", error.code)

    def _notes(self, place: Place) -> list[str]:
        own = self.clock()
        if place.clock is None or abs(place.clock - own) < _DAY:
            return []
        return [f"the laptop's clock says {own:%Y-%m-%d %H:%M}, and the server's {place.clock:%Y-%m-%d %H:%M} UTC"]

    def allowance(self, held: Held) -> tuple[str, Failure | None]:
        """Return what may be done with a bundle now, and why not all of it.

        One that is over narrows what is done and never stops it; one whose key was revoked may have been a thief's.
        """
        try:
            self.store.trust().need_signing(Signers.of(held.signed, manifest.NAMESPACE), None)
        except StepError as error:
            return LOOKS, error.failure
        now, found = self.now(), held.manifest
        if now <= found.expires:
            return FRESH, None
        clock = f"or the laptop's clock is ahead: it says {now:%Y-%m-%d %H:%M} UTC"
        cause = f"the bundle with the serial {found.serial} is over since {found.expires:%Y-%m-%d}, {clock}"
        if now <= found.until:
            return REPAIRS, Failure(f"{cause}; it still repairs until {found.until:%Y-%m-%d}", "publish it again", "stale")
        return LOOKS, Failure(f"{cause}; nothing is changed by it any more", "publish it again", "stale")
