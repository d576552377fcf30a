"""States made of plain values: what a host of a test is, without a look at a real one."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import PurePosixPath

from pyinfra_wsl import registry


def revive(cls, values):
    """Build a state from plain values: `pyinfra_wsl.core.resource.plain` the other way round."""
    hints = typing.get_type_hints(cls)
    assert values.keys() <= hints.keys(), f"{cls.__qualname__} has no {', '.join(values.keys() - hints.keys())}"
    return cls(**{name: _revived(hints[name], value) for name, value in values.items()})


def _revived(hint, value):
    if hint is typing.Any:  # what a settings file holds stays as it is
        return value
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if isinstance(value, Mapping):
        for option in options:
            if dataclasses.is_dataclass(option):
                return revive(option, value)
            if len(typing.get_args(option)) == 2:
                return {name: _revived(typing.get_args(option)[1], one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        inner = next(typing.get_args(option)[0] for option in options if typing.get_origin(option) is tuple)
        return tuple(_revived(inner, one) for one in value)
    return value


def seen(resource, arguments, values):
    """Return what a look at a host finds: its state, and of its users only those who are asked for.

    Args:
        resource: of which one, by its name.
        arguments: of the look.
        values: the whole state as plain values, with homes below /home.

    """
    found = registry.of(resource)
    assert found.script(**arguments), "a look asks for something"
    state = revive(found.state, values)
    if "users" in arguments:
        asked = {name: one for name, one in state.users.items() if name in arguments["users"]}
        state = dataclasses.replace(state, users=asked)
    if "user" in arguments and state.account and PurePosixPath(state.account.home).name != arguments["user"]:
        state = dataclasses.replace(state, account=None)
    return state
