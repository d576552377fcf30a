"""What is called for a host before a run: deploy files as pyinfra's command line calls them, or our roles."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

import pyinfra
from pyinfra.api.config import Config
from pyinfra.context import ctx_config, host
from pyinfra_cli.util import exec_file

import pyinfra_wsl
from pyinfra_wsl.connectors.command import fail, trace
from pyinfra_wsl.core import mask
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.secret import HIDDEN
from pyinfra_wsl.rollout.runner.state import ShardState
from pyinfra_wsl.survey import roles

CODE = "deploy_file"
_CONFIG = "config.py"
_INSIDE = tuple(str(Path(one.__file__ or "").parent) for one in (pyinfra, pyinfra_wsl))
_LONGEST = 500


def read_config(config: Config) -> Failure | None:
    """Let ``config.py`` of the current folder say its settings, as for pyinfra's command line; return why that cannot be."""
    try:
        with ctx_config.use(config):
            if Path(_CONFIG).exists():
                exec_file(_CONFIG)
            config.lock_current_state()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is a person's program, and may do anything
        return why(error, [_CONFIG])
    finally:
        ctx_config.reset()
    return None


def call(state: ShardState, deploy: Sequence[str]) -> None:
    """Call deploy files for the host of the moment, or our roles where there are none.

    Args:
        state: of the shard; each file has a number by which its operations are ordered.
        deploy: paths.

    """
    if not deploy:
        with ctx_config.use(state.config.copy()):
            _roles(state)
    for number, path in enumerate(deploy):
        state.current_op_file_number, state.current_deploy_filename = number, path
        with ctx_config.use(state.config.copy()):
            exec_file(path)


def _roles(state: ShardState) -> None:
    system = "linux" if host.data.get("os") == "linux" else "windows"
    for number, name in enumerate(roles.ORDER[system]):
        state.current_op_file_number = number  # as if each had a line of its own
        import_module(f"pyinfra_wsl.roles.{name}").apply()
    for one in roles.foreign():
        cause = f"{one.key} is declared, and the operations of {one.words} are called by your deploy file only"
        fail(host, one.name, (Failure(cause, "roll out with --deploy and that file", "foreign"),))


def why(error: BaseException, files: Sequence[str], secrets: Iterable[str] = ()) -> Failure:
    """Return what went wrong in a deploy file, with the file and the line where it did.

    Args:
        error: what was raised.
        files: the deploy files.
        secrets: what its text must not show.

    """
    first = getattr(error, "exception", error)  # pyinfra's own for what a file raises has no text
    if isinstance(first, Exception):
        trace(first)
    text = str(first)
    for one in secrets:
        text = text.replace(one, HIDDEN)
    text = " ".join(mask.text(text).split())[:_LONGEST]
    said = escape(": ".join(one for one in (_place(first, files), type(first).__name__, text) if one))
    return Failure(said, "correct it there, then roll out again", CODE)


def _place(error: BaseException, files: Sequence[str]) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [(one.filename, one.lineno) for one in traceback.extract_tb(error.__traceback__)]
    theirs = [one for one in frames if one[0] in files] or [one for one in frames if not one[0].startswith(_INSIDE)]
    return f"{theirs[-1][0]}:{theirs[-1][1]}" if theirs else ""
