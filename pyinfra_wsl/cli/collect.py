"""``pyinfra-wsl collect``: what laptops have handed back, as results beside those of runs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import click

from pyinfra_wsl import fleet
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.pull import collect as collecting
from pyinfra_wsl.report import reading


@click.command()
@click.argument("sources", metavar="SOURCE…", nargs=-1, required=True)
@click.option("--fleet", "fleet_file", metavar="FLEET.yml", type=click.Path(path_type=Path), help="Take only its machines.")
@click.option("--ca", metavar="FILE", type=click.Path(exists=True, dir_okay=False), default=None,
              help="Certificate authorities of a server; without it the system's.")  # fmt: skip
@click.option("--results", "root", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Where results are.")
def collect(sources: tuple[str, ...], fleet_file: Path | None, ca: str | None, root: Path | None) -> None:
    """Take what laptops have handed back into results/, where report tells it with all others.

    A SOURCE is a folder or share with a folder for each laptop, or an address where index.json lists them, or nginx or Caddy
    lists them itself. Nothing is removed there, and nothing taken twice. What is no document of its laptop is named and left.
    Exit code 1 where anything was.

    \b
    Examples:
      pyinfra-wsl collect handed-back --fleet inventory/fleet.yml
      pyinfra-wsl collect https://fleet.corp.example/back --fleet inventory/fleet.yml
      pyinfra-wsl report --heard inventory/fleet.yml
    """
    hosts = None if fleet_file is None else list(fleet.load(fleet_file).hosts)
    place = root or reading.root()
    try:
        found = collecting.collect(sources, place, hosts, datetime.now(UTC), secrets.token_hex(4), ca=ca or "system")
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}. Next: look at the folder of results") from None
    for problem in found.problems:
        click.echo(f"skipped: {escape(problem)}", err=True)
    laptops = len({one["host"] for one in found.documents})
    known = f", {found.known} known before" if found.known else ""
    new = f"{_counted(len(found.documents), 'new document')} of {_counted(laptops, 'laptop')}"
    click.echo(f"{new}{known}. Results: {place}/")
    raise SystemExit(1 if found.problems else 0)


def _counted(number: int, words: str) -> str:
    return f"{number} {words}{'' if number == 1 else 's'}"
