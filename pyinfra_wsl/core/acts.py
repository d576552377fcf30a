"""What the step of a Linux host does, where no talk does it: plain acts, carried out by pyinfra's own operations or by ``sh``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyinfra_wsl.core.failure import Failure

REFUSED = "@refused"
"""The first word of the line by which a script says which of its refusals it means; what it has to add follows."""


@dataclass(frozen=True, slots=True)
class Shell:
    """A line for ``sh``.

    Args:
        line: the line.
        refusals: what it means where the line ends with `refuse`, by name; ``{said}`` stands for what the script adds.

    """

    line: str
    refusals: Mapping[str, Failure] = field(default_factory=dict)


def refuse(name: str, said: str = "") -> str:
    """Return the commands with which a script ends by one of its refusals.

    Args:
        name: which one.
        said: what it adds, as the shell expands it between double quotes.

    """
    return f'echo "{REFUSED} {name} {said}" >&2; exit 1'


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages by the host's own package manager.

    Args:
        manager: ``apt``, ``dnf`` or ``pacman``.
        names: names, with ``=version`` where one is wanted.
        present: installed or removed.
        update: whether the lists of packages are fetched first, however young they are.
        held: whether they may be changed or removed although they are held.

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


def write(path: str, text: str, mode: str = "0644", check: Shell | None = None, *, keep: bool = False) -> Shell:
    """Write a file whole or not at all: beside its place first, then renamed; missing folders are made.

    Args:
        path: absolute path.
        text: what stands in it afterwards.
        mode: its mode, octal.
        keep: whether a file that is there keeps the mode it has.
        check: a command that must approve of the new file ``"$t"`` before it takes its place.

    """
    folder, _, name = path.rpartition("/")
    approve = f" && {check.line}" if check else ""
    chmod = f'chmod {mode} "$t"'
    if keep:
        chmod = f'{{ chmod --reference={shlex.quote(path)} "$t" 2>/dev/null || {chmod}; }}'
    # cat and not printf writes the file: it says why it could not, the shells' own printf does not.
    line = (
        f"mkdir -p {shlex.quote(folder)} && t=$(mktemp {shlex.quote(f'{folder}/.{name}.XXXXXX')})"
        f' && {{ printf %s {shlex.quote(text)} | cat >"$t" && {chmod}{approve} && mv -f "$t" {shlex.quote(path)}'
        f' || {{ rm -f "$t"; exit 1; }}; }}'
    )
    return Shell(line, check.refusals if check else {})
