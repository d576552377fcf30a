"""``pyinfra-wsl doctor``: what stands between this machine and hosts that are as declared."""

from __future__ import annotations

import click


@click.command()
@click.argument("inventory")
@click.option("--host", "names", metavar="NAME", multiple=True, help="Look at this host only; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--debug", is_flag=True, help="Say on standard error what is asked and answered.")
def doctor(inventory: str, names: tuple[str, ...], as_json: bool, debug: bool) -> None:
    """Say what is in the way of each host of INVENTORY, from here outward, and what deploy.py does about it.

    INVENTORY is an inventory file as pyinfra has it, or a fleet file. Nothing is changed, no lock is taken, and no stopped
    distribution is started. Exit code 0: no fault; 1: faults; 2: wrong usage.

    \b
    Examples:
      pyinfra-wsl doctor inventory/laptops.py
      pyinfra-wsl doctor inventory/fleet.yml --host LT-0001
      pyinfra-wsl doctor inventory/lab.py --json | jq '.hosts[] | select(.verdict == "fault") | .host'
    """
    # It turns all threads of the process into greenlets, which who only lists the commands must keep.
    from pyinfra_wsl.cli.examination import run  # noqa: PLC0415

    raise SystemExit(run(inventory, names, as_json=as_json, debug=debug))
