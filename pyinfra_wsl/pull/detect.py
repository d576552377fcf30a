"""Whether the laptop is as the last good bundle says: a look that neither changes, fetches nor starts anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pyinfra_wsl.pull import fresh, images, lock, pause, settings
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.outcome import one_line
from pyinfra_wsl.pull.settings import Settings
from pyinfra_wsl.pull.store import Store
from pyinfra_wsl.report.run import RUN_ID

if TYPE_CHECKING:
    from pyinfra_wsl.pull.converge import Run

_NAMED = 3
_LOCKED = "locked"


def detect(home: Path) -> tuple[int, str]:
    """Return the exit code that Intune's remediations take, and one line.

    It is 1 for drift, and where it could not be seen whether there is any; 0 for none, and while it is not this program's turn.

    Args:
        home: the folder with ``pull.yml``.

    Raises:
        SettingsError: ``pull.yml`` cannot be used.

    """
    code, words = _detected(home, settings.load(home))
    return code, one_line(f"drift={words}")


def _detected(home: Path, found: Settings) -> tuple[int, str]:
    if (why := _left_alone(home)) is not None:
        return 0, f"unknown: {why}"
    held = Store(home, found.name).current()
    if held is None:
        return 1, "unknown: there is no bundle yet, pull has to fetch one"
    try:
        with lock.held(home / "lock", f"detect {RUN_ID}"):
            from pyinfra_wsl.pull import converge  # noqa: PLC0415 - who is locked out needs nothing of pyinfra

            place = Place(found.sources[0], found)
            data = images.placed(held.slice.data, place, home, bring=False)
            run = converge.run(found, data, lambda _run: None, carry_out=False, visit=False)
    except lock.HeldError as error:
        return 0, f"unknown: {error.cause}"
    except OSError as error:
        return 1, f"unknown: {home} cannot be written: {error.strerror or error}"
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing was seen, and pull tells it in a document
        return 1, f"unknown: the look ended with {type(error).__name__}"
    return _told(run, held.manifest.serial)


def _left_alone(home: Path) -> str | None:
    """Return why a pull would leave the laptop alone too; None where it would not."""
    paused = pause.now_is(home, datetime.now(UTC))
    if paused is not None:
        return f"disabled until {paused.until:%Y-%m-%d %H:%M} UTC"
    return "the newest bundle has nothing for this laptop" if fresh.read(home).left_out else None


def _told(run: Run, serial: int) -> tuple[int, str]:
    from pyinfra_wsl.pull import told  # noqa: PLC0415 - as in `detect`

    sentences = [step.sentence for one in run.journal.foretold for step in one.plan.steps]
    failures = [failure for _, failure in run.journal.all_failures]
    unseen = [one for one in (*failures, run.journal.offline) if one is not None and one.code != _LOCKED]
    told_of = [*sentences, *dict.fromkeys(one.cause for one in (*failures, *unseen))]
    words = told.hidden("; ".join(told_of[:_NAMED]), run.session.seen)
    more = f" and {len(told_of) - _NAMED} more" if len(told_of) > _NAMED else ""
    count = len(sentences) or ("unknown" if told_of else 0)
    return (1 if sentences or unseen else 0), f"{count} serial={serial} {words}{more}"
