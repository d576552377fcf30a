"""A line of pyinfra's log at less cost: each operation of each host says one, which is a quarter of what pyinfra takes for it.

- Whether a stream shows colours is found out once for it, not for each line (click's `echo` asks the terminal and its context).
- Where a line was said is looked for among the frames only with ``--debug``, the only one that shows it.
- A host's name before its lines is coloured once.

Seen in pyinfra 3.10 (`pyinfra_cli/log.py`, `api/output.py`), and put in place by `quicker.use`, which knows the version.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TextIO

import click
import pyinfra
from click import utils
from click.globals import resolve_color_default
from pyinfra.api import output

_stream: Any = getattr(utils, "_default_text_stderr", None)
_strips: Any = getattr(utils, "should_strip_ansi", None)
"""What click's `echo` asks, since 8.0 by these names; without them it is left alone."""
_NOWHERE = "(unknown file)", 0, "(unknown function)", None


def use() -> None:
    """Put ours in place of pyinfra's, where its command line runs: without that it shows nothing."""
    if (told := sys.modules.get("pyinfra_cli.log")) is None:
        return
    if _stream is not None and _strips is not None:
        told.LogHandler.emit = emit
    pyinfra.logger.findCaller = _caller(pyinfra.logger.findCaller)  # type: ignore[method-assign]
    if output._format_text is click.style:
        output.set_formatter(_once(click.style))


def emit(self: logging.Handler, record: logging.LogRecord) -> None:
    """Show a line on the standard error, as pyinfra's handler does it."""
    try:
        say(self.format(record))
    except Exception:  # noqa: BLE001 - as a handler of Python's has it
        self.handleError(record)


def say(line: str) -> None:
    """Do what ``click.echo(line, err=True)`` does with a text."""
    if (file := _stream()) is not None:
        file.write(f"{click.unstyle(line) if _is_plain(file) else line}\n")
        file.flush()


@lru_cache(maxsize=1)
def _is_plain(file: TextIO) -> bool:
    return bool(_strips(file, resolve_color_default()))


def _caller(find: Callable[..., Any]) -> Callable[..., Any]:
    def found(stack_info: bool = False, stacklevel: int = 1) -> Any:
        if stack_info or pyinfra.logger.isEnabledFor(logging.DEBUG):
            return find(stack_info, stacklevel + 1)
        return _NOWHERE

    return found


def _once(style: Callable[..., str]) -> Callable[..., str]:
    known = lru_cache(maxsize=1024, typed=True)(style)

    def styled(text: Any, *how: Any, **more: Any) -> str:
        try:
            return known(text, *how, **more)
        except TypeError:  # a colour as a list
            return style(text, *how, **more)

    return styled
