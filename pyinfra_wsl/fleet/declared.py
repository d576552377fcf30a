"""What a host declares, setting by setting: what verification tests one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra_wsl import registry
from pyinfra_wsl.core.resource import Setting, Values


def settings(values: Values) -> Iterator[Setting]:
    """Yield every setting of a host whose truth can be looked up on the host, by resource.

    Args:
        values: what the host declares, by the names of the fleet file.

    """
    clean: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    for resource in registry.found():
        yield from registry.ask(resource, "settings", clean)
