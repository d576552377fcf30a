r"""sftp and scp to a simulated laptop: what Windows' sftp-server.exe does with its files (Win32-OpenSSH, contrib/win32).

Paths are ``/C:/Users/x``, ``C:/Users/x`` or relative to the profile. A file that is written is there when it is closed.
Modes and owners are taken and forgotten; links, locks and volumes are refused.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

import asyncssh

from pyinfra_wsl.lab.machine.account import Token
from pyinfra_wsl.lab.machine.files import FileError, Node
from pyinfra_wsl.lab.machine.machine import Machine


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Tell what goes wrong with a file as the protocol has it."""
    try:
        yield
    except FileError as error:
        if error.kind in {"not_found", "no_path"}:
            raise asyncssh.SFTPNoSuchFile(f"{path}: No such file") from None
        if error.kind in {"access_denied", "in_use"}:
            raise asyncssh.SFTPPermissionDenied(f"{path}: Permission denied") from None
        raise asyncssh.SFTPFailure(f"{path}: {error.kind.replace('_', ' ')}") from None
    except ValueError as error:
        raise asyncssh.SFTPFailure(f"lab: {error}") from None


def _attributes(node: Node) -> asyncssh.SFTPAttrs:
    kind = stat.S_IFDIR | 0o755 if node.folder else stat.S_IFREG | 0o644
    when = int(node.modified.timestamp())
    of = asyncssh.FILEXFER_TYPE_DIRECTORY if node.folder else asyncssh.FILEXFER_TYPE_REGULAR
    return asyncssh.SFTPAttrs(type=of, size=node.size, uid=0, gid=0, permissions=kind, atime=when, mtime=when)


def _set_time(node: Node, when: int | None) -> None:
    if when is not None:
        node.modified = datetime.fromtimestamp(when, UTC)


@dataclass(eq=False, repr=False)
class _Open:
    """An open file."""

    path: str
    data: bytearray
    written: bool
    appended: bool = False
    modified: int | None = None

    def seek(self, offset: int, whence: int) -> int:
        """Return where data or a hole begins, by which asyncssh tells what is to be copied; there are no holes."""
        if offset >= len(self.data):
            raise OSError(errno.ENXIO, "behind the end")
        return offset if whence == os.SEEK_DATA else len(self.data)


class Sftp(asyncssh.SFTPServer):
    """The files of one laptop, for one who has signed in; nothing is left of the base class, which would serve this machine's.

    Args:
        machine: whose files.
        token: with whose rights.
        chan: the channel.

    """

    def __init__(self, machine: Machine, token: Token, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Keep whose files these are."""
        super().__init__(chan)
        self._machine, self._files, self._token = machine, machine.files, token

    def _path(self, path: bytes) -> str:
        plain = path.decode("utf-8", "replace").replace("/", "\\").removeprefix("\\")
        return plain if plain[1:2] == ":" else f"{self._token.account.profile}\\{plain}"

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> _Open:  # noqa: ARG002 - no modes here
        """Open a file."""
        name, writes = self._path(path), bool(pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_APPEND))
        with _told(name):
            there = self._files.exists(name)
            if there and pflags & asyncssh.FXF_EXCL:
                raise FileError("file_exists", name)
            if not there and not pflags & asyncssh.FXF_CREAT:
                raise FileError("not_found", name)
            if there and self._files.is_dir(name):
                raise FileError("access_denied", name)
            if not self._files.is_dir(name.rpartition("\\")[0] + "\\"):
                raise FileError("no_path", name)
            kept = there and not pflags & asyncssh.FXF_TRUNC
            data = self._files.read(name, self._token) if kept else b""
            if writes:
                self._files.write(name, data, self._token)
        return _Open(name, bytearray(data), writes, bool(pflags & asyncssh.FXF_APPEND))

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Return a part of a file."""
        assert isinstance(file_obj, _Open)  # noqa: S101 - what `open` gave
        return bytes(file_obj.data[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Take a part of a file."""
        assert isinstance(file_obj, _Open)  # noqa: S101 - what `open` gave
        held = file_obj.data
        offset = len(held) if file_obj.appended else offset
        held.extend(bytes(max(0, offset - len(held))))
        held[offset : offset + len(data)] = data
        if len(held) > self._files.free_bytes:
            raise asyncssh.SFTPFailure(f"{file_obj.path}: disk full")
        return len(data)

    def close(self, file_obj: object) -> None:
        """Write what came."""
        assert isinstance(file_obj, _Open)  # noqa: S101 - what `open` gave
        if file_obj.written:
            with _told(file_obj.path):
                node = self._files.write(file_obj.path, bytes(file_obj.data), self._token)
            _set_time(node, file_obj.modified)

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Set size and time of an open file; modes and owners mean nothing to Windows' server."""
        assert isinstance(file_obj, _Open)  # noqa: S101 - what `open` gave
        if attrs.size is not None:
            file_obj.data[:] = file_obj.data[: attrs.size].ljust(attrs.size, b"\0")
        file_obj.modified = attrs.mtime if attrs.mtime is not None else file_obj.modified

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Set the time of a file or folder."""
        name = self._path(path)
        with _told(name):
            _set_time(self._files.stat(name), attrs.mtime)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Return what is at a path."""
        name = self._path(path)
        with _told(name):
            return _attributes(self._files.stat(name))

    stat = lstat

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """Return what is open."""
        assert isinstance(file_obj, _Open)  # noqa: S101 - what `open` gave
        return self.lstat(file_obj.path.encode())

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Yield what a folder holds."""
        name = self._path(path)
        with _told(name):
            found = self._files.list(name, self._token)
        for one in found:
            yield asyncssh.SFTPName(one.name.encode(), attrs=_attributes(one))

    def realpath(self, path: bytes) -> bytes:
        """Return a path as the protocol has it: ``/C:/Users/x``."""
        parts: list[str] = []
        for part in self._path(path).split("\\"):
            if part == "..":
                parts = parts[:1] if len(parts) < 2 else parts[:-1]
            elif part not in {"", "."}:
                parts.append(part)
        return ("/" + "/".join(parts) + ("/" if len(parts) == 1 else "")).encode()

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:  # noqa: ARG002 - no modes here
        """Make a folder; the one above it must be there."""
        name = self._path(path)
        with _told(name):
            if self._files.exists(name):
                raise FileError("exists", name)
            self._files.list(name.rpartition("\\")[0] + "\\")
            self._files.make(name, self._token)

    def remove(self, path: bytes) -> None:
        """Remove a file."""
        self._remove(path, folder=False)

    def rmdir(self, path: bytes) -> None:
        """Remove an empty folder."""
        self._remove(path, folder=True)

    def _remove(self, path: bytes, *, folder: bool) -> None:
        name = self._path(path)
        with _told(name):
            if self._files.stat(name).folder is not folder:
                raise FileError("access_denied" if not folder else "no_folder", name)
            self._files.remove(name, self._token)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Move a file or folder to a free name."""
        old, new = self._path(oldpath), self._path(newpath)
        with _told(old):
            self._files.move(old, new, self._token)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Move a file over what may be there."""
        new = self._path(newpath)
        with _told(new):
            if self._files.exists(new) and self._files.stat(new) is not self._files.stat(self._path(oldpath)):
                self._files.remove(new, self._token)
        self.rename(oldpath, newpath)

    def fsync(self, file_obj: object) -> None:
        """Do nothing: nothing is on a disk."""

    def exit(self) -> None:
        """End with exit code 0, which scp waits for; who hung up does not."""
        if not self.channel.is_closing():
            self.channel.exit(0)

    def _refuse(self, *_arguments: Any) -> NoReturn:
        self._machine.complaints.append("sftp: a request that the lab does not simulate")
        raise asyncssh.SFTPOpUnsupported("lab: links, locks and volumes are not simulated over sftp")

    open56: Any = _refuse
    lsetstat: Any = _refuse
    readlink: Any = _refuse
    symlink: Any = _refuse
    link: Any = _refuse
    lock: Any = _refuse
    unlock: Any = _refuse
    statvfs: Any = _refuse
    fstatvfs: Any = _refuse
