"""``pyinfra-wsl report``: the table of a run again, from its results."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pyinfra_wsl.report import codes, results, summary


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--changes", is_flag=True, help="List every change in words, with the seconds it took.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON list.")
@click.option("--strict", is_flag=True, help="End with 1 where a machine failed, and with 3 where one waits.")
def report(folder: Path | None, changes: bool, as_json: bool, strict: bool) -> None:
    """Print the table of a run again: of the newest, or of the one in FOLDER.

    \b
    Examples:
      pyinfra-wsl report
      pyinfra-wsl report --changes results/2026-11-21T09-14-05-7f3a9c21
      pyinfra-wsl report --json | jq '.[] | select(.outcome != "converged") | .host'
    """
    root = Path(os.environ.get(results.ELSEWHERE) or results.FOLDER)
    folder = folder or results.newest(root)
    if folder is None:
        raise click.ClickException(f"no results in {root}/; run pyinfra INVENTORY deploy.py first")
    try:
        documents = results.read(folder)
    except ValueError as error:
        raise click.ClickException(f"{folder} holds a file that is no result: {error}") from error
    _print(documents, folder, changes=changes, as_json=as_json)
    if strict and (code := codes.of((one["outcome"] for one in documents), strict=True)):
        raise SystemExit(code)


def _print(documents: list[results.Document], folder: Path, *, changes: bool, as_json: bool) -> None:
    if as_json:
        click.echo(results.written(documents))
        return
    console = summary.console()
    for one in documents if changes else ():
        click.echo(summary.shown(one["host"]))
        for change in one["changes"]:
            click.echo(f"  {change['seconds']:6.1f} s  {summary.shown(change['sentence'])}")
    summary.print_table(documents, console)
    summary.print_totals(documents, str(folder), console)
