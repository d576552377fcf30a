"""``daemon.json``: merged, never replaced; which keys a running daemon takes over, and which need its restart.

Docker documentation, dockerd reference: "Daemon configuration file" and "Configuration reload behavior". "Docker daemon
configuration overview": the system's daemon reads ``/etc/docker/daemon.json``, one without root ``~/.config/docker/daemon.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.acts import Shell, foreign_link
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine import in_force
from pyinfra_wsl.resources.docker_engine.in_force import Home, Told
from pyinfra_wsl.resources.docker_engine.patch import patched
from pyinfra_wsl.resources.docker_engine.running import RELOADED, Running


def _as_it_is(shell: Shell) -> Shell:
    return shell


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon and its file, as they were found.

    Args:
        home: where it lives and is told of its file.
        config: what stands in its file; None where there is none.
        problem: why that cannot be read.
        running: what is known of it while it runs; None while none runs.
        provable: whether a throw-away daemon could run beside it: all that it needs is there.
        ends: how many containers a restart ends; None is unknown.
        whose: user whose daemon it is; empty for the system's.
        as_owner: makes something of it that this user carries out.
        careful: whether containers that are started before its restart keep it from that.
        link: where its file leads, where that is a link; behind it what of that path others than root may write.

    """

    home: Home
    config: Mapping[str, Any] | None = None
    problem: str = ""
    running: Running | None = None
    provable: bool = True
    ends: int | None = 0
    whose: str = ""
    as_owner: Callable[[Shell], Shell] = _as_it_is
    careful: bool = False
    link: Sequence[str] = ()

    def changes(self, want: Mapping[str, Any]) -> Iterator[Step]:
        """Plan the file, and how the daemon learns of it; also of one that is right, and that it has not read yet."""
        have = self.config or {}
        merged = patched(have, want)
        keys = json_file.changed(have, merged)
        late = self.running.late(want) if self.running else ()
        if not keys and not late:
            return
        told = self._told({*keys, *late})
        plugins = self.running.plugins if self.running else ()
        new, careful = merged if keys else None, self.careful and self.ends == 0
        shell = in_force.brought(self.home, new, have, told, plugins, provable=self.provable, careful=careful)
        of = f" of {self.whose}" if self.whose else ""
        file = f"daemon.json{of} {json_file.told(have, merged)}"
        yield Step(
            file if keys else f"dockerd{of} runs with daemon.json: {', '.join(late)}",
            (self.as_owner(shell),),
            self._note(told) if keys else f"the file was changed after dockerd had read it; {self._note(told)}",
            json_file.diff(self.home.file, have, merged) if keys else (),
            self.ends if told == Told.RESTART else 0,
        )

    def _told(self, keys: set[str]) -> Told:
        if self.running is None:
            return Told.NOTHING
        if not keys <= RELOADED:
            return Told.RESTART
        return Told.RELOAD_OF_SOME if self.running.stale and self.running.told != "all" else Told.RELOAD

    def _note(self, told: Told) -> str:
        if told == Told.NOTHING:
            return ""
        return f"dockerd is restarted{ending(self.ends)}" if told == Told.RESTART else "dockerd reads it anew"

    def failures(self, want: Mapping[str, Any]) -> Iterator[Failure]:
        """Say why the file cannot be merged with."""
        if want and self.problem:
            yield Failure(f"{self.home.file} is no JSON: {self.problem}", "mend or remove it, then run again", "daemon")
        if len(self.link) > 1 and json_file.changed(self.config or {}, patched(self.config or {}, want)):
            yield foreign_link(self.home.file, ", and ".join(self.link[:2]))

    def unproved(self, want: Mapping[str, Any]) -> Iterator[str]:
        """Say what is declared of a daemon of which nobody knows when it started."""
        if want and self.running and self.running.stale is None:
            of = f" of {self.whose}" if self.whose else ""
            yield f"whether dockerd{of} runs with its daemon.json: it is not known when it started"


def ending(containers: int | None) -> str:
    """Say how many containers end, as the rest of a note."""
    if containers is None:
        return "; it is not known whether containers run"
    if not containers:
        return ""
    return "; 1 container stops with it" if containers == 1 else f"; {containers} containers stop with it"
