"""``daemon.json``: merged, never replaced; which keys a running daemon takes over, and which need its restart.

Docker documentation, dockerd reference: "Daemon configuration file" and "Configuration reload behavior"; it can
``--validate`` since 23.0. "Docker daemon configuration overview": the system's daemon reads ``/etc/docker/daemon.json``, one
without root ``~/.config/docker/daemon.json``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.acts import REFUSED, Act, Shell, foreign_link, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine.state import DAEMON_FILE

_RELOADED = frozenset(
    {"debug", "labels", "live-restore", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"}
    | {
        "default-runtime",
        "runtimes",
        "authorization-plugins",
        "insecure-registries",
        "registry-mirrors",
        "shutdown-timeout",
    }
)

_CHECK = Shell(
    '{ ! dockerd --help 2>/dev/null | grep -q -e --validate || said=$(dockerd --validate --config-file "$t" 2>&1)'
    f' || {{ echo "{REFUSED} daemon $(printf %s "$said" | tail -n 1)" >&2; false; }}; }}',
    {"daemon": Failure("dockerd refuses daemon.json: {said}", "correct docker_engine.daemon", "daemon")},
)

APPROVED = Shell(f't={DAEMON_FILE}; [ ! -f "$t" ] || {_CHECK.line}', _CHECK.refusals)
"""Lets a dockerd that has just been installed judge the file that was there before it."""


def _as_it_is(shell: Shell) -> Shell:
    return shell


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon and its file, as they were found.

    Args:
        path: of its daemon.json.
        config: what stands in it; None where there is none.
        problem: why it cannot be read.
        reload: how the daemon is told to read it anew; None while none runs.
        restart: how it is restarted; None while none runs.
        ends: how many containers a restart ends; None is unknown.
        whose: user whose daemon it is; empty for the system's.
        as_owner: makes something of it that this user carries out.
        link: where its file leads, where that is a link; behind it what of that path others than root may write.

    """

    path: str
    config: Mapping[str, Any] | None = None
    problem: str = ""
    reload: Act | None = None
    restart: Act | None = None
    ends: int | None = 0
    whose: str = ""
    as_owner: Callable[[Shell], Shell] = _as_it_is
    link: Sequence[str] = ()

    def changes(self, want: Mapping[str, Any]) -> Iterator[Step]:
        """Plan the file, and how the daemon learns of it."""
        have = self.config or {}
        merged = json_file.merge(have, want)
        keys = json_file.changed(have, merged)
        if not keys:
            return
        mild = set(keys) <= _RELOADED
        told = self.reload if mild else self.restart
        note = "" if told is None else "dockerd reads it anew" if mild else f"dockerd is restarted{ending(self.ends)}"
        yield Step(
            f"daemon.json{f' of {self.whose}' if self.whose else ''} {json_file.told(have, merged)}",
            (self._write(json_file.text(merged)), *((told,) if told else ())),
            note,
            json_file.diff(self.path, have, merged),
            0 if told is None or mild else self.ends,
        )

    def _write(self, text: str) -> Shell:
        return self.as_owner(write(self.path, text, check=_CHECK, keep=True))

    def failures(self, want: Mapping[str, Any]) -> Iterator[Failure]:
        """Say why the file cannot be merged with."""
        if want and self.problem:
            yield Failure(f"{self.path} is no JSON: {self.problem}", "mend or remove it, then run again", "daemon")
        if len(self.link) > 1 and json_file.changed(self.config or {}, json_file.merge(self.config or {}, want)):
            yield foreign_link(self.path, ", and ".join(self.link[:2]))


def ending(containers: int | None) -> str:
    """Say how many containers end, as the rest of a note."""
    if containers is None:
        return "; it is not known whether containers run"
    if not containers:
        return ""
    return "; 1 container stops with it" if containers == 1 else f"; {containers} containers stop with it"
