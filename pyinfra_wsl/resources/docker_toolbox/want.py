"""What is declared of Docker Toolbox: ``docker_toolbox`` of the fleet file, read once."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.core.resource import Values


@dataclass(frozen=True, slots=True)
class Want:
    """What is declared.

    Args:
        removed: whether it is not to be there.
        virtualbox: whether VirtualBox is not to be there either.
        allow_data_loss: consent to delete the person's machines of docker-machine with their disks.

    """

    removed: bool = False
    virtualbox: bool = False
    allow_data_loss: bool = False

    @classmethod
    def of(cls, values: Values) -> Want:
        """Read ``docker_toolbox`` of a host."""
        declared: Values = values.get("docker_toolbox", {})
        absent = declared.get("virtualbox") == "absent"
        return cls(declared.get("state") == "absent", absent, bool(declared.get("allow_data_loss")))
