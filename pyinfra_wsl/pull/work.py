"""One pull, from its lock to its exit code: fetch, converge, write down, hand back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyinfra_wsl.core.failure import Failure, StepError
from pyinfra_wsl.core.plan import Deferred
from pyinfra_wsl.pull import chain, files, fresh, images, lock, outcome, pause, settings
from pyinfra_wsl.pull.accept import FRESH, LOOKS, OK, REFUSED, UNREACHABLE, Accepting, Got
from pyinfra_wsl.pull.chain import Chain
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.floor import Floor
from pyinfra_wsl.pull.form.refused import ADD_IT, NOT_IN_BUNDLE
from pyinfra_wsl.pull.settings import Settings
from pyinfra_wsl.pull.spool import Spool
from pyinfra_wsl.pull.store import Held, Store
from pyinfra_wsl.pull.values import Told
from pyinfra_wsl.report.results import Document
from pyinfra_wsl.report.run import RUN_ID

if TYPE_CHECKING:  # who is locked out or paused needs nothing of pyinfra
    from pyinfra_wsl.pull.converge import Run
    from pyinfra_wsl.report.journal import Journal

_FETCH = "bundle"
"""The resource under which a document tells of what was fetched."""


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass
class Ended:
    """How a pull ended.

    Args:
        outcome: a word of `outcome`.
        document: what was written down; None where nothing was done at all.
        said: what else to tell, a line each.

    """

    outcome: str
    document: Document | None
    said: list[str]

    @property
    def code(self) -> int:
        """The exit code."""
        return outcome.CODES[self.outcome]


def pull(home: Path, clock: Callable[[], datetime] = now) -> Ended:
    """Bring the laptop to what is published for it.

    Args:
        home: the folder with ``pull.yml``.
        clock: returns the time.

    Raises:
        SettingsError: ``pull.yml`` cannot be used.

    """
    found = settings.load(home)
    try:
        with lock.held(home / "lock", f"run {RUN_ID}, since {clock():%Y-%m-%d %H:%M} UTC"):
            return _Pull(found, clock).work()
    except lock.HeldError as error:
        return Ended(outcome.LOCKED, None, [str(error)])
    except OSError as error:
        return Ended(
            outcome.FAILED, None, [f"{home} cannot be written: {error.strerror or error}. Next: look at disk and rights"]
        )


class _UnwrittenError(Exception):
    """The document cannot be written before a change, so that nobody would learn of it: it is not made, and none after it."""


class _Pull:
    """A pull under its lock."""

    def __init__(self, found: Settings, clock: Callable[[], datetime]) -> None:
        self.settings, self.clock, self.home = found, clock, found.home
        self.store, self.floor = Store(found.home, found.name), Floor(found.home, found.floor)
        self.spool = Spool(found.home / "results")
        self.begun = clock()
        self.file = self.spool.name(RUN_ID, self.begun)
        self.said: list[str] = []
        self.unwritten = ""
        self.document: Document | None = None

    def work(self) -> Ended:
        """Do it; whatever happens, a document says so."""
        files.sweep(self.home)
        made = chain.begin(self.home, self.begun)
        paused = pause.now_is(self.home, self.clock())
        if paused is not None:
            chain.end(self.home)
            return self._nothing(made, outcome.DISABLED, None, paused=paused)
        got = self._fetched()
        if got.fresh.left_out:
            _leave_alone(got)
        if got.held is None:
            chain.end(self.home)
            return self._nothing(made, outcome.NO_BUNDLE, got)
        return self._converge(made, got, got.held)

    def _accepting(self) -> Accepting:
        return Accepting(self.store, self.floor, self.settings.fleet, self.clock)

    def _fetched(self) -> Got:
        try:
            return self._accepting().from_any([Place(one, self.settings) for one in self.settings.sources])
        except StepError as error:
            return Got(self.store.current(), REFUSED, error.failure, fresh=fresh.read(self.home))

    def _converge(self, made: Chain, got: Got, held: Held) -> Ended:
        from pyinfra_wsl.pull import converge, told  # noqa: PLC0415 - who is locked out or paused needs nothing of pyinfra

        mode, narrowed = self._accepting().allowance(held)
        place = got.place or Place(self.settings.sources[0], self.settings)
        says = Told(made.id, made.part, mode, "", got.source, held, self.settings.detail, got.fresh)
        holder: list[converge.Run] = []

        def begun(run: converge.Run) -> None:
            holder.append(run)
            for note in self._warnings(got, narrowed):
                run.journal.warned(_FETCH, note)
            if made.endless:
                cause = f"{chain.MOST} starts of one run did not come to its end"
                run.journal.failed(_FETCH, Failure(cause, "look at what the documents before this one began last", "endless"))
            keep()
            if self.unwritten and mode != LOOKS:
                raise _UnwrittenError
            run.journal.keep = before_and_after

        def keep() -> None:
            self._write(told.document(self.settings.name, self._run_of(), holder[0], says))

        def before_and_after() -> None:
            keep()
            if self.unwritten and holder[0].journal.doing is not None:
                raise _UnwrittenError

        data = images.placed(held.slice.data, place, self.home)
        try:
            run = converge.run(self.settings, data, begun, carry_out=mode != LOOKS)
        except _UnwrittenError:
            run = holder[0]
            if run.journal.keep is None:
                chain.end(self.home)
                return Ended(outcome.FAILED, None, [f"the document could not be written: {self.unwritten}"])
            _drop(run.journal)
        except Exception as error:  # noqa: BLE001 - whatever it was, what was done until then is told
            failure = _unforeseen(error)
            if not holder:
                return self._nothing(made, outcome.FAILED, Got(held, got.source, failure, fresh=got.fresh))
            run = holder[0]
            run.journal.failed("pull", failure)
        if mode == LOOKS:
            _tell_foreseen(run.journal)
        says.outcome = _outcome(run, mode)
        keep()
        if self.unwritten:
            return self._unwritten(run, says, mode)
        if not run.restarts:
            chain.end(self.home)
            self._hand_back()
        return Ended(says.outcome, self.document, self.said)

    def _unwritten(self, run: Run, says: Told, mode: str) -> Ended:
        """End what only its line tells: what there is on the disk says what was begun, and the next start goes on."""
        from pyinfra_wsl.pull import told  # noqa: PLC0415 - as in `_converge`

        cause = f"the document cannot be written, so that nothing more is changed: {self.unwritten}"
        run.journal.failed("pull", Failure(cause, "free some space on the laptop's system drive; the next pull goes on", "disk"))
        if not run.restarts and mode != LOOKS:
            says.outcome = outcome.FAILED
        return Ended(says.outcome, told.document(self.settings.name, self._run_of(), run, says), self.said)

    def _warnings(self, got: Got, narrowed: Failure | None) -> list[str]:
        found = [*got.notes]
        if got.why is not None:
            words = "source unreachable" if got.source == UNREACHABLE else "what is published was refused"
            found.append(f"{words}: {got.why.said}")
        return [*found, *([narrowed.said] if narrowed else [])]

    def _nothing(self, made: Chain, how: str, got: Got | None, *, paused: pause.Pause | None = None) -> Ended:
        """Write down that nothing was done, and why."""
        from pyinfra_wsl.pull.nothing import document  # noqa: PLC0415 - as in `_converge`

        failure = got.why if got is not None else None
        waits = None
        if paused is not None:
            words = f"disabled until {paused.until:%Y-%m-%d %H:%M} UTC"
            waits = Deferred("everything that is declared", words, pause.told(paused, self.settings.detail))
        elif failure is None and how == outcome.NO_BUNDLE:
            failure = Failure("there is no bundle yet", "publish one: pyinfra-wsl bundle", "no_bundle")
        held = got.held if got is not None else self.store.current()
        source = got.source if got is not None else OK
        says = Told(made.id, made.part, "", how, source, held, fresh=got.fresh if got is not None else fresh.read(self.home))
        self._write(document(self.settings.name, self._run_of(), says, failure, waits))
        if self.unwritten:
            self.said.append(f"the document could not be written: {self.unwritten}")
        self._hand_back()
        return Ended(how, self.document, self.said)

    def _run_of(self) -> dict[str, str]:
        return {"id": RUN_ID, "ended": self.clock().isoformat(), "holder": f"pull on {self.settings.name}"}

    def _write(self, document: dict[str, Any]) -> None:
        self.document = document
        try:
            self.spool.write(self.file, document)
            self.unwritten = ""
        except OSError as error:
            self.unwritten = error.strerror or str(error)

    def _hand_back(self) -> None:
        self.spool.tidy()
        if not self.settings.to:
            return
        why = self.spool.hand_back(Place(self.settings.to, self.settings), self.settings.name)
        if why:
            self.said.append(f"documents wait here, since they cannot be handed back: {why}")


def _leave_alone(got: Got) -> None:
    """Take nothing for this laptop that is older than a bundle which proves to have nothing for it."""
    got.held = None
    cause = "the newest bundle that was seen has nothing for this laptop"
    if got.why is None:
        got.why = Failure(cause, ADD_IT, NOT_IN_BUNDLE)
    elif got.why.code != NOT_IN_BUNDLE:
        got.why = Failure(f"{cause}, and now: {got.why.cause}", got.why.remedy, NOT_IN_BUNDLE)


def _unforeseen(error: Exception) -> Failure:
    from pyinfra_wsl.connectors.command import trace  # noqa: PLC0415 - as in `_converge`

    trace(error)
    return Failure(f"the run ended with {type(error).__name__}", "run 'pyinfra-wsl pull --now -v', and look where", "unforeseen")


def _drop(notes: Journal) -> None:
    """Forget what was about to be begun, and was not."""
    for own in notes.every.values():
        own.keep, own.doing = None, None


def _outcome(run: Any, mode: str) -> str:
    notes = run.journal
    if run.restarts:
        return outcome.RESTARTS
    if any(failure.code == "locked" for _, failure in notes.all_failures):
        return outcome.LOCKED
    if mode == LOOKS and not notes.all_failures and not notes.offline:
        return outcome.STALE
    if notes.outcome not in ("converged", "deferred"):
        return outcome.FAILED
    if mode != FRESH:
        return outcome.STALE
    return outcome.DEFERRED if notes.outcome == "deferred" else outcome.CONVERGED


def _tell_foreseen(notes: Any) -> None:
    """Tell what a look has found to do, where nothing may be done."""
    for one in notes.foretold:
        for step in one.plan.steps:
            notes.warned(one.resource, f"not done, since the bundle is over: {step.sentence}")
