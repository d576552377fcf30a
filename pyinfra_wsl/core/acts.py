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


LINK = "link"
"""The name of the refusal to write through a link into a place where others than root may write."""

# Of `stat -c '%u %A'`: root's, and nobody else may write there. What is not there yet is made by us, in what is.
_OWN = """  q=$p; while [ "$q" != / ]; do
    case $(stat -c '%u %A' "$q" 2>/dev/null) in ''|'0 '?????-??-*) ;; *) echo "$q"; break;; esac
    q=$(dirname "$q"); done"""
LINKED = f"""linked() {{ [ -L "$1" ] || return 1; p=$(readlink -m "$1") && echo "$p"
{_OWN}; }}
"""
"""``linked FILE``, for a look: prints where a link leads, and below it the first part of that path that others may write."""


def write(path: str, text: str, mode: str = "0644", check: Shell | None = None, *, keep: bool = False) -> Shell:
    """Write a file whole or not at all: beside its place first, then renamed; missing folders are made.

    Args:
        path: absolute path.
        text: what stands in it afterwards.
        mode: its mode, octal.
        keep: whether a file that is there stays what it is: it keeps its mode, and a link stays one and has its target written.
            Root writes to no target that is not root's alone; of a user who may not write where theirs leads, it becomes a file.
        check: a command that must approve of the new file ``"$t"`` before it takes its place.

    """
    approve = f" && {check.line}" if check else ""
    chmod = f'{{ chmod --reference="$p" "$t" 2>/dev/null || chmod {mode} "$t"; }}' if keep else f'chmod {mode} "$t"'
    # cat and not printf writes the file: it says why it could not, the shells' own printf does not.
    line = (
        f"p={shlex.quote(path)}; {_followed() if keep else ''}{_ATTRIBUTES}{_folder(mode, keep=keep)}"
        ' && t=$(mktemp "${p%/*}/.${p##*/}.XXXXXX")'
        f' && {{ printf %s {shlex.quote(text)} | cat >"$t" && {chmod}{approve} && mv -fT "$t" "$p"'
        f' || {{ rm -f "$t"; exit 1; }}; }}'
    )
    refusals = dict(check.refusals if check else {}) | ({LINK: foreign_link(path, "{said}")} if keep else {})
    return Shell(line, refusals | {_FIXED: _FIXED_REFUSAL})


# A host whose umask is 027 or 077 would else keep apt's own user from /etc/apt/keyrings.
def _folder(mode: str, *, keep: bool) -> str:
    make = 'mkdir -p "${p%/*}"'
    return f"(umask 022; {make})" if mode.endswith("4") and not keep else make


_FIXED = "fixed"
_FIXED_REFUSAL = Failure(
    "{said} is fixed by a file attribute that not even root overrules; it was left as it is",
    "somebody wants that: ask them, or take it away with 'chattr -i' or 'chattr -a' on it, then run again",
    _FIXED,
)
_ATTRIBUTES = (
    'for q in "$p" "${p%/*}"; do a=$(lsattr -d "$q" 2>/dev/null); case ${a%% *} in *[ia]*) '
    f"{refuse(_FIXED, '$q (${a%% *})')};; esac; done; "
)
"""chattr(1): a file with ``i`` or ``a`` is not renamed over, and in a folder with them nothing is."""


def _followed() -> str:
    roots = f'p=$l; f=$(\n{_OWN}); [ -z "$f" ] || {{ {refuse(LINK, "$p, and $f")}; }}'
    theirs = 'elif [ -w "${l%/*}" ]; then p=$l; fi'  # else a file takes the link's place: it leads to where they have no business
    return f'[ ! -L "$p" ] || {{ l=$(readlink -m "$p"); if [ "$(id -u)" = 0 ]; then {roots}; {theirs}; }}; '


def foreign_link(path: str, where: str) -> Failure:
    """Return why root does not write through a link.

    Args:
        path: the link.
        where: its target, and which part of the target's path others may write.

    """
    cause = f"{path} is a link to {where} is not root's alone: who may write there would be root on this host"
    return Failure(cause, "let that be root's, mode 0755, or put a file in the link's place, then run again", LINK)
