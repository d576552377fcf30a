"""``pyinfra-wsl verify``: the testinfra suite that is shipped with the package, over a fleet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import click
import pytest

from pyinfra_wsl import verify as suite
from pyinfra_wsl.core.escape import escape

if find_spec("testinfra") is None:  # looked for, not imported: pytest rewrites what it imports itself
    raise ModuleNotFoundError("testinfra is missing", name="testinfra")

_CODES = {
    pytest.ExitCode.OK: 0, pytest.ExitCode.TESTS_FAILED: 1, pytest.ExitCode.INTERRUPTED: 130, pytest.ExitCode.INTERNAL_ERROR: 1,
    pytest.ExitCode.USAGE_ERROR: 2, pytest.ExitCode.NO_TESTS_COLLECTED: 1,
}  # fmt: skip
"""Our exit codes by pytest's."""


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("inventory")
@click.argument("options", metavar="[PYTEST'S OPTIONS]...", nargs=-1, type=click.UNPROCESSED)
def verify(inventory: str, options: tuple[str, ...]) -> None:
    """Look up each declared setting of each host with the machine's own programs.

    Each is one test of testinfra; nothing is changed. --limit HOST looks at some hosts only, and may be repeated; all
    further options are pytest's. Exit code 1 where anything is not as declared, also where nothing could be looked at; what was
    skipped is counted and named.

    \b
    Examples:
      pyinfra-wsl verify inventory/laptops.py
      pyinfra-wsl verify inventory/laptops.py --limit LT-0001 -k wslconfig
      pyinfra-wsl verify inventory/laptops.py --junitxml verified.xml -q
    """
    if inventory.startswith("-"):
        raise click.UsageError(f"INVENTORY comes first, and {escape(inventory)} after it")
    code = pytest.main(_arguments(inventory, options))
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        click.echo("nothing is declared that can be looked up, or no test was chosen: nothing is proved", err=True)
    raise SystemExit(_CODES.get(pytest.ExitCode(code), 1) if code in set(pytest.ExitCode) else 1)


def _arguments(inventory: str, options: Sequence[str]) -> list[str]:
    """Return pytest's command line: no settings of whatever project we are called in, and nothing written beside it."""
    return [
        str(Path(suite.__file__).parent), "-p", "pyinfra_wsl.testing.plugin", "-p", "no:cacheprovider", "-c", os.devnull,
        "--rootdir", str(Path.cwd()), "--strict-markers", "--inventory", inventory, *options,
    ]  # fmt: skip
