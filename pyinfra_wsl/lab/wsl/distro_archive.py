"""Real archives of root file systems to trees and back: what bsdtar does in WSL's utility VM (src/linux/init/main.cpp)."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import posixpath
import tarfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import Literal

from pyinfra_wsl.lab.wsl.distro import Entry, Tree

Format = Literal["tar", "tar.gz", "tar.xz"]

_COMPRESSED: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"\xfd7zXZ\0": lzma.decompress,
    b"BZh": bz2.decompress,
}
"""First bytes of each compression that bsdtar finds by itself, and how it is undone."""

_BROKEN = (EOFError, OSError, tarfile.TarError, lzma.LZMAError, zlib.error)

_UNKNOWN = "bsdtar: Error opening archive: Unrecognized archive format"
_TRUNCATED = "bsdtar: Truncated tar archive\nbsdtar: Error exit delayed from previous errors."

_COMPRESS: dict[Format, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": partial(gzip.compress, mtime=0),
    "tar.xz": lzma.compress,
}


class ArchiveError(Exception):
    """bsdtar could not unpack it; the text is its line on stderr (wording from knowledge of libarchive)."""


def read(data: bytes) -> Tree:
    """Unpack a tar archive, plain or compressed; an empty file is an archive without entries, as libarchive has it."""
    plain = _decompress(data)
    tree = Tree()
    if not plain:
        return tree
    opened = False
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            opened = True
            for member in archive:
                _unpack(archive, member, tree)
            _demand_end(plain, archive.offset)
    except _BROKEN:
        raise ArchiveError(_TRUNCATED if opened else _UNKNOWN) from None
    return tree


def write(tree: Tree, form: Format = "tar") -> bytes:
    """Pack what lies on a tree's disk."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(tree.entries):
            if path != "/":
                _pack(archive, path, tree.entries[path])
    return _COMPRESS[form](target.getvalue())


def is_linux(tree: Tree) -> bool:
    """Whether WSL takes a tree for a distribution: ``/etc`` or ``/bin/sh`` is there (src/linux/init/main.cpp)."""
    return tree.find("/etc") is not None or tree.find("/bin/sh") is not None


def _decompress(data: bytes) -> bytes:
    for magic, undo in _COMPRESSED.items():
        if data.startswith(magic):
            try:
                return undo(data)
            except _BROKEN:
                raise ArchiveError("bsdtar: Error opening archive: truncated compressed input") from None
    return data


def _demand_end(plain: bytes, offset: int) -> None:
    """Demand what libarchive demands of an archive's end; Python's tarfile takes a cut header for it."""
    rest = plain[offset : offset + 512]
    if offset > len(plain) or (rest and rest != bytes(512)):
        raise tarfile.ReadError("unexpected end of data")


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, tree: Tree) -> None:
    path = posixpath.normpath("/" + member.name)
    _folders(tree, posixpath.dirname(path))
    if member.isdir():
        tree.entries[path] = Entry("folder", member.mode, member.uid, member.gid)
    elif member.issym():
        tree.entries[path] = Entry("link", 0o777, member.uid, member.gid, target=member.linkname)
    elif member.isreg():
        source = archive.extractfile(member)
        content = source.read() if source else b""
        if len(content) != member.size:
            raise tarfile.ReadError("unexpected end of data")
        tree.entries[path] = Entry("file", member.mode, member.uid, member.gid, content)
    elif member.islnk():
        source_path = posixpath.normpath("/" + member.linkname)
        if source_path not in tree.entries:
            raise tarfile.ReadError(f"no file for the hard link {member.name}")
        tree.entries[path] = tree.entries[source_path]


def _folders(tree: Tree, path: str) -> None:
    if path not in tree.entries:
        _folders(tree, posixpath.dirname(path))
        tree.entries[path] = Entry("folder", 0o755)


def _pack(archive: tarfile.TarFile, path: str, entry: Entry) -> None:
    member = tarfile.TarInfo(path.lstrip("/") if entry.kind != "folder" else path.lstrip("/") + "/")
    member.mode, member.uid, member.gid = entry.mode, entry.uid, entry.gid
    member.type = {"file": tarfile.REGTYPE, "folder": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}[entry.kind]
    member.linkname, member.size = entry.target, len(entry.data)
    archive.addfile(member, io.BytesIO(entry.data))
