"""Things of pyinfra that cost more than what they find out, with the same result for less.

- The order of an operation is the lines on the way to its call. pyinfra has Python find the source file of each frame, twice,
  and there among all modules the one that it belongs to: half of what a laptop without a change costs. A frame knows its line.
- The names and types of the global arguments are worked out from annotations for each operation of each host.
- Each of them is asked for in five layers of host data for each operation, where as a rule none is.
- Their values are held to their types by typeguard, although a value of just the type that is written always fits; so is what
  is written of a host's connection, of which the names and types are worked out for each host.
- The signature of an operation's function is worked out for each host, and the hash of its place, number by number;
  that its arguments are among those that it takes is found out parameter by parameter (`quick_signature`).
- The layers of host data are found anew, by two functions each, for each question (`quick_data`).
- The host and the state of the moment are asked by stand-ins, which look twice for which that is (`quick_context`).
- The order of all operations is put together of those of each host, although nearly all have the same (`quick_order`).
- The line of those who are still at work is made of all their names whenever one is done (`quick_progress`).
- A line of the log is asked each time how and to whom it is shown (`quick_lines`), and takes down thread and process, which
  its formatter does not show (Python, "Logging HOWTO", optimization).
- Each host gets a copy of the configuration, of which each value is held anew to what is known of some.
- Each host looks among all others for the longest name.
- The connectors are looked up among all installed distributions for each host of an inventory.
- Python looks for garbage that refers to itself after each 700 new objects, and a run makes hundreds for each laptop that stay
  (`core.garbage`). At the end of the process it takes all of them apart (`quick_end`).

Seen in pyinfra 3.10 (`context.py`, `api/util.py`, `api/arguments.py`, `api/config.py`, `api/connectors.py`, `api/host.py`,
`api/operation.py`, `api/state.py`, `connectors/base.py`). Any other version is left alone and only slower;
tests/connectors/test_quicker.py, and a test of its own for each module, hold each to what pyinfra's own function returns.
"""

from __future__ import annotations

import atexit
import logging
import sys
from collections.abc import Callable
from functools import cache, lru_cache, wraps
from importlib import import_module
from inspect import signature
from itertools import chain
from typing import Any, get_type_hints

import pyinfra
from pyinfra.api import arguments, connectors, facts, inventory, util
from pyinfra.api.config import Config, config_defaults
from pyinfra.api.exceptions import ArgumentTypeError
from pyinfra.api.host import Host
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.connectors import base
from pyinfra.context import ctx_config
from pyinfra.version import __version__

from pyinfra_wsl.connectors import (
    quick_context,
    quick_data,
    quick_end,
    quick_lines,
    quick_order,
    quick_progress,
    quick_signature,
)
from pyinfra_wsl.core import garbage

_KNOWN = ("3.10",)
"""Versions of pyinfra, by their first two numbers, of which the functions were read."""


def use(version: str = __version__) -> bool:
    """Put ours in place of pyinfra's; return whether the version is one for which they are known to be the same."""
    if ".".join(version.split(".")[:2]) not in _KNOWN:
        return False
    _once(arguments.all_global_arguments, list, arguments, facts)
    _once(connectors.get_all_connectors, dict, connectors, inventory)
    operation = import_module("pyinfra.api.operation")  # whose name is also that of a function of pyinfra.api
    deploy = import_module("pyinfra.api.deploy")
    for module in (operation, deploy, facts):
        setattr(module, arguments.pop_global_arguments.__name__, pop)
    setattr(operation, util.get_operation_order_from_stack.__name__, order)
    setattr(operation, signature.__name__, quick_signature.of)
    setattr(operation, util.make_hash.__name__, hashed)
    quick_context.use(operation, deploy)
    quick_data.use()
    quick_order.use()
    quick_progress.use()
    Config.copy = copied  # type: ignore[method-assign]
    Host.init = begin  # type: ignore[method-assign]
    vars(base)[get_type_hints.__name__] = cache(get_type_hints)
    vars(base)[util.raise_if_bad_type.__name__] = fits
    garbage.seldom()
    atexit.register(quick_end.leave)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    quick_lines.use()
    return True


def pop(state: State, host: Host, kwargs: dict[str, Any]) -> tuple[Any, list[str]]:
    """Take the global arguments out of an operation's or fact's, as pyinfra does it; a host's data are asked if they hold any."""
    if not _names().isdisjoint(chain.from_iterable(quick_data.layers(host.data))):
        return arguments.pop_global_arguments(state, host, kwargs)
    config: Any = state.config if (of_the_moment := ctx_config.get()) is None else of_the_moment
    usual, loose = _usual(config)
    taken = usual.copy()
    for key in loose:
        taken[key] = usual[key].copy()
    around = host.current_deploy_kwargs
    if around:
        taken |= around if around.keys() <= usual.keys() else {key: value for key, value in around.items() if key in usual}
    found = [*filter(usual.__contains__, kwargs)]
    for key in found:
        taken[key] = kwargs.pop(key)
    for key, handler in _handlers():
        taken[key] = handler(config, taken[key])
    for key, value, default in zip(taken, taken.values(), usual.values(), strict=True):
        if value is not default and value != default:
            fits(value, _kinds()[key], ArgumentTypeError, f"Invalid argument `{key}`:")
    return taken, found if len(found) < _SEVERAL else [key for key in usual if key in found]


_SEVERAL = 2
_LOOSE = (list, dict)
_last: list[Any] = []  # a configuration, and what `_usual` returns for it


def _usual(config: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return each global argument as it is where nobody gives it, and which of them may be changed in place.

    They are worked out anew where something else is configured.
    """
    configured = vars(config)
    if not _last or _last[0] != configured:
        usual = {key: arguments.all_argument_meta[key].default(config) for key in _kinds()}
        _last[:] = dict(configured), (usual, tuple(key for key, value in usual.items() if type(value) in _LOOSE))
    found: tuple[dict[str, Any], tuple[str, ...]] = _last[1]
    return found


@cache
def _handlers() -> tuple[tuple[str, Callable[[Any, Any], Any]], ...]:
    every = ((key, arguments.all_argument_meta[key].handler) for key in _kinds())
    return tuple((key, handler) for key, handler in every if handler)


@cache
def _kinds() -> dict[str, Any]:
    return dict(arguments.all_global_arguments())


@cache
def _names() -> frozenset[str]:
    return frozenset(_kinds())


def fits(value: Any, kind: Any, exception: type[Exception], prefix: str) -> None:
    """Raise what pyinfra raises for a value that is not of the type that is written for it."""
    if type(value) is not kind:
        util.raise_if_bad_type(value, kind, exception, prefix)


def hashed(place: Any) -> str:
    """Return pyinfra's hash of an operation's place, which nearly all hosts have in common."""
    if type(place) is list and {*map(type, place)} <= _NUMBERS:
        return _hashed(tuple(place))
    return str(util.make_hash(place))


_NUMBERS = {int}


@lru_cache(maxsize=4096)
def _hashed(place: tuple[int, ...]) -> str:
    return str(util.make_hash(place))


@wraps(Config.copy)
def copied(self: Config) -> Config:
    """Return what pyinfra's `Config.copy` does: values that were held to what is known of them when they were set, and no ENV."""
    made = object.__new__(Config)
    vars(made).update({"ENV": {}}, **{name: getattr(self, name) for name in config_defaults})
    return made


@wraps(Host.init)
def begin(self: Host, state: State) -> None:
    """Do what pyinfra's `Host.init` does, with the longest name found once for all hosts of an inventory."""
    self.state = state
    self.connector = self.connector_cls(state, self)
    self.print_prefix_padding = " " * (_longest(self.inventory, len(self.inventory)) - len(self.name))


@lru_cache(maxsize=1)
def _longest(inventory: Inventory, _hosts: int) -> int:
    return max(len(host.name) for host in inventory)


def order(state: State) -> list[int]:
    """Return the lines on the way from the deploy file to the operation that is called, without those within pyinfra.

    Args:
        state: pyinfra's, which knows the file that it runs.

    """
    deploy: Any = state.current_deploy_filename
    lines, counted, frame = list[int](), 0, sys._getframe(1)  # from the innermost on
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(util.PYINFRA_INSTALL_DIR):
            lines.append(frame.f_lineno)
        if not deploy or name == deploy:
            counted = len(lines)
        frame = frame.f_back  # type: ignore[assignment]
    lines = lines[:counted][::-1]
    return [state.current_op_file_number, *lines] if pyinfra.is_cli else lines


def _once(function: Callable[[], Any], copied: Callable[[Any], Any], *modules: object) -> None:
    """Have a function without arguments called once, and whoever asks given a copy that is theirs."""
    name, found = function.__name__, cache(getattr(function, "__wrapped__", function))

    def answer() -> Any:
        return copied(found())

    answer.__wrapped__ = function  # type: ignore[attr-defined] # what it stands for, for who reads a traceback
    for module in modules:
        setattr(module, name, answer)
