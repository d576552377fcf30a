"""``pyinfra-wsl``: check a fleet file, and run the lab. Machines are converged by ``pyinfra`` itself."""

from __future__ import annotations

import json
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import click
import yaml

from pyinfra_wsl import fleet
from pyinfra_wsl.cli import problems, streams
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError

_LATER = {
    "adopt": ("pyinfra_wsl.cli.adopt", "adopted"),
    "bundle": ("pyinfra_wsl.cli.bundle", "bundle"),
    "collect": ("pyinfra_wsl.cli.collect", "collect"),
    "doctor": ("pyinfra_wsl.cli.doctor", "doctor"),
    "drift": ("pyinfra_wsl.cli.drift", "drifted"),
    "enroll": ("pyinfra_wsl.cli.enroll", "enroll"),
    "explain": ("pyinfra_wsl.cli.explain", "explain"),
    "import": ("pyinfra_wsl.cli.importing", "import_"),
    "init": ("pyinfra_wsl.cli.init", "init"),
    "lab": ("pyinfra_wsl.cli.lab", "lab"),
    "pull": ("pyinfra_wsl.cli.pull", "pull"),
    "report": ("pyinfra_wsl.cli.report", "report"),
    "rollout": ("pyinfra_wsl.cli.rollout", "rollout"),
    "schema": ("pyinfra_wsl.cli.schema", "schema"),
    "trust": ("pyinfra_wsl.cli.trust", "trust"),
    "verify": ("pyinfra_wsl.cli.verify", "verify"),
}
"""Commands that are loaded when they are called, since they need more than the rest: module and name."""

_SAID = {
    "init": "Write the files of a new fleet into FOLDER, or here: fleet file, inventories, deploy.py, what the lab and CI need.",
    "schema": "Print the JSON Schema NAME; without it, the line that makes an editor explain a fleet file's keys: its first.",
    "doctor": "Say what is in the way of each host of INVENTORY, from here outward, and what deploy.py does about it.",
    "explain": "Say what an error text means, what to do, and whether a declared resource repairs it.",
    "import": "Print the Windows devices of a CSV file as the hosts of a fleet file.",
    "lab": "A rehearsal range: simulated Windows laptops over real SSH and WinRM, on this machine only.",
    "report": "Tell what the newest run did, or the one in FOLDER, or all since a time.",
    "rollout": "Bring INVENTORY about ring by ring, as its fleet file says, until all of it is as declared.",
    "adopt": "Write the fleet file that would change nothing on hosts as they are.",
    "bundle": "Publish FLEET.yml for laptops that pull: one signed manifest, and a slice for each.",
    "collect": "Take what laptops have handed back into results/, where report tells it with all others.",
    "enroll": "Write what laptops need to pull what is published in PUBLIC: one package for all of them.",
    "pull": "Fetch what this laptop must be, verify it, and bring it about; the task of enroll calls this.",
    "trust": "Whose signatures laptops believe: root keys, kept offline, say which keys sign bundles.",
    "drift": "Say what of INVENTORY is not as its fleet file says, and since when.",
    "verify": "Look up each declared setting of each host with the machine's own programs.",
}
"""How these are called in the list of all: their own first sentences, so that the list needs none of them."""

_EXTRAS = {
    "asyncssh": "lab", "cryptography": "lab", "psrpcore": "lab", "spnego": "lab", "pytest": "verify", "testinfra": "verify",
}  # fmt: skip
"""Which extra of this package brings a module."""


class Commands(click.Group):
    """The commands, of which some are loaded only when they are called."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Carry a command line out; what cannot be read or written is one line, whatever it was."""
        streams.fill()
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            streams.give_up(error)

    def invoke(self, ctx: click.Context) -> Any:
        """Call a command; what is wrong with a fleet file, and a failure, that it does not tell in its own way are told here."""
        try:
            return super().invoke(ctx)
        except fleet.FleetError as error:
            raise click.ClickException(str(error)) from None
        except StepError as error:
            raise click.ClickException(escape(error)) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *_LATER})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, or one that says what is missing for it."""
        if cmd_name not in _LATER:
            return super().get_command(ctx, cmd_name)
        module, name = _LATER[cmd_name]
        try:
            command: click.Command = getattr(import_module(module), name)
        except ModuleNotFoundError as error:
            if error.name == "fcntl":
                return _elsewhere(cmd_name)
            if error.name not in _EXTRAS:
                raise
            return _missing(cmd_name, error.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of all commands, without loading them."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names))
        listed = [(name, self._said(ctx, name, width)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(listed)

    def _said(self, ctx: click.Context, name: str, width: int) -> str:
        command = click.Command(name, help=_SAID[name]) if name in _SAID else self.get_command(ctx, name)
        return command.get_short_help_str(width) if command else ""


def _missing(command: str, module: str) -> click.Command:
    extra = _EXTRAS[module]

    @click.command(command, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("arguments", nargs=-1)
    def missing(arguments: tuple[str, ...]) -> None:  # noqa: ARG001
        raise click.ClickException(f"'{command}' needs {module}. Next: pip install 'pyinfra-wsl[{extra}]'")

    missing.short_help = f"Needs the extra '{extra}': pip install 'pyinfra-wsl[{extra}]'."
    return missing


def _elsewhere(command: str) -> click.Command:
    @click.command(command, context_settings={"ignore_unknown_options": True}, add_help_option=False)
    @click.argument("arguments", nargs=-1)
    def elsewhere(arguments: tuple[str, ...]) -> None:  # noqa: ARG001
        raise click.ClickException(f"'{command}' works on Linux and macOS. Next: call it there, or within WSL")

    return elsewhere


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(metadata.version("pyinfra-wsl"), prog_name="pyinfra-wsl")
def main() -> None:
    """WSL 2, Docker Desktop and KVM as one fleet file says.

    \b
    Begin a fleet, and see what is in its way:
      pyinfra-wsl init fleet
      pyinfra-wsl doctor inventory/laptops.py

    \b
    Check a fleet file, and see what one laptop gets:
      pyinfra-wsl validate inventory/fleet.yml
      pyinfra-wsl validate inventory/fleet.yml --show LT-0001

    \b
    Rehearse without any laptop:
      pyinfra-wsl lab up
      pyinfra inventory/lab.py deploy.py --dry
      pyinfra inventory/lab.py deploy.py -y
      pyinfra-wsl lab down
    """


@main.command()
@click.argument("file", metavar="FLEET.yml", type=click.Path(path_type=Path))
@click.option("--host", "names", metavar="NAME", multiple=True, help="Speak of this machine only; may be repeated.")
@click.option("--show", metavar="NAME", help="Print what this machine must be, after inheritance.")
@click.option("--json", "as_json", is_flag=True, help="With --show: print JSON instead of YAML.")
@click.option("--ask", is_flag=True, help="Run the command of hosts_from too, and check what it prints.")
@click.option("--format", "form", type=click.Choice(problems.FORMATS), help="How problems are told; github in GitHub Actions.")
def validate(file: Path, names: tuple[str, ...], show: str | None, *, as_json: bool, ask: bool, form: str | None) -> None:
    """Check a fleet file, or a folder of them; no machine is contacted.

    All problems are told at once, each as FILE:LINE: path: the problem and the right form. Archives and installers that
    the file names are compared with their SHA-256, and private keys are looked at: one that is not on this machine, or is
    encrypted, is a note, since another machine may connect. The command of hosts_from is run with --ask only, since the file
    may be somebody's proposal. Exit code 0 if nothing is wrong, else 1. In GitHub Actions they
    become annotations of the file's lines.

    \b
    Examples:
      pyinfra-wsl validate inventory/fleet.yml
      pyinfra-wsl validate inventory/fleet.yml --host LT-0001
      pyinfra-wsl validate inventory/fleet.yml --show LT-0001
      pyinfra-wsl validate inventory/fleet.d --format github
    """
    teller = problems.Teller.of(form)
    try:
        found = fleet.load(file, ask=ask)
        chosen = [found.host(name) for name in names] or list(found.hosts.values())
        shown = found.host(show) if show else None
        spoken_of = [shown] if shown else chosen
        errors, notes = fleet.keys(found, spoken_of)
        teller.notes([*found.unasked, *notes, *fleet.notes(found, spoken_of)])
        if errors:
            raise fleet.FleetError(errors)
    except fleet.FleetError as error:
        teller.errors(error.problems)
        click.echo(f"{file}: {_count(len(error.problems), 'error')}", err=True)
        raise SystemExit(1) from None
    if shown:
        click.echo(_values(shown, as_json=as_json), nl=False)
        return
    for host in chosen if names else ():
        click.echo(f"{host.name} ({host.os}): {', '.join(sorted(set(host.data) - {'os'})) or 'nothing declared'}")
    click.echo(f"{_count(len(chosen), 'host')}, no errors")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _values(host: fleet.Host, *, as_json: bool) -> str:
    values: dict[str, Any] = {host.name: host.data}
    if as_json:
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120)
