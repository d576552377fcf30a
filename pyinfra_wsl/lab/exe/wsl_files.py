"""How wsl.exe opens files and folders of Windows: what CreateFile and CreateDirectory answer (Microsoft: "CreateFileW")."""

from __future__ import annotations

import ntpath

from pyinfra_wsl.lab.exe.wsl_console import Client
from pyinfra_wsl.lab.machine.files import FileError, Sparse
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.wsl.vm import from_file


def missing(client: Client, path: str) -> FileError:
    """Return how it is told that nothing is at a path: a missing folder on the way is another error than a missing name."""
    above = ntpath.dirname(path.rstrip("\\/"))
    return FileError("not_found" if client.machine.files.is_dir(above) else "no_path", path)


def read(client: Client, path: str) -> bytes:
    """Read an archive or disk; standard input for ``-``, nothing for ``NUL``.

    Raises:
        WslError: the file is not there, is a folder or may not be read.

    """
    if path == "-":
        return client.invocation.stdin
    if path.lower() == "nul":
        return b""
    full, files = client.invocation.path(path), client.machine.files
    try:
        if not files.exists(full):
            raise missing(client, full)
        if files.is_dir(full):
            raise FileError("access_denied", full)
        if isinstance(files.stat(full).content, Sparse):
            raise Unsupported(f"{path} has no content: an import reads a real archive")
        return files.read(full, client.invocation.token)
    except FileError as error:
        raise from_file(error) from None


def write(client: Client, path: str, data: bytes) -> None:
    """Write a file as the caller, over what may be there.

    Raises:
        WslError: the folder is not there, or a folder has the name, or the caller may not.

    """
    files = client.machine.files
    try:
        if files.is_dir(path):
            raise FileError("access_denied", path)
        if not files.exists(path) and (told := missing(client, path)).kind == "no_path":
            raise told
        files.write(path, data, client.invocation.token)
    except FileError as error:
        raise from_file(error) from None


def make_folder(client: Client, folder: str) -> bool:
    """Make the last level of a folder only; returns whether it was not there.

    Raises:
        WslError: the folder above is not there, a file has the name, or the caller may not.

    """
    files = client.machine.files
    try:
        if files.exists(folder):
            return False
        if (told := missing(client, folder)).kind == "no_path":
            raise told
        files.make(folder, client.invocation.token)
    except FileError as error:
        raise from_file(error) from None
    return True
