"""``pyinfra-wsl pull``: the laptop on which this runs fetches what it must be, and becomes it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from pyinfra_wsl.core import show
from pyinfra_wsl.core.escape import escape, escape_json
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import chain, fresh, outcome, pause, settings
from pyinfra_wsl.pull.form.slice import delay
from pyinfra_wsl.pull.fresh import Fresh
from pyinfra_wsl.pull.spool import Spool
from pyinfra_wsl.pull.store import Store

_HOME = click.option("--home", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path),
                     help="Where pull.yml lies; on a laptop it is known.")  # fmt: skip


@click.group(invoke_without_command=True)
@_HOME
@click.option("--now", is_flag=True, help="Do not wait for this laptop's turn.")
@click.option(
    "--detect", is_flag=True, help="Look only: end with 1 where anything differs or cannot be seen, for Intune's remediations."
)
@click.option("--json", "as_json", is_flag=True, help="Print the document instead of a line.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is done meanwhile.")
@click.pass_context
def pull(context: click.Context, home: Path | None, *, now: bool, detect: bool, as_json: bool, verbose: bool) -> None:
    """Fetch what this laptop must be, verify it, and bring it about; the task of enroll calls this.

    Exit code 0 converged, 1 failed, 2 pull.yml or the command line is wrong, 3 another run works here, 4 no bundle that can
    be used, 5 something waits, 6 the laptop restarts, 7 the bundle is over.

    \b
    Examples:
      pyinfra-wsl pull
      pyinfra-wsl pull --now -v
      pyinfra-wsl pull --detect
      pyinfra-wsl pull disable --until 2026-12-24 --reason "demo at the customer's"
      pyinfra-wsl pull status
    """
    context.obj = home
    if context.invoked_subcommand is not None:
        return
    try:
        place = home or settings.default_home()
        if verbose:
            _speak()
        raise SystemExit(_detected(place) if detect else _pulled(place, now=now, as_json=as_json))
    except StepError as error:
        click.echo(f"Error: {escape(error)}", err=True)
        raise SystemExit(outcome.USAGE) from None


def _detected(home: Path) -> int:
    from pyinfra_wsl.pull.detect import detect  # noqa: PLC0415 - pyinfra takes longer to load than all else

    code, line = detect(home)
    click.echo(line)
    return code


def _pulled(home: Path, *, now: bool, as_json: bool) -> int:
    found = settings.load(home)
    if not now and not chain.under_way(home):  # before all else is loaded: who sleeps takes little
        time.sleep(delay(found.name, found.splay))
    from pyinfra_wsl.pull.work import pull as work  # noqa: PLC0415 - as in `_detected`

    ended = work(home)
    for line in ended.said:
        click.echo(f"note: {escape(line)}", err=True)
    if as_json and ended.document is not None:
        from pyinfra_wsl.report import results  # noqa: PLC0415 - as above

        click.echo(results.written(ended.document))
    else:
        click.echo(outcome.line(ended.document) if ended.document else outcome.short(ended.outcome, ended.said))
    return ended.code


def _speak() -> None:
    import logging  # noqa: PLC0415 - with pyinfra's

    logger = logging.getLogger("pyinfra")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.setLevel(logging.INFO)


@pull.command()
@click.option("--until", metavar="DATE", required=True, type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
              help="When it ends by itself (UTC).")  # fmt: skip
@click.option("--reason", metavar="TEXT", required=True, help="Why, for those who find the laptop as it is.")
@click.pass_obj
def disable(home: Path | None, until: datetime, reason: str) -> None:
    """Leave this laptop as it is for a while; pull still runs, and reports that.

    The reason stays on the laptop, where status shows it; it is handed back only with results.detail: full.

    \b
    Example:
      pyinfra-wsl pull disable --until 2026-12-24 --reason "demo at the customer's"
    """
    made = _said(lambda place: pause.begin(place, until.replace(tzinfo=UTC), reason, datetime.now(UTC)), home)
    click.echo(f"disabled until {made.until:%Y-%m-%d %H:%M} UTC: {escape(made.reason)}")
    full = _said(settings.load, home).detail == "full"
    click.echo(
        "the reason is handed back as it is" if full else "the reason stays on this laptop: handed back is that there is one"
    )


@pull.command()
@click.pass_obj
def enable(home: Path | None) -> None:
    """End what disable began.

    \b
    Example:
      pyinfra-wsl pull enable
    """
    _said(pause.end, home)
    click.echo("enabled")


@pull.command()
@click.option("--json", "as_json", is_flag=True, help="Print the newest document.")
@click.pass_obj
def status(home: Path | None, *, as_json: bool) -> None:
    """Say which bundle this laptop has, whether it is disabled, and how the last pull ended.

    \b
    Example:
      pyinfra-wsl pull status
    """
    found = _said(settings.load, home)
    newest = Spool(found.home / "results").newest()
    if as_json:
        click.echo(escape_json(json.dumps(newest, indent=2, ensure_ascii=False)))
        return
    held, paused = Store(found.home, found.name).current(), pause.now_is(found.home, datetime.now(UTC))
    click.echo(f"{found.name} of {found.fleet}, from {escape(show.address(found.sources[0]))}")
    if held is None:
        click.echo("no bundle yet")
    else:
        click.echo(f"serial {held.manifest.serial}, until {held.manifest.expires:%Y-%m-%d}")
    for line in _freshness(fresh.read(found.home)):
        click.echo(escape(line))
    if paused is not None:
        click.echo(f"disabled until {paused.until:%Y-%m-%d %H:%M} UTC: {escape(paused.reason)}")
    click.echo(f"last: {escape(_last(newest))}" if newest else "no pull yet")


def _freshness(known: Fresh) -> Iterator[str]:
    """Yield what tells a laptop that is up to date from one that goes on with what it has."""
    if known.good is not None:
        yield f"what is published was good at {known.good:%Y-%m-%d %H:%M} UTC"
    if (one := known.behind) is not None and known.left_out:
        yield f"left alone since {one.since:%Y-%m-%d %H:%M} UTC: the serial {one.serial} has nothing for this laptop"
    elif one is not None:
        yield f"behind since {one.since:%Y-%m-%d %H:%M} UTC: the serial {one.serial} is published, and not taken ({one.code})"


def _last(newest: dict[str, object]) -> str:
    try:
        return f"{newest['run']['ended']}: {outcome.line(newest)}"  # type: ignore[index] # a document, or what a person made of it
    except (KeyError, TypeError):
        return "the newest document cannot be read"


def _said(work, home: Path | None):  # type: ignore[no-untyped-def] # of whatever the work returns
    place = home
    try:
        place = settings.load(home or settings.default_home()).home  # nothing is said of a folder in which no laptop pulls
        return work(place)
    except StepError as error:
        click.echo(f"Error: {escape(error)}", err=True)
    except OSError as error:
        click.echo(
            f"Error: {escape(place)} cannot be written: {error.strerror or error}. Next: look at disk and rights", err=True
        )
    raise SystemExit(outcome.USAGE)
