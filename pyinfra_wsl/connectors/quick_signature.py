"""The signature of an operation's function, worked out once, and told at a glance whether arguments fit it.

pyinfra binds the arguments of an operation only to hear that they do not fit, for each operation of each host; Python does that
parameter by parameter. Where all are given by name, it is enough that those are known and none is missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from inspect import BoundArguments, Parameter, Signature
from typing import Any

from typing_extensions import override


@cache
def of(function: Callable[..., Any]) -> Signature:
    """Return the signature of a function."""
    return Named(inspect.signature(function))


class Named(Signature):
    """A signature that binds what is given by name in one step.

    Args:
        found: the same one, as Python has it.

    """

    __slots__ = ("_known", "_needed")

    def __init__(self, found: Signature) -> None:
        """Note which names there are, and which of them must be given; none where something else may be given too."""
        super().__init__(list(found.parameters.values()), return_annotation=found.return_annotation)
        plain = all(one.kind in _BY_NAME for one in found.parameters.values())
        self._known = tuple(found.parameters) if plain else ()
        self._needed = {name for name, one in found.parameters.items() if one.default is Parameter.empty}

    @override
    def bind(self, /, *args: Any, **kwargs: Any) -> BoundArguments:
        """Return what is given, by parameter; raises TypeError where it does not fit."""
        bound = {name: kwargs[name] for name in self._known if name in kwargs}
        if args or len(bound) != len(kwargs) or not self._needed <= bound.keys():
            return super().bind(*args, **kwargs)
        return BoundArguments(self, bound)


_BY_NAME = Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY
