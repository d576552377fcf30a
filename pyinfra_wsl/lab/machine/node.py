r"""What a simulated laptop keeps of one file or folder: its bytes, where it leads, who may do what to it, and why not.

Sources: Microsoft, "File Security and Access Rights", "How inheritance works", "Owner of a New Object"; the label of files in the
root of the system drive: knowledge of Windows, not verified here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, SYSTEM, Token
from pyinfra_wsl.lab.machine.rights import CREATOR, entries, specific

CODES = {
    "not_found": 2,
    "no_path": 3,
    "access_denied": 5,
    "other_drive": 17,
    "in_use": 32,
    "file_exists": 80,
    "disk_full": 112,
    "bad_name": 123,
    "not_empty": 145,
    "exists": 183,
    "too_long": 206,
    "no_folder": 267,
    "no_provider": 362,
    "no_privilege": 1314,
    "unresolved": 1921,
}
"""Win32 error numbers (Microsoft: "System Error Codes")."""

READ, WRITE = frozenset({"R"}), frozenset({"W"})
"""What a program needs on a file that it opens to read, or to write as most do (GENERIC_READ, GENERIC_WRITE)."""
DATA = NEW_FILE = frozenset({"WD"})
"""What lets a program write into a file that is there and no more; on a folder, what lets it make a file in it."""
NEW_FOLDER, _DELETE, _DELETE_CHILD, _RIGHTS = (frozenset({one}) for one in ("AD", "D", "DC", "WDAC"))
_READ_ONLY = specific(READ)
HOPS = 63
"""Links that are followed on one path (Microsoft, "Reparse Points")."""


class FileError(Exception):
    """A file operation failed; `kind` is a key of `CODES`, `code` Windows' number for it."""

    def __init__(self, kind: str, path: str) -> None:
        """Keep the fields; the text is built from them."""
        super().__init__(f"{kind}: {path}")
        self.kind, self.path, self.code = kind, path, CODES[kind]


@dataclass(frozen=True, slots=True)
class Sparse:
    """A large content that is not kept: only its size in bytes and what it is known by."""

    size: int
    sha256: str


@dataclass(slots=True)
class Node:
    """A file, a folder (children is a dict) or a link to either: one to a folder is an empty folder.

    Args:
        name, parent, modified: where and when.
        children: what a folder holds.
        content: a file's bytes.
        link: where a link leads.
        grants: for each SID the entries of its access list, as `rights` reads them.
        inherits: whether those of the folders above hold here.
        owner: the SID of who made it.
        open_by: who holds the file without sharing it; empty: nobody.
        names: by how many names the file is known: hard links.
        attributes: ``readonly``, ``hidden``.
        cloud: empty, or ``here`` or ``away`` for a file of OneDrive: a reparse point that is no link.
        rightless: whether the drive of this root keeps no access lists (FAT): then everybody may do everything.
        shields: whether files in this very folder have the label "high": only programs of administrators write them.

    """

    name: str
    parent: Node | None
    modified: datetime
    children: dict[str, Node] | None = None
    content: bytes | bytearray | Sparse = b""
    link: str = ""
    grants: dict[str, str] = field(default_factory=dict)
    inherits: bool = True
    owner: str = SYSTEM
    open_by: str = ""
    names: int = 1
    attributes: set[str] = field(default_factory=set)
    cloud: str = ""
    shields: bool = False
    rightless: bool = False

    @property
    def folder(self) -> bool:
        """Whether this is a folder."""
        return self.children is not None

    @property
    def reparse(self) -> bool:
        """Whether it has the attribute of a reparse point: links have it, and so have files of OneDrive."""
        return bool(self.link or self.cloud)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.content.size if isinstance(self.content, Sparse) else len(self.content)

    @property
    def sha256(self) -> str:
        """The digest of the content, lower case hex."""
        return self.content.sha256 if isinstance(self.content, Sparse) else hashlib.sha256(self.content).hexdigest()

    @property
    def path(self) -> str:
        """The full path as the names are spelled on disk."""
        if self.parent is None:
            return self.name + "\\" if self.name.endswith(":") else self.name
        return self.parent.path.rstrip("\\") + "\\" + self.name

    def allowed(self, by: Token | None, rights: frozenset[str]) -> bool:
        """Whether a token has all of these rights here, by what is granted and inherited; None is Windows itself."""
        return by is None or self.lawless or specific(rights) <= self._rights(by)

    @property
    def lawless(self) -> bool:
        """Whether it lies on a drive without access lists."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node.rightless

    def _rights(self, by: Token) -> set[str]:
        found, depth, node = set[str](), 0, self
        while True:
            for sid, text in node.grants.items():
                if sid in by.groups or (sid == CREATOR and depth and self.owner in by.groups):
                    found.update(*(one.rights for one in entries(text) if one.holds(depth, folder=self.folder)))
            if node.parent is None or not node.inherits:
                break
            node, depth = node.parent, depth + 1
        if self.owner in by.groups:
            found |= _RIGHTS
        shielded = not self.folder and self.parent is not None and self.parent.shields and not by.administrator
        return found & _READ_ONLY if shielded else found

    def may_change_rights(self, by: Token | None) -> bool:
        """Whether a token may change the access list: who made something always may."""
        return self.allowed(by, _RIGHTS)

    def granted(self, *, inherited_only: bool = False) -> list[tuple[str, str]]:
        """Return what is granted here, as it would be written on this very node: each SID with its entries."""
        found, depth, node = [] if inherited_only else list(self.grants.items()), 1, self
        while node.inherits and node.parent is not None:
            node = node.parent
            for sid, text in node.grants.items():
                named = self.owner if sid == CREATOR else sid
                passed = " ".join(filter(None, (one.passed_on(depth, folder=self.folder) for one in entries(text))))
                found += [(named, passed)] if passed else []
            depth += 1
        return found


def split(path: str) -> tuple[str, list[str]]:
    r"""Split a full path into its root (``C:``, ``\\server\share``) and the names below; ``..`` is resolved."""
    root, names = _split(path)
    return root, list(names)


@lru_cache(maxsize=1024)
def _split(path: str) -> tuple[str, tuple[str, ...]]:
    plain = path.replace("/", "\\").removeprefix("\\\\?\\").removeprefix("\\\\.\\")
    parts = [part for part in plain.split("\\") if part and part != "."]
    share = plain.startswith("\\\\")
    root = "\\\\" + "\\".join(parts[:2]) if share else "".join(parts[:1])
    names = parts[2:] if share else parts[1:]
    if not (share or (len(root) == 2 and root[1] == ":")) or any(set(name) & set('<>"|?*:') for name in names):
        raise FileError("bad_name", path)
    kept: list[str] = []
    for name in names:
        kept = kept[:-1] if name == ".." else [*kept, name]
    return root, tuple(kept)


def owner(by: Token | None) -> str:
    """Return the SID of who owns what a token makes: what an administrator's program makes is the group's (not verified here)."""
    if by is None:
        return SYSTEM
    return ADMINISTRATORS if by.administrator else by.account.sid


def parent_of(path: str) -> tuple[str, str]:
    """Return the folder of a path, and the name in it; raises FileError for a root."""
    root, names = split(path)
    if not names:
        raise FileError("access_denied", path)
    return "\\".join([root, *names[:-1]]) + ("" if names[:-1] else "\\"), names[-1]


def tree(node: Node) -> Iterator[Node]:
    """Yield a node and all below it; no link is followed."""
    yield node
    for child in list((node.children or {}).values()) if not node.link else []:
        yield from tree(child)


def demand(node: Node, by: Token | None, rights: frozenset[str]) -> None:
    """Raise FileError ``access_denied`` unless a token has all of these rights."""
    if not node.allowed(by, rights):
        raise FileError("access_denied", node.path)


def demand_gone(node: Node, parent: Node | None, by: Token | None, *, kept: bool = False) -> None:
    """Let only those take away or rename something who may delete it, or what is in its folder; read-only things are `kept`."""
    if not (node.allowed(by, _DELETE) or (parent is not None and parent.allowed(by, _DELETE_CHILD))):
        raise FileError("access_denied", node.path)
    if by is not None and not kept and "readonly" in node.attributes:
        raise FileError("access_denied", node.path)
    demand_free(node, by)


WINDOWS = "System"
"""Who holds a file that Windows itself has open."""


def demand_free(node: Node | None, by: Token | None) -> None:
    """Raise FileError ``in_use`` where a program holds a file; Windows reads what it holds itself."""
    if node is not None and node.open_by and (by is not None or node.open_by != WINDOWS):
        raise FileError("in_use", node.path)


def keep_rights(node: Node) -> None:
    """Let something that is moved keep the list that it has, inherited entries included (Microsoft, "MoveFileExW")."""
    kept: dict[str, list[str]] = {}
    for sid, text in node.granted():
        kept.setdefault(sid, []).append(text)
    node.grants, node.inherits = {sid: " ".join(dict.fromkeys(texts)) for sid, texts in kept.items()}, False
