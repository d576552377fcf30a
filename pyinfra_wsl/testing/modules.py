"""testinfra's ``file``, ``service``, ``user``, ``package`` and ``system_info`` on a laptop, by Windows' own programs.

testinfra has some for Windows, which need PowerShell as the shell, Chocolatey and English texts. These ask cmd.exe, sc.exe,
net.exe, reg.exe and certutil.exe and read nothing that Windows translates. What such programs do not tell raises
NotImplementedError with what to look at instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from testinfra.host import Host
from testinfra.modules.file import File
from testinfra.modules.package import Package
from testinfra.modules.service import Service
from testinfra.modules.systeminfo import SystemInfo
from testinfra.modules.user import User

NO_SUDO = "Windows has no sudo. Next: let the fleet file's connection.user be the account that may do it, or call run_as_user"

_NOT_THERE_SERVICE, _NOT_THERE_USER = 1060, 2
_STATE = re.compile(r"^\s*\S+\s*:\s*(\d)\s+(?:STOPPED|\w+_PENDING|RUNNING|PAUSED)\s*$", re.MULTILINE)
_START = re.compile(r"^\s*\S+\s*:\s*(\d)\s+(BOOT_START|SYSTEM_START|AUTO_START|DEMAND_START|DISABLED)\b", re.MULTILINE)
_UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_PLACES = (rf"HKLM\{_UNINSTALL}", r"HKLM\Software\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall")
_NT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_OWNER, _ACCOUNT = "look at icacls.exe with host.run", "look at net.exe user with host.run"
_VALUE = re.compile(r"^ {4}(\S.*?) {4}(REG_\w+) {4}(.*)$")


def install(host: Host) -> None:
    """Give testinfra's host these modules; it looks for its own only where there is none of a name."""
    for name, module in (("file", WindowsFile), ("service", WindowsService), ("user", WindowsUser), ("package", WindowsPackage)):
        setattr(host, name, module.get_module(host))
    host.system_info = WindowsSystem.get_module(host)
    host.exists = lambda command: host.run("where.exe %s", command).rc == 0
    host.find_command = lambda command, *_places: _find(host, command)
    host.sudo = _no_sudo


def _find(host: Host, command: str) -> str:
    found = host.run("where.exe %s", command)
    if found.rc:
        raise ValueError(f'cannot find "{command}" command')
    return str(found.stdout.splitlines()[0])


def _no_sudo(_user: str | None = None) -> NoReturn:
    raise NotImplementedError(NO_SUDO)


def _untold(what: str, instead: str) -> Any:
    """Return a property that says why there is no answer."""

    def refuse(_self: Any) -> NoReturn:
        raise NotImplementedError(f"{what} is nothing that Windows' programs tell in one language. Next: {instead}")

    return property(refuse)


class _OfWindows:
    """A module that is meant for this system already."""

    run: Callable[..., Any]

    @classmethod
    def get_module_class(cls, _host: Host) -> type[Any]:
        """Return the class itself."""
        return cls


class WindowsFile(_OfWindows, File):  # type: ignore[misc] # testinfra ships no types
    """A file or folder, by the ``for`` command and its modifiers (Microsoft, "for")."""

    user, group, mode = (_untold(what, _OWNER) for what in ("an owner", "a group", "a mode"))
    uid, gid = (_untold(what, _OWNER) for what in ("a number of the owner", "a number of the group"))
    mtime = _untold("a time", "look at the content or the hash")
    linked_to = _untold("a link's target", "look at fsutil.exe reparsepoint query with host.run")
    is_executable = _untold("whether a file can be executed", "run it")
    is_pipe = is_socket = _untold("a pipe or a socket", "look for a file")

    def _about(self) -> tuple[str, int]:
        """Return attributes (``d--------l`` for a link that is a folder, "" for nothing there) and size in bytes."""
        if not self.path or set(self.path) & set('*?"<>|'):
            raise ValueError(f"{self.path!r} is no path of Windows. Next: write one file or folder, without wildcards")
        said = self.run("for %%I in (%s) do @echo [%%~aI][%%~zI]", self.path.replace("/", "\\"))
        match = re.fullmatch(r"\[([\w-]*)\]\[(\d*)\]", said.stdout.strip())
        if said.rc or match is None:
            raise OSError(f"{self.path} cannot be looked at: {said.stderr.strip() or said.stdout.strip()}")
        return match[1], int(match[2] or 0)

    @property
    def exists(self) -> bool:
        """Whether something is there that the connected account may see."""
        return bool(self._about()[0])

    @property
    def is_file(self) -> bool:
        """Whether it is a file."""
        attributes = self._about()[0]
        return bool(attributes) and not attributes.startswith("d")

    @property
    def is_directory(self) -> bool:
        """Whether it is a folder."""
        return self._about()[0].startswith("d")

    @property
    def is_symlink(self) -> bool:
        """Whether it is a link, a junction or another reparse point."""
        return "l" in self._about()[0]

    @property
    def size(self) -> int:
        """Its size in bytes; raises FileNotFoundError."""
        attributes, size = self._about()
        if not attributes:
            raise FileNotFoundError(self.path)
        return size

    def _get_content(self, decode: bool) -> Any:
        out = self.run("type %s", self.path.replace("/", "\\"))
        if out.rc:
            raise OSError(f"{self.path} cannot be read: {out.stderr.strip()}")
        return out.stdout if decode else out.stdout_bytes

    def contains(self, pattern: str) -> bool:
        """Whether a line of its text matches a regular expression of Python's."""
        return re.search(pattern, self.content_string, re.MULTILINE) is not None

    def listdir(self) -> list[str]:
        """Return the names in a folder, hidden ones too."""
        if not self.is_directory:
            raise NotADirectoryError(self.path)
        out = self.run("dir /b /a %s", self.path.replace("/", "\\"))
        return [line for line in out.stdout.splitlines() if line]

    @property
    def sha256sum(self) -> str:
        """The SHA-256 of a file."""
        return self._digest("SHA256", 64)

    @property
    def md5sum(self) -> str:
        """The MD5 of a file."""
        return self._digest("MD5", 32)

    def _digest(self, name: str, digits: int) -> str:
        out = self.run("certutil.exe -hashfile %s %s", self.path.replace("/", "\\"), name)
        match = re.search(rf"^[0-9a-f]{{{digits}}}$", out.stdout.replace(" ", ""), re.MULTILINE | re.IGNORECASE)
        if out.rc or match is None:
            raise OSError(f"{self.path} cannot be read: {out.stdout.strip()}")
        return match[0].lower()


class WindowsService(_OfWindows, Service):  # type: ignore[misc] # testinfra ships no types
    """A service, by sc.exe and its key name, as ``WSLService``."""

    is_valid = is_masked = _untold("what systemd says of a unit", "look at is_running and is_enabled")
    systemd_properties = is_valid

    @property
    def exists(self) -> bool:
        """Whether there is a service of the name."""
        return bool(self._ask("query"))

    @property
    def is_running(self) -> bool:
        """Whether it runs now."""
        return self._number("query", _STATE) == "4"

    @property
    def is_enabled(self) -> bool:
        """Whether it starts by itself: with the boot or automatically."""
        return self._number("qc", _START) in ("0", "1", "2")

    def _ask(self, verb: str) -> str:
        out = self.run("sc.exe %s %s", verb, self.name)
        if out.rc not in (0, _NOT_THERE_SERVICE):
            raise OSError(f"service {self.name} cannot be looked at: {out.stdout.strip()}")
        return "" if out.rc else str(out.stdout)

    def _number(self, verb: str, wanted: re.Pattern[str]) -> str:
        said = self._ask(verb)
        match = wanted.search(said)
        if said and match is None:
            raise OSError(f"service {self.name} cannot be looked at: {said.strip()}")
        return match[1] if match else ""


class WindowsUser(_OfWindows, User):  # type: ignore[misc] # testinfra ships no types
    """A local account, by net.exe."""

    uid, gid, group, gids = (_untold(f"{what} of an account", _ACCOUNT) for what in ("uid", "gid", "group", "gids"))
    groups, home, shell = (_untold(f"{what} of an account", _ACCOUNT) for what in ("groups", "home", "shell"))
    password, gecos, expiration_date = (_untold(what, _ACCOUNT) for what in ("a password", "a comment", "an expiry"))
    password_max_days = password_min_days = _untold("the age of a password", _ACCOUNT)
    _name: str | None
    get_all_users = get_local_users = _untold("a list of accounts", _ACCOUNT)

    @property
    def name(self) -> str:
        """The account's name; that of the connected one where none was given."""
        if self._name is None:
            self._name = self.check_output(r"%SystemRoot%\System32\whoami.exe").rpartition("\\")[2]
        return self._name

    @property
    def exists(self) -> bool:
        """Whether there is a local account of the name."""
        if "\\" in self.name or "@" in self.name:
            raise NotImplementedError(f"{self.name} is an account of a domain, which a laptop cannot tell. Next: ask the domain")
        out = self.run("net.exe user %s", self.name)
        if out.rc not in (0, _NOT_THERE_USER):
            raise OSError(f"account {self.name} cannot be looked at: {out.stderr.strip()}")
        return bool(out.rc == 0)


class WindowsPackage(_OfWindows, Package):  # type: ignore[misc] # testinfra ships no types
    """A program that is installed for all users, by its name in "Installed apps" (the registry's Uninstall keys)."""

    release = _untold("a release beside the version", "look at version")

    @property
    def is_installed(self) -> bool:
        """Whether it is installed."""
        return self._version() is not None

    @property
    def version(self) -> str:
        """The version as its installer wrote it, "" where it wrote none; raises LookupError where it is not installed."""
        version = self._version()
        if version is None:
            raise LookupError(f"{self.name} is not installed")
        return version

    def _version(self) -> str | None:
        for place in _PLACES:
            for values in _keys(self.run("reg.exe query %s /s", place).stdout):
                if values.get("DisplayName", "").lower() == self.name.lower():
                    return values.get("DisplayVersion", "")
        return None


def _keys(text: str) -> Iterator[dict[str, str]]:
    """Yield the values of each key that reg.exe printed."""
    for part in re.split(r"^HKEY_", text, flags=re.MULTILINE):
        matches = filter(None, map(_VALUE.match, part.splitlines()))
        yield {match[1]: match[3] for match in matches}


class WindowsSystem(_OfWindows, SystemInfo):  # type: ignore[misc] # testinfra ships no types
    """The system, by the registry."""

    @property
    def sysinfo(self) -> dict[str, str | None]:
        """What testinfra tells of a system: type, distribution, release (the build), arch; no codename."""
        values = next(iter([one for one in _keys(self.check_output("reg.exe query %s", _NT)) if one]), {})
        return {
            "type": "windows",
            "distribution": values.get("ProductName"),
            "codename": values.get("DisplayVersion"),
            "release": f"10.0.{values.get('CurrentBuildNumber', '')}",
            "arch": self.check_output("echo %PROCESSOR_ARCHITECTURE%").strip(),
        }
