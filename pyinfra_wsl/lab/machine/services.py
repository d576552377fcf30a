"""Windows' services: how each starts is in the registry, which of them run now is here.

Sources: Microsoft, "Services" (registry key ``HKLM\\SYSTEM\\CurrentControlSet\\Services``, values Start and DependOnService) and
"System Error Codes". What starts automatically runs after every boot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.lab.machine.features import SERVICES_KEY
from pyinfra_wsl.lab.machine.registry import Registry

AUTOMATIC, DEMAND, DISABLED = 2, 3, 4
DEPENDENCY_FAILED, ALREADY_RUNS, IS_DISABLED, NO_SERVICE, NOT_STARTED = 1068, 1056, 1058, 1060, 1062


class ServiceError(Exception):
    """A service did not do what it was told; `code` is the Win32 error."""

    def __init__(self, code: int, name: str) -> None:
        """Keep the fields."""
        super().__init__(f"error {code} of service {name}")
        self.code, self.name = code, name


@dataclass(eq=False)
class Services:
    """The services of one laptop.

    Args:
        registry: of that laptop.
        changed: those that were started or stopped since the boot, by lower-case name.
        watchers: who is told whether a service runs when that may have changed, by its lower-case name.

    """

    registry: Registry
    changed: dict[str, bool] = field(default_factory=dict)
    watchers: dict[str, Callable[[bool], None]] = field(default_factory=dict)

    def exists(self, name: str) -> bool:
        """Whether there is such a service."""
        return self.registry.exists(self.key(name))

    def key(self, name: str) -> str:
        """Return the registry key of a service."""
        return rf"{SERVICES_KEY}\{name}"

    def get(self, name: str, value: str, default: Any = None) -> Any:
        """Return what the registry holds of a service."""
        return self.registry.get(self.key(name), value, default)

    def start_type(self, name: str) -> int:
        """Return 2 for automatic, 3 for on demand, 4 for disabled."""
        return int(self.get(name, "Start", DEMAND))

    def running(self, name: str) -> bool:
        """Whether it runs now."""
        return self.exists(name) and self.changed.get(name.lower(), self.start_type(name) == AUTOMATIC)

    def create(self, name: str, display: str, image: str, start: int, needs: tuple[str, ...] = ()) -> None:
        """Register a service; one that starts automatically runs at the next boot, or when it is started."""
        for value, kind, data in (
            ("DisplayName", "String", display),
            ("ImagePath", "ExpandString", image),
            ("ObjectName", "String", "LocalSystem"),
            ("Start", "DWord", start),
            *((("DependOnService", "MultiString", list(needs)),) if needs else ()),
        ):
            self.registry.set(self.key(name), value, kind, data)
        self.changed.setdefault(name.lower(), False)

    def delete(self, name: str) -> None:
        """Remove a service; it stops with that."""
        self.registry.remove_tree(self.key(name))
        self.changed.pop(name.lower(), None)
        self._tell(name)

    def start(self, name: str) -> None:
        """Start one and what it needs; raises ServiceError."""
        if not self.exists(name):
            raise ServiceError(NO_SERVICE, name)
        if self.running(name):
            raise ServiceError(ALREADY_RUNS, name)
        if self.start_type(name) == DISABLED:
            raise ServiceError(IS_DISABLED, name)
        for needed in self.get(name, "DependOnService", []):
            try:
                if not self.running(needed):
                    self.start(needed)
            except ServiceError:
                raise ServiceError(DEPENDENCY_FAILED, name) from None
        self.changed[name.lower()] = True
        self._tell(name)

    def stop(self, name: str) -> None:
        """Stop one; raises ServiceError."""
        if not self.exists(name):
            raise ServiceError(NO_SERVICE, name)
        if not self.running(name):
            raise ServiceError(NOT_STARTED, name)
        self.changed[name.lower()] = False
        self._tell(name)

    def boot(self) -> None:
        """Begin anew: what starts automatically runs, nothing else does."""
        self.changed.clear()
        for name in self.watchers:
            self._tell(name)

    def _tell(self, name: str) -> None:
        if (watcher := self.watchers.get(name.lower())) is not None:
            watcher(self.running(name))
