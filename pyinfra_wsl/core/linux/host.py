"""What every Linux noun shares: how a host is asked in one command, and how changes are put down.

A look is one POSIX shell script that prints sections; `parts` takes them apart. The noun's ``plan`` decides upon what is found.
"""

from __future__ import annotations

import shlex
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

from pyinfra_wsl.core.plan import Deferred, Failure

PRELUDE = r"""PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; LC_ALL=C; LANGUAGE=; export PATH LC_ALL LANGUAGE
part() {
  name=$1; shift; out=$("$@" 2>&1); code=$?; printf '@%s %s\n' "$name" "$code"
  [ -z "$out" ] || printf '%s\n' "$out" | tr -cd '\11\12\40-\176' | sed 's/^/|/'
}
bytes='if [ -f "$1" ]; then head -c 1048577 "$1" | base64; else printf absent; fi'
whole() { printf '@%s 0\n|' "$1"; sh -c "$bytes" sh "$2" | tr -d '\n'; printf '\n'; }
his() { printf '@%s 0\n|' "$2"; timeout 10 runuser -u "$1" -- sh -c "$bytes" sh "$3" 2>/dev/null | tr -d '\n'; printf '\n'; }
"""
"""The start of every look. ``part NAME PROGRAM …`` prints ``@NAME EXIT-CODE`` and the output behind ``|``, so that no output can
pass for a section; ``whole NAME FILE`` prints a file as base64, byte for byte, as far as `json_file.read` takes it; ``his USER
NAME FILE`` does so with that user's rights: no link of his may show him, merged into a file of his, what only root may read."""

ARCHITECTURES: Mapping[str, str] = {"x86_64": "amd64", "aarch64": "arm64"}
"""``uname -m`` to Debian's and Docker's word."""

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

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
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    values = {name.strip(): (shlex.split(value) or [""])[0] if value.count('"') != 1 else value for name, _, value in pairs}
    codename = values.get("UBUNTU_CODENAME") or values.get("VERSION_CODENAME", "")
    name = values.get("PRETTY_NAME") or values.get("ID") or "an unknown Linux"
    return Os(values.get("ID", ""), tuple(values.get("ID_LIKE", "").split()), values.get("VERSION_ID", ""), codename, name)


@dataclass(frozen=True, slots=True)
class Shell:
    """A line for ``sh``."""

    line: str


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages by the host's own package manager.

    Args:
        manager: ``apt``, ``dnf`` or ``pacman``.
        names: names, with ``=version`` where one is wanted.
        present: installed or removed.
        update: whether the lists of packages are fetched first, however young they are.
        held: whether they may be changed although they are held.

    """

    manager: str
    names: tuple[str, ...]
    present: bool = True
    update: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A package that lies on the host as a file.

    Args:
        manager: ``apt``, ``dnf`` or ``pacman``.
        place: the file.
        replaces: package that is removed first, where its own upgrade does not work; empty where it does.

    """

    manager: str
    place: str
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A systemd unit of the system: running and enabled, or neither."""

    name: str
    present: bool = True
    restarted: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file brought to the host, and used only once its SHA-256 is right.

    Args:
        source: an http(s) or file address that the host reads, or a file on the control machine.
        sha256: 64 hexadecimal digits.
        place: where it lies afterwards.

    """

    source: str
    sha256: str
    place: str

    @property
    def remote(self) -> bool:
        """Whether the host fetches it itself."""
        return "://" in self.source


Act = Shell | Packages | PackageFile | Service | Fetch

Render = Callable[..., str]
"""Fills in a template by its name; `plan` is given it, because files are read elsewhere."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its sentence, how it is made, what a person should know, and how many containers it ends; None is unknown."""

    sentence: str
    acts: tuple[Act, ...]
    note: str = ""
    diff: tuple[str, ...] = ()
    ends: int | None = 0

    @property
    def said(self) -> str:
        """The sentence with its note."""
        return f"{self.sentence} ({self.note})" if self.note else self.sentence


@dataclass(frozen=True, slots=True)
class LinuxPlan:
    """What is to be done on a Linux host, in order. With a failure nothing at all is changed."""

    changes: tuple[Change, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    noop: str = field(default="as declared")


def write(path: str, text: str, mode: str = "0644", check: str = "", *, keep: bool = False) -> Shell:
    """Write a file whole or not at all: beside its place first, then renamed; missing folders are made.

    Args:
        path: absolute path.
        text: what stands in it afterwards.
        mode: its mode, octal.
        keep: whether a file that is there keeps the mode it has.
        check: a command that must approve of the new file ``"$t"`` before it takes its place.

    """
    folder, _, name = path.rpartition("/")
    approve = f" && {check}" if check else ""
    chmod = f'chmod {mode} "$t"'
    if keep:
        chmod = f'{{ chmod --reference={shlex.quote(path)} "$t" 2>/dev/null || {chmod}; }}'
    # cat and not printf writes the file: it says why it could not, the shells' own printf does not.
    return Shell(
        f"mkdir -p {shlex.quote(folder)} && t=$(mktemp {shlex.quote(f'{folder}/.{name}.XXXXXX')})"
        f' && {{ printf %s {shlex.quote(text)} | cat >"$t" && {chmod}{approve} && mv -f "$t" {shlex.quote(path)}'
        f' || {{ rm -f "$t"; exit 1; }}; }}'
    )


def as_user(user: str, uid: int, home: str, line: str) -> str:
    """Return a line that is carried out with a user's rights and on his own bus, in an environment that holds nothing of ours.

    Args:
        user: his name.
        uid: his number.
        home: his home folder.
        line: a line for ``sh``.

    """
    session = f"XDG_RUNTIME_DIR=/run/user/{uid} DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{uid}/bus"
    him = f"HOME={shlex.quote(home)} USER={shlex.quote(user)} LOGNAME={shlex.quote(user)} PATH={_PATH}"
    return f"runuser -u {shlex.quote(user)} -- env -i {him} {session} sh -c {shlex.quote(line)}"


def join(user: str, group: str) -> Shell:
    """Let a user join a group of the system, which is made where it is missing; other memberships stay."""
    make = f"{{ getent group {group} >/dev/null || groupadd --system {group}; }}"
    return Shell(f"{make} && usermod --append --groups {group} {shlex.quote(user)}")


def names(given: Sequence[str]) -> list[str]:
    """Return names as a list; on pyinfra's command line they are one text, with commas."""
    return given.split(",") if isinstance(given, str) else list(given)


def same(have: str | None, wanted: str) -> bool:
    """Whether a file that was shown by ``part`` has the wanted text; it loses its last line ends on the way."""
    return have is not None and have.rstrip("\n") == wanted.rstrip("\n")


Noun = TypeVar("Noun")


def revive(cls: type[Noun], data: Mapping[str, Any]) -> Noun:
    """Build a state from the plain values that a fact returns: `dataclasses.asdict` the other way round."""
    hints = typing.get_type_hints(cls)
    return cls(**{one.name: _revived(hints[one.name], data[one.name]) for one in fields(cls) if one.name in data})  # type: ignore[arg-type]


def _revived(hint: Any, value: Any) -> Any:
    if hint is Any:  # what a settings file holds stays as it is
        return value
    if isinstance(value, Mapping):
        options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        for option in options:
            if isinstance(option, type) and is_dataclass(option):
                return revive(option, value)
            if typing.get_origin(option) is not None and len(typing.get_args(option)) == 2:
                return {name: _revived(typing.get_args(option)[1], one) for name, one in value.items()}
        return dict(value)
    if isinstance(value, list | tuple):
        inner = next(
            (typing.get_args(option)[0] for option in (hint, *typing.get_args(hint)) if typing.get_origin(option) is tuple), None
        )
        return tuple(_revived(inner, one) for one in value)
    return value
