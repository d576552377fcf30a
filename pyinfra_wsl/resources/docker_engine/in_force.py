"""How a proved daemon.json comes into force: written, told to the daemon, confirmed by it, and taken back where that fails.

A daemon that reads its file anew answers with nothing, and where it takes nothing over, it says so only in its log; it may even
end. What it did take over is an event, ``reload`` (moby, cmd/dockerd/daemon.go, ``reloadConfig``; daemon/reload.go).
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pyinfra_wsl.core.acts import REFUSED, Shell, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.resources.docker_engine import proof

DAEMON_FILE = "/etc/docker/daemon.json"

VALIDATED = Shell(
    '{ ! dockerd --help 2>/dev/null | grep -q -e --validate || said=$(dockerd --validate --config-file "$t" 2>&1)'
    f' || {{ echo "{REFUSED} daemon $(printf %s "$said" | tail -n 1)" >&2; false; }}; }}',
    {"daemon": Failure("dockerd refuses daemon.json: {said}", "correct docker_engine.daemon", "daemon")},
)
"""Lets dockerd look at the file ``"$t"`` where it cannot be started with it yet: it can since Docker 23.0."""

_SECONDS = 300
"""How long a daemon may take to stop and to start: its unit sets no end (docker.service, ``TimeoutStartSec=0``)."""

BUSY = Failure(
    "containers were started meanwhile, which would end: {said}; nothing was changed",
    "run again when none runs, or consent with apply: now",
    "busy",
)
"""Why what was planned for a host without containers is not done any more."""

# The daemon of one start (systemd's InvocationID) has one file that it runs with; a retry after a cut must not lose it.
_TOLD = r"""notes=@NOTES@
unit() { systemctl @USER@ show -p "$1" --value docker.service; }
answers() { timeout 10 docker --host unix://@SOCKET@ "$@"; }
keep() {
  mkdir -p -m 700 "$notes" && kept=$notes/before.$(unit InvocationID) || return 1
  [ -e "$kept" ] || [ -e "$kept.none" ] || if [ ! -e @FILE@ ]; then : >"$kept.none"
  else cp -p @FILE@ "$notes/part" && mv -f "$notes/part" "$kept"; fi; }
back() {
  place=$(readlink -m @FILE@)
  if [ -e "$kept" ]; then cp -p "$kept" "$place.before" && mv -fT "$place.before" "$place"; else rm -f "$place"; fi; }
idle() {
  ids=$(answers ps -q 2>/dev/null) || { echo "@REFUSED@ unheard" >&2; return 1; }
  [ -z "$ids" ] || { echo "@REFUSED@ busy $(echo $ids | wc -w)" >&2; false; }; }
soon() { i=$((i+1)); sleep 0.2; [ $i -lt $(($1*5)) ] && [ $(($(date +%s)-from)) -lt "$1" ]; }
up() {
  i=0 from=$(date +%s); until answers version >/dev/null 2>&1; do
    soon 60 || return 1; case $(unit ActiveState) in failed|inactive) return 1 ;; esac; done; }
ordered() { late=; timeout @SECONDS@ systemctl @USER@ "$1" docker.service 2>/dev/null || { [ $? -ne 124 ] || late=yes; false; }; }
restart() {
  begun=$(date +%s); systemctl @USER@ reset-failed docker.service 2>/dev/null
  ordered restart && up; }
reload() {
  begun=$(date +%s); since=$(date +%s.%N); ordered reload || return 1
  i=0 from=$begun; until [ -n "$(answers events --since "$since" --until "$(date +%s.%N)" --filter event=reload 2>/dev/null)" ]
  do soon 10 && [ "$(unit ActiveState)" = active ] || return 1; done; }
log() { journalctl @USER@ --quiet --no-pager -o cat --since "@$begun" -u docker.service >"$notes/log" 2>/dev/null
  worst "$notes/log"; }
confirmed() {
  rm -f "$notes"/before.*
  echo "$(unit InvocationID) $(sha256sum <@FILE@ | cut -d' ' -f1) @SCOPE@" >"$notes/confirmed"; }
told() {
  ! @TELL@ || { confirmed; return 0; }
  why=$(log); [ -z "$late" ] || why="it is still $(unit ActiveState) after $(($(date +%s)-begun)) seconds"
  back; again=@TELL@
  [ "$(unit ActiveState)" = active ] || again=restart
  if $again; then rm -f "$notes"/before.*; echo "@REFUSED@ back $why" >&2
  else echo "@REFUSED@ lost $why" >&2; fi
  exit 1; }
"""

_REFUSALS: Mapping[str, Failure] = {
    "back": Failure(
        "dockerd does not take daemon.json over: {said}",
        "correct docker_engine.daemon; the former file is back, and dockerd runs with it",
        "daemon",
    ),
    "lost": Failure(
        "dockerd does not take daemon.json over, and does not run with the former file either, which is back: {said}",
        "look at 'journalctl -u docker', then run again",
        "daemon",
    ),
    "busy": BUSY,
    "unasked": Failure(
        "hosts in daemon.json has no {said}: neither the docker command nor a next run could ask dockerd; nothing was changed",
        "add that socket to docker_engine.daemon.hosts",
        "daemon",
    ),
    "unheard": Failure(
        "dockerd does not say any more which containers run, and a restart would end them; nothing was changed",
        "look at 'journalctl -u docker', or consent with apply: now",
        "busy",
    ),
}


class Told(Enum):
    """How a daemon learns of its file: not at all, since none runs; by reading some or all of it anew; by a restart."""

    NOTHING = ""
    RELOAD = "reload all"
    RELOAD_OF_SOME = "reload reloaded"
    RESTART = "restart all"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a daemon is told of its file.

    Args:
        bed: where it lives.
        socket: on which it answers.
        notes: folder, gone with the next start of the host, of what it was told.

    """

    bed: proof.Bed
    socket: str
    notes: str

    @property
    def file(self) -> str:
        """Its daemon.json."""
        return self.bed.file


SYSTEM = Home(
    proof.Bed(DAEMON_FILE, "/run/pyinfra-wsl-dockerd", "/var/lib/docker"), "/var/run/docker.sock", "/run/pyinfra-wsl-docker"
)


def of_user(uid: int, home: str) -> Home:
    """Return where the daemon of a user lives (Docker documentation, "Rootless mode", "Known limitations" and "Tips").

    Args:
        uid: the user's number.
        home: their home folder.

    """
    run = f"/run/user/{uid}"
    file, data = f"{home}/.config/docker/daemon.json", f"{home}/.local/share/docker"
    bed = proof.Bed(file, f"{run}/pyinfra-wsl-dockerd", data, "--user", "dockerd-rootless.sh")
    return Home(bed, f"{run}/docker.sock", f"{run}/pyinfra-wsl-docker")


def brought(
    home: Home,
    new: Mapping[str, Any] | None,
    old: Mapping[str, Any],
    told: Told,
    plugins: Collection[str] = (),
    *,
    provable: bool = True,
    careful: bool = False,
) -> Shell:
    """Return what proves a configuration, writes it, and brings it into force; where that fails, all is as it was before.

    Args:
        home: where the daemon lives.
        new: what is to stand in its file; None where that is right, and only the daemon does not know it yet.
        old: what stands in it.
        told: how the daemon learns of it.
        plugins: those that it manages.
        provable: whether a throw-away daemon could run beside it.
        careful: whether a restart is not made where containers run: there were none when it was planned.

    """
    if not provable:
        return write(home.file, json_file.text(old if new is None else new), check=VALIDATED, keep=True)
    prove = proof.script(home.bed, old if new is None else new, plugins)
    words = ["prove", *_unasked(home, old if new is None else new), *(["idle"] if careful and told == Told.RESTART else [])]
    judged = Shell(" && ".join(words), prove.refusals)
    there = Shell(f"t={_quoted(home)} && {judged.line}", prove.refusals)
    placed = there if new is None else write(home.file, json_file.text(new), check=judged, keep=True)
    line = placed.line if told == Told.NOTHING else f"keep && {{ {placed.line}; }} && told"
    return Shell("\n".join([prove.line, _told(home, told), line]), {**placed.refusals, **_REFUSALS})


def _unasked(home: Home, config: Mapping[str, Any]) -> Iterator[str]:
    """Yield what refuses a daemon that starts, and that nobody could ask any more; one with flags too, its proof refuses."""
    hosts = listed if isinstance(listed := config.get("hosts"), list) else []
    places = [str(one).removeprefix("unix://") or SYSTEM.socket for one in hosts]  # without a path: moby, opts/hosts.go
    there = {home.socket, home.socket.replace("/var/run/", "/run/", 1)}
    if places and not any(one.startswith("fd://") or one in there for one in places):
        yield f'{{ echo "{REFUSED} unasked unix://{home.socket}" >&2; false; }}'


def approved(config: Mapping[str, Any]) -> Shell:
    """Return what lets a system's dockerd that has just been installed judge the file that was there before it.

    Where its package has started it, it has done so.

    Args:
        config: what stands in the file.

    """
    prove = proof.script(SYSTEM.bed, config)
    line = f't={_quoted(SYSTEM)}; {{ [ "$(unit ActiveState)" = active ] && answers version >/dev/null 2>&1; }} || prove'
    refused = Failure("dockerd refuses daemon.json: {said}", "correct docker_engine.daemon, then run again", "daemon")
    return Shell("\n".join([prove.line, _told(SYSTEM, Told.RESTART), line]), {"proof": refused})


def _quoted(home: Home) -> str:
    return shlex.quote(home.file)


def _told(home: Home, told: Told) -> str:
    how, _, scope = told.value.partition(" ")
    words = {
        "NOTES": shlex.quote(home.notes),
        "SOCKET": home.socket,
        "FILE": _quoted(home),
        "USER": home.bed.user,
        "TELL": how,
        "SCOPE": scope,
        "SECONDS": str(_SECONDS),
        "REFUSED": REFUSED,
    }
    text = _TOLD if how else ""
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text
