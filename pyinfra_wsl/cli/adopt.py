"""``pyinfra-wsl adopt``: a fleet file of hosts as they are."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pyinfra_wsl import data, fleet
from pyinfra_wsl.cli import files
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.survey import fleet_file
from pyinfra_wsl.survey.adopt import Read, adopt
from pyinfra_wsl.survey.run import NoHostError
from pyinfra_wsl.testing.inventory import InventoryError

_TOP = (
    "Written by 'pyinfra-wsl adopt' on {day}: {count} as read. A run of it changes nothing on them; comments say what is not",
    "declared, and why. Passwords are never read: where one is needed, write connection.password_from.",
)


@click.command("adopt")
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@click.option("--inventory", metavar="INVENTORY", help="Read the hosts of this pyinfra inventory.")
@click.option("--limit", metavar="HOST", multiple=True, help="Of an inventory, this host, pattern or group; may be repeated.")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), default="fleet.yml", show_default=True,
              help="The file to write; it must not be there yet.")  # fmt: skip
@click.option("--start", is_flag=True, help="Start distributions that do not run, to read their wsl.conf.")
@click.option("--linux", is_flag=True, help="HOSTs are Linux hosts.")
@click.option("--ssh-user", metavar="USER", help="Whom to connect as, to HOSTs.")
@click.option("--ssh-key", metavar="FILE", help="Private key for HOSTs.")
@click.option("--ssh-port", metavar="PORT", type=int, help="Port of HOSTs.")
def adopted(
    *,
    hosts: tuple[str, ...],
    inventory: str | None,
    limit: tuple[str, ...],
    output: Path,
    start: bool,
    linux: bool,
    ssh_user: str | None,
    ssh_key: str | None,
    ssh_port: int | None,
) -> None:
    """Write the fleet file that would change nothing on hosts as they are.

    They are only looked at, a HOST by SSH; laptops that are reached over WinRM are read with an --inventory. What most of them
    have alike is declared once; what cannot be declared is a comment with the reason.
    Exit code 1 where a host could not be looked at; the file is written for the others.

    \b
    Examples:
      pyinfra-wsl adopt LT-0001 LT-0002 --ssh-user fleet-admin
      pyinfra-wsl adopt --inventory inventory/laptops.py --output adopted.yml
      pyinfra-wsl adopt kvm-01.example.org --linux --ssh-user root
    """
    if bool(hosts) == bool(inventory):
        raise click.UsageError("name hosts, or an --inventory")
    if output.exists():
        raise click.UsageError(f"{output} is there already, and is not overwritten. Next: give --output another name")
    with tempfile.TemporaryDirectory(prefix="pyinfra-wsl-") as folder:
        given = {"ssh_user": ssh_user, "ssh_key": ssh_key, "ssh_port": ssh_port}
        path = inventory or _inventory(Path(folder), hosts, given, linux=linux)
        found = _read(path, limit, start=start)
        lost = [one for one in found if one.failures]
        for one in lost:
            click.echo(escape(f"{one.name}: {'; '.join(failure.said for failure in one.failures)}"), err=True)
        if len(lost) == len(found):
            raise click.ClickException(f"no host could be looked at, so {output} was not written")
        written = _proved(Path(folder), found, fleet_file.text(found, _head(found)))
        try:
            files.new(output, written)
        except OSError as error:
            raise click.ClickException(f"{output} cannot be written: {error.strerror}") from None
    notes = [note for one in found for note in one.notes]
    unknown = sum("not known" in one for one in notes)
    words = f"{output}: {_hosts(len(found) - len(lost))}; {len(notes)} comments say what is not declared"
    words += f", {unknown} of them since it is not known" if unknown else ""
    click.echo(f"{words}. Next: read them, then pyinfra-wsl validate {output}")
    raise SystemExit(1 if lost else 0)


def _read(path: str, limit: Sequence[str], *, start: bool) -> list[Read]:
    try:
        return adopt(path, limit, start=start)
    except NoHostError as error:
        raise click.UsageError(escape(str(error))) from None
    except InventoryError as error:
        raise click.ClickException(str(error)) from None
    except FileNotFoundError as error:
        raise click.UsageError(f"{escape(str(error))}. Next: name an inventory, such as inventory/laptops.py") from None


def _inventory(folder: Path, hosts: Sequence[str], given: Mapping[str, str | int | None], *, linux: bool) -> str:
    """Write an inventory of hosts by their names."""
    told: dict[str, str | int] = {name: value for name, value in given.items() if value is not None}
    told |= {"os": "linux"} if linux else {"user": "console"}
    if "ssh_key" in told:
        told["ssh_key"] = str(Path(str(told["ssh_key"])).expanduser().resolve())
    connector = "linssh" if linux else "winssh"
    listed = [(f"@{connector}/{name}", told) for name in dict.fromkeys(hosts)]
    (folder / "adopted.py").write_text(f"hosts = {listed!r}\n", "utf-8")
    return str(folder / "adopted.py")


def _proved(folder: Path, found: Sequence[Read], written: str) -> str:
    """Return the text where a fleet file reads back what was written; it is ours to make it so."""
    path = folder / "proof" / "fleet.yml"
    path.parent.mkdir()
    path.write_text(written, "utf-8")
    try:
        loaded = fleet.load(path)
    except fleet.FleetError as error:
        raise click.ClickException(escape(f"what was read makes no fleet file: {'; '.join(error.problems)}")) from None
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    for one in found:
        meant = {"os": one.system, **one.values}
        if not one.failures and loaded.host(one.name).data != meant:
            raise click.ClickException(escape(f"{one.name}: the fleet file would say something else than was read"))
    return written


def _head(found: Sequence[Read]) -> list[str]:
    day, count = f"{datetime.now(UTC):%Y-%m-%d}", _hosts(sum(not one.failures for one in found))
    return [f"yaml-language-server: $schema={data.schema_path('fleet')}", "", *(one.format(day=day, count=count) for one in _TOP)]


def _hosts(number: int) -> str:
    return f"{number} host{'' if number == 1 else 's'}"
