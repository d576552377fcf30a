"""How people break what a fleet file declares: one setting at a time, as a user would do it by hand."""

from __future__ import annotations

from pyinfra_wsl import registry
from pyinfra_wsl.core.resource import Values
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.resource.breaks import Break
from pyinfra_wsl.lab.scenarios.owner import owner


def breaks(machine: Machine, declared: Values) -> list[Break]:
    """Return every way to break what a laptop declares, as the resources know them, in the order of the declaration.

    Those that no run repairs come last: little is left to break after them.
    """
    person = owner(machine, declared)
    parts = [part for part in registry.modules("lab") if hasattr(part, "breaks")]
    place = {key: number for number, key in enumerate(declared)}

    def rank(one: Break) -> tuple[bool, int]:
        return not one.repairable, place.get(one.name.partition(".")[0], len(place))

    return sorted((one for part in parts for one in part.breaks(declared, person)), key=rank)
