"""The configuration of Docker Desktop's engines: ``daemon.json`` and ``windows-daemon.json`` in the user's ``.docker``, merged.

Docker Desktop makes what its Windows engine reads of the second before each start (docker/for-win issues 14411, 473).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyinfra_wsl.core.formats import docker_settings, json_file, json_value
from pyinfra_wsl.core.formats.docker_settings import DamagedSettingsError
from pyinfra_wsl.resources.docker_desktop.places import Engine
from pyinfra_wsl.resources.docker_desktop.state import State
from pyinfra_wsl.resources.docker_desktop.want import Want


def differing(want: Want, state: State) -> Iterator[tuple[Engine, str]]:
    """Yield each engine whose configuration is to be changed, and the change in words."""
    for engine, wanted in want.daemons.items():
        file = state.daemons.get(engine)
        have = dict(file.values) if file is not None else {}
        merged = json_file.merge(have, wanted)
        if not json_value.same(merged, have):
            yield engine, json_file.told(have, merged)


def merge(data: bytes | None, wanted: Mapping[str, Any]) -> bytes:
    """Return an engine's configuration with what is declared: other keys and the layout stay.

    Args:
        data: the file as it is, None for none.
        wanted: what is declared.

    Raises:
        DamagedSettingsError: the file cannot be read.

    """
    parsed = docker_settings.parse(data)
    if parsed.values is None:
        raise DamagedSettingsError(parsed.problem)
    return docker_settings.render(json_file.merge(parsed.values, wanted), data)
