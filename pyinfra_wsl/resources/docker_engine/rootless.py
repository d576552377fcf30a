"""A daemon without root for each user (Docker documentation, "Rootless mode").

Docker's own ``dockerd-rootless-setuptool.sh`` makes it. What that tool asks for is brought about first, and never waived with
``--skip-iptables``: a daemon set up so has no network for its containers (moby, contrib/dockerd-rootless-setuptool.sh).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pyinfra_wsl.core.acts import REFUSED, Packages, Shell, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.deletion import deleted, linked
from pyinfra_wsl.core.linux.host import as_user
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.resources.docker_engine import in_force
from pyinfra_wsl.resources.docker_engine.daemon import Daemon, ending
from pyinfra_wsl.resources.docker_engine.rootless_state import IDS, Rootless
from pyinfra_wsl.resources.docker_engine.state import State

MODULES_FILE = "/etc/modules-load.d/pyinfra-wsl-docker.conf"

# docker-ce-rootless-extras depends on none of these but the bus (docker-ce-packaging, deb/common/control); iptables comes with
# docker-ce. dockerd-rootless.sh calls sysctl, which is in procps.
_NEEDS = {"apt": ("uidmap", "dbus-user-session", "slirp4netns", "procps"), "dnf": ("shadow-utils", "slirp4netns")}
_FIRST_ID = 100_000

_LIMITS = {
    "kernel.unprivileged_userns_clone": ("0", "set it to 1 in a file below /etc/sysctl.d, if your rules allow it"),
    "user.max_user_namespaces": ("0", "set it to 28633 in a file below /etc/sysctl.d, if your rules allow it"),
}
"""The sysctls that keep users from making namespaces: the value that does, and what to do."""

# Why it failed stands in the tool's list of commands, in the daemon's journal, or in what the tool said.
_SHARED = r"""listens() {
  i=0; until [ -S "$XDG_RUNTIME_DIR/docker.sock" ]; do sleep 0.1; i=$((i+1)); [ $i -lt 300 ] || return 1; done; }
failed() {
  log=$(journalctl --user --quiet --no-pager -o cat --since "@$begun" -u docker.service
    printf %s "$said" | sed 's/\x1b\[[0-9;]*m//g')
  for sign in 'failed to start daemon' 'needs to be' 'level=fatal' 'error: ' '\[ERROR\]' .; do
    why=$(printf %s "$log" | grep -e "$sign" | tail -n 1); [ -z "$why" ] || break; done
  echo "@REFUSED@ start $USER does not start: $why" >&2
  exit 1; }
begun=$(date +%s)
"""
# A service that is just starting counts as started to the tool, and it waits no longer than 3 seconds: then it finds nobody who
# listens. So that is waited for, before it and, on a slow machine, after it.
_SET_UP = (
    _SHARED
    + r"""systemctl --user reset-failed docker.service 2>/dev/null
! systemctl --user --quiet is-active docker.service || listens
install() { said=$(dockerd-rootless-setuptool.sh install --force 2>&1); }
install && exit
systemctl --user --quiet is-active docker.service && listens && install && exit
lacks=$(printf %s "$said" | sed -n '/<<EOF/,/^EOF/p' | grep -v -e EOF -e '^#' -e '^$' | paste -s -d ';' -)
[ -n "$lacks" ] || failed
echo "@REFUSED@ lacks $lacks" >&2; exit 1"""
)
_REFUSALS = {
    "start": Failure("dockerd of {said}", "look at 'journalctl --user -u docker' as that user, then run again", "start"),
    "lacks": Failure(
        "Docker asks for more before it runs without root: {said}", "run that on the host as root, then run again", "lacks"
    ),
}

# What a user's containers wrote belongs to their other ids. rootlesskit may have gone with its package; unshare can since 2.38.
_OWN_ROOT = "in=rootlesskit; command -v rootlesskit >/dev/null || in='unshare --user --map-root-user --map-auto'"
_TAKE_AWAY = r"""systemctl --user disable --now docker.service 2>/dev/null
dockerd-rootless-setuptool.sh uninstall --force >/dev/null 2>&1
cd ~/.config/systemd/user && rm -f docker.service default.target.wants/docker.service
systemctl --user daemon-reload 2>/dev/null; true"""


def failures(users: Sequence[str], state: State) -> Iterator[Failure]:
    """Say what keeps users from daemons of their own."""
    if "root" in users:
        yield Failure("docker_engine: root is no user without root", "take root out of docker_engine.users", "root")
    for name, (bad, remedy) in _LIMITS.items():
        if state.kernel.switches.get(name) == bad:
            yield Failure(f"{name} is {bad}: users may not make the namespaces that rootless mode needs", remedy, "namespaces")
    if state.kernel.switches.get("kernel.apparmor_restrict_unprivileged_userns") == "1" and not state.kernel.profile:
        yield Failure(
            "AppArmor keeps users from making namespaces (kernel.apparmor_restrict_unprivileged_userns is 1),"
            " and has no profile for rootlesskit",
            "upgrade the package apparmor, which brings the profile, or write one below /etc/apparmor.d",
            "namespaces",
        )


def daemons(users: Sequence[str], state: State, *, careful: bool = False) -> Iterator[Daemon]:
    """Return the daemon of each user, as it was found.

    Args:
        users: whose.
        state: the host as it is.
        careful: whether containers that are started before its restart keep it from that.

    """
    for name in users:
        if (have := state.rootless.get(name)) is not None:
            yield _daemon(name, have, careful=careful)


def _daemon(name: str, have: Rootless, *, careful: bool) -> Daemon:
    def as_owner(shell: Shell) -> Shell:
        return as_user(name, have.uid, have.home, shell)

    place, running = in_force.of_user(have.uid, have.home), have.engine if have.running else None
    ready = have.installed and have.linger and have.subuids and have.subgids
    return Daemon(place, have.config, have.config_problem, running, ready, have.containers, name, as_owner, careful)


def _script(text: str) -> Shell:
    """Return one of the scripts above, with what it means where it refuses."""
    return Shell(text.replace("@REFUSED@", REFUSED), _REFUSALS)


def needs(state: State) -> Iterator[Step]:
    """Plan what Docker's setup tool asks of the host, apart from Docker's own packages."""
    manager = state.os.packages or ""
    if missing := tuple(name for name in _NEEDS.get(manager, ()) if name not in state.packages):
        yield Step(f"install {', '.join(missing)}", (Packages(manager, missing),), "rootless mode needs them")
    modules = state.kernel.loadable if state.container in (None, "none") else ()  # a container has the kernel of another
    if set(modules) - set(state.kernel.at_start):
        text = "\n".join(["# Written by pyinfra-wsl: Docker without root finds its firewall loaded.", *modules, ""])
        yield Step(f"load {', '.join(modules)} at each start", (write(MODULES_FILE, text),), MODULES_FILE)
    if absent := [name for name in modules if name not in state.kernel.loaded]:
        yield Step(f"load {', '.join(absent)}", (Shell(f"modprobe --all {' '.join(absent)}"),))


def changes(users: Sequence[str], state: State) -> Iterator[Step]:
    """Plan each user's daemon; it runs from the start of the host on, without a logon."""
    taken = list(state.kernel.ids)
    for name in users:
        if (have := state.rootless.get(name)) is None:
            continue
        if not (have.subuids and have.subgids):
            taken.append((first := _free(taken), IDS))
            span = f"{first}-{first + IDS - 1}"
            kinds = [kind for kind, enough in (("uids", have.subuids), ("gids", have.subgids)) if not enough]
            yield Step(f"{IDS} subordinate {' and '.join(kinds)} for {name}", (_with_ids(name, kinds, first),), span)
        if not have.linger:
            line = f"loginctl enable-linger {shlex.quote(name)} && systemctl start user@{have.uid}.service"
            yield Step(f"{name}'s services run without a logon", (Shell(line),))
        if not (have.linger and have.installed and have.enabled and have.running):  # without linger they may just be ending
            yield Step(
                f"a daemon without root for {name}",
                (_as(name, have, _script(_SET_UP)),),
                f"unix:///run/user/{have.uid}/docker.sock",
            )


def _with_ids(name: str, kinds: Sequence[str], first: int) -> Shell:
    """Give a user subordinate ids; a directory's user, whom usermod does not know, by the line that it writes (subuid(5))."""
    quoted, span = shlex.quote(name), f"{first}-{first + IDS - 1}"
    usermod = f"usermod {' '.join(f'--add-sub{kind} {span}' for kind in kinds)} {quoted}"
    lines = " && ".join(f"echo {quoted}:{first}:{IDS} >>/etc/sub{kind[:-1]}" for kind in kinds)
    return Shell(f"if cut -d: -f1 /etc/passwd | grep -qxF {quoted}; then {usermod}; else {lines}; fi")


def _free(taken: Sequence[tuple[int, int]]) -> int:
    """Return the first id of a range that nobody has."""
    first = _FIRST_ID
    for begin, count in sorted(taken):
        if begin >= first + IDS:
            break
        first = max(first, begin + count)
    return first


def removals(users: Sequence[str], state: State, *, data: bool = False) -> Iterator[Step]:
    """Plan the removal of the users' daemons.

    Args:
        users: whose.
        state: the host as it is.
        data: consent to delete their images, containers and volumes.

    """
    for name in users:
        have = state.rootless.get(name)
        if have is not None and (have.installed or have.running):
            note = f"its images and volumes stay{ending(have.containers)}" if not data else ending(have.containers)[2:]
            yield Step(
                f"no daemon without root for {name}",
                (_as(name, have, Shell(_TAKE_AWAY)),),
                note,
                ends=have.containers if have.running else 0,
            )
        if have is not None and have.data and data:
            folder = f"{have.home}/.local/share/docker"
            remedy = "declare docker_engine with rootless: true again, then absent with allow_data_loss in one run"
            shell = deleted([folder], remedy, "$in")
            shell = replace(shell, line=f"{_OWN_ROOT}\n{shell.line}")
            yield Step(f"delete {folder}: images, containers and volumes", (_as(name, have, shell),))


def kept(users: Sequence[str], state: State) -> Iterator[Failure]:
    """Say whose images, containers and volumes are not deleted, since they lie behind a link.

    Args:
        users: whose daemons go.
        state: the host as it is.

    """
    for name in users:
        if (have := state.rootless.get(name)) is not None and have.data_link:
            yield linked(f"{have.home}/.local/share/docker", have.data_link)


def _as(name: str, have: Rootless, shell: Shell) -> Shell:
    return as_user(name, have.uid, have.home, shell)
