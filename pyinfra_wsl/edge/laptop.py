"""The snapshot of a laptop as a pyinfra fact; every other fact of Windows is a view on it."""

from __future__ import annotations

import json
from typing import Any

from pyinfra.api.exceptions import FactProcessError
from pyinfra.api.facts import FactBase
from pyinfra.context import host
from typing_extensions import override

from pyinfra_wsl.connectors.command import LookCommand
from pyinfra_wsl.connectors.session import SNAPSHOT_TTL
from pyinfra_wsl.core.windows import laptop
from pyinfra_wsl.core.windows.laptop import Target


class Laptop(FactBase[laptop.Laptop | None]):
    """Return everything known of a laptop as one object.

    + distros: names of the distributions that are looked into; those that the host declares, unless given
    + noun: for whose plan; what only other nouns depend on may then be older
    """

    @override
    def command(self, distros: tuple[str, ...] = (), noun: str | None = None) -> LookCommand:
        """Make the command that looks; `host` data says whose laptop it is."""
        declared = host.data.get("wsl_distros") or {}
        inside = [name for name, want in declared.items() if (want or {}).get("state", "present") == "present"]
        self.target = Target(host.data.get("user"), tuple(dict.fromkeys([*inside, *distros])))
        return LookCommand(self.target, noun, float(host.data.get("snapshot_ttl") or SNAPSHOT_TTL))

    @override
    def process(self, output: list[str]) -> laptop.Laptop:
        """Read the answers."""
        try:
            seen: dict[str, Any] = json.loads(output[0])
            return laptop.read(self.target, seen["raw"], seen["account"], seen["culture"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FactProcessError(f"the laptop answered what no laptop answers ({type(error).__name__}: {error})") from error
