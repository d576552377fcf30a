r"""The files of a simulated laptop: case-insensitive, case-preserving, with rights, links, locks and a disk that fills up.

Rights are those that ``icacls`` shows, granted to SIDs on a folder or file and inherited downwards unless a node is cut off; who
made something may always change its list. A file may be a link to another one, have several names, be read-only or hidden, or lie
in a cloud until it is read. What asks is a token; Windows itself (None) is asked for nothing.

Sources: Microsoft, "File Security and Access Rights", "CreateFileW" (what overwriting a hidden file needs), "ReplaceFileW",
"DeleteFileW" (read-only), "CreateSymbolicLinkW", "Reparse Points"; [MS-FSA], "FileRenameInformation" (a folder with open files).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from pyinfra_wsl.lab.machine.account import ADMINISTRATORS, AUTHENTICATED, EVERYONE, SYSTEM, USERS, Token
from pyinfra_wsl.lab.machine.node import (
    DATA,
    HOPS,
    NEW_FILE,
    NEW_FOLDER,
    READ,
    WRITE,
    FileError,
    Node,
    Sparse,
    demand,
    demand_free,
    demand_gone,
    keep_rights,
    owner,
    parent_of,
    split,
    tree,
)

__all__ = ["READ", "WRITE", "FileError", "Files", "Node", "Sparse", "split"]


class Files:
    """All drives of one laptop. `by` is the token that asks; None is Windows itself, which may do everything."""

    def __init__(self, free_bytes: int = 200 << 30, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Begin with an empty drive C: that has so many bytes left."""
        self.free_bytes = free_bytes
        self.clock = clock
        self.provides: Callable[[Node], bool] = lambda _node: True
        """Whether the program runs that fetches a file from its cloud."""
        self.roots: dict[str, Node] = {}
        self.mount("C:")

    def mount(self, root: str) -> Node:
        r"""Add a drive (``D:``) as Windows formats it, or a share (``\\server\share``), which everybody may read."""
        node = self.roots.setdefault(root.lower(), Node(root, None, self.clock(), {}))
        local = {SYSTEM: "F", ADMINISTRATORS: "F", AUTHENTICATED: "M", USERS: "RX"}  # not verified here
        node.grants = {EVERYONE: "RX"} if root.startswith("\\\\") else local
        return node

    def find(self, path: str) -> Node | None:
        """Return the node at a path; links are followed on the way, not at the end."""
        root, names = split(path)
        return self._below(self.roots.get(root.lower()), names, HOPS)

    def _below(self, node: Node | None, names: list[str], hops: int) -> Node | None:
        for name in names:
            node, hops = self._through(node, hops)
            node = node.children.get(name.lower()) if node is not None and node.children is not None else None
        return node

    def _through(self, node: Node | None, hops: int = HOPS) -> tuple[Node | None, int]:
        """Follow links from a node to what they lead to at last; raises FileError ``unresolved`` where that has no end."""
        while node is not None and node.link:
            if hops <= 0:
                raise FileError("unresolved", node.path)
            hops -= 1
            root, names = split(node.link)
            node = self._below(self.roots.get(root.lower()), names, hops)
        return node, hops

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return self.find(path) is not None

    def is_dir(self, path: str) -> bool:
        """Whether a folder is there, or a link to one, wherever that leads."""
        node = self.find(path)
        return node is not None and node.folder

    def stat(self, path: str) -> Node:
        """Return what is there; raises FileError ``not_found``."""
        node = self.find(path)
        if node is None:
            parent = self.find(path.rstrip("\\").rpartition("\\")[0] or path)
            raise FileError("not_found" if parent is not None else "no_path", path)
        return node

    def opens(self, path: str) -> Node:
        """Return what a program opens at a path: links are followed at the end too; raises FileError ``not_found``."""
        node = self._through(self.stat(path))[0]
        if node is None:
            raise FileError("not_found", path)
        return node

    def list(self, path: str, by: Token | None = None) -> list[Node]:
        """Return what a folder holds, sorted by name as NTFS does."""
        node = self.opens(path)
        if node.children is None:
            raise FileError("no_folder", path)
        demand(node, by, READ)
        return sorted(node.children.values(), key=lambda child: child.name.upper())

    def read(self, path: str, by: Token | None = None, part: slice = slice(None)) -> bytes:
        """Return the bytes of a file, or a part of them; a sparse one has none to give and raises ValueError."""
        node = self._read(path, by)
        if isinstance(node.content, Sparse):
            raise ValueError(f"{path} is kept as a size and a digest only")
        return bytes(node.content[part])

    def text(self, path: str) -> str:
        """Return a UTF-8 file's text, "" where there is none: for those who look at a laptop from outside."""
        return self.read(path).decode() if self.exists(path) else ""

    def digest(self, path: str, by: Token | None = None) -> str:
        """Return the SHA-256 of a file."""
        return self._read(path, by).sha256

    def _read(self, path: str, by: Token | None) -> Node:
        node = self._file(path, by, READ)
        if node.cloud == "away":  # reading it has it fetched (FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS)
            if not self.provides(node):
                raise FileError("no_provider", path)
            node.cloud = "here"
        return node

    def make(self, path: str, by: Token | None = None) -> Node:
        """Make a folder and those above it; what is there stays. Where a link stands there, it is what that leads to."""
        node = self._through(self._made(path, by))[0]
        if node is None:
            raise FileError("no_path", path)
        if node.children is None:
            raise FileError("exists", path)
        return node

    def _made(self, path: str, by: Token | None) -> Node:
        root, names = split(path)
        node = self.roots.get(root.lower())
        for name in names:
            node = self._through(node)[0]
            if node is None:
                raise FileError("no_path", path)
            if node.children is None:
                raise FileError("exists", path)
            if name.lower() not in node.children:
                demand(node, by, NEW_FOLDER)
                node.children[name.lower()] = Node(name, node, self.clock(), {}, owner=owner(by))
            node = node.children[name.lower()]
        if node is None:
            raise FileError("no_path", path)
        if node.children is None:
            raise FileError("exists", path)
        return node

    def write(self, path: str, content: bytes | Sparse, by: Token | None = None) -> Node:
        """Write a file whole; the folders above it are made. An existing file keeps its own rights.

        Who overwrites says nothing of attributes, as most programs: one that is read-only or hidden denies it (CREATE_ALWAYS).
        """
        path, parent, name = self._place(path, by)
        children = parent.children
        assert children is not None  # noqa: S101 - `make` returns folders only
        old = children.get(name.lower())
        if old is not None and (old.folder or (by is not None and old.attributes)):
            raise FileError("access_denied", path)
        demand(old or parent, by, WRITE if old else NEW_FILE)
        demand_free(old, by)
        size = content.size if isinstance(content, Sparse) else len(content)
        self._take(size - (old.size if old else 0), path)
        node = old or children.setdefault(name.lower(), Node(name, parent, self.clock(), owner=owner(by)))
        node.content, node.modified = content, self.clock()
        return node

    def replace(self, path: str, content: bytes, by: Token | None = None) -> Node:
        """Put a new file into the place of one, which it takes over with its rights and names (ReplaceFileW).

        The old one is opened to be read and deleted, nobody writes into it; read-only denies it. That a hidden one stays hidden
        is not documented. What happens to a link is not known: agent.ps1 goes to what it leads to first, and so is done here.
        """
        node = self._file(path, by, READ)
        demand(node.parent or node, by, NEW_FILE)
        demand_gone(node, node.parent, by)
        self._take(len(content) - node.size, path)
        node.content, node.modified = content, self.clock()
        return node

    def append(self, path: str, data: bytes, by: Token | None = None) -> int:
        """Add bytes at the end of a file, which is made if its folder is there; returns the new size."""
        folder, _ = parent_of(path)
        if not self.is_dir(folder):
            raise FileError("no_path", path)
        if self._through(self.find(path))[0] is None:
            self.write(path, b"", by)
        node = self._file(path, by, WRITE)
        if isinstance(node.content, Sparse) or (by is not None and "readonly" in node.attributes):
            raise FileError("access_denied", path)
        self._take(len(data), path)
        node.content = bytearray(node.content) if isinstance(node.content, bytes) else node.content
        node.content += data
        node.modified = self.clock()
        return len(node.content)

    def opened(self, path: str, by: Token | None = None) -> Node:
        """Return a file that is there, opened to write data into it and for nothing else."""
        node = self._file(path, by, DATA)
        if by is not None and "readonly" in node.attributes:
            raise FileError("access_denied", path)
        return node

    def fill(self, node: Node, data: bytes) -> None:
        """Write all data of a file that was `opened`."""
        self._take(len(data) - node.size, node.path)
        node.content, node.modified = data, self.clock()

    def move(self, path: str, to: str, by: Token | None = None) -> None:
        """Move a file, folder or link on one drive, with the rights that it has; `to` must not exist."""
        node, (folder, name) = self.stat(path), parent_of(to)
        target = self._through(self.find(folder))[0]
        if target is None or target.children is None:
            raise FileError("no_path", to)
        if name.lower() in target.children and target.children[name.lower()] is not node:
            raise FileError("exists", to)
        if split(path)[0].lower() != split(to)[0].lower():
            raise FileError("other_drive", to)
        demand_free(node, by)
        if any(below.open_by for below in tree(node)):
            raise FileError("access_denied", path)
        parent = self._parent_node(path)
        demand_gone(node, parent, by, kept=True)
        demand(target, by, NEW_FOLDER if node.folder else NEW_FILE)
        del (parent.children or {})[parent_of(path)[1].lower()]
        if target is not parent:
            keep_rights(node)
        node.name, node.parent = name, target
        target.children[name.lower()] = node

    def remove(self, path: str, by: Token | None = None, *, tree: bool = False) -> None:
        """Remove a file, a link, or a folder (with all in it if `tree`): what cannot go stays, all else goes, as .NET does it."""
        node, parent = self.stat(path), self._parent_node(path)
        failed = self._remove(node, parent, parent_of(path)[1], by, tree=tree)
        if failed is not None:
            raise failed

    def _remove(self, node: Node, parent: Node, name: str, by: Token | None, *, tree: bool) -> FileError | None:
        try:
            if node.children and not node.link:
                if not tree:
                    raise FileError("not_empty", node.path)
                demand(node, by, READ)
                failures = [self._remove(child, node, child.name, by, tree=True) for child in list(node.children.values())]
                if failed := next((one for one in failures if one), None):
                    return failed
            demand_gone(node, parent, by)
        except FileError as error:
            return error
        self.free_bytes += node.size if node.names == 1 else 0
        node.names -= 1
        del (parent.children or {})[name.lower()]
        return None

    def link(self, path: str, target: str, by: Token | None = None) -> None:
        """Make a junction at `path` to the folder `target`; an empty folder there becomes it (FSCTL_SET_REPARSE_POINT)."""
        node = self._made(path, by)
        if not (node.allowed(by, frozenset({"WD"})) or node.allowed(by, frozenset({"WA"}))):
            raise FileError("access_denied", path)
        if node.children:
            raise FileError("not_empty", path)
        node.link = target

    def symlink(self, path: str, target: str, by: Token | None = None, *, developer: bool = False, folder: bool = False) -> None:
        """Make a symbolic link; a file that is there becomes it, for those who may write its data.

        Args:
            path: the link.
            target: where it leads.
            by: who makes it: administrators, or with Developer Mode everybody (Microsoft, "CreateSymbolicLinkW").
            developer: whether Developer Mode is on.
            folder: whether it is one to a folder.

        """
        if by is not None and not (by.administrator or developer):
            raise FileError("no_privilege", path)
        if folder:
            self.link(path, target, by)
            return
        node = self.opened(path, by) if self.exists(path) else self.write(path, b"", by)
        node.link, node.content = target, b""

    def hard_link(self, path: str, existing: str, by: Token | None = None) -> None:
        """Give a file a second name; no right on the file itself is needed (FileLinkInformation), one to its folder is."""
        node, (folder, name) = self.stat(existing), parent_of(path)
        parent = self.opens(folder)
        if node.folder or parent.children is None or name.lower() in parent.children:
            raise FileError("exists", path)
        demand(parent, by, NEW_FILE)
        parent.children[name.lower()] = node
        node.names += 1

    def leads_elsewhere(self, path: str, within: str) -> str:
        """Return the first reparse point, or file with several names, from a folder down to a path; empty for none."""
        root, names = split(path)
        floor = len(split(within)[1])
        for depth in range(len(names), floor - 1, -1):
            node = self._at("\\".join([root, *names[:depth]]))
            if node is not None and (node.reparse or node.names > 1):
                return "\\".join([root, *names[:depth]])
        return ""

    def _at(self, path: str) -> Node | None:
        try:
            return self.find(path)
        except FileError:
            return None

    def _place(self, path: str, by: Token | None) -> tuple[str, Node, str]:
        """Return where a file is written: its path behind all links to files, its folder, which is made, and its name."""
        for _ in range(HOPS):
            folder, name = parent_of(path)
            parent = self.make(folder, by)
            old = (parent.children or {}).get(name.lower())
            if old is None or not old.link or old.folder:
                return path, parent, name
            path = old.link
        raise FileError("unresolved", path)

    def _file(self, path: str, by: Token | None, rights: frozenset[str]) -> Node:
        node = self.opens(path)
        if node.folder:
            raise FileError("access_denied", path)
        demand(node, by, rights)
        demand_free(node, by)
        return node

    def _parent_node(self, path: str) -> Node:
        parent = self.opens(parent_of(path)[0])
        if parent.children is None:
            raise FileError("access_denied", path)
        return parent

    def _take(self, size: int, path: str) -> None:
        if size > self.free_bytes:
            raise FileError("disk_full", path)
        self.free_bytes -= size
