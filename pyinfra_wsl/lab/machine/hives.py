r"""The files in which Windows keeps people's registry, and what ``reg.exe load`` makes of one of them.

``NTUSER.DAT`` is hidden, lies in the profile and is held open by Windows while it is loaded (Microsoft, "Registry Hives"). A
program with the privileges of backup and restore may load a file below ``HKLM`` or ``HKU`` and unload it again, unless a key in
it is open (Microsoft, "RegLoadKeyW", "RegUnLoadKeyW"). What is loaded is what the file held when it was copied.
"""

from __future__ import annotations

from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.files import Files
from pyinfra_wsl.lab.machine.node import WINDOWS
from pyinfra_wsl.lab.machine.registry import Registry

FILE = "NTUSER.DAT"
LOG = f"{FILE}.LOG1"
_MAGIC = b"regf"


class HiveError(Exception):
    """A file cannot be loaded or unloaded; `code` is Windows' number for it."""

    def __init__(self, code: int) -> None:
        """Keep the number."""
        super().__init__(str(code))
        self.code = code


def put(files: Files, account: Account) -> None:
    """Lay the files of a person's registry into their profile, which knows by them whose they are."""
    for name in (FILE, LOG):
        node = files.write(rf"{account.profile}\{name}", _MAGIC + account.sid.encode())
        node.attributes = {"hidden"}


def hold(files: Files, account: Account, *, loaded: bool) -> None:
    """Let Windows hold the files of a person's registry open, or no more."""
    for name in (FILE, LOG):
        path = rf"{account.profile}\{name}"
        if files.exists(path):
            files.stat(path).open_by = WINDOWS if loaded else ""


def load(registry: Registry, files: Files, name: str, path: str, by: Token) -> None:
    """Load a file below ``HKU``.

    Args:
        registry: of the laptop.
        files: of the laptop.
        name: of the key.
        path: of the file, which is held open from then on.
        by: who loads it.

    Raises:
        HiveError: the name is taken, or the file is no hive.
        FileError: there is no such file, or another program holds it.

    """
    data = files.read(path, by)
    if not data.startswith(_MAGIC):
        raise HiveError(1009)
    if not registry.mount(name, data.removeprefix(_MAGIC).decode()):
        raise HiveError(5)  # what it says there is not known
    files.opens(path).open_by = WINDOWS
    registry.files[name.upper()] = path


def unload(registry: Registry, files: Files, name: str) -> None:
    """Unload what was loaded under a name; raises HiveError where nothing is, or a key in it is open."""
    if name.upper() not in registry.files:
        raise HiveError(87)
    if registry.in_use.get(name.upper()):
        raise HiveError(5)
    path = registry.files.pop(name.upper())
    registry.unmount(name)
    if files.exists(path):
        files.stat(path).open_by = ""
