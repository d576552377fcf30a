"""What engines hold: images, volumes, containers. Each engine, place and image store has its own; the others' are not reachable.

Sources: Docker's install page (one machine-wide VM for Hyper-V, Windows containers on the host, WSL 2 per account), its settings
page (the containerd image store hides what the other one holds, and the other way round), id 71364689781 (a path that is changed
by hand moves nothing: an empty engine begins there).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Content:
    """What one engine holds, by name."""

    images: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    containers: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Contents:
    """What all engines of a laptop hold, by place and image store."""

    table: dict[str, Content] = field(default_factory=dict)

    def at(self, place: str, *, containerd: bool = True) -> Content:
        """Return what lies at a place in one of the two image stores; empty at first."""
        return self.table.setdefault(f"{place.lower()}|{'containerd' if containerd else 'classic'}", Content())

    def move(self, old: str, new: str) -> None:
        """Have what lies at one place lie at another."""
        for store in ("containerd", "classic"):
            if (found := self.table.pop(f"{old.lower()}|{store}", None)) is not None:
                self.table[f"{new.lower()}|{store}"] = found

    def drop(self, place: str) -> None:
        """Forget what lies at a place, and below it."""
        for key in [key for key in self.table if key.startswith(place.lower())]:
            del self.table[key]
