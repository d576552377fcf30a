r"""Which installations of Docker Desktop there are, by whichever installer: found by what Windows lists as installed.

Known: the EXE writes the key ``Uninstall\Docker Desktop`` (DisplayName ``Docker Desktop``, Publisher ``Docker Inc.``,
UninstallString with its own ``uninstall``; winget's manifests and inventories of 4.15 to 4.59). The MSI is a product of Windows
Installer with the name ``Docker Desktop``, removed by its product code (Docker, "MSI installer"), and Windows Installer lists
every product under its code with ``WindowsInstaller`` 1 (Microsoft, "Uninstall Registry Key"). A person's own installation is
in their hive, also one by the MSI (the same page of Docker's names its folder); of both views of a 64-bit Windows only the
machine's differ (Microsoft, "Registry Keys Affected by WOW64": a person's are one).

Believed, and nothing leans on it: that the MSI's Publisher is Docker's too, that it writes no key ``Docker Desktop`` beside its
product code, and that it says where it lies (Windows Installer itself does not: ``InstallLocation`` is empty without
``ARPINSTALLLOCATION``). What was not found: a list of a laptop with both.

A laptop has up to a thousand keys there, of which one or two are meant: reg.exe looks for the name, and only what it finds is
read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.output import output_of
from pyinfra_wsl.core.talk import Talk, ask
from pyinfra_wsl.core.windows.machine import value_of
from pyinfra_wsl.core.windows.resource import NOT_ASKED
from pyinfra_wsl.core.windows.user import SYSTEM32, User
from pyinfra_wsl.resources.docker_desktop.places import PROGRAM, UNINSTALL, UNINSTALL_32, Kind, Scope, own_folder

NAME = "Docker Desktop"
KINDS: Mapping[Kind, str] = {"exe": "its EXE", "msi": "an MSI"}
"""How a person calls what has installed it."""

_MOST = 8
"""Keys that are read of all that bear the name: there is one, or two."""
_LONGEST = 200
_OWN = "own_"
_MACHINES = {"products": rf"HKLM\{UNINSTALL}", "products_32": rf"HKLM\{UNINSTALL_32}"}
_PERSONS = "own_products"
"""The searches, by the names under which they are asked."""
_VERSION = re.compile(r"\d{1,9}(\.\d{1,9}){0,2}")  # a fourth part is a build's number
_CODE = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
_FOUND = re.compile(r"HKEY_(?:LOCAL_MACHINE|USERS)\\.*\\CurrentVersion\\Uninstall\\(?P<name>[^\\\r\n]{1,255})\s*", re.IGNORECASE)


Listed = Mapping[str, tuple[str, ...] | None]
"""By the names of the searches, the names of the keys that each has found; None where it was not searched."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation.

    Args:
        scope: for all users or for this one.
        version: three numbers; empty while unknown.
        folder: its program folder.
        kind: whether the EXE or an MSI has put it there.
        code: the MSI's product code, by which alone Windows Installer removes it.

    """

    scope: Scope
    version: str
    folder: str
    kind: Kind = "exe"
    code: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Which installations there are of one hive, and whether that could be seen."""

    installations: tuple[Installation, ...]
    known: bool


def probe() -> dict[str, Call]:
    """Return what has to be asked of the machine."""
    return {
        "machine": call.registry_read(rf"HKLM\{UNINSTALL}\{NAME}"),
        **{name: _search(root) for name, root in _MACHINES.items()},
    }


def probe_profile(user: User) -> dict[str, Call]:
    """Return what has to be asked of a person's hive."""
    root = rf"{user.hive}\{UNINSTALL}"
    return {"own": call.registry_read(rf"{root}\{NAME}"), "own_root": call.registry_read(root), _PERSONS: _search(root)}


def listed(answers: Mapping[str, Answer]) -> Listed:
    """Return what was found by the searches of `probe` and `probe_profile`."""
    return {name: _names(answers.get(name, NOT_ASKED)) for name in (*_MACHINES, _PERSONS)}


def keys(listed: Listed, user: User | None) -> dict[str, str]:
    """Return which further keys bear the name, by the names under which they are asked; none where only the EXE's own does.

    Args:
        listed: what was found.
        user: whose hive that of the person's own search is.

    """
    roots = _MACHINES if user is None else {**_MACHINES, _PERSONS: rf"{user.hive}\{UNINSTALL}"}
    return dict(_keys(listed, roots))


def details(listed: Mapping[str, str], *, own: bool) -> dict[str, Call]:
    """Return what has to be asked of such keys: of the machine's, or of the person's own."""
    return {name: call.registry_read(key) for name, key in listed.items() if name.startswith(_OWN) is own}


def look(user: User | None, *more: Call) -> Talk[tuple[tuple[Installation, ...] | None, Sequence[Answer]]]:
    """Look now.

    Args:
        user: the person whose own installations are meant too; None for the machine's alone.
        more: what is asked in the same request.

    Returns:
        The machine's installations and then the person's, None where that cannot be seen; and the answers to `more`.

    """
    calls = {**probe(), **(probe_profile(user) if user else {})}
    said = yield from ask(*calls.values(), *more, keep_going=True)
    answers = dict(zip(calls, said, strict=False))
    names = listed(answers)
    products = keys(names, user)
    if further := details(products, own=False) | details(products, own=True):
        answers |= dict(zip(further, (yield from ask(*further.values(), keep_going=True)), strict=True))
    found = [machine(answers, names), *([own(answers, names, user)] if user else [])]
    seen = tuple(one for part in found for one in part.installations) if all(part.known for part in found) else None
    return seen, said[len(calls) :]


def machine(answers: Mapping[str, Answer], listed: Listed) -> Found:
    """Return the installations for all users, of what was answered and what the searches found."""
    key = answers.get("machine", NOT_ASKED)
    found = _together("all_users", key, "", [*_products(answers, dict(_keys(listed, _MACHINES)), "all_users", "")])
    return Found(found, key.ok and (key.exists or all(listed[name] is not None for name in _MACHINES)))


def own(answers: Mapping[str, Answer], listed: Listed, user: User | None) -> Found:
    """Return a person's own installations, of what was answered and what the search found."""
    key, folder = answers.get("own", NOT_ASKED), own_folder(user.profile) if user else ""
    root, roots = answers.get("own_root", NOT_ASKED), {_PERSONS: rf"{user.hive}\{UNINSTALL}"} if user else {}
    seen = key.exists or (root.ok and not root.exists) or listed[_PERSONS] is not None
    return Found(
        _together("user", key, folder, [*_products(answers, dict(_keys(listed, roots)), "user", folder)]), key.ok and seen
    )


def _search(root: str) -> Call:
    """Return the call that lists the keys below one that hold exactly that name."""
    return call.run(rf"{SYSTEM32}\reg.exe", "query", root, "/s", "/d", "/e", "/f", NAME, timeout=60, limit=64 << 10)


def _names(answer: Answer) -> tuple[str, ...] | None:
    """Return the names of the keys that were found; None where it was not searched.

    Finding nothing ends with 1, as an error does, and says so on the other stream, in Windows' language.
    """
    if (output := output_of(answer)) is None:
        return None
    said = output.text()
    if not output.ok and (output.exit_code != 1 or not said.strip() or output.stderr.strip()):
        return None
    found = (one["name"] for line in said.splitlines() if (one := _FOUND.fullmatch(line.strip())))
    return tuple(dict.fromkeys(found))[:_MOST]


def _keys(listed: Listed, roots: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, root in roots.items():
        for number, key in enumerate(listed[name] or ()):
            if key.lower() != NAME.lower() or name == "products_32":
                yield f"{name}_{number}", rf"{root}\{key}"


def _together(scope: Scope, key: Answer, folder: str, products: list[Installation]) -> tuple[Installation, ...]:
    """Return what the EXE's key tells and what the products do; where an MSI is there, the key counts if the EXE wrote it.

    Whether Docker's MSI writes such a key too was not found: one that does not say how the EXE removes it is the MSI's.
    """
    remover = _text(key, "UninstallString").lower()
    by_msi = "msiexec" in remover
    if not key.exists or (any(one.kind == "msi" for one in products) and (by_msi or not remover)):
        return tuple(products)
    code = _CODE.search(remover) if by_msi else None
    return (_installation(scope, key, folder, "msi" if code else "exe", code.group() if code else ""), *products)


def _products(answers: Mapping[str, Answer], keys: Mapping[str, str], scope: Scope, folder: str) -> Iterator[Installation]:
    seen = set[str]()
    for name, path in keys.items():
        key, code = answers.get(name, NOT_ASKED), path.rpartition("\\")[2]
        if _foreign(key) or code.lower() in seen:
            continue
        seen.add(code.lower())
        msi = _CODE.fullmatch(code) is not None and value_of(key, "WindowsInstaller", 1) == 1
        yield _installation(scope, key, folder, "msi" if msi else "exe", code if msi else "")


def _foreign(key: Answer) -> bool:
    """Whether a key bears the name and is another maker's; one that could not be read yet is taken for Docker's."""
    publisher = value_of(key, "Publisher")
    return (key.ok and not key.exists) or (isinstance(publisher, str) and "docker" not in publisher.lower())


def _installation(scope: Scope, key: Answer, folder: str, kind: Kind, code: str) -> Installation:
    numbers = _VERSION.match(_text(key, "DisplayVersion"))
    place = _text(key, "InstallLocation").strip('"').rstrip("\\")
    return Installation(scope, numbers.group() if numbers else "", place or folder or rf"C:\Program Files\{PROGRAM}", kind, code)


def _text(key: Answer, name: str) -> str:
    value = value_of(key, name)
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""
