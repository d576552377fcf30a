"""The files of a Linux distribution: a tree of files, folders and links with owners and modes."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Literal

LINKS = 40
"""So many links are followed before Linux gives up (include/linux/namei.h)."""


class LinuxError(Exception):
    """A system call failed; the text is strerror's, as every program of a distribution prints it."""


NO_ENTRY = "No such file or directory"
DENIED = "Permission denied"


@dataclass(slots=True)
class Entry:
    """A file, a folder or a symbolic link.

    Args:
        kind: what it is.
        mode: permission bits.
        uid: owner.
        gid: group.
        data: content of a file.
        target: where a link leads.
        socket: the file is a socket.

    """

    kind: Literal["file", "folder", "link"]
    mode: int
    uid: int = 0
    gid: int = 0
    data: bytes = b""
    target: str = ""
    socket: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a Linux process runs as."""

    uid: int = 0
    gids: frozenset[int] = frozenset({0})


ROOT = Identity()


@dataclass(repr=False)
class Tree:
    """A root file system: what lies on the disk, and what is mounted over it while the distribution runs.

    Args:
        entries: absolute path → entry, on the disk.
        mounted: the same for tmpfs and mounts of the VM: gone when the instance stops.

    """

    entries: dict[str, Entry] = field(default_factory=lambda: {"/": Entry("folder", 0o755)})
    mounted: dict[str, Entry] = field(default_factory=dict)
    changed: bool = False

    def real(self, path: str) -> str:
        """Return a path with every link on it followed; the last name need not exist."""
        done = "/"
        rest = [part for part in path.split("/") if part]
        for _ in range(LINKS * 50):
            if not rest:
                return done
            name = rest.pop(0)
            done = posixpath.normpath(posixpath.join(done, name))
            entry = self._at(done)
            if entry is not None and entry.kind == "link":
                rest = [part for part in entry.target.split("/") if part] + rest
                done = "/" if entry.target.startswith("/") else posixpath.dirname(done)
        raise LinuxError("Too many levels of symbolic links")

    def find(self, path: str) -> Entry | None:
        """Return what a path leads to, None where nothing is."""
        return self._at(self.real(path))

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        entry = self.find(path)
        return entry is not None and entry.kind == "folder"

    def read(self, path: str, who: Identity = ROOT) -> bytes:
        """Return a file's bytes."""
        entry = self.find(path)
        if entry is None:
            raise LinuxError(NO_ENTRY)
        if entry.kind == "folder":
            raise LinuxError("Is a directory")
        _demand(entry, who, 4)
        return entry.data

    def write(self, path: str, data: bytes, who: Identity = ROOT, mode: int = 0o644) -> None:
        """Write a file; an old one keeps its owner and mode."""
        real = self.real(path)
        old = self._at(real)
        if old is None:
            self._add(real, Entry("file", mode, who.uid, min(who.gids, default=0), data), who)
            return
        if old.kind == "folder":
            raise LinuxError("Is a directory")
        _demand(old, who, 2)
        old.data = data
        self.changed = True

    def make(self, path: str, who: Identity = ROOT, mode: int = 0o755, *, parents: bool = True) -> None:
        """Make a folder, and those above it if `parents`."""
        real = self.real(path)
        if self._at(real) is not None:
            if parents and self.is_folder(real):
                return
            raise LinuxError("File exists")
        if parents and self._at(posixpath.dirname(real)) is None:
            self.make(posixpath.dirname(real), who, mode)
        self._add(real, Entry("folder", mode, who.uid, min(who.gids, default=0)), who)

    def remove(self, path: str, who: Identity = ROOT) -> None:
        """Remove a file or a link (not what it leads to)."""
        real = posixpath.join(self.real(posixpath.dirname(path)), posixpath.basename(path))
        entry = self._at(real)
        if entry is None:
            raise LinuxError(NO_ENTRY)
        if entry.kind == "folder":
            raise LinuxError("Is a directory")
        self._demand_folder(real, who)
        self.entries.pop(real, None)
        self.mounted.pop(real, None)
        self.changed = True

    def copy(self, source: str, target: str, who: Identity = ROOT, *, keep: bool = False) -> None:
        """Copy a file, with owner and mode if `keep`, as ``cp -p`` does."""
        data, entry = self.read(source, who), self.find(source)
        self.write(target, data, who)
        copied = self.find(target)
        if keep and entry is not None and copied is not None:
            copied.mode = entry.mode
            if who.uid == 0:
                copied.uid, copied.gid = entry.uid, entry.gid

    def move(self, source: str, target: str, who: Identity = ROOT) -> None:
        """Rename a file over what may be there; a link there is replaced, and not followed (rename(2))."""
        real = self.real(source)
        entry = self._at(real)
        if entry is None:
            raise LinuxError(NO_ENTRY)
        if entry.kind == "folder":
            raise LinuxError("Is a directory")
        self._demand_folder(real, who)
        place = posixpath.join(self.real(posixpath.dirname(target)), posixpath.basename(target))
        if self._at(place) is not None:
            self.remove(place, who)
        self._add(place, entry, who)
        del self.entries[real]

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link on the disk, over what may be there."""
        self._add(posixpath.normpath(path), Entry("link", 0o777, target=target), ROOT)

    def mount(self, path: str, entry: Entry) -> None:
        """Show something that does not lie on the disk, and folders down to it."""
        above = posixpath.dirname(path)
        if self._at(above) is None:
            self.mount(above, Entry("folder", 0o755))
        self.mounted[path] = entry

    def unmount(self, path: str) -> None:
        """Take away what was mounted at a path and below it."""
        for name in [name for name in self.mounted if name == path or name.startswith(f"{path}/")]:
            del self.mounted[name]

    def _at(self, path: str) -> Entry | None:
        return self.mounted.get(path) or self.entries.get(path)

    def _add(self, path: str, entry: Entry, who: Identity) -> None:
        self._demand_folder(path, who)
        self.entries[path] = entry
        self.changed = True

    def _demand_folder(self, path: str, who: Identity) -> None:
        folder = self._at(posixpath.dirname(path))
        if folder is None:
            raise LinuxError(NO_ENTRY)
        if folder.kind != "folder":
            raise LinuxError("Not a directory")
        _demand(folder, who, 2)


def _demand(entry: Entry, who: Identity, bit: int) -> None:
    """Check one permission bit (4 read, 2 write, 1 execute) as the kernel does: root may, else owner, group, others."""
    if who.uid == 0:
        return
    shift = 6 if entry.uid == who.uid else 3 if entry.gid in who.gids else 0
    if not entry.mode >> shift & bit:
        raise LinuxError(DENIED)
