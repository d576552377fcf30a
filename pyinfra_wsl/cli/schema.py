"""``pyinfra-wsl schema``: the JSON Schemas of what is installed, for editors and other programs."""

from __future__ import annotations

import click

from pyinfra_wsl import data
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.nearest import nearest


@click.command()
@click.argument("name", required=False)
@click.option("--path", "as_path", is_flag=True, help="Print where the schema lies; without NAME that of the fleet file.")
def schema(name: str | None, as_path: bool) -> None:
    """Print the JSON Schema NAME; without it, the line that makes an editor explain a fleet file's keys: its first.

    Schemas lie in files beside each other and name one another by these, so that no network is needed. Exit code 2 where there
    is none of that name.

    \b
    Examples:
      pyinfra-wsl schema
      pyinfra-wsl schema wsl_distro
      pyinfra-wsl schema --path
    """
    known = data.schemas()
    if name is not None and name not in known:
        near = nearest(name, known)
        meant = f"did you mean {near}?" if near else f"there are {', '.join(known)}"
        raise click.UsageError(escape(f"there is no schema {name}. Next: {meant}"))
    path = data.schema_path(name or "fleet")
    if as_path:
        click.echo(path)
    elif name is None:
        click.echo(f"# yaml-language-server: $schema={path}")
    else:
        click.echo(path.read_text("utf-8"), nl=False)
