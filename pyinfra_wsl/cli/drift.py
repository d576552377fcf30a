"""``pyinfra-wsl drift``: what of a fleet is not as declared, and since when; looks only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from pyinfra_wsl.core.escape import escape, escape_json
from pyinfra_wsl.report import reading
from pyinfra_wsl.survey import roles
from pyinfra_wsl.survey.drift import Drift, drift, grouped
from pyinfra_wsl.survey.run import NoHostError, survey
from pyinfra_wsl.testing.inventory import InventoryError

_LISTED = 6
"""Hosts of one line; all of them are in ``--json``."""


@click.command("drift")
@click.argument("inventory")
@click.option("--limit", metavar="HOST", multiple=True, help="Look at this host, pattern or group only; may be repeated.")
@click.option("--deploy", metavar="FILE.py", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Call this deploy file instead of our roles; may be repeated.")  # fmt: skip
@click.option("--results", "root", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path),
              help="Where earlier results are.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drifted(inventory: str, limit: tuple[str, ...], deploy: tuple[Path, ...], root: Path | None, as_json: bool) -> None:
    """Say what of INVENTORY is not as its fleet file says, and since when.

    Nothing is changed: every host is looked at as by 'pyinfra INVENTORY deploy.py --dry', side by side. Since when, the
    results of earlier runs tell. Exit code 2 where anything differs, else 1 where a host could not be looked at as a whole.

    \b
    Examples:
      pyinfra-wsl drift inventory/laptops.py
      pyinfra-wsl drift inventory/laptops.py --limit developers --limit 'LT-00*'
      pyinfra-wsl drift inventory/laptops.py --json | jq -r '.differences[].host' | sort -u
    """
    found = _found(inventory, limit, deploy, root or reading.root())
    if as_json:
        click.echo(escape_json(json.dumps(found.document(), indent=2, ensure_ascii=False)))
    else:
        for line in _lines(found, inventory):
            click.echo(escape(line))
    raise SystemExit(found.exit_code)


def _found(inventory: str, limit: Sequence[str], deploy: Sequence[Path], root: Path) -> Drift:
    try:
        work: Callable[[], None] = roles.of_files([one.resolve() for one in deploy]) if deploy else roles.whole
        return drift(survey(inventory, limit, work), root)
    except NoHostError as error:
        raise click.UsageError(escape(str(error))) from None
    except InventoryError as error:
        raise click.ClickException(str(error)) from None
    except FileNotFoundError as error:
        raise click.UsageError(f"{escape(str(error))}. Next: name an inventory, such as inventory/laptops.py") from None


def _lines(found: Drift, inventory: str) -> Iterator[str]:
    sure = [one for one in found.differences if one.kind != "unknown"]
    for setting, rows in grouped(sure).items():
        yield setting
        for (change, why, since), hosts in rows.items():
            yield f"  {f'{change}: ' if change else ''}{_listed(hosts)}"
            yield from (f"    {one}" for one in (why, since) if one)
    yield from _not_known(found)
    if found.differences or found.lost:
        yield ""
    yield from _totals(found, inventory)


def _not_known(found: Drift) -> Iterator[str]:
    unsure = [one for one in found.differences if one.kind == "unknown"]
    if not (unsure or found.lost):
        return
    rows: dict[str, list[str]] = {}
    for name, failure in found.lost:
        rows.setdefault(failure.said, []).append(name)
    for one in unsure:
        rows.setdefault(f"{one.setting}{f': {one.change}' if one.change else ''}: {one.why}", []).append(one.host)
    yield "not known"
    yield from (f"  {why}: {_listed(hosts)}" for why, hosts in rows.items())


def _listed(hosts: Sequence[str]) -> str:
    names = list(dict.fromkeys(hosts))
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(names[:_LISTED])}{more}"


def _totals(found: Drift, inventory: str) -> Iterator[str]:
    if not found.hosts:
        yield f"{inventory} has no hosts: nothing was looked at"
        return
    differing, unseen = len(found.differing), len(found.unseen)
    words = f"{differing} of {len(found.hosts)} hosts differ{'s' if differing == 1 else ''} from what is declared"
    words += f", of {unseen} not all is known" if unseen else ""
    blind = differing and not any(one.since.known for one in found.differences)
    words += ". No earlier result tells since when" if blind else ""
    yield f"{words}.{f' Next: pyinfra {inventory} deploy.py' if differing else ''}"
