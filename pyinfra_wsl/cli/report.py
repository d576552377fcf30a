"""``pyinfra-wsl report``: what runs did, from their results."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyinfra_wsl.cli import files
from pyinfra_wsl.report import exports, grouped, heard, history, reading, results, select, summary
from pyinfra_wsl.report.results import Document

_RUNS = 30
_FAILED = ("failed", "offline", "unfinished", "not looked at")


@dataclass
class _Told:
    """What is reported: results, where they are, whole runs where they were read, and what could not be used."""

    documents: list[Document]
    where: str
    problems: list[str]
    runs: list[tuple[Path, list[Document]]]


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--failed", is_flag=True, help="Only hosts that failed, were offline, or were not finished.")
@click.option("--deferred", is_flag=True, help="Only hosts on which something waits.")
@click.option("--group", "groups", metavar="NAME", multiple=True, help="Only hosts of this group; may be repeated.")
@click.option("--host", "hosts", metavar="NAME", multiple=True, help="Only this host, or those like LT-*; may be repeated.")
@click.option("--since", metavar="WHEN", help="The newest result of each host since 7d, 24h, or a date or time (UTC).")
@click.option("--by", type=click.Choice(["cause", "host"]), help=f"Group by cause, or a line for each host up to {grouped.LONG}.")
@click.option("--changes", is_flag=True, help="List every change in words, with the seconds it took.")
@click.option("--history", "as_history", is_flag=True, help="Run by run: of the hosts named with --host, or of all.")
@click.option("--runs", type=click.IntRange(1), default=_RUNS, show_default=True, help="How many runs --history and --html read.")
@click.option("--heard", "fleet_file", metavar="FLEET.yml", type=click.Path(path_type=Path),
              help="Say of each machine of a fleet file when it was heard last, how, and how far behind it is.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON list.")
@click.option("--strict", is_flag=True, help="End with 1 where a machine failed, and with 3 where one waits.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a row for each thing told of a host, for a spreadsheet.")
@click.option("--junit", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit report too.")
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write one page for a browser.")
def report(folder: Path | None, **asked: Any) -> None:
    """Tell what the newest run did, or the one in FOLDER, or all since a time.

    \b
    Examples:
      pyinfra-wsl report
      pyinfra-wsl report --failed --group developers
      pyinfra-wsl report --host LT-0001 --history
      pyinfra-wsl report --heard inventory/fleet.yml
      pyinfra-wsl report --since 7d --html fleet.html
      pyinfra-wsl report --changes results/2026-11-21T09-14-05-7f3a9c21
      pyinfra-wsl report --json | jq '.[] | select(.outcome != "converged") | .host'
    """
    if sum(map(bool, (asked["as_json"], asked["as_csv"]))) > 1:
        raise click.UsageError("--json and --csv exclude each other")
    if asked["since"] is not None and not asked["since"].strip():  # as a script's variable that is not set
        raise click.UsageError("--since has no time; write 7d, 24h, 30m, 2026-11-21 or 2026-11-21T09:30")
    asked["folder"] = shlex.quote(str(folder)) if folder else ""
    try:
        if asked["fleet_file"] is not None:
            _heard(folder or reading.root(), asked)
            return
        told = _told(folder, asked)
        wanted = [*(_FAILED if asked["failed"] else ()), *(["deferred"] if asked["deferred"] else ())]
        chosen = select.Selection(asked["hosts"], asked["groups"], wanted)
        for problem in told.problems:
            click.echo(f"skipped: {summary.shown(problem)}", err=True)
        documents = chosen.of(told.documents)
    except select.TimeError as error:
        raise click.UsageError(summary.shown(error)) from None
    except select.SelectionError as error:
        raise click.ClickException(summary.shown(error)) from None
    for option, make in (("junit", _junit), ("html", _page)):
        if path := asked[option]:
            _write(path, make(told, documents, asked))
    if asked["as_history"]:
        _history(told, documents, asked)
    else:
        _print(told, documents, asked)
    if asked["strict"]:
        from pyinfra_wsl.report import codes  # noqa: PLC0415 - pyinfra, which it needs, takes longer to load than all of this

        raise SystemExit(codes.of((one["outcome"] for one in documents), strict=True))


def _told(folder: Path | None, asked: dict[str, Any]) -> _Told:
    """Read what is asked for; where there is nothing, say what there must be."""
    place = folder or reading.root()
    run = place if next(place.glob("*.json"), None) else reading.newest(place)
    if run is None:
        raise click.ClickException(f"no results in {place}/; run pyinfra INVENTORY deploy.py first")
    many = asked["since"] or asked["as_history"] or asked["html"]
    if not many:
        found = reading.read(run)
        return _some(_Told(found.documents, str(run), found.problems, []))
    since = select.since(asked["since"], datetime.now(UTC)) if asked["since"] else None
    root = place if run != place else place.parent
    whole = asked["as_history"] and (asked["hosts"] or asked["as_json"] or asked["as_csv"])
    read = history.read(root, most=None if since else asked["runs"], since=since, last=run.name, slim=not whole)
    if not asked["since"]:
        own = next((documents for one, documents in read.runs if one.name == run.name), [])
        return _some(_Told(own, str(run), read.problems, read.runs))
    newest = select.newest_of_each(documents for _, documents in read.runs)
    return _some(_Told(newest, f"{root}/ since {asked['since']}", read.problems, read.runs), f"since {asked['since']}")


def _heard(root: Path, asked: dict[str, Any]) -> None:
    """Print when each machine of a fleet was heard last."""
    from pyinfra_wsl import fleet  # noqa: PLC0415 - nothing else of a report needs a fleet file

    names = list(fleet.load(asked["fleet_file"], ask=False).hosts)
    now = datetime.now(UTC)
    since = select.since(asked["since"], now) if asked["since"] else None
    read = history.read(root, since=since, slim=True) if root.is_dir() else history.Told()
    for problem in read.problems:
        click.echo(f"skipped: {summary.shown(problem)}", err=True)
    found = heard.last_words(names, select.newest_of_each(documents for _, documents in read.runs), now)
    if asked["as_json"]:
        click.echo(results.written([one.values for one in found]))
    else:
        heard.print_heard(found, summary.console())


def _some(told: _Told, where: str = "") -> _Told:
    if told.documents:
        return told
    for problem in told.problems:
        click.echo(f"skipped: {summary.shown(problem)}", err=True)
    raise click.ClickException(f"no result that can be used {where or f'in {told.where}'}; run pyinfra INVENTORY deploy.py first")


def _print(told: _Told, documents: list[Document], asked: dict[str, Any]) -> None:
    if asked["as_json"]:
        click.echo(results.written(documents))
        return
    if asked["as_csv"]:
        click.echo(exports.csv_table(documents).encode(), nl=False)
        return
    console = summary.console()
    for one in documents if asked["changes"] else ():
        click.echo(summary.shown(one["host"]))
        for change in one["changes"]:
            click.echo(f"  {change.get('seconds', 0):6.1f} s  {summary.shown(change['sentence'])}")
    by = asked["by"] or ("cause" if asked["failed"] or asked["deferred"] else "")
    grouped.print_run(documents, console, by)
    summary.print_totals(documents, told.where, console, of=len(told.documents), again=asked["folder"])


def _history(told: _Told, documents: list[Document], asked: dict[str, Any]) -> None:
    """Print run by run: of each host asked for, or of the fleet."""
    names = {one["host"] for one in documents}
    kept = [(folder, [one for one in run if one["host"] in names]) for folder, run in told.runs]
    every = [one for _, run in kept for one in run]
    if asked["as_json"] or asked["as_csv"]:
        _print(told, every, asked)
        return
    console = summary.console()
    if asked["hosts"]:
        for name in sorted(names):
            _print_host(name, [one for one in every if one["host"] == name], console)
    else:
        _print_fleet(history.points((folder, run) for folder, run in kept if run), console)


def _print_host(name: str, documents: list[Document], console: Console) -> None:
    console.print(Text(f"\n{summary.shown(name)}", "bold"))
    table = _plain_table(3)
    for one in documents:
        ended = reading.ended(one)
        when = f"{ended:%Y-%m-%d %H:%M}" if ended else ""
        table.add_row(when, *summary.row(one))
    console.print(table)


def _print_fleet(points: list[history.Point], console: Console) -> None:
    table = _plain_table(0)
    for point in points:
        when = f"{point.ended:%Y-%m-%d %H:%M}" if point.ended else summary.shown(point.name)
        others = ", ".join(f"{number} {name}" for name in reading.OUTCOMES[1:] if (number := point.outcomes[name]))
        first = f"{point.outcomes['converged']} of {point.outcomes.total()} converged"
        changed = f"{point.changed} changed" + (f", {point.drifted} of them again" if point.drifted else "")
        table.add_row(when, first, Text(changed), others)
    console.print(table)


def _plain_table(ratio: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for number in range(4):
        table.add_column(ratio=1 if number + 1 == ratio else None, no_wrap=number + 1 != ratio, overflow="fold")
    return table


def _junit(told: _Told, documents: list[Document], _asked: dict[str, Any]) -> bytes:
    return exports.junit(documents, told.where)


def _page(told: _Told, documents: list[Document], _asked: dict[str, Any]) -> bytes:
    from pyinfra_wsl.report import course, page  # noqa: PLC0415 - only a page needs templates

    names = {one["host"] for one in documents}
    runs = [(folder, [one for one in run if one["host"] in names]) for folder, run in told.runs]
    shown = [(folder, run) for folder, run in runs if run]
    rollouts, problems = course.all_of(folder for folder, _ in shown)
    return page.made(documents, shown, told.where, [*told.problems, *problems], rollouts)


def _write(path: Path, content: bytes) -> None:
    try:
        files.replace(path, content)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}. Next: look at the folder") from None
    click.echo(f"{path}: {-(-len(content) // 1024)} KiB", err=True)
