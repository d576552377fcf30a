"""``pyinfra-wsl lab``: start, look at, break and stop simulated laptops."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from pyinfra_wsl import fleet
from pyinfra_wsl.cli.lab_pull import pull
from pyinfra_wsl.core.escape import escape, escape_json
from pyinfra_wsl.lab.range import control, images
from pyinfra_wsl.lab.range.state import State
from pyinfra_wsl.lab.scenarios import SCENARIOS
from pyinfra_wsl.lab.winrm.settings import EVENTS, Settings, SettingsError

START = 60.0
"""Seconds until a lab that does not come up is given up."""

_PERSON = re.compile(r"[A-Za-z0-9]{1,20}")
_STATE = click.option(
    "--state",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".lab",
    show_default=True,
    help="The lab's folder.",
)


@click.group()
def lab() -> None:
    """A rehearsal range: simulated Windows laptops over real SSH and WinRM, on this machine only.

    \b
    Rehearse a whole roll-out:
      pyinfra-wsl lab up
      pyinfra inventory/lab.py deploy.py -y
      pyinfra-wsl lab drift LT-DONE wslconfig.wsl2.memory
      pyinfra inventory/lab.py deploy.py --dry
      pyinfra-wsl lab down
    """


lab.add_command(pull)


@lab.command()
@click.option(
    "--inventory-file", "fleet_file", type=click.Path(path_type=Path), default="inventory/fleet.yml", show_default=True,
    help="The fleet file: what each laptop must be.",
)  # fmt: skip
@click.option(
    "--scenarios", "scenario_file", type=click.Path(path_type=Path), default="inventory/lab.yml", show_default=True,
    help="Which laptop is in which scenario at first; laptops that it does not name are fresh-en.",
)  # fmt: skip
@_STATE
@click.option("--port", type=int, default=0, show_default=True, help="First port; the others follow. 0: any that are free.")
@click.option("--pace", type=float, default=0.02, show_default=True, help="Seconds that a second of a laptop's time takes.")
@click.option("--shell", type=click.Choice(["cmd", "powershell"]), default="cmd", show_default=True, help="sshd's default shell.")
def up(*, fleet_file: Path, scenario_file: Path, folder: Path, port: int, pace: float, shell: str) -> None:
    """Start the laptops of a fleet file, in the background, and wait until all of them listen.

    \b
    Examples:
      pyinfra-wsl lab up
      pyinfra-wsl lab up --port 2200 --pace 1
      pyinfra-wsl lab up --inventory-file my/fleet.yml --scenarios my/lab.yml --state my/.lab
    """
    state = State(folder)
    if state.read() is not None:
        raise click.ClickException(
            f"a lab is up already. Next: 'pyinfra-wsl lab status --state {folder}', or 'down' and 'up' again"
        )
    order: dict[str, Any] = {"port": port, "pace": pace, "laptops": _laptops(fleet_file, scenario_file, shell)}
    folder.mkdir(parents=True, exist_ok=True)
    state.order.write_text(json.dumps(order, ensure_ascii=False, default=str))
    state.summary.unlink(missing_ok=True)
    _start(state)
    _print_table(_ask(state, "status")["laptops"])
    click.echo(f"{len(order['laptops'])} laptops are up. Stop them with: pyinfra-wsl lab down")


@lab.command()
@_STATE
def down(folder: Path) -> None:
    """Stop the lab; what happened to its laptops is forgotten.

    \b
    Example:
      pyinfra-wsl lab down
    """
    state = State(folder)
    running = state.read()
    if running is None:
        click.echo("No lab is up.")
        return
    _ask(state, "stop")
    _wait(lambda: state.read() is None, "the lab does not stop", state)
    click.echo("The lab is down.")


@lab.command()
@_STATE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(folder: Path, as_json: bool) -> None:
    """Show each laptop: port, scenario, what was broken by hand, how often it has started and was called.

    \b
    Examples:
      pyinfra-wsl lab status
      pyinfra-wsl lab status --json
    """
    laptops = _ask(State(folder), "status")["laptops"]
    if as_json:
        click.echo(escape_json(json.dumps(laptops, indent=2, ensure_ascii=False)))
    else:
        _print_table(laptops)


@lab.command()
@click.argument("laptop")
@click.argument("setting", required=False)
@_STATE
@click.option("--list", "listing", is_flag=True, help="List what can be broken on this laptop.")
def drift(laptop: str, setting: str | None, folder: Path, listing: bool) -> None:
    """Break one declared setting of LAPTOP as a user would by hand; without SETTING, the next one that is whole.

    \b
    Examples:
      pyinfra-wsl lab drift LT-DONE --list
      pyinfra-wsl lab drift LT-DONE wslconfig.wsl2.memory
      pyinfra-wsl lab drift LT-DONE
    """
    reply = _ask(State(folder), "drift", laptop=laptop, setting=setting, list=listing)
    if not listing:
        click.echo(escape(f"{laptop}: {reply['setting']}: {reply['describe']}"))
        return
    for name, describe in reply["settings"].items():
        click.echo(escape(f"{'*' if name in reply['drifted'] else ' '} {name}: {describe}"))
    click.echo("(* is broken already)")


@lab.command()
@click.argument("laptop", required=False)
@click.argument("scenario", required=False)
@_STATE
def scenario(laptop: str | None, scenario: str | None, folder: Path) -> None:
    """List the scenarios, or put LAPTOP anew into SCENARIO.

    \b
    Examples:
      pyinfra-wsl lab scenario
      pyinfra-wsl lab scenario LT-FRESH-EN half-import
    """
    if laptop is None:
        _print_rows(
            [(one.name, one.expect.result, one.describe) for one in SCENARIOS.values()], ("SCENARIO", "A RUN ENDS", "WHAT IT IS")
        )
        return
    if scenario is None:
        raise click.UsageError("give the scenario's name too; 'pyinfra-wsl lab scenario' lists them")
    _ask(State(folder), "scenario", laptop=laptop, scenario=scenario)
    click.echo(f"{laptop}: {scenario}: {SCENARIOS[scenario].describe}")


@lab.command()
@click.argument("laptop")
@click.argument("event", type=click.Choice(EVENTS))
@click.option("--action", default="Any", show_default=True, help="With which action, where the event is a matter of one answer.")
@click.option("--number", type=int, default=1, show_default=True, help="With which of them, from now on.")
@click.option("--seconds", type=float, default=1.0, show_default=True, help="How long it lasts, where it lasts.")
@_STATE
def winrm(laptop: str, event: str, *, action: str, number: int, seconds: float, folder: Path) -> None:
    """Let something happen to the WinRM of LAPTOP: its service restarts, it sleeps, an answer is cut.

    \b
    Examples:
      pyinfra-wsl lab winrm LT-DONE restart-service
      pyinfra-wsl lab winrm LT-DONE sleep --seconds 20
      pyinfra-wsl lab winrm LT-DONE cut-body --action Receive
    """
    _ask(State(folder), "winrm", laptop=laptop, do=event, action=action, number=number, seconds=seconds)
    click.echo(f"{laptop}: {event}")


def _laptops(fleet_file: Path, scenario_file: Path, shell: str) -> dict[str, Any]:
    _make_images(fleet_file)
    try:
        hosts = fleet.load(fleet_file).hosts
    except fleet.FleetError as error:
        raise click.ClickException(str(error)) from None
    wanted = _scenarios(scenario_file, hosts)
    return {
        name: {"scenario": "fresh-en", **wanted.get(name, {}), "declared": host.data, "shell": shell}
        for name, host in hosts.items()
        if host.os == "windows"
    }


def _make_images(fleet_file: Path) -> None:
    """Write the lab's own images beside a fleet file that names one of them."""
    files, folder = [fleet_file], fleet_file.parent
    if fleet_file.is_dir():
        files, folder = sorted(fleet_file.glob("*.y*ml")), fleet_file
    told = "".join(file.read_text("utf-8", "replace") for file in files if file.is_file())
    if any(f"images/{name}" in told for name in images.ARCHIVES):
        images.write(folder / "images")


def _scenarios(file: Path, hosts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a scenario file asks for of each laptop that it names."""
    try:
        found = yaml.safe_load(file.read_text("utf-8")) or {}
    except OSError as error:
        raise click.ClickException(
            f"{file}: {error.strerror}. Next: give --scenarios a file with lines 'LAPTOP: scenario'"
        ) from None
    except yaml.YAMLError as error:
        raise click.ClickException(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict):
        raise click.ClickException(f"{file}: write one line for each laptop: 'LT-0001: fresh-en'")
    return {name: _wanted(file, name, wanted, hosts) for name, wanted in found.items()}


def _wanted(file: Path, name: str, wanted: Any, hosts: Mapping[str, Any]) -> dict[str, Any]:
    """Return one laptop's scenario, and its WinRM and who is at its screen where that is asked for."""
    if name not in hosts:
        raise click.ClickException(f"{file}: the fleet file has no host {name}")
    asked = wanted if isinstance(wanted, dict) else {"scenario": wanted}
    if unknown := set(asked) - {"scenario", "winrm", "person"}:
        raise click.ClickException(
            f"{file}: {name}: there is no key {min(map(str, unknown))}; there are scenario, winrm and person"
        )
    if asked.get("scenario", "fresh-en") not in SCENARIOS:
        raise click.ClickException(
            f"{file}: {name}: there is no scenario {asked['scenario']}. Next: 'pyinfra-wsl lab scenario' lists them"
        )
    if "person" in asked and not (isinstance(asked["person"], str) and _PERSON.fullmatch(asked["person"])):
        raise click.ClickException(f"{file}: {name}: person is no name of an account. Next: write letters and digits, as p7")
    try:
        if "winrm" in asked:
            asked["winrm"] = asked["winrm"] or {}
            Settings.of(asked["winrm"])
    except SettingsError as error:
        raise click.ClickException(f"{file}: {name}: {error}. Next: docs/lab.md has the keys of winrm") from None
    return asked


def _start(state: State) -> None:
    with state.log.open("wb") as log:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "pyinfra_wsl.lab.range.daemon", str(state.folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    ended = f"the lab did not start; its log is {state.log}"

    def listening() -> bool:
        if daemon.poll() is not None:
            raise click.ClickException(f"{ended}: {_last_line(state.log)}")
        return state.read() is not None and state.socket.exists()

    _wait(listening, ended, state)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it is empty"


def _wait(condition: Any, failure: str, state: State) -> None:
    end = time.monotonic() + START
    while not condition():
        if time.monotonic() > end:
            raise click.ClickException(f"{failure}; its log is {state.log}")
        time.sleep(0.05)


def _ask(state: State, verb: str, **fields: Any) -> dict[str, Any]:
    try:
        reply = control.ask(state, verb, **fields)
    except OSError:
        raise click.ClickException("no lab is up. Next: pyinfra-wsl lab up") from None
    if not reply.get("ok"):
        raise click.ClickException(escape(reply.get("message", "the lab did not understand")))
    return reply


def _print_table(laptops: Mapping[str, Mapping[str, Any]]) -> None:
    rows = []
    for name, one in laptops.items():
        seen = f"{one['boots']} starts, {one['processes']} commands" if "boots" in one else "nobody has called"
        seen += f", WSL {one['wsl']}" if one.get("wsl") else ""
        seen += f", WinRM at {_ports(one['winrm'])}" if one.get("winrm") else ""
        more = [f"broken: {', '.join(one['drifted'])}"] if one["drifted"] else []
        more += [f"the lab complains: {'; '.join(one['complaints'])}"] if one.get("complaints") else []
        rows.append((name, str(one["port"]), one["scenario"], escape("; ".join([seen, *more]))))
    _print_rows(rows, ("LAPTOP", "PORT", "SCENARIO", "SO FAR"))


def _ports(winrm: Mapping[str, Any]) -> str:
    return " and ".join(f"{scheme} {winrm[scheme]}" for scheme in ("http", "https") if winrm[scheme])


def _print_rows(rows: Sequence[tuple[str, ...]], titles: tuple[str, ...]) -> None:
    for line in _aligned([titles, *rows]):
        click.echo(line)


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
