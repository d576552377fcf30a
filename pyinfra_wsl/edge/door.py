"""The door of an operation: a declaration is held to the same rules as a fleet file, then it is believed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl import form
from pyinfra_wsl.core import source
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.problem import Path, Problem, failures
from pyinfra_wsl.core.resource import Resource, Values


class RefusedError(Exception):
    """A declaration is wrong.

    Args:
        failures: all that is wrong with it.

    """

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        """Keep the failures; the text is all of them."""
        super().__init__("; ".join(failure.said for failure in failures))
        self.failures = failures


def plain(value: Any) -> Any:
    """Return what a user hands to an operation as mappings, lists, text and numbers, without None."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def enter(resource: Resource[Any, Any], declared: Mapping[str, Any]) -> tuple[Values, Any]:
    """Return what a user hands to an operation as a fleet file would hold it, and what its resource reads from it.

    Args:
        resource: whose rules it is held to.
        declared: the values of a host in which it is declared; None is no value.

    Raises:
        RefusedError: its form is wrong, else what its resource needs, excludes or contradicts.

    """
    values = plain(declared)
    if (
        found := list(_strange(values, ()))
        or list(source.secrets(values))
        or list(form.of_values(values))
        or list(resource.check(values))
    ):
        raise RefusedError(failures(found))
    try:
        return values, resource.want(values)
    except KeyError as missing:
        failure = Failure(f"{resource.words}: {missing} is missing", "give the operation this argument", "declaration")
        raise RefusedError((failure,)) from missing


def _strange(value: Any, path: Path) -> Iterator[Problem]:
    """Yield values of a kind that no fleet file can hold, as bytes."""
    if isinstance(value, Mapping | list):
        for name, one in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _strange(one, (*path, name))
    elif not isinstance(value, str | int | float):
        yield Problem(
            path, f"is of the kind {type(value).__name__}, which cannot be declared", "write text, a number, or true or false"
        )
