"""``pull.yml``: from where a laptop fetches what it must be, and where it hands back what became of it."""

from __future__ import annotations

import ntpath
import os
import socket
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import yaml

from pyinfra_wsl.core import show
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import files
from pyinfra_wsl.pull.form.fields import is_name
from pyinfra_wsl.pull.form.manifest import HIGHEST

FILE = "pull.yml"
_LARGEST = 64 * 1024
_DAY = 24 * 3600
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_KEYS = {
    "fleet": str, "source": str, "fallbacks": list, "name": str, "proxy": str, "ca": str, "splay": int, "results": dict,
    "agent": list, "floor": dict,
}  # fmt: skip
_OF_RESULTS = {"to": str, "detail": str}
_OF_FLOOR = {"epoch": int, "serial": int}
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH
DETAILS = ("brief", "full")


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``pull.yml`` says.

    Args:
        home: the folder in which it lies, and in which all else is kept; only administrators write there.
        fleet: the fleet's name.
        sources: where to fetch from, the first that answers: ``https://…``, ``\\\\server\\share\\folder`` or a folder.
        name: the laptop's name in the fleet file.
        proxy: ``system``, ``none`` or an address.
        ca: ``system``, or a file of certificate authorities.
        splay: seconds over which all laptops spread.
        to: where documents are handed back; empty: nowhere.
        detail: ``brief`` without names of people, or ``full``.
        agent: the command that starts the agent, where it is not PowerShell; empty for that.
        floor: the lowest epoch and serial that a laptop takes which has never taken any.

    """

    home: Path
    fleet: str
    sources: tuple[str, ...]
    name: str
    proxy: str = "system"
    ca: str = "system"
    splay: int = 2700
    to: str = ""
    detail: str = "brief"
    agent: tuple[str, ...] = field(default=(), repr=False)
    floor: tuple[int, int] = (0, 0)


class SettingsError(StepError):
    """``pull.yml`` cannot be used."""


def default_home() -> Path:
    """Return where a laptop keeps it; elsewhere there is no such place."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMFILES", r"C:\Program Files")) / "pyinfra-wsl" / "pull"
    raise SettingsError("this is no Windows laptop", "give --home FOLDER, with a pull.yml in it")


def load(home: Path) -> Settings:
    """Read the settings of a laptop.

    Args:
        home: the folder with ``pull.yml``.

    Raises:
        SettingsError: it is not there, or wrong, or anybody may write there.

    """
    _need_ours(home)
    try:
        data = files.read(home / FILE, _LARGEST)
    except OSError as error:
        raise SettingsError(f"{home / FILE} cannot be read: {error.strerror}", "look at its rights") from None
    if data is None:
        raise SettingsError(f"{home / FILE} is not there", "install the package that 'pyinfra-wsl enroll' makes")
    return parse(home, data)


def parse(home: Path, data: bytes) -> Settings:
    """Read what ``pull.yml`` in a folder says, or would say; raises SettingsError where it cannot be used."""
    try:
        values = yaml.safe_load(data.decode())
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date that is none, a number of 5000 digits
        raise SettingsError(f"{home / FILE} is no YAML: {' '.join(str(error).split())}", "write it anew with enroll") from None
    return _read(home, _checked(values, _KEYS, str(home / FILE)))


def _need_ours(home: Path) -> None:
    """Refuse a folder into which others may put what we then believe; on Windows the installer sets its rights."""
    within = sorted(home.iterdir()) if home.is_dir() else []
    links = [one for one in (home, home.parent, *within) if files.is_link(one)]
    if links:
        raise SettingsError(f"{links[0]} is a link", "make it a folder of its own, which only administrators may write")
    if os.name != "nt" and home.exists() and home.stat().st_mode & _WRITABLE:
        raise SettingsError(f"others may write into {home}", f"take that right from them: chmod go-w {home}")
    ours = (0, getattr(os, "geteuid", int)())
    for one in (home, *within) if os.name != "nt" else ():
        with suppress(FileNotFoundError):  # one that another pull has put in its place meanwhile
            found = one.lstat()
            if found.st_uid not in ours or found.st_mode & stat.S_IWOTH:
                raise SettingsError(f"{one} is somebody else's, or anybody may write it", "make it yours alone, or remove it")


def _checked(values: object, keys: Mapping[str, type], where: str) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise SettingsError(f"{where} has no settings", "write 'fleet: NAME' and 'source: https://…'")
    for name, value in values.items():
        if name not in keys:
            raise SettingsError(f"{where}: {show.value(name)} is no setting", f"the settings are {', '.join(keys)}")
        if not isinstance(value, keys[name]) or isinstance(value, bool):
            raise SettingsError(f"{where}: {name} has no usable value", "docs/pull.md says what it takes")
    return values


def _read(home: Path, values: Mapping[str, Any]) -> Settings:
    where = str(home / FILE)
    for name in ("fleet", "source"):
        if name not in values:
            raise SettingsError(f"{where} has no {name}", "write it anew with 'pyinfra-wsl enroll'")
    results = _checked(values.get("results", {}), _OF_RESULTS, f"{where}: results")
    floor = _checked(values.get("floor", {}), _OF_FLOOR, f"{where}: floor")
    sources = (values["source"], *map(str, values.get("fallbacks", ())))
    for one in (*sources, *([results["to"]] if "to" in results else [])):
        need_place(one, where)
    found = Settings(
        home, values["fleet"], sources, values.get("name") or computer(), values.get("proxy", "system"),
        values.get("ca", "system"), values.get("splay", 2700), results.get("to", ""), results.get("detail", "brief"),
        tuple(map(str, values.get("agent", ()))), (floor.get("epoch", 0), floor.get("serial", 0)),
    )  # fmt: skip
    if not (is_name(found.fleet) and is_name(found.name)):
        raise SettingsError(f"{where}: fleet and name are of letters, digits, '.', '_' and '-'", "write them as bundle does")
    if found.detail not in DETAILS:
        raise SettingsError(f"{where}: results.detail is {show.value(found.detail)}", f"write one of {', '.join(DETAILS)}")
    if not 0 <= found.splay <= _DAY or not 0 <= min(found.floor) <= max(found.floor) <= HIGHEST:
        raise SettingsError(
            f"{where}: splay and floor are not negative, and not without end", "write seconds up to a day, and a serial"
        )
    _need_proxy(found.proxy, where)
    return found


def need_place(place: str, where: str) -> None:
    """Refuse what is no place to fetch from; raises SettingsError.

    Args:
        place: an address, a share or a folder.
        where: what names it, for what is said.

    """
    if not place.isprintable():
        raise SettingsError(f"{where}: {show.value(place)} holds a character that is not printed", "write it anew")
    if is_web(place):
        parts = _parted(place)
        if parts is None or not parts.hostname:
            raise SettingsError(f"{where}: {show.value(place)} is no address", "write it like https://host/path")
        if not place.isascii() or " " in place:
            words = f"{where}: {show.value(place)} holds what no address holds"
            raise SettingsError(words, "write it percent-encoded, and the host as xn--…")
        if parts.username is not None:
            raise SettingsError(f"{where}: {show.value(place)} names an account", "let the server hand it out without a login")
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise SettingsError(
                f"{where}: {show.value(place)} is not encrypted", "write https://; http:// is for rehearsals on this machine only"
            )
    elif not (Path(place).is_absolute() or ntpath.isabs(place)):
        raise SettingsError(f"{where}: {show.value(place)} is no whole path", "write a whole path, or https://…")


def _need_proxy(proxy: str, where: str) -> None:
    if proxy.lower().startswith("pac+") or proxy.lower().endswith(".pac"):
        raise SettingsError(
            f"{where}: proxy names a script (PAC), which Python does not run",
            "write the proxy itself: proxy: http://proxy.example:8080",
        )
    if proxy not in ("system", "none") and not (
        proxy.startswith("http://") and proxy.isprintable() and (parts := _parted(proxy)) is not None and parts.hostname
    ):
        raise SettingsError(f"{where}: proxy is {show.value(proxy)}", "write system, none or http://host:port")


def _parted(address: str) -> SplitResult | None:
    """Return the parts of an address; None where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # which is looked at when it is asked for
    except ValueError:
        return None
    return parts


def is_web(place: str) -> bool:
    """Whether a place is reached by HTTP."""
    return place.lower().startswith(("https://", "http://"))


def computer() -> str:
    """Return what this computer is called, without its domain."""
    return (os.environ.get("COMPUTERNAME") or socket.gethostname()).partition(".")[0]
