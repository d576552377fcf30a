"""Whether the laptop is as the last good bundle says: a look that neither changes, fetches nor starts anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pyinfra_wsl.pull import images, lock, pause, settings
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.outcome import LINE
from pyinfra_wsl.pull.store import Store
from pyinfra_wsl.report.run import RUN_ID

_NAMED = 3


def detect(home: Path) -> tuple[int, str]:
    """Return the exit code that Intune's remediations take, 1 for drift and 0 else, and one line.

    Args:
        home: the folder with ``pull.yml``.

    Raises:
        SettingsError: ``pull.yml`` cannot be used.

    """
    found = settings.load(home)
    paused = pause.now_is(home, datetime.now(UTC))
    if paused is not None:
        return 0, f"drift=unknown: disabled until {paused.until:%Y-%m-%d %H:%M} UTC".replace("\n", " ")
    held = Store(home, found.name).current()
    if held is None:
        return 1, "drift=unknown: there is no bundle yet, pull has to fetch one"
    try:
        with lock.held(home / "lock", f"detect {RUN_ID}"):
            from pyinfra_wsl.pull import converge, told  # noqa: PLC0415 - who is locked out needs nothing of pyinfra

            place = Place(found.sources[0], found)
            data = {**images.placed(held.slice.data, place, home, bring=False), "os": "windows"}
            if found.agent:
                data["agent_command"] = list(found.agent)
            run = converge.run(found.name, data, lambda _run: None, carry_out=False, visit=False)
    except lock.HeldError as error:
        return 0, f"drift=unknown: {error.cause}"
    sentences = [step.sentence for one in run.journal.foretold for step in one.plan.steps]
    told_of = [*sentences, *(failure.cause for _, failure in run.journal.all_failures)]
    words = str(told.hidden("; ".join(told_of[:_NAMED]), run.session.seen)).replace("→", "->")
    more = f" and {len(told_of) - _NAMED} more" if len(told_of) > _NAMED else ""
    text = f"drift={len(sentences)} serial={held.manifest.serial} {words}{more}".rstrip()
    return (1 if sentences else 0), text.encode("ascii", "replace").decode()[:LINE]
