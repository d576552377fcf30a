"""``pyinfra-wsl import``: hosts of a fleet file from a table of devices."""

from __future__ import annotations

from pathlib import Path

import click

from pyinfra_wsl.core import show
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.fleet import devices, table

_MOST_TOLD = 30


def _asked(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        part, equals, header = one.partition("=")
        if not equals or part not in devices.KNOWN:
            meant = nearest(part, devices.KNOWN)
            right = f"did you mean {meant}=?" if meant else f"write one of {', '.join(devices.KNOWN)}, = and a column"
            raise click.BadParameter(f"{show.value(one)} maps nothing that is known; {right}")
        found[part] = header.strip()
    return found


@click.command("import")
@click.argument("file", metavar="DEVICES.csv", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--map", "asked", metavar="PART=COLUMN", multiple=True, callback=_asked,
              help=f"Take {', '.join(devices.KNOWN)} from this column; from none: PART=.")  # fmt: skip
@click.option("--group", "groups", metavar="NAME", multiple=True, help="A group of every host; may be repeated.")
def import_(file: Path, asked: dict[str, str], groups: tuple[str, ...]) -> None:
    """Print the Windows devices of a CSV file as the hosts of a fleet file.

    The exports of Intune, Entra and Active Directory are known by their headers; --map names others. UTF-8, UTF-16, commas,
    semicolons and quotes are taken as they come. What was taken, left out and doubled is told beside the output. Exit code 1, and
    no output, where a row cannot be a host: each with its line.

    \b
    Examples:
      pyinfra-wsl import devices.csv > fleet.d/hosts.yml
      pyinfra-wsl import devices.csv --group developers --map user=
      pyinfra-wsl import computers.csv --map name=Rechnername --map os=Betriebssystem
    """
    called = "standard input" if str(file) == "-" else str(file)
    try:
        with click.open_file(str(file), "rb") as stream:
            data = stream.read(table.MOST_BYTES + 1)
        if len(data) > table.MOST_BYTES:
            raise click.ClickException(f"{called}: has more than {table.MOST_BYTES} bytes; divide it")
        read = table.read(data)
        found = devices.read(read, devices.columns(read, asked), groups)
    except table.TableError as error:
        raise click.ClickException(f"{called}:{error.line}: {error.said}") from None
    except devices.ColumnError as error:
        raise click.UsageError(f"{called}: {error}") from None
    _tell(called, found)
    if read.encoding == "cp1252":
        click.echo(f"{called}: note: is neither UTF-8 nor UTF-16; read as Western European (cp1252)", err=True)
    if found.problems:
        raise click.ClickException(f"{called}: {_count(len(found.problems), 'row')} cannot be a host; nothing was printed")
    if not found.hosts:
        raise click.ClickException(
            f"{called}: no Windows device is in it; look at the column of the operating system, or --map os="
        )
    click.echo(devices.written(found, file.name if str(file) != "-" else called), nl=False)


def _tell(called: str, found: devices.Devices) -> None:
    """Tell beside the output what became of the rows."""
    for kind, told in (("", found.problems), ("note: ", found.notes)):
        for line, said in told[:_MOST_TOLD]:
            click.echo(f"{called}:{line}: {kind}{show.line(said)}", err=True)
        if len(told) > _MOST_TOLD:
            click.echo(f"{called}: {kind}{len(told) - _MOST_TOLD} more like these", err=True)
    if found.problems:
        return
    left = ", ".join(f"{number} {reason}" for reason, number in found.left_out.most_common(10))
    others = f"; left out: {left}" if left else ""
    if "os" not in found.columns:
        others += "; no column of the operating system, so every row counts as Windows"
    click.echo(f"{called}: {_count(len(found.hosts), 'host')}{show.line(others)}", err=True)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
