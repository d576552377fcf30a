"""A line of pyinfra's log at less cost: each operation of each host says one, which is a quarter of what pyinfra takes for it.

- Whether a stream shows colours is found out once for it, not for each line (click's `echo` asks the terminal and its context).
- Where a line was said is looked for among the frames only with ``--debug``, the only one that shows it.
- A host's name before its lines is coloured once, and put before them once.
- A line that nobody is shown is not put together: why an operation has nothing to do is told with ``-v`` or ``--debug`` alone.
- Where pyinfra's handler alone is asked, no record is made of which it takes the text, and no lock taken for one write.

Seen in pyinfra 3.10 (`pyinfra_cli/log.py`, `api/output.py`), and put in place by `quicker.use`, which knows the version.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, TextIO

import click
import pyinfra
from click import utils
from click.globals import resolve_color_default
from pyinfra.api import output
from pyinfra.api.host import Host

_stream: Any = getattr(utils, "_default_text_stderr", None)
_strips: Any = getattr(utils, "should_strip_ansi", None)
"""What click's `echo` asks, since 8.0 by these names; without them it is left alone."""
_NOWHERE = "(unknown file)", 0, "(unknown function)", None
_NOOP = Host.noop
_PREFIX = Host.print_prefix


def use() -> None:
    """Put ours in place of pyinfra's, where its command line runs: without that it shows nothing."""
    if (told := sys.modules.get("pyinfra_cli.log")) is None:
        return
    if _stream is not None and _strips is not None:
        told.LogHandler.emit = emit
        pyinfra.logger.info = _informer(pyinfra.logger.info, told)  # type: ignore[method-assign]
    pyinfra.logger.findCaller = _caller(pyinfra.logger.findCaller)  # type: ignore[method-assign]
    Host.noop = noop  # type: ignore[method-assign]
    if output._format_text is click.style:
        output.set_formatter(style := _once(click.style))
        Host.print_prefix = property(_prefixed(style))  # type: ignore[method-assign,assignment]


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


def noop(self: Host, description: str) -> None:
    """Do what pyinfra's `Host.noop` does: say why there is nothing to do, where that is shown."""
    if self.state.print_noop_info or pyinfra.logger.isEnabledFor(logging.DEBUG):
        _NOOP(self, description)


def _informer(usual: Callable[..., None], told: Any) -> Callable[..., None]:
    logger = pyinfra.logger

    def info(message: Any, *values: Any, **more: Any) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        if values or more or type(message) is not str or (formatter := _only(logger, told)) is None:
            usual(message, *values, **more | {"stacklevel": more.get("stacklevel", 1) + 1})
            return
        try:
            say(formatter.format(SimpleNamespace(msg=message, args=(), levelno=logging.INFO)))
        except Exception:  # noqa: BLE001 - logging's own way tells of it
            usual(message)

    return info


def _only(logger: logging.Logger, told: Any) -> Any:
    """Return the formatter of pyinfra's handler, where a line goes to that one alone and as it comes; else None."""
    if logger.filters or logger.propagate or len(logger.handlers) != 1:
        return None
    (handler,) = logger.handlers
    usual = type(handler) is told.LogHandler and type(handler.formatter) is told.LogFormatter and told.LogHandler.emit is emit
    return handler.formatter if usual and not handler.filters and handler.level <= logging.INFO else None


def _prefixed(style: Callable[..., str]) -> Callable[[Host], str]:
    @lru_cache(maxsize=4096)
    def known(name: str, padding: str) -> str:
        return f"{style('')}[{style(name, bold=True)}]{padding} "

    def prefix(self: Host) -> str:
        if self.nested_executing_op_hash or output._format_text is not style:
            return str(_PREFIX.fget(self))  # type: ignore[attr-defined]
        return known(self.name, self.print_prefix_padding)

    return prefix


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
