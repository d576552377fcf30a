"""Eleven things of pyinfra that cost more than what they find out, with the same result for less.

- The order of an operation is the lines on the way to its call. pyinfra has Python find the source file of each frame, twice,
  and there among all modules the one that it belongs to: half of what a laptop without a change costs. A frame knows its line.
- The names and types of the global arguments are worked out from annotations for each operation of each host.
- Each of them is asked for in five layers of host data for each operation, where as a rule none is.
- Their values are held to their types by typeguard, although a value of just the type that is written always fits.
- The signature of an operation's function is worked out for each host, and the hash of its place, number by number.
- Whatever is asked of the host of the moment looks twice for which that is.
- Each host looks among all others for the longest name.
- The types of what a connector takes are worked out from annotations for each host.
- The connectors are looked up among all installed distributions for each host of an inventory.
- Python looks for garbage that refers to itself after each 700 new objects, and a run makes thousands for each laptop that stay.
- A line of its log takes down thread and process, which its formatter does not show (Python, "Logging HOWTO", optimization).

Seen in pyinfra 3.10 (`context.py`, `connectors/base.py` and of `api` `util.py`, `arguments.py`, `connectors.py`, `host.py`,
`operation.py`). Any other version is left alone and only slower;
tests/connectors/test_quicker.py holds each to what pyinfra's own function returns.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache, wraps
from importlib import import_module
from inspect import signature
from types import FrameType
from typing import Any, get_type_hints

import pyinfra
from pyinfra.api import arguments, connectors, facts, inventory, util
from pyinfra.api.exceptions import ArgumentTypeError
from pyinfra.api.host import Host, extract_callable_datas
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State
from pyinfra.connectors import base
from pyinfra.context import ContextObject, ctx_config
from pyinfra.version import __version__

from pyinfra_wsl.connectors import quick_lines

_KNOWN = ("3.10",)
"""Versions of pyinfra, by their first two numbers, of which the functions were read."""

_GARBAGE = 50_000
"""New objects after which Python looks for garbage: a few MiB."""


def use(version: str = __version__) -> bool:
    """Put ours in place of pyinfra's; return whether the version is one for which they are known to be the same."""
    if ".".join(version.split(".")[:2]) not in _KNOWN:
        return False
    _once(arguments.all_global_arguments, list, arguments, facts)
    _once(connectors.get_all_connectors, dict, connectors, inventory)
    setattr(base, get_type_hints.__name__, cache(get_type_hints))
    operation = import_module("pyinfra.api.operation")  # whose name is also that of a function of pyinfra.api
    deploy = import_module("pyinfra.api.deploy")
    for module in (operation, deploy, facts):
        setattr(module, arguments.pop_global_arguments.__name__, pop)
    setattr(operation, util.get_operation_order_from_stack.__name__, order)
    setattr(operation, signature.__name__, cache(signature))
    setattr(operation, util.make_hash.__name__, hashed)
    ContextObject.__getattr__ = of_the_moment  # type: ignore[method-assign]
    Host.init = begin  # type: ignore[method-assign]
    gc.set_threshold(_GARBAGE, 20, 20)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    quick_lines.use()
    return True


def pop(state: State, host: Host, kwargs: dict[str, Any]) -> tuple[Any, list[str]]:
    """Take the global arguments out of an operation's or fact's, as pyinfra does it; a host's data are asked if they hold any."""
    if not all(_names().isdisjoint(layer) for layer in extract_callable_datas(host.data.datas)):
        return arguments.pop_global_arguments(state, host, kwargs)
    config: Any = ctx_config.get() if ctx_config.isset() else state.config
    usual, loose = _usual(config)
    taken = usual.copy()
    for key in loose:
        taken[key] = usual[key].copy()
    around = host.current_deploy_kwargs
    if around and around != usual:
        taken |= {key: value for key, value in around.items() if key in usual}
    found = [key for key in kwargs if key in usual]
    for key in found:
        taken[key] = kwargs.pop(key)
    for key, handler in _handlers():
        taken[key] = handler(config, taken[key])
    if taken != usual:
        for key, value in taken.items():
            if value is not (default := usual[key]) and value != default:
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
    if type(place) is list and all(type(one) is int for one in place):
        return _hashed(tuple(place))
    return str(util.make_hash(place))


@lru_cache(maxsize=4096)
def _hashed(place: tuple[int, ...]) -> str:
    return str(util.make_hash(place))


def of_the_moment(self: Any, key: str) -> Any:
    """Return what pyinfra's `ContextObject` returns for an attribute."""
    module = self._container.module
    return getattr(self._base_cls if module is None else module, key)


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
    frames = list(reversed(list(_frames(sys._getframe(1)))))
    deploy = state.current_deploy_filename
    first = next((at for at, frame in enumerate(frames) if not deploy or frame.f_code.co_filename == deploy), len(frames))
    lines = [frame.f_lineno for frame in frames[first:] if not frame.f_code.co_filename.startswith(util.PYINFRA_INSTALL_DIR)]
    return [state.current_op_file_number, *lines] if pyinfra.is_cli else lines


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _once(function: Callable[[], Any], copied: Callable[[Any], Any], *modules: object) -> None:
    """Have a function without arguments called once, and whoever asks given a copy that is theirs."""
    name, found = function.__name__, cache(getattr(function, "__wrapped__", function))

    def answer() -> Any:
        return copied(found())

    answer.__wrapped__ = function  # type: ignore[attr-defined] # what it stands for, for who reads a traceback
    for module in modules:
        setattr(module, name, answer)
