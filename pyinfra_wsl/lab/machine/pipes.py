r"""Named pipes: who listens at ``\\.\pipe\NAME``, for as long as their process runs.

That ``File.Exists`` and a listing of ``\\.\pipe\`` see pipes is from knowledge of Windows, not verified here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pyinfra_wsl.lab.machine.process import Process, Processes

ROOT = "\\\\.\\pipe\\"


@dataclass(eq=False)
class Pipes:
    """The pipes of one laptop, by lower-case name."""

    processes: Processes
    table: dict[str, tuple[str, Process]] = field(default_factory=dict)

    def listen(self, name: str, process: Process) -> bool:
        """Open a pipe; returns False where another process that runs has it."""
        holder = self.holder(name)
        if holder is not None and holder is not process:
            return False
        self.table[name.lower()] = (name, process)
        return True

    def close(self, name: str) -> None:
        """Close a pipe; one that is not open is fine."""
        self.table.pop(name.lower(), None)

    def holder(self, name: str) -> Process | None:
        """Return the process that listens, None for nobody: a pipe ends with its process."""
        found = self.table.get(name.lower())
        return found[1] if found is not None and self.processes.get(found[1].pid) is found[1] else None

    def names(self) -> list[str]:
        """Return the names of all pipes at which somebody listens, sorted."""
        return sorted(name for name, _ in self.table.values() if self.holder(name) is not None)
