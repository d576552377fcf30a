"""The fleet file: read, checked by schemas and by the rules of the resources, and resolved to what each machine must be.

``from pyinfra_wsl import fleet``: `load` a file, and get its `Fleet` of `Host`, or a `FleetError` that tells all that is wrong.
"""

from pyinfra_wsl.fleet.file import Fleet, FleetError, Host, keys, load, notes

__all__ = ["Fleet", "FleetError", "Host", "keys", "load", "notes"]
