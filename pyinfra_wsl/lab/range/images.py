"""The images that the lab's fleet file names: root file systems and installers of a few kilobytes, the same at each making.

They hold what WSL looks at when it imports a distribution and what the lab's programs read; no Linux could start from them.
"""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pyinfra_wsl.lab.docker_desktop import package
from pyinfra_wsl.lab.wsl import installer

_MADE = 1763676000  # one moment for all files: the same archive at each making
_SHELL = "#!/bin/sh\n# stands for a shell in the lab\n"
_PEOPLE = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\ndev:x:1000:1000:dev:/home/dev:/bin/sh\n",
    "etc/group": "root:x:0:\nsudo:x:27:dev\ndev:x:1000:\n",
}


def _release(name: str, identity: str, version: str) -> str:
    return f'PRETTY_NAME="{name} {version}"\nNAME="{name}"\nID={identity}\nVERSION_ID="{version}"\n'


def _files(name: str, identity: str, version: str, **more: str) -> dict[str, str]:
    return {"etc/os-release": _release(name, identity, version), **_PEOPLE, "bin/sh": _SHELL, **more}


def _tar(files: Mapping[str, str]) -> bytes:
    """Return a tar archive of text files, below the folders they need; all owned by root but the home of dev."""
    memory = io.BytesIO()
    parents = {str(parent) for name in files for parent in Path(name).parents if str(parent) != "."}
    folders = sorted(parents | {"home", "home/dev", "root"})
    with tarfile.open(fileobj=memory, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in folders:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, _MADE
            entry.uid = entry.gid = 1000 if folder == "home/dev" else 0
            archive.addfile(entry)
        for name, text in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(text.encode()), 0o755 if name.startswith("bin/") else 0o644, _MADE
            archive.addfile(entry, io.BytesIO(text.encode()))
    return memory.getvalue()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)


_UBUNTU = _files("Ubuntu", "ubuntu", "24.04", **{"etc/wsl.conf": "[boot]\nsystemd=true\n"})
_DEBIAN = _files("Debian GNU/Linux", "debian", "12")
_ALPINE = _files("Alpine Linux", "alpine", "3.22", **{"etc/wsl-distribution.conf": "[oobe]\ndefaultName = Alpine\n"})

ARCHIVES: Mapping[str, tuple[Callable[[], bytes], Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "ubuntu-24.04.tar.gz": (lambda: _tar(_UBUNTU), _gzip, gzip.decompress),
    "debian-12.tar.xz": (lambda: _tar(_DEBIAN), lzma.compress, lzma.decompress),
    "alpine-3.22.wsl": (lambda: _tar(_ALPINE), _gzip, gzip.decompress),
}
"""Of each archive: how its tar is made, packed and unpacked. Packers' bytes differ between versions; what they hold does not."""

RELEASES = ("2.6.1.0", "2.9.4.0")
"""Of the WSL package: the one that the lab's fleet declares, and the newest one."""


DOCKER_DESKTOP, OLDER = "4.86.0", "4.80.0"
INSTALLERS: Mapping[str, Callable[[], bytes]] = {
    **{f"wsl.{version}.x64.msi": partial(installer.make, version) for version in RELEASES},
    f"docker-desktop.{DOCKER_DESKTOP}.amd64.exe": lambda: package.make(DOCKER_DESKTOP),
    f"docker-desktop.{DOCKER_DESKTOP}.arm64.exe": lambda: package.make(DOCKER_DESKTOP, "arm64"),
    f"docker-desktop.{DOCKER_DESKTOP}.amd64.msi": lambda: package.make(DOCKER_DESKTOP, kind="msi"),
    f"docker-desktop.{OLDER}.amd64.exe": lambda: package.make(OLDER),
}
"""Installers: of the WSL package and of Docker Desktop, and how each is made."""


def write(folder: Path) -> list[Path]:
    """Write all images into a folder and return their paths; ones that are there with the right content are kept as they are.

    Args:
        folder: is made where it is missing.

    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (make, pack, unpack) in ARCHIVES.items():
        written.append(file := folder / name)
        if not _holds(file, unpack, make()):
            file.write_bytes(pack(make()))
    for name, made in INSTALLERS.items():
        written.append(file := folder / name)
        file.write_bytes(made())
    return written


def _holds(file: Path, unpack: Callable[[bytes], bytes], data: bytes) -> bool:
    try:
        return file.is_file() and unpack(file.read_bytes()) == data
    except (OSError, EOFError, lzma.LZMAError, zlib.error):  # what the packers raise for a damaged archive
        return False


if __name__ == "__main__":
    write(Path(__file__).resolve().parents[3] / "inventory" / "images")
