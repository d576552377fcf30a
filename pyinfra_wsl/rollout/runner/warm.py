"""What is the same for all hosts and shards, worked out once in the runner: a fork has it, and each would work it out anew.

Nothing here knows of a host or of what is declared for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import gevent
from pyinfra.api import connectors

from pyinfra_wsl import agent, form, registry
from pyinfra_wsl.core import pattern
from pyinfra_wsl.core.talk import Run
from pyinfra_wsl.core.windows import look
from pyinfra_wsl.edge import laptop

_LATE = ("encodings.ascii", "encodings.idna", "encodings.utf_16_le", "encodings.utf_8_sig", "gevent.util")
"""Modules that are loaded once somebody is connected."""
_CONNECTORS = "pyinfra.connectors"
"""The group of pyinfra's entry points."""


def up() -> None:
    """Work it out."""
    for name in _LATE:
        import_module(name)
    _ = gevent.config.resolver, gevent.config.threadpool  # loads what looks names up, and makes none of it
    here = _brought_here()
    with suppress(ImportError):  # of a connector whose extra is not installed: whoever needs it is told then
        if _CONNECTORS not in here:
            connectors.get_all_connectors()
    # a resource of others may do anything, so it is for a fork to load
    if registry.GROUP not in here and not metadata.entry_points(group=registry.GROUP):
        _resources()


def _brought_here() -> set[str]:
    """Return the groups of what the folder of the moment brings: a fork looks there too, as pyinfra's command line does."""
    with suppress(OSError):
        found = metadata.distributions(path=[str(Path.cwd())])
        return {point.group for one in found for point in one.entry_points}
    return set()


def _resources() -> None:
    for resource in registry.found():
        registry.needs(registry.of(resource.name))
    form.one_line(("any",))
    form.of_values({})
    for one in _patterns(form.schemas()):
        pattern.holds(one, "")
    next(look.look_at_machine(laptop.resources(), Run("", "", b"", 0, "", "")))
    agent.encoded()
    agent.command_line()


def _patterns(schema: Any) -> Iterator[str]:
    """Yield the patterns of a schema, which are read when a text is first held against them."""
    if isinstance(schema, Mapping):
        known = schema.get("pattern")
        yield from (known,) if isinstance(known, str) else ()
        yield from schema.get("patternProperties", ())
    for one in schema.values() if isinstance(schema, Mapping) else schema if isinstance(schema, list) else ():
        yield from _patterns(one)
