"""What every resource of Linux hosts shares: how a host is asked in one command, and how something is done as its user.

A look is one POSIX shell script that prints sections; `parts` takes them apart. Its resource's ``plan`` decides upon it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pyinfra_wsl.core.acts import Shell, refuse
from pyinfra_wsl.core.failure import Failure

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

PRELUDE = (
    r"""PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; LC_ALL=C; LANGUAGE=; export PATH LC_ALL LANGUAGE
part() {
  name=$1; shift; out=$("$@" 2>&1); code=$?; printf '@%s %s\n' "$name" "$code"
  [ -z "$out" ] || printf '%s\n' "$out" | tr -cd '\11\12\40-\176' | sed 's/^/|/'
}
bytes='if [ -f "$1" ]; then { { head -c 1048577 "$1" || [ -L "$1" ] || printf ! >&3; } | base64; } 3>&1
  elif [ -e "$1" ]; then printf !; else printf absent; fi'
whole() { printf '@%s 0\n|' "$1"; sh -c "$bytes" sh "$2" 2>/dev/null | tr -d '\n'; printf '\n'; }
theirs() { printf '@%s 0\n|' "$2"
  if getent passwd "$1" >/dev/null; then as_them "$1" sh -c "$bytes" sh "$3" 2>/dev/null || printf !; else printf absent; fi |
    tr -d '\n'; printf '\n'; }
groups_of() { id "$1" >/dev/null || return; id -Gnz "$1" | tr '\0' '\n'; }
as_them() {
  them=$1; shift; entry=$(getent passwd "$them") || return 1
  env -i "HOME=$(printf '%s' "$entry" | cut -d: -f6)" "USER=$them" "LOGNAME=$them" SHELL=/bin/sh LANG=C \
"""
    rf"""    "XDG_RUNTIME_DIR=/run/user/$(printf '%s' "$entry" | cut -d: -f3)" PATH={_PATH} \
    timeout 10 runuser -u "$them" -- "$@"
}}
"""
)
"""The start of every look. ``part NAME PROGRAM …`` prints ``@NAME EXIT-CODE`` and the output behind ``|``, so that no output can
pass for a section; ``whole NAME FILE`` prints a file as base64, byte for byte, as far as `json_file.read` takes it, ``absent``
where nothing is there, and with a ``!`` what is no file or cannot be read, lest it be taken for nothing; ``theirs USER NAME
FILE`` does so with that user's rights: no link of theirs may show them what only root may read, and one that leads to such is
nothing. ``as_them USER PROGRAM …`` runs a program as that user for ten seconds at most, in an environment that holds nothing of
root's: it is emptied before the user is changed, since whose a process is may read its environment. ``groups_of USER`` prints the
names of their groups, one a line: a directory's may have spaces, as ``domain users``."""

ARCHITECTURES: Mapping[str, str] = {"x86_64": "amd64", "aarch64": "arm64"}
"""``uname -m`` to Debian's and Docker's word."""

NOT_ROOT = Failure("this account may not change the host", "connect as root, or declare connection.sudo: true")


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a look: the exit code of the program, and what it printed."""

    code: int = 127
    text: str = ""

    @property
    def ok(self) -> bool:
        """Whether the program was there and succeeded."""
        return self.code == 0

    @property
    def lines(self) -> list[str]:
        """The lines that it printed."""
        return self.text.splitlines()

    @property
    def word(self) -> str | None:
        """The first line, stripped; None where the program failed or printed nothing."""
        lines = self.text.strip().splitlines()
        return lines[0].strip() if self.ok and lines else None


def parts(text: str) -> dict[str, Part]:
    """Take the output of a look apart; what precedes the first section, such as a banner, is dropped."""
    found: dict[str, Part] = {}
    name, code, lines = "", 0, list[str]()
    for line in [*text.splitlines(), "@ 0"]:
        if line.startswith("|") and name:
            lines.append(line[1:])
        elif line.startswith("@"):
            if name:
                found[name] = Part(code, "\n".join(lines))
            name, _, number = line[1:].partition(" ")
            code, lines = int(number) if number.strip().isdigit() else 1, []
    return found


@dataclass(frozen=True, slots=True)
class Os:
    """The distribution, as /etc/os-release has it (freedesktop.org, "os-release")."""

    id: str = ""
    like: tuple[str, ...] = ()
    version: str = ""
    codename: str = ""
    name: str = "an unknown Linux"

    @property
    def packages(self) -> str | None:
        """The package manager: ``apt``, ``dnf`` or ``pacman``; None for another."""
        family = {self.id, *self.like}
        for manager, ids in (("apt", {"debian", "ubuntu"}), ("dnf", {"fedora", "rhel", "centos"}), ("pacman", {"arch"})):
            if family & ids:
                return manager
        return None


def read_os(text: str) -> Os:
    """Read /etc/os-release."""
    values = os_values(text)
    codename = values.get("UBUNTU_CODENAME") or values.get("VERSION_CODENAME", "")
    name = values.get("PRETTY_NAME") or values.get("ID") or "an unknown Linux"
    return Os(values.get("ID", ""), tuple(values.get("ID_LIKE", "").split()), values.get("VERSION_ID", ""), codename, name)


def os_values(text: str) -> dict[str, str]:
    """Return the values of /etc/os-release by their names."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): _unquoted(value) for name, _, value in pairs}


def _unquoted(value: str) -> str:
    try:
        return (shlex.split(value) or [""])[0]
    except ValueError:
        return value


def as_user(user: str, uid: int, home: str, shell: Shell) -> Shell:
    """Return what is carried out with a user's rights and on their own bus, in an environment that holds nothing of ours.

    Args:
        user: their name.
        uid: their number.
        home: their home folder.
        shell: what is carried out.

    """
    session = f"XDG_RUNTIME_DIR=/run/user/{uid} DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{uid}/bus"
    name = shlex.quote(user)
    account = f"HOME={shlex.quote(home)} USER={name} LOGNAME={name} SHELL=/bin/sh LANG=C PATH={_PATH}"
    # Emptied before the user is changed: whose a process is may read its environment.
    line = f"env -i {account} {session} runuser -u {name} -- sh -c {shlex.quote(shell.line)}"
    return replace(shell, line=line)


def join(user: str, group: str) -> Shell:
    """Let a user join a group of the system, which is made where it is missing; other memberships stay.

    The user may be a directory's (LDAP, by NSS), whom usermod(8) does not know: it wants them in /etc/passwd, and gpasswd(1) does
    not. The group must be the host's own.
    """
    make = f"{{ getent group {group} >/dev/null || groupadd --system {group}; }}"
    here = f"{{ grep -q '^{group}:' /etc/group || {{ {refuse('directory')}; }}; }}"
    elsewhere = Failure(
        f"the group {group} is in a directory, such as LDAP, and not in this host's /etc/group",
        f"let {user} join it there, or make it on the host with 'groupadd --system {group}', then run again",
        "directory",
    )
    return Shell(f"{make} && {here} && gpasswd --add {shlex.quote(user)} {group}", {"directory": elsewhere})


def names(given: Sequence[str]) -> list[str]:
    """Return names as a list; on pyinfra's command line they are one text, with commas."""
    return given.split(",") if isinstance(given, str) else list(given)


def groups(part: Part) -> tuple[str, ...] | None:
    """Return what ``groups_of`` printed; None where there is no such user."""
    return tuple(filter(None, part.lines)) if part.ok else None


def same(have: str | None, wanted: str) -> bool:
    """Whether a file that was shown by ``part`` has the wanted text; it loses its last line ends on the way."""
    return have is not None and have.rstrip("\n") == wanted.rstrip("\n")
