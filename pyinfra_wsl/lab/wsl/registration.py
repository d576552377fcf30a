r"""The registrations of a user's distributions: ``HKU\<SID>\Software\Microsoft\Windows\CurrentVersion\Lxss\{guid}``.

src/windows/service/exe/DistributionRegistration.h and .cpp; state numbers from src/windows/service/inc/wslservice.idl.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyinfra_wsl.lab.machine.registry import Registry
from pyinfra_wsl.lab.wsl.errors import WslError

INSTALLED, RUNNING, INSTALLING, UNINSTALLING, CONVERTING, EXPORTING = 1, 2, 3, 4, 5, 6
STATES = {2: "Running", 3: "Installing", 4: "Uninstalling", 5: "Converting", 6: "Exporting"}
"""The words of ``--list --verbose``, never localized; any other is ``Stopped`` (src/windows/common/WslClient.cpp)."""

PACKAGE_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss\MSI"
"""InstallLocation, ProductCode and Version of the installed package (msipackage/package.wix.in)."""

WSL2_FLAG = 8
DEFAULT_FLAGS = 7

_PROPERTIES: dict[str, tuple[str, Any, bool]] = {
    "State": ("DWord", 0, False),
    "DistributionName": ("String", "", True),
    "BasePath": ("String", "", True),
    "Version": ("DWord", 2, False),
    "Flags": ("DWord", DEFAULT_FLAGS, False),
    "VhdFileName": ("String", "ext4.vhdx", False),
    "PackageFamilyName": ("String", "", False),
    "Flavor": ("String", "", False),
    "OsVersion": ("String", "", False),
    "RunOOBE": ("DWord", 0, False),
    "ShortcutPath": ("String", "", False),
}
"""What every list and every call by name reads: type, default, and whether it must be there."""

_OTHERS: dict[str, tuple[str, Any, bool]] = {
    "DefaultUid": ("DWord", 0, False),
    "Modern": ("DWord", 0, False),
    "TerminalProfilePath": ("String", "", False),
}


_KERNEL_KEY = r"\REGISTRY\USER"
"""How Windows' kernel names HKEY_USERS, and WSL in what it says (src/windows/common/registry.cpp)."""


def lxss_key(sid: str) -> str:
    """Return the key that holds a user's distributions."""
    return rf"HKU\{sid}\Software\Microsoft\Windows\CurrentVersion\Lxss"


@dataclass(frozen=True, slots=True)
class Registration:
    """One subkey; every read looks at the registry as it is now.

    Args:
        registry: the laptop's.
        lxss: the key above.
        guid: ``{…}`` as it is spelled there.

    """

    registry: Registry
    lxss: str
    guid: str

    @property
    def key(self) -> str:
        """The subkey's path."""
        return rf"{self.lxss}\{self.guid}"

    def get(self, name: str) -> Any:
        """Read a value.

        Raises:
            WslError: ``ReadDistroConfig/…``: ``ERROR_UNSUPPORTED_TYPE`` for a wrong type, ``E_UNEXPECTED`` where a required value
                is missing, ``WSL_E_DISTRO_NOT_FOUND`` where the key is not there.

        """
        if not self.registry.exists(self.key):
            raise WslError("WSL_E_DISTRO_NOT_FOUND", "ReadDistroConfig")
        kind, default, required = (_PROPERTIES | _OTHERS)[name]
        found = {key.lower(): value for key, value in self.registry.values(self.key).items()}.get(name.lower())
        if found is None:
            if required:
                says = [("MessageCorruptedDistroRegistration", name, self.guid)]
                raise WslError("E_UNEXPECTED", "ReadDistroConfig", says=says)
            return default
        if found[0] != kind:
            place = rf"{_KERNEL_KEY}{self.key.removeprefix('HKU')}\{name}"
            cause = WslError("ERROR_UNSUPPORTED_TYPE")
            raise WslError(cause.name, "ReadDistroConfig", says=[("MessageRegistryError", place, cause)])
        return found[1]

    def set(self, name: str, data: Any) -> None:
        """Write a value with its own type."""
        self.registry.set(self.key, name, (_PROPERTIES | _OTHERS)[name][0], data)

    def check(self) -> None:
        """Read all that a list reads (s_GetDistributionConfiguration of LxssUserSession.cpp)."""
        for name in _PROPERTIES:
            self.get(name)

    def delete(self) -> None:
        """Remove the key."""
        self.registry.remove_tree(self.key)

    @property
    def name(self) -> str:
        """The distribution's name."""
        return str(self.get("DistributionName"))

    @property
    def state(self) -> int:
        """The stored state: 1 installed, 3 installing, 4 uninstalling."""
        return int(self.get("State"))

    @property
    def folder(self) -> str:
        r"""Its folder, without the ``\\?\`` that some have."""
        return str(self.get("BasePath")).removeprefix("\\\\?\\")

    @property
    def wsl2(self) -> bool:
        """Whether it runs in the VM."""
        return bool(int(self.get("Flags")) & WSL2_FLAG)

    @property
    def disk(self) -> str:
        """The path of its file system: the VHD, or for WSL1 the lab's archive in ``rootfs``."""
        return rf"{self.folder}\{self.get('VhdFileName')}" if self.wsl2 else rf"{self.folder}\rootfs\rootfs.tar"


_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def guid(word: str) -> str:
    """Return a GUID as the registry spells it, ``""`` where a word is none; braces may be missing (ToGuid of stringshared.h)."""
    plain = word[1:-1] if word.startswith("{") and word.endswith("}") else word
    return f"{{{plain.lower()}}}" if _GUID.fullmatch(plain) else ""


class Registrations:
    """All registrations of one user, and the values beside them."""

    def __init__(self, registry: Registry, sid: str) -> None:
        """Look at one user's key."""
        self.registry, self.key = registry, lxss_key(sid)

    def all(self) -> list[Registration]:
        """Return them in the order of the registry (RegEnumKeyEx; src/windows/common/registry.cpp)."""
        return [self.at(name) for name in self.registry.keys(self.key) if _is_guid(name)]

    def at(self, guid: str) -> Registration:
        """Return one, there or not."""
        return Registration(self.registry, self.key, guid)

    def listed(self, *, every_state: bool, but: str = "") -> list[Registration]:
        """Return them as _EnumerateDistributions does, all `but` one GUID: one broken registration fails them all."""
        found = []
        for item in self.all():
            if item.guid == but:
                continue
            item.check()
            if every_state or item.state == INSTALLED:
                found.append(item)
        return found

    def by_name(self, name: str, *, every_state: bool = False) -> Registration:
        """Return the one of a name, whatever its case; half-installed ones only with `every_state`."""
        if not name:
            raise WslError("E_INVALIDARG")
        for item in self.listed(every_state=every_state):
            if item.name.lower() == name.lower():
                return item
        raise WslError("WSL_E_DISTRO_NOT_FOUND")

    def default(self) -> Registration:
        """Return the default one; a dangling value counts as none."""
        guid = str(self.registry.get(self.key, "DefaultDistribution", "")).lower()
        for item in self.all():
            if item.guid.lower() == guid:
                return item
        raise WslError("WSL_E_DEFAULT_DISTRO_NOT_FOUND", "GetDefaultDistro")

    def has_default(self) -> bool:
        """Whether a default is set and there."""
        try:
            self.default()
        except WslError:
            return False
        return True

    def set_default(self, item: Registration) -> None:
        """Make one the default."""
        self.registry.set(self.key, "DefaultDistribution", "String", item.guid)

    def forget_default(self) -> None:
        """Set the first installed one instead, or none (UnregisterDistribution of LxssUserSession.cpp)."""
        self.registry.remove_value(self.key, "DefaultDistribution")
        others = self.listed(every_state=False)
        if others:
            self.set_default(others[0])

    @property
    def default_version(self) -> int:
        """What new distributions become: absent is 2 (src/windows/common/wslutil.cpp)."""
        found = self.registry.get(self.key, "DefaultVersion", 2)
        return found if found in (1, 2) else 2

    def create(
        self, name: str | None, folder: str, *, wsl2: bool, disk: str, oobe: bool, seed: uuid.UUID, writes: Callable[[str], bool]
    ) -> Registration:
        """Write a registration in state Installing; without a name the value DistributionName is missing until the end.

        Args:
            name: the distribution's.
            folder: its folder.
            wsl2: whether it runs in the VM.
            disk: the name of its disk's file.
            oobe: whether its first start sets it up.
            seed: its GUID.
            writes: whether the release writes a value.

        """
        item = self.at("{" + str(seed) + "}")
        item.set("State", INSTALLING)
        if name is not None:
            item.set("DistributionName", name)
        item.set("Version", 2)
        item.set("BasePath", folder)
        item.set("Flags", DEFAULT_FLAGS | (WSL2_FLAG if wsl2 else 0))
        item.set("DefaultUid", 0)
        for value, data in (("RunOOBE", int(oobe)), ("VhdFileName", disk)):
            if writes(value):
                item.set(value, data)
        return item


def _is_guid(name: str) -> bool:
    return name.startswith("{") and bool(guid(name))
