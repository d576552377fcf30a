"""What a schema cannot say of one machine's values: which of them need, exclude or contradict one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File

from pyinfra_wsl import registry
from pyinfra_wsl.core import show
from pyinfra_wsl.core.problem import Path, Problem
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.sources import NoFileError, whole

_SOURCE = ("connection", "password_from")
_FILES = ("key", "known_hosts")


def check(values: Values, gone: Sequence[Path] = ()) -> list[Problem]:
    """Return what is wrong with one machine's values.

    Args:
        values: after inheritance; their form is right.
        gone: paths of values that were left out because something else is wrong with them; they are not missed again.

    """
    found = list(_connection(values))
    for resource in registry.found():
        found += [*registry.ask(resource, "check", values), *registry.ask(resource, "complete", values)]
    return [problem for problem in found if problem.path not in gone]


def _connection(values: Values) -> Iterator[Problem]:
    connection = values.get("connection", {})
    for key in _FILES:
        try:
            whole(connection.get(key, ""), File())
        except NoFileError as error:
            yield Problem(("connection", key), f"{show.value(connection[key])} {error}")
    source = connection.get("password_from")
    if isinstance(source, Mapping) and len(source) > 1:
        other = next(iter(source))
        yield Problem(_SOURCE, f"has both {' and '.join(source)}, one of them inherited", f"remove it with {other}: null")
    elif isinstance(source, Mapping) and not source:
        yield Problem(_SOURCE, "names no source", "write prompt, {env: NAME} or {command: [program, argument]}")
