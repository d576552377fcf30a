"""A configuration is proved before it counts: by a throw-away dockerd with everything of its own, before a container ends.

``dockerd --validate`` passes what only a start finds out: log options that the driver refuses, an unknown storage driver or
runtime (moby, daemon/daemon.go, ``NewDaemon``). So a second dockerd is started with the flags and environment of the unit as it
is, and with the new file, in a network and mounts of its own (unshare(1)); of a user, by their ``dockerd-rootless.sh``, which
makes both. Its sockets, pid file, states and data are its own; the data lies in a folder below the real one, on the same file
system. In a network of its own every port is free: who holds those of ``hosts`` is asked of ss(8).

What this cannot prove: addresses that the host does not have, its routes that overlap an address pool, a folder for ``exec-root``
or ``pidfile``, what plugins would do that the daemon manages, and data that the real folder has already. dockerd's flags are
those of moby, cmd/dockerd/config.go and daemon/config; the unit's, with every drop-in, are asked of systemd on its bus
(org.freedesktop.systemd1, ``ExecStart``), which also expands the variables in them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.core.acts import REFUSED, Shell
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.formats import json_file

UNIT = "pyinfra-wsl-dockerd.service"
"""The unit of the throw-away dockerd; it ends by itself after three minutes, also where the connection breaks."""

_OWN = ("hosts", "data-root", "graph", "exec-root", "pidfile", "containerd")
"""What the throw-away dockerd must have of its own. In the file they stay keys: one that is a flag too is a mistake to find."""

_PORT = re.compile(r"(?:^| )tcp://[^ ]*:([0-9]{1,5})(?= |$)")

# Started by systemd, which expands the unit's words behind these: the folder of the proof, the candidate, where it is to lie,
# the data of the real daemon as the file has it, which of the keys that count here the file has, and the bridge that it names.
_START = r"""HERE=$1 FILE=$2 MEANT=$3 REAL=$4 KEYS=$5 BRIDGE=$6; shift 6
exec >>"$HERE/said" 2>&1
program=; said="$*"
while [ $# -gt 0 ] && [ -z "$program" ]; do
  case ${1##*/} in dockerd|dockerd-rootless.sh) program=$1 ;; esac; shift; done
[ -n "$program" ] || { echo "its unit starts no dockerd, but: $said"; exit 1; }
case ${program##*/} in dockerd) check=$program ;; *) check=dockerd ;; esac
! $check --help 2>/dev/null | grep -q -e --validate || $check "$@" --validate --config-file "$FILE" || exit 1
: >"$HERE/said"
n=$#
while [ $n -gt 0 ]; do
  a=$1; shift; n=$((n-1))
  case $a in
  -H|--host|-p|--pidfile|-g|--graph|--data-root|--exec-root|--containerd|--config-file|-b|--bridge)
    k=$a; v=$1; shift; n=$((n-1)) ;;
  --userns-remap|--userns-remap=*) KEYS="$KEYS userns-remap"; set -- "$@" "$a"; continue ;;
  --host=*|--pidfile=*|--graph=*|--data-root=*|--exec-root=*|--containerd=*|--config-file=*|--bridge=*) k=${a%%=*}; v=${a#*=} ;;
  -H*|-p*|-g*|-b*) v=${a#-?}; k=${a%"$v"}; v=${v#=} ;;
  *) set -- "$@" "$a"; continue ;;
  esac
  case $k in
  -H|--host) KEYS="$KEYS hosts"; case $v in tcp://*) ;; *) v=unix://$HERE/docker.sock ;; esac; set -- "$@" --host "$v" ;;
  -g|--graph|--data-root) KEYS="$KEYS data-root"; REAL=$v; set -- "$@" --data-root "@ROOT@" ;;
  -p|--pidfile) KEYS="$KEYS pidfile"; set -- "$@" --pidfile "$HERE/pid" ;;
  --exec-root) KEYS="$KEYS exec-root"; set -- "$@" --exec-root "$HERE/exec" ;;
  --containerd) set -- "$@" --containerd= ;;
  -b|--bridge) BRIDGE=$v; set -- "$@" --bridge "$v" ;;
  --config-file) [ "$v" = "$MEANT" ] || { echo "its unit reads $v and not $MEANT"; exit 1; } ;;
  esac
done
given() { case " $KEYS " in *" $1 "*) ;; *) false ;; esac; }
given data-root || set -- "$@" --data-root "@ROOT@"
given exec-root || set -- "$@" --exec-root "$HERE/exec"
given pidfile || set -- "$@" --pidfile "$HERE/pid"
given hosts || set -- "$@" --host "unix://$HERE/docker.sock"
case $REAL in /*) ;; *) echo "data-root $REAL is no absolute path"; exit 1 ;; esac
REAL=${REAL%/}; root=$REAL/.pyinfra-wsl-dockerd; seen=$root bound=
rm -rf "$root"; top=$root; while [ ! -e "${top%/*}/" ]; do top=${top%/*}; done
printf '%s\n' "$root" "$top" >"$HERE/made"
mkdir -p "$root" || exit 1
# A daemon that is not remapped lets no remapped user into its own data-root: they see it elsewhere, on the same file system.
[ "$program" != "$check" ] || ! given userns-remap || { bound=$root; seen=$HERE.root; mkdir -p -m 711 "$seen"; } || exit 1
n=$#; while [ $n -gt 0 ]; do a=$1; shift; n=$((n-1)); [ "$a" != "@ROOT@" ] || a=$seen; set -- "$@" "$a"; done
sed "s|@ROOT@|$seen|" "$HERE/daemon.json.in" >"$HERE/daemon.json" || exit 1
set -- "$program" "$@" --config-file "$HERE/daemon.json"
if [ "$program" != "$check" ]; then
  export XDG_RUNTIME_DIR="$HERE" DOCKERD_ROOTLESS_ROOTLESSKIT_STATE_DIR="$HERE/kit"; exec "$@"; fi
bridge=; [ ! -d "/sys/class/net/$BRIDGE/bridge" ] || bridge=$BRIDGE
addresses=$([ -z "$bridge" ] || ip -o -4 address show dev "$bridge" | awk '{ print $4 }')
export bridge addresses bound seen
exec unshare --net --mount --propagation private sh -c '
  for v in 4 6; do echo 1 >/proc/sys/net/ipv$v/ip_nonlocal_bind; done 2>/dev/null; ip link set lo up
  [ -z "$bound" ] || mount --bind "$bound" "$seen" || exit 1
  [ -z "$bridge" ] || ip link add name "$bridge" type bridge
  for a in $addresses; do ip address add "$a" dev "$bridge"; done
  exec "$@"' sh "$@"
"""

_PROVE = r"""asked() { busctl @USER@ get-property org.freedesktop.systemd1 /org/freedesktop/systemd1/unit/docker_2eservice \
  org.freedesktop.systemd1.Service "$1" 2>/dev/null | sed -e 's/^[^ ]* //' -e 's/[$`]/\\&/g'; }
quoted() { printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }
worst() {  # its last words stand bare below its log
  bare=$(grep -a -v -e '^time=' -e '^docker.service: ' -e '^Start' -e '^Stop' -e '^Failed to start ' -e '^Reload' "$1")
  for sign in 'failed to' 'unable to' 'rror' . ; do
    line=$(printf %s "$bare" | grep -a -e "$sign" | tail -n 1); [ -z "$line" ] || break; done
  [ -n "$line" ] || line=$(grep -a -e 'level=fatal' -e 'level=error' "$1" | tail -n 1)
  printf %s "${line:-it said nothing}" | sed "s|${t:-@}|@FILE@|g; s|@HERE@/daemon.json|@FILE@|g"; }
prove() (
  HERE=@HERE@
  ask() { timeout 30 docker --host "unix://$HERE/docker.sock" "$@"; }
  logs() {  # a driver that nobody has lets dockerd start, and no container
    found=$(ask info --format '{{.LoggingDriver}} {{json .Plugins.Log}}' 2>/dev/null); driver=${found%% *}
    case $found in "none ["*|*" ["*"\"$driver\""*) return 0 ;; *" ["*) ;; *) return 0 ;; esac
    find /run/docker/plugins /etc/docker/plugins /usr/lib/docker/plugins -name "$driver.*" 2>/dev/null | grep -q . ||
      { echo "there is no log driver $driver" >"$HERE/said"; false; }; }
  taken() {
    for p in @PORTS@; do
      who=$(ss -Hltnp "sport = :$p" 2>/dev/null | grep -v '"dockerd"' | sed -n 's/.*users:((//; s/,fd=.*//; 1p')
      [ -z "$who" ] || { echo "failed to listen: port $p of hosts is taken by $who" >"$HERE/said"; return 0; }; done; false; }
  tidy() {
    systemctl @USER@ stop @UNIT@; { read -r made; read -r top; } <"$HERE/made" && rm -rf "$made" &&
      while [ "$made" != "$top" ]; do made=${made%/*}; rmdir "$made" || break; done
    rmdir "$HERE.root"; rm -rf "$HERE"; }
  tidy >/dev/null 2>&1
  trap 'tidy >/dev/null 2>&1' EXIT; trap 'exit 1' HUP INT TERM
  mkdir -m 700 "$HERE" && printf %s @START@ >"$HERE/start" && (umask 077; printf %s @CONFIG@ >"$HERE/daemon.json.in") || exit 1
  [ "$(systemctl @USER@ show -p NeedDaemonReload --value docker.service)" != yes ] || systemctl @USER@ daemon-reload
  environment=$(eval "set -- $(asked Environment)"; [ $# -eq 0 ] || shift; for e; do quoted "--setenv=$e"; done)
  files=$(eval "set -- $(asked EnvironmentFiles)"; [ $# -eq 0 ] || shift
    while [ $# -gt 1 ]; do [ "$2" = false ] || set -- "-$@"; quoted "--property=EnvironmentFile=$1"; shift 2; done)
  eval "set -- $(asked ExecStart)"
  if [ "${1:-0}" -gt 0 ]; then
    n=$3; shift 3; left=$(($#-n))
    while [ $n -gt 0 ]; do a=$1; shift; set -- "$@" "$a"; n=$((n-1)); done
    shift $left
  else set -- @PROGRAM@; fi
  ! taken && eval "systemd-run @USER@ --quiet --collect --unit=@UNIT@ --service-type=notify --property=NotifyAccess=all \
    --property=Delegate=yes --property=TimeoutStartSec=120 --property=RuntimeMaxSec=180 --property=TimeoutStopSec=20 \
    $environment $files -- /bin/sh \"\$HERE/start\" \"\$HERE\" \"\$t\" @MEANT@ @REAL@ @KEYS@ @BRIDGE@ \"\$@\"" \
    >"$HERE/run" 2>&1 &&
  ask version >"$HERE/run" 2>&1 && logs && exit
  [ -s "$HERE/said" ] || mv "$HERE/run" "$HERE/said"
  echo "@REFUSED@ proof $(worst "$HERE/said")" >&2
  exit 1
)
"""

REFUSALS: Mapping[str, Failure] = {
    "proof": Failure(
        "dockerd would not start with this daemon.json: {said}",
        "correct docker_engine.daemon or the host's file (a key that is null is taken out of it); nothing was changed",
        "daemon",
    )
}


@dataclass(frozen=True, slots=True)
class Bed:
    """Where a daemon lives, and so where its throw-away twin does.

    Args:
        file: its daemon.json.
        here: folder of the twin's sockets and states, which does not exist between proofs.
        data: where the daemon's data lies unless somebody says otherwise.
        user: ``--user`` for a daemon without root, else empty.
        program: what starts it where there is no unit yet.

    """

    file: str
    here: str
    data: str
    user: str = ""
    program: str = "dockerd"


def script(bed: Bed, config: Mapping[str, Any], plugins: Collection[str] = ()) -> Shell:
    """Return the definition of ``prove``, a function that succeeds where a dockerd starts and answers with a configuration.

    The function looks at the file ``"$t"``, and ends with the refusal ``proof`` where dockerd does not start.

    Args:
        bed: where the daemon lives.
        config: what stands in the file.
        plugins: those that the running daemon manages, which its twin cannot load.

    """
    real = next((str(config[key]) for key in ("data-root", "graph") if config.get(key)), bed.data)
    words = {
        "START": shlex.quote(_START),
        "CONFIG": shlex.quote(json_file.text(twin(config, bed.here, plugins))),
        "HERE": bed.here,
        "FILE": bed.file,
        "MEANT": _twice(bed.file),
        "REAL": _twice(real),
        "KEYS": _twice(" ".join(_keys(config))),
        "PORTS": "" if bed.user else _ports(config.get("hosts")),
        "BRIDGE": _twice(str(config.get("bridge") or "")),
        "USER": bed.user,
        "PROGRAM": bed.program,
        "UNIT": UNIT,
        "REFUSED": REFUSED,
    }
    text = _PROVE
    for name in (name for name in words if name not in ("START", "CONFIG")):
        text = text.replace(f"@{name}@", words[name])
    for name in ("START", "CONFIG"):  # last: what stands in them is theirs
        text = text.replace(f"@{name}@", words[name], 1)
    return Shell(text, REFUSALS)


def _keys(config: Mapping[str, Any]) -> list[str]:
    return [*(key for key in _OWN if key in config), *(("userns-remap",) if config.get("userns-remap") else ())]


def _ports(hosts: object) -> str:
    return " ".join(_PORT.findall(" ".join(map(str, hosts)))) if isinstance(hosts, list) else ""


def _twice(word: str) -> str:
    """Quote a word that the shell reads twice, within double quotes the first time, and that systemd expands."""
    quoted = shlex.quote(word.replace("$", "$$"))
    for char in '\\"$`':
        quoted = quoted.replace(char, f"\\{char}")
    return quoted


def twin(config: Mapping[str, Any], here: str, plugins: Collection[str] = ()) -> dict[str, Any]:
    """Return a configuration as the throw-away dockerd gets it: what it must have of its own is replaced, never left out.

    ``@ROOT@`` stands for its data. Plugins that a daemon manages lie below its real data, so what only they can do is left out.

    Args:
        config: what stands in the file.
        here: folder of its sockets and states.
        plugins: those that the running daemon manages.

    """
    own = {"data-root": "@ROOT@", "graph": "@ROOT@", "exec-root": f"{here}/exec", "pidfile": f"{here}/pid", "containerd": ""}
    made = {name: own.get(name, value) for name, value in config.items()}
    if isinstance(hosts := config.get("hosts"), list):
        made["hosts"] = [*(one for one in hosts if str(one).startswith("tcp://")), f"unix://{here}/docker.sock"]
    if isinstance(judges := config.get("authorization-plugins"), list):
        made["authorization-plugins"] = [one for one in judges if not _managed(one, plugins)]
    if _managed(config.get("log-driver"), plugins):
        made = {name: value for name, value in made.items() if name not in ("log-driver", "log-opts")}
    return made


def _managed(name: Any, plugins: Collection[str]) -> bool:
    return isinstance(name, str) and name.removesuffix(":latest") in {one.removesuffix(":latest") for one in plugins}
