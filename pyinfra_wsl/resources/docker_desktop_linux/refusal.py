"""What Docker Desktop for Linux needs, and why a host cannot have it.

Docker documentation, "Install Docker Desktop on Linux": general system requirements, KVM virtualization support, and the
pages of Ubuntu, Debian, Fedora, RHEL and Arch. Debian 13: docker/for-linux issue 1549.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.host import NOT_ROOT
from pyinfra_wsl.resources.docker_desktop_linux.state import State

OLDEST_QEMU = (5, 2)

_RELEASES: Mapping[str, frozenset[str]] = {
    "ubuntu": frozenset({"24.04", "26.04"}),
    "debian": frozenset({"12"}),
    "fedora": frozenset({"41", "42"}),
    "rhel": frozenset({"9", "10"}),
}
_TESTED_DESKTOPS = re.compile(r"gnome|ubuntu|plasma|kde|mate", re.IGNORECASE)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers to compare: ``4.50.0`` is (4, 50, 0)."""
    return tuple(int(one) for one in re.findall(r"\d+", version)[:3])


def refusals(user: str, state: State) -> Iterator[Failure]:
    """Yield why this host cannot have Docker Desktop for `user`."""
    if state.machine != "x86_64":
        cause = f"Docker Desktop for Linux is for x86_64, this host is {state.machine or 'of unknown architecture'}"
        yield Failure(cause, "declare docker_engine instead", "architecture")
        return
    if (unsupported := _release(state)) is not None:
        yield unsupported
    if not state.root:
        yield NOT_ROOT
    if state.account is None:
        yield Failure(f"docker_desktop_linux: there is no user {user}", "create the user, or declare another", "no_user")
    if not state.systemd:
        yield Failure(
            "systemd does not run on this host", "Docker Desktop needs it: use a host that boots with systemd", "systemd"
        )
    if not state.kvm:
        yield Failure("there is no /dev/kvm on this host", "declare kvm for it: that names the cause, or mends it", "kvm")
    if not state.desktop:
        cause = "no desktop is installed on this host, and Docker Desktop does not start without one"
        yield Failure(cause, "declare docker_engine instead, or install GNOME, KDE or MATE", "headless")
    if state.qemu is not None and numbers(state.qemu) < OLDEST_QEMU:
        yield Failure(f"QEMU {state.qemu} is too old for Docker Desktop", "upgrade QEMU to 5.2 or newer", "qemu")
    yield from _damaged(state)


def _release(state: State) -> Failure | None:
    known = _RELEASES.get(state.os.id)
    if (
        state.os.id == "arch"
        or (known is not None and state.os.version.partition(".")[0] in known)
        or (known and state.os.version in known)
    ):
        return None
    if known is not None and (state.os.id, state.os.version) == ("debian", "13"):
        return Failure(
            f"Docker Desktop's package does not install on {state.os.name}", "use Debian 12, or docker_engine", "unsupported"
        )
    names = "Ubuntu 24.04 or 26.04, Debian 12, Fedora 41 or 42, RHEL 9 or 10"
    return Failure(
        f"Docker Desktop does not support {state.os.name}", f"use {names}, or declare docker_engine instead", "unsupported"
    )


def _damaged(state: State) -> Iterator[Failure]:
    home = state.account.home if state.account else "~"
    config = f"is no JSON: {state.config_problem}" if state.config_problem else ""
    for name, problem in (("desktop/settings-store.json", state.settings_problem), ("config.json", config)):
        if problem:
            yield Failure(f"{home}/.docker/{name} {problem}", "mend it, or move it away: absent means defaults", "settings")


def warnings(state: State) -> Iterator[str]:
    """Yield what works, but not as people expect."""
    if state.vm not in (None, "none"):
        yield f"this host is a virtual machine ({state.vm}); Docker does not support Docker Desktop for Linux in one"
    if state.os.id == "arch":
        yield "Docker calls its package for Arch Linux experimental"
    if not any(_TESTED_DESKTOPS.search(name) for name in state.desktop):
        yield f"Docker tests GNOME, KDE and MATE; this host has {', '.join(state.desktop)}"
    if not state.pass_ready:
        yield "pass has no key for the user: before signing in to Docker, 'gpg --generate-key' and 'pass init KEY'"
