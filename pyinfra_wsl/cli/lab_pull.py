"""``pyinfra-wsl lab pull``: a simulated laptop that comes by itself."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import yaml

from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.lab.range.state import State
from pyinfra_wsl.pull import files, outcome, settings
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.form import trust
from pyinfra_wsl.pull.form.signed import LARGEST, Signed
from pyinfra_wsl.pull.form.slice import delay
from pyinfra_wsl.pull.settings import FILE, Settings
from pyinfra_wsl.pull.store import TRUST

_STARTS = 4
_AT_ONCE = 8


@click.command()
@click.argument("laptops", metavar="LAPTOP…", nargs=-1, required=True)
@click.option("--source", metavar="PLACE", default="public", show_default=True,
              help="What is published: a folder, or http://127.0.0.1:PORT.")  # fmt: skip
@click.option("--results", metavar="PLACE", help="Where documents are handed back.")
@click.option("--detail", type=click.Choice(settings.DETAILS), default="brief", show_default=True, help="What they tell.")
@click.option("--splay", metavar="SECONDS", type=click.IntRange(0), default=0, show_default=True,
              help="Spread them over so long by their names, as laptops do; else all at once, eight at a time.")  # fmt: skip
@click.option("--state", "folder", type=click.Path(path_type=Path, file_okay=False), default=".lab", show_default=True,
              help="The lab's folder.")  # fmt: skip
def pull(laptops: tuple[str, ...], *, source: str, results: str | None, detail: str, splay: int, folder: Path) -> None:
    """Let laptops of the lab pull, each by a process of its own, as Windows' task scheduler starts it as LocalSystem.

    What enroll brings to a laptop is written into the lab's folder when it pulls for the first time, with the first trust of
    the place. A laptop that restarts starts pull again, up to four times. The exit code is the highest of all.

    \b
    Examples:
      pyinfra-wsl lab pull LT-DONE --source public
      pyinfra-wsl lab pull LT-DONE LT-AWAY --source http://127.0.0.1:8000 --results "$PWD/handed-back"
    """
    found = State(folder).read()
    if found is None:
        raise click.ClickException("no lab is up. Next: pyinfra-wsl lab up")
    if unknown := [one for one in laptops if one not in found["laptops"]]:
        raise click.ClickException(f"there is no laptop {escape(unknown[0])} in this lab; 'pyinfra-wsl lab status' lists them")
    place, back = _whole(source), {"detail": detail, **({"to": _whole(results)} if results else {})}
    homes = {one: _enrolled(one, folder, place, back) for one in laptops}
    with ThreadPoolExecutor(len(laptops) if splay else _AT_ONCE) as pool:
        ended = list(pool.map(lambda one: _pulled(one, homes[one], delay(one, splay)), laptops))
    raise SystemExit(max(ended))


def _whole(place: str) -> str:
    return place if settings.is_web(place) else str(Path(place).resolve())


def _enrolled(name: str, folder: Path, place: str, back: dict[str, str]) -> Path:
    """Do for a laptop what the package of enroll does."""
    home = folder.resolve() / "pull" / name
    home.mkdir(parents=True, exist_ok=True)
    if not (home / TRUST).exists():
        data = Place(place, Settings(home, "lab", (place,), name)).get(trust.path(1), LARGEST)
        files.write(home / TRUST, data)
    fleet = trust.first(Signed.read((home / TRUST).read_bytes())).fleet
    agent = [sys.executable, "-m", "pyinfra_wsl.lab.range.local", str(folder.resolve()), name]
    values = {"fleet": fleet, "source": place, "name": name, "splay": 0, "results": back, "agent": agent}
    files.write(home / FILE, yaml.safe_dump(values, sort_keys=False).encode())
    settings.load(home)
    return home


def _pulled(name: str, home: Path, seconds: int) -> int:
    """Start pull as the task does, and again after each restart, as its trigger at the start of Windows does."""
    time.sleep(seconds)
    code = 0
    for _ in range(_STARTS):
        words = [sys.executable, "-m", "pyinfra_wsl", "pull", "--home", str(home), "--now"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        for line in [*done.stdout.splitlines(), *done.stderr.splitlines()]:
            click.echo(escape(f"{name}: {line}"))
        code = done.returncode
        if code != outcome.CODES[outcome.RESTARTS]:
            break
    return code
