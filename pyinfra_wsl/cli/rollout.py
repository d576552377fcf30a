"""``pyinfra-wsl rollout``: bring a fleet about ring by ring, and say how that stands."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pyinfra_wsl.core import show
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.nearest import nearest
from pyinfra_wsl.report import reading, results, summary
from pyinfra_wsl.rollout import clock, hold, ledger
from pyinfra_wsl.rollout.model import Snapshot
from pyinfra_wsl.rollout.store import Store, Wanted

_STATE = click.option("--state", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
                      help="The rollout's state; results/rollout.db where nothing is said.")  # fmt: skip
_REASON = click.option("--reason", metavar="TEXT", default="", help="Why, for those who look at it.")


class _Rollout(click.Group):
    """A group whose first word may be an inventory."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let what is no command of it be that of ``run``."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write both ways to call it."""
        formatter.write_usage(ctx.command_path, "INVENTORY [OPTIONS]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of ``run`` and the commands."""
        with formatter.section("Options"):
            formatter.write_dl([found for one in run.params if (found := one.get_help_record(ctx))])
        self.format_commands(ctx, formatter)


class _Run(click.Command):
    """What the group is by itself; it is called as the group."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return its context in the place of the group's."""
        if parent is not None:
            info_name, parent = parent.info_name, parent.parent
        return super().make_context(info_name, args, parent, **extra)


@click.group(cls=_Rollout)
def rollout() -> None:
    """Bring INVENTORY about ring by ring, as its fleet file says, until all of it is as declared.

    Each ring begins when the gate of the one before is open. Laptops that are off or wait are tried again. What is done is
    kept in a file: it may be interrupted at any time, and the same command goes on. Exit code 0 all is converged and
    verified, 1 something failed, is stuck or was aborted, 2 wrong usage, 3 something waits, 130 Ctrl-C: once, and those at
    work come to their end; twice, and nobody waits for them.

    \b
    Examples:
      pyinfra-wsl rollout inventory/laptops.py --plan
      pyinfra-wsl rollout inventory/laptops.py
      pyinfra-wsl rollout inventory/laptops.py --workers 4
      pyinfra-wsl rollout status
      pyinfra-wsl rollout approve pilot
      pyinfra-wsl rollout pause --reason "release week"
    """


@rollout.command(cls=_Run, hidden=True)
@click.argument("inventory")
@click.option("--plan", is_flag=True, help="Say what would happen when; nobody is contacted.")
@click.option("--workers", metavar="N", type=click.IntRange(1), help="Work in so many processes of this machine.")
@click.option("--scheduler", metavar="ADDRESS", help="Work on the workers of a dask scheduler: tls://HOST:PORT.")
@click.option("--tls-ca", metavar="FILE", type=click.Path(path_type=Path), help="Of the scheduler: who signs its certificates.")
@click.option("--tls-cert", metavar="FILE", type=click.Path(path_type=Path), help="Of the scheduler: our certificate.")
@click.option("--tls-key", metavar="FILE", type=click.Path(path_type=Path), help="Of the scheduler: its key.")
@click.option("--deploy", metavar="FILE.py", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Call this deploy file instead of our roles; may be repeated.")  # fmt: skip
@click.option("--until-ring", "until", metavar="NAME", help="Begin no ring after this one, and end when its gate is open.")
@click.option("--once", is_flag=True, help="End as soon as all that is left waits (exit code 3), as for a timer.")
@click.option("--metrics", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
              help="Write metrics for node_exporter's textfile collector.")  # fmt: skip
@click.option("--anew", is_flag=True, help="Begin anew; the state of the rollout before is kept aside.")
@_STATE
def run(inventory: str, **options: Any) -> None:
    """Bring INVENTORY about ring by ring."""
    from pyinfra_wsl.cli import rollout_run  # noqa: PLC0415 - who only asks needs none of it

    state = options.pop("state") or _default()
    raise SystemExit(rollout_run.run(rollout_run.Asked(inventory=inventory, state=state, **options)))


run.help = rollout.help


@rollout.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_STATE
def status(state: Path | None, *, as_json: bool) -> None:
    """Say how the rollout stands: its rings, what waits for what, who failed and why.

    \b
    Examples:
      pyinfra-wsl rollout status
      pyinfra-wsl rollout status --json | jq '.rings[] | {name, converged}'
    """
    from pyinfra_wsl.rollout.watch import status as told  # noqa: PLC0415 - as above

    with Store(state or _default()) as found:
        snapshot, events = found.snapshot(), found.events()
    now, here = datetime.now(UTC), clock.here()
    if as_json:
        click.echo(results.written(told.document(snapshot, events, now, here)))
    else:
        told.print_status(snapshot, events, now, here, summary.console())


@rollout.command()
@_REASON
@_STATE
def pause(state: Path | None, reason: str) -> None:
    """Begin no further laptop until it is resumed; those at work come to their end.

    \b
    Example:
      pyinfra-wsl rollout pause --reason "release week"
    """
    _ask(state, "pause", lambda _found: reason, {"ended": "has ended", "aborted": "was aborted", "paused": "is paused already"})


@rollout.command()
@_STATE
def resume(state: Path | None) -> None:
    """Go on after a pause or an abort; where it is neither, try those again that failed or were given up.

    \b
    Example:
      pyinfra-wsl rollout resume
    """
    _ask(state, "resume", lambda _found: "")


@rollout.command()
@_REASON
@_STATE
def abort(state: Path | None, reason: str) -> None:
    """End the rollout; those at work come to their end.

    \b
    Example:
      pyinfra-wsl rollout abort --reason "WSL 2.7 breaks VPN"
    """
    _ask(state, "abort", lambda _found: reason, {"ended": "has ended", "aborted": "was aborted already"})


@rollout.command()
@click.argument("ring")
@_STATE
def approve(state: Path | None, ring: str) -> None:
    """Give your word that the ring after RING may begin, where its gate asks for one.

    \b
    Example:
      pyinfra-wsl rollout approve pilot
    """

    def value(found: Snapshot) -> str:
        names = [one.ring.name for one in found.rings]
        standing = found.rings[names.index(_one_of(ring, names, "ring"))]
        if not standing.ring.gate.approve:
            raise click.ClickException(f"the gate of {show.name(ring)} asks for nobody's word. Next: pyinfra-wsl rollout status")
        if standing.opened is None:
            cause = f"{show.name(ring)} has not begun: there is nothing yet that anybody could have looked at"
            raise click.ClickException(f"{cause}. Next: approve it once its laptops are through, see pyinfra-wsl rollout status")
        if standing.ready is None:
            raise click.ClickException(f"{show.name(ring)} is not ready for anybody's word yet. Next: pyinfra-wsl rollout status")
        return ring

    _ask(state, "approve", value, {"ended": "has ended"})


@rollout.command()
@click.argument("names", metavar="[HOST]...", nargs=-1)
@_STATE
def retry(state: Path | None, names: tuple[str, ...]) -> None:
    """Try these laptops again now, or all that failed or were given up.

    \b
    Examples:
      pyinfra-wsl rollout retry
      pyinfra-wsl rollout retry LT-0001 LT-0007
    """

    def value(found: Snapshot) -> str:
        called = [_one_of(one, list(found.laptops), "laptop") for one in names]
        if not ledger.left_undone(found, called):
            states = ", ".join(f"{show.name(one)} is {found.laptops[one].state}" for one in called[:8])
            raise click.ClickException(f"{states or _NOBODY}: there is nothing to try again. Next: pyinfra-wsl rollout status")
        return "\n".join(called)

    _ask(state, "retry", value)


_NOBODY = "no laptop has failed or was given up"


def _default() -> Path:
    return reading.root() / "rollout.db"


def _one_of(name: str, names: list[str], kind: str) -> str:
    if name in names:
        return name
    meant = nearest(name, names)
    instead = f"did you mean {show.name(meant)}?" if meant else f"there are {', '.join(map(show.name, names[:8]))}"
    raise click.UsageError(f"no {kind} of this rollout is called {show.name(name)}; {instead}")


def _ask(state: Path | None, kind: Wanted, value: Callable[[Snapshot], str], never: dict[str, str] | None = None) -> None:
    """Write a wish down, and say who takes it up."""
    path = state or _default()
    with Store(path) as found:
        snapshot = found.snapshot()
        if why := (never or {}).get(snapshot.stage):
            raise click.ClickException(f"the rollout of {escape(snapshot.inventory)} {why}. Next: pyinfra-wsl rollout status")
        found.wish(kind, hold.who(), value(snapshot), datetime.now(UTC))
    own = f" --state {shlex.quote(str(state))}" if state else ""
    call = f"pyinfra-wsl rollout {shlex.quote(snapshot.inventory)}{own}"
    taken = f"{escape(snapshot.holder)} takes it up" if snapshot.held else f"nobody runs it now. Next: {escape(call)}"
    click.echo(f"{kind}: noted; {taken}")
