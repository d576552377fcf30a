"""``pyinfra-wsl init``: the files of a new fleet, which work as they are against the lab."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from pyinfra_wsl import data
from pyinfra_wsl.cli import files
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.lab.range import images

FLEET, LAPTOPS, LAB = "inventory/fleet.yml", "inventory/laptops.py", "inventory/lab.py"
FILES: Mapping[str, str] = {
    FLEET: "fleet.yml",
    LAPTOPS: "laptops.py",
    LAB: "lab.py",
    "inventory/lab.yml": "lab.yml",
    "deploy.py": "deploy.py",
    ".gitignore": "gitignore",
    ".github/workflows/fleet.yml": "workflow.yml",
}
"""The files of a new fleet, each with its template in ``templates/init``."""

_RELEASE = "2.6.1.0"
_INSTALLER, _IMAGE = f"wsl.{_RELEASE}.x64.msi", "ubuntu-24.04.tar.gz"


@click.command()
@click.argument("folder", required=False, default=".", type=click.Path(file_okay=False, path_type=Path))
def init(folder: Path) -> None:
    """Write the files of a new fleet into FOLDER, or here: fleet file, inventories, deploy.py, what the lab and CI need.

    They work as they are against the lab, and against real laptops after three edits, which inventory/fleet.yml names. A file
    that is there already is kept, and said. Exit code 1 where one cannot be written.

    \b
    Examples:
      pyinfra-wsl init
      pyinfra-wsl init fleet && cd fleet && pyinfra-wsl lab up && pyinfra inventory/lab.py deploy.py -y
    """
    written = 0
    for name, content in contents(folder):
        if _write(folder / name, content):
            written += 1
            click.echo(f"written: {escape(folder / name)}")
        else:
            click.echo(f"kept: {escape(folder / name)} is there already, and was not touched")
    click.echo(f"{written} of {len(FILES)} files written.")
    there = "" if folder == Path() else f"cd {escape(folder)}, "
    click.echo(f"Next: {there}pyinfra-wsl lab up, then pyinfra {LAB} deploy.py -y")
    click.echo(f"For laptops of yours: EDIT 1 to EDIT 3 in {FLEET}, then pyinfra-wsl doctor {LAPTOPS}")


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the path of each file of a new fleet, and its text.

    Args:
        folder: where they go, for the way from there to the schema.

    """
    values = {
        "schema": schema_from(folder / FLEET),
        "minimum": _RELEASE.rpartition(".")[0],
        "installer": _INSTALLER,
        "installer_sha256": _sha256(images.INSTALLERS[_INSTALLER]()),
        "image": _IMAGE,
        "image_sha256": _sha256(_archive(_IMAGE)),
        "fleet": FLEET,
        "laptops": LAPTOPS,
        "lab": LAB,
    }
    for name, source in FILES.items():
        yield name, data.template(f"init/{source}.j2").render(values)


def schema_from(fleet_file: Path) -> str:
    """Return how a fleet file names its schema: from its folder on where that lies in the same project, else as a whole path."""
    schema, project = data.schema_path("fleet").resolve(), fleet_file.resolve().parent.parent
    return os.path.relpath(schema, fleet_file.resolve().parent) if schema.is_relative_to(project) else str(schema)


def _archive(name: str) -> bytes:
    make, pack, _unpack = images.ARCHIVES[name]
    return pack(make())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, text: str) -> bool:
    """Write a file that is not there; False where something is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.new(path, text)
    except FileExistsError:
        if path.parent.is_dir():
            return False
        raise click.ClickException(escape(f"{path.parent} is a file. Next: name another folder")) from None
    except OSError as error:
        cause = f"{path} cannot be written: {error.strerror}"
        raise click.ClickException(escape(f"{cause}. Next: name a folder in which you may write")) from None
    return True
