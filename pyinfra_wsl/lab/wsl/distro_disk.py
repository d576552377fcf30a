"""Virtual disks of the lab: a signature and a tar archive of the file system.

Not a real VHDX with ext4: nothing in the lab looks deeper than the signature. What is written to a distribution really lies in
the file, so copies, exports, hashes and broken disks behave as they should.
"""

from __future__ import annotations

from pyinfra_wsl.lab.wsl import distro_archive
from pyinfra_wsl.lab.wsl.distro import Tree

SIGNATURE = b"vhdxfile"
"""The first bytes of every VHDX ([MS-VHDX] 2.2.1)."""

SUFFIXES = (".vhd", ".vhdx")
"""What WSL takes for a disk by its name (src/windows/common/wslutil.cpp)."""


class DiskError(Exception):
    """The disk holds no file system that can be mounted."""


def is_disk(path: str) -> bool:
    """Whether a file is a disk by its name."""
    return path.lower().endswith(SUFFIXES)


def pack(tree: Tree) -> bytes:
    """Return the disk that holds a tree."""
    return SIGNATURE + distro_archive.write(tree)


def unpack(data: bytes) -> Tree:
    """Mount a disk."""
    if not data.startswith(SIGNATURE):
        raise DiskError("no virtual disk")
    try:
        return distro_archive.read(data.removeprefix(SIGNATURE))
    except distro_archive.ArchiveError as error:
        raise DiskError(str(error)) from None
