"""``pyinfra-wsl bundle``: publish what laptops that come by themselves must be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from pyinfra_wsl import fleet
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.pull.form import manifest
from pyinfra_wsl.pull.publish import bundle as publishing
from pyinfra_wsl.pull.publish import trusting


@click.command()
@click.argument("inventory", metavar="FLEET.yml", required=False, type=click.Path(path_type=Path))
@click.option("--out", "folder", metavar="FOLDER", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="What is published: a folder that a web server or a share hands out.")  # fmt: skip
@click.option("--key", "keys", metavar="KEY", multiple=True, type=click.Path(path_type=Path),
              help="Sign with this key of ssh-keygen's; its .pub where ssh-agent holds it. May be repeated.")  # fmt: skip
@click.option("--serial", type=click.IntRange(1, manifest.HIGHEST), help="Higher than the last one; without it, the next.")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How long it counts.")
@click.option("--grace", type=click.IntRange(0, manifest.LONGEST_GRACE), default=14, show_default=True,
              help="Days after that in which laptops still repair, but say that it is over.")  # fmt: skip
@click.option("--percent", type=click.IntRange(0, 100), default=100, show_default=True, help="Roll it out to so many laptops.")
@click.option("--host", "names", metavar="NAME", multiple=True,
              help="Publish this laptop anew, and all others as they are published; may be repeated.")  # fmt: skip
@click.option("--only", is_flag=True, help="With --host: leave all others out.")
@click.option("--check", is_flag=True, help="Publish nothing: end with 1 where anything published is over soon.")
def bundle(inventory: Path | None, folder: Path, keys: tuple[Path, ...], *, check: bool, **asked: object) -> None:
    """Publish FLEET.yml for laptops that pull: one signed manifest, and a slice for each.

    A laptop can read its own slice only by its name, and none of it says how to reach anybody. Files that the fleet file
    names by a path are published too, each by its SHA-256. What is published is written last: laptops that come meanwhile get
    the state before. A serial that is not higher than the last is refused.

    \b
    Examples:
      pyinfra-wsl bundle inventory/fleet.yml --key ~/.ssh/fleet --out public
      pyinfra-wsl bundle inventory/fleet.yml --key ~/.ssh/fleet.pub --out public --percent 10
      pyinfra-wsl bundle inventory/fleet.yml --key ~/.ssh/fleet --out public --host LT-7
      pyinfra-wsl bundle --out public --check
    """
    if not check and (inventory is None or not keys):
        raise click.UsageError("give FLEET.yml and --key, or --check")
    if check:
        soon = publishing.warnings(folder, trusting.now())
        _warn(soon)
        raise SystemExit(1 if soon else 0)
    assert inventory is not None  # noqa: S101 - see above
    _publish(inventory, folder, keys, asked)


def _publish(inventory: Path, folder: Path, keys: tuple[Path, ...], asked: dict[str, object]) -> None:
    if asked["only"] and not asked["names"]:
        raise click.UsageError("--only goes with --host")
    found = fleet.load(inventory)
    names = [found.host(str(name)).name for name in asked.pop("names")]  # type: ignore[attr-defined] # a tuple of click's
    now = trusting.now()
    _warn(publishing.warnings(folder, now, timedelta(days=int(str(asked["days"])))))
    made = publishing.publish(publishing.Order(found, folder, keys, names=names, say=_note, **asked), now)  # type: ignore[arg-type]
    click.echo(f"{folder}: {publishing.described(made)}")


def _warn(said: list[str]) -> None:
    for one in said:
        _note(one)


def _note(text: str) -> None:
    click.secho(f"note: {escape(text)}", fg="yellow", err=True)
