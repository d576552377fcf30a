"""Whether arguments fit is told as Python tells it, with the same words."""

# ruff: noqa: ARG005 - what the functions do with their arguments is nothing

import inspect
import itertools

import pytest

from pyinfra_wsl.connectors import quick_signature

FUNCTIONS = [
    lambda: 0, lambda a: 0, lambda a, b=2: 0, lambda a=1, *, b: 0, lambda a, /, b: 0, lambda *a: 0, lambda **a: 0,
    lambda b, *a: 0, lambda a, *, b=3, **c: 0, lambda *, a, b=None: 0, lambda self, a=1: 0,
]  # fmt: skip
ARGS = [(), (1,), (1, 2), (1, 2, 3)]
NAMED = [dict(one) for size in range(4) for one in itertools.combinations({"a": 7, "b": None, "c": 9, "self": 0}.items(), size)]


@pytest.mark.parametrize("function", FUNCTIONS, ids=[str(inspect.signature(one)) for one in FUNCTIONS])
def test_it_binds_as_pythons(function):
    ours, pythons = quick_signature.of(function), inspect.signature(function)
    assert ours == pythons
    assert str(ours) == str(pythons)

    def told(signature, args, named):
        try:
            bound = signature.bind(*args, **named)
        except TypeError as error:
            return str(error)
        return bound.arguments, list(bound.arguments), bound.args, bound.kwargs

    for args in ARGS:
        for named in NAMED:
            assert told(ours, args, named) == told(pythons, args, named), (args, named)
