r"""The files of a simulated laptop: case-insensitive, case-preserving, with rights, links, locks and a disk that fills up.

Rights are those that ``icacls`` shows: ``F`` (all), ``M`` (modify), ``RX`` (read and execute), ``WD`` (write data into a file
that is there), granted to SIDs on a folder or file and inherited downwards unless a node is cut off. (Microsoft: "icacls", "How
inheritance works".) A file may be a link to another one, or have several names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, AUTHENTICATED, EVERYONE, SYSTEM, Token

CODES = {
    "not_found": 2,
    "no_path": 3,
    "access_denied": 5,
    "in_use": 32,
    "file_exists": 80,
    "disk_full": 112,
    "bad_name": 123,
    "not_empty": 145,
    "exists": 183,
    "no_folder": 267,
}
"""Win32 error numbers (Microsoft: "System Error Codes")."""

READ, WRITE = frozenset({"F", "M", "RX", "R"}), frozenset({"F", "M"})
DATA = WRITE | {"WD"}
"""What lets a program write into a file that is there; to replace, rename or remove it, or to make one, is more."""


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
    """A file, a folder (children is a dict) or a link to either."""

    name: str
    parent: Node | None
    modified: datetime
    children: dict[str, Node] | None = None
    content: bytes | bytearray | Sparse = b""
    link: str = ""
    grants: dict[str, str] = field(default_factory=dict)
    inherits: bool = True
    open_by: str = ""
    """Who holds the file without sharing it; empty: nobody."""
    owner: str = SYSTEM
    """The SID of whose it is: of who made it, or of the Administrators where one of them did (Microsoft, "Default owner")."""
    names: int = 1
    """By how many names the file is known: hard links."""

    @property
    def folder(self) -> bool:
        """Whether this is a folder."""
        return self.children is not None

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
        """Whether a token has one of the rights here, by what is granted and inherited; None is Windows itself."""
        if by is None:
            return True
        node: Node | None = self
        while node is not None:
            if any(sid in by.groups and right in rights for sid, right in node.grants.items()):
                return True
            node = node.parent if node.inherits else None
        return False


def split(path: str) -> tuple[str, list[str]]:
    r"""Split a full path into its root (``C:``, ``\\server\share``) and the names below; ``..`` is resolved."""
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
    return root, kept


class Files:
    """All drives of one laptop. `by` is the token that asks; None is Windows itself, which may do everything."""

    def __init__(self, free_bytes: int = 200 << 30, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Begin with an empty drive C: that has so many bytes left."""
        self.free_bytes = free_bytes
        self.clock = clock
        self.roots: dict[str, Node] = {}
        self.mount("C:")

    def mount(self, root: str) -> Node:
        r"""Add a drive (``D:``), on which users may write, or a share (``\\server\share``), which everybody may read."""
        node = self.roots.setdefault(root.lower(), Node(root, None, self.clock(), {}))
        node.grants = {EVERYONE: "RX"} if root.startswith("\\\\") else {SYSTEM: "F", ADMINISTRATORS: "F", AUTHENTICATED: "M"}
        return node

    def find(self, path: str) -> Node | None:
        """Return the node at a path; links are followed on the way, not at the end."""
        root, names = split(path)
        node = self.roots.get(root.lower())
        for name in names:
            if node is not None and node.link:
                node = self.find(node.link)
            node = node.children.get(name.lower()) if node is not None and node.children is not None else None
        return node

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return self.find(path) is not None

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there."""
        node = self.find(path)
        return node is not None and node.folder

    def stat(self, path: str) -> Node:
        """Return what is there; raises FileError ``not_found``."""
        node = self.find(path)
        if node is None:
            parent = self.find(path.rstrip("\\").rpartition("\\")[0] or path)
            raise FileError("not_found" if parent is not None else "no_path", path)
        return node

    def list(self, path: str, by: Token | None = None) -> list[Node]:
        """Return what a folder holds, sorted by name as NTFS does."""
        node = self.stat(path)
        node = self.stat(node.link) if node.link else node
        if node.children is None:
            raise FileError("no_folder", path)
        _demand(node, by, READ)
        return sorted(node.children.values(), key=lambda child: child.name.upper())

    def read(self, path: str, by: Token | None = None) -> bytes:
        """Return the bytes of a file; a sparse one has none to give and raises ValueError."""
        node = self._file(path, by, READ)
        if isinstance(node.content, Sparse):
            raise ValueError(f"{path} is kept as a size and a digest only")
        return bytes(node.content)

    def text(self, path: str) -> str:
        """Return a UTF-8 file's text, "" where there is none: for those who look at a laptop from outside."""
        return self.read(path).decode() if self.exists(path) else ""

    def digest(self, path: str, by: Token | None = None) -> str:
        """Return the SHA-256 of a file."""
        return self._file(path, by, READ).sha256

    def make(self, path: str, by: Token | None = None) -> Node:
        """Make a folder and those above it; what is there stays. Where a link stands there, it is what that leads to."""
        node = self._made(path, by)
        node = self.stat(node.link) if node.link else node
        if node.children is None:
            raise FileError("exists", path)
        return node

    def _made(self, path: str, by: Token | None) -> Node:
        root, names = split(path)
        node = self.roots.get(root.lower())
        if node is None:
            raise FileError("no_path", path)
        for name in names:
            node = self.stat(node.link) if node.link else node
            if node.children is None:
                raise FileError("exists", path)
            if name.lower() not in node.children:
                _demand(node, by, WRITE)
                node.children[name.lower()] = Node(name, node, self.clock(), {}, owner=_owner(by))
            node = node.children[name.lower()]
        if node.children is None:
            raise FileError("exists", path)
        return node

    def write(self, path: str, content: bytes | Sparse, by: Token | None = None) -> Node:
        """Write a file whole; the folders above it are made. An existing file keeps its own rights."""
        folder, name = _parent(path)
        parent = self.make(folder, by)
        assert parent.children is not None  # noqa: S101 - make returns folders only
        old = parent.children.get(name.lower())
        if old is not None and old.link and not old.folder:
            return self.write(old.link, content, by)
        if old is not None and old.folder:
            raise FileError("access_denied", path)
        _demand(old or parent, by, WRITE)
        _demand_free(old)
        size = content.size if isinstance(content, Sparse) else len(content)
        self._take(size - (old.size if old else 0), path)
        node = old or parent.children.setdefault(name.lower(), Node(name, parent, self.clock(), owner=_owner(by)))
        node.content, node.modified = content, self.clock()
        return node

    def append(self, path: str, data: bytes, by: Token | None = None) -> int:
        """Add bytes at the end of a file, which is made if its folder is there; returns the new size."""
        folder, _ = _parent(path)
        if not self.is_dir(folder):
            raise FileError("no_path", path)
        if not self.exists(path):
            self.write(path, b"", by)
        node = self._file(path, by, WRITE)
        if isinstance(node.content, Sparse):
            raise FileError("access_denied", path)
        self._take(len(data), path)
        node.content = bytearray(node.content) if isinstance(node.content, bytes) else node.content
        node.content += data
        node.modified = self.clock()
        return len(node.content)

    def opened(self, path: str, by: Token | None = None) -> Node:
        """Return a file that is there, opened to write data into it and for nothing else."""
        return self._file(path, by, DATA)

    def fill(self, node: Node, data: bytes) -> None:
        """Write all data of a file that was `opened`."""
        self._take(len(data) - node.size, node.path)
        node.content, node.modified = data, self.clock()

    def move(self, path: str, to: str, by: Token | None = None) -> None:
        """Move a file or folder on one drive; `to` must not exist."""
        node, (folder, name) = self.stat(path), _parent(to)
        target = self.find(folder)
        target = self.find(target.link) if target is not None and target.link else target
        if target is None or target.children is None:
            raise FileError("no_path", to)
        if name.lower() in target.children and target.children[name.lower()] is not node:
            raise FileError("exists", to)
        for below in _tree(node):
            _demand_free(below)
        _demand(node, by, WRITE)
        _demand(target, by, WRITE)
        self._unlink(path)
        node.name, node.parent = name, target
        target.children[name.lower()] = node

    def remove(self, path: str, by: Token | None = None, *, tree: bool = False) -> None:
        """Remove a file, a link, or a folder (with all in it if `tree`)."""
        node = self.stat(path)
        if node.children and not tree:
            raise FileError("not_empty", path)
        for below in _tree(node):
            _demand(below, by, WRITE)
            _demand_free(below)
        self.free_bytes += sum(below.size for below in _tree(node) if below.names == 1)
        node.names -= 1
        self._unlink(path)

    def link(self, path: str, target: str, by: Token | None = None) -> None:
        """Make a junction at `path` to the folder `target`; an empty folder there becomes it (FSCTL_SET_REPARSE_POINT)."""
        node = self._made(path, by)
        _demand(node, by, WRITE)
        if node.children:
            raise FileError("not_empty", path)
        node.link = target

    def symlink(self, path: str, target: str, by: Token | None = None, *, developer: bool = False) -> None:
        """Make a symbolic link to a file; a file that is there becomes it, for those who may write its data.

        Args:
            path: the link.
            target: where it leads.
            by: who makes it: administrators, or with Developer Mode everybody (Microsoft, "CreateSymbolicLinkW").
            developer: whether Developer Mode is on.

        """
        if by is not None and not (by.administrator or developer):
            raise FileError("access_denied", path)
        node = self.opened(path, by) if self.exists(path) else self.write(path, b"", by)
        node.link = target

    def hard_link(self, path: str, existing: str, by: Token | None = None) -> None:
        """Give a file a second name; no right on the file itself is needed (FileLinkInformation), one to its folder is."""
        node, (folder, name) = self.stat(existing), _parent(path)
        parent = self.stat(folder)
        parent = self.stat(parent.link) if parent.link else parent
        if node.folder or parent.children is None or name.lower() in parent.children:
            raise FileError("exists", path)
        _demand(parent, by, WRITE)
        parent.children[name.lower()] = node
        node.names += 1

    def leads_elsewhere(self, path: str, within: str) -> str:
        """Return the first link, or file with several names, from a folder down to a path; empty for none."""
        root, names = split(path)
        floor = len(split(within)[1])
        for depth in range(len(names), floor - 1, -1):
            node = self._at("\\".join([root, *names[:depth]]))
            if node is not None and (node.link or node.names > 1):
                return "\\".join([root, *names[:depth]])
        return ""

    def _at(self, path: str) -> Node | None:
        try:
            return self.find(path)
        except FileError:
            return None

    def _file(self, path: str, by: Token | None, rights: frozenset[str]) -> Node:
        node = self.stat(path)
        if node.link and not node.folder:
            return self._file(node.link, by, rights)
        if node.folder:
            raise FileError("access_denied", path)
        _demand(node, by, rights)
        _demand_free(node)
        return node

    def _take(self, size: int, path: str) -> None:
        if size > self.free_bytes:
            raise FileError("disk_full", path)
        self.free_bytes -= size

    def _unlink(self, path: str) -> None:
        folder, name = _parent(path)
        parent = self.stat(folder)
        parent = self.stat(parent.link) if parent.link else parent
        if parent.children is None:
            raise FileError("access_denied", path)
        del parent.children[name.lower()]


def _parent(path: str) -> tuple[str, str]:
    root, names = split(path)
    if not names:
        raise FileError("access_denied", path)
    return "\\".join([root, *names[:-1]]) + ("" if names[:-1] else "\\"), names[-1]


def _tree(node: Node) -> Iterator[Node]:
    yield node
    for child in list((node.children or {}).values()) if not node.link else []:
        yield from _tree(child)


def _owner(by: Token | None) -> str:
    return SYSTEM if by is None or by.account.sid == SYSTEM else ADMINISTRATORS if by.administrator else by.account.sid


def _demand(node: Node, by: Token | None, rights: frozenset[str]) -> None:
    if not node.allowed(by, rights):
        raise FileError("access_denied", node.path)


def _demand_free(node: Node | None) -> None:
    if node is not None and node.open_by:
        raise FileError("in_use", node.path)
