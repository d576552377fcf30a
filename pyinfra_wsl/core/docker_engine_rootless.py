"""A daemon without root for each user (Docker documentation, "Rootless mode")."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from pyinfra_wsl.core.docker_engine_look import Rootless, State
from pyinfra_wsl.core.linux import Change, Packages, Shell

_SYSTEMCTL = "systemctl --user"
_NEEDS = {"apt": ("uidmap", "dbus-user-session"), "dnf": ("shadow-utils",)}


def changes(users: Sequence[str], state: State) -> Iterator[Change]:
    """Plan what the mode needs, and each user's daemon; it runs from the start of the host on, without a logon."""
    manager = state.os.packages or ""
    if missing := tuple(name for name in _NEEDS.get(manager, ()) if name not in state.packages):
        yield Change(f"install {', '.join(missing)}", (Packages(manager, missing),), "rootless mode needs them")
    for name in users:
        have = state.rootless.get(name)
        if have is not None:
            yield from _daemon(name, have)


def _daemon(name: str, have: Rootless) -> Iterator[Change]:
    if not have.subids:
        line = f"usermod --add-subuids $((100000+{have.uid}*65536))-$((165535+{have.uid}*65536))"
        groups = f"--add-subgids $((100000+{have.uid}*65536))-$((165535+{have.uid}*65536)) {shlex.quote(name)}"
        yield Change(f"65536 subordinate ids for {name}", (Shell(f"{line} {groups}"),))
    if not have.linger:
        yield Change(f"{name}'s services run without a logon", (Shell(f"loginctl enable-linger {shlex.quote(name)}"),))
    if not (have.installed and have.enabled and have.running):
        lines = f"dockerd-rootless-setuptool.sh install --skip-iptables && {_SYSTEMCTL} enable --now docker.service"
        ready = f"i=0; while [ ! -S /run/user/{have.uid}/bus ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done"
        yield Change(
            f"a daemon without root for {name}",
            (Shell(f"{ready}; {_as(name, have, lines)}"),),
            f"unix:///run/user/{have.uid}/docker.sock",
        )


def removals(users: Sequence[str], state: State) -> Iterator[Change]:
    """Plan the removal of the users' daemons; their data stays."""
    for name in users:
        have = state.rootless.get(name)
        if have is not None and have.installed:
            lines = f"{_SYSTEMCTL} disable --now docker.service; dockerd-rootless-setuptool.sh uninstall --force"
            yield Change(f"no daemon without root for {name}", (Shell(_as(name, have, lines)),), "its images and volumes stay")


def _as(name: str, have: Rootless, lines: str) -> str:
    bus = f"XDG_RUNTIME_DIR=/run/user/{have.uid} DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{have.uid}/bus"
    return f"runuser -u {shlex.quote(name)} -- env HOME={shlex.quote(have.home)} {bus} sh -c '{lines}'"
