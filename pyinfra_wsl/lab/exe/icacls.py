"""icacls.exe: grant rights on a file or folder, cut inheritance, give it to another owner.

Forms and texts: Microsoft, "icacls". Rights are kept as ``F``, ``M``, ``RX`` or ``R`` for a SID with all below it, so a grant
on a folder must be inherited by both files and folders: ``(OI)(CI)``. A single right, ``WD``, is for a file only.
"""

from __future__ import annotations

import re

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.files import Node
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

WELL_KNOWN = {
    "BUILTIN\\Administrators": "S-1-5-32-544",
    "NT AUTHORITY\\SYSTEM": "S-1-5-18",
    "BUILTIN\\Users": "S-1-5-32-545",
    "Everyone": "S-1-1-0",
    "NT AUTHORITY\\Authenticated Users": "S-1-5-11",
}


async def icacls(inv: Invocation) -> int:
    """Change or show the rights of one path."""
    if not inv.arguments or inv.arguments[0].startswith("/"):
        raise Unsupported("icacls needs a path first")
    path = inv.path(inv.arguments[0])
    node = inv.machine.files.find(path)
    if node is None:
        return await _fail(inv, path, 2)
    if len(inv.arguments) == 1:
        await inv.out(_listing(inv.machine, node))
        await inv.out("\nSuccessfully processed 1 files; Failed processing 0 files\n")
        return 0
    if not node.allowed(inv.token, frozenset({"F"})) and not (inv.elevated and "/setowner" in inv.command_line.lower()):
        return await _fail(inv, node.path, 5)
    _change(inv.machine, node, inv.arguments[1:])
    await inv.out(f"processed file: {node.path}\nSuccessfully processed 1 files; Failed processing 0 files\n")
    return 0


async def _fail(inv: Invocation, path: str, code: int) -> int:
    await inv.err(f"{path}: {text.message(inv.machine.culture, code)}\n")
    await inv.out("Successfully processed 0 files; Failed processing 1 files\n")
    return code


def _change(machine: Machine, node: Node, options: list[str]) -> None:
    granting = ""
    if "/setowner" in [option.lower() for option in options]:
        _set_owner(machine, node, options)
        return
    for option in options:
        lower = option.lower()
        if lower.startswith("/"):
            granting = ""
        if lower in ("/grant", "/grant:r"):
            granting = lower
        elif lower in ("/inheritance:r", "/inheritance:d"):
            node.grants = ({} if lower.endswith("r") else _inherited(node)) | node.grants
            node.inherits = False
        elif lower == "/inheritance:e":
            node.inherits = True
        elif granting:
            sid, rights = _grant(machine, node, option)
            node.grants[sid] = rights if granting == "/grant:r" else max(rights, node.grants.get(sid, rights), key=_weight)
        elif lower not in ("/q", "/c"):
            raise Unsupported(option)


def _set_owner(machine: Machine, node: Node, options: list[str]) -> None:
    """Give it to another owner, with ``/t`` all below it too; an administrator may, whatever is granted (SeRestorePrivilege)."""
    words = [option.lower() for option in options]
    if words[0] != "/setowner" or len(words) < 2 or set(words[2:]) - {"/t", "/c", "/q"}:
        raise Unsupported(" ".join(options))
    sid = _sid(machine, options[1])
    left = [node]
    while left:
        one = left.pop()
        one.owner = sid
        left += (one.children or {}).values() if "/t" in words else []


def _weight(rights: str) -> int:
    return ("WD", "R", "RX", "M", "F").index(rights)


def _inherited(node: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    above = node.parent if node.inherits else None
    while above is not None:
        found = above.grants | found
        above = above.parent if above.inherits else None
    return found


def _grant(machine: Machine, node: Node, words: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\*?[^:]+):((?:\((?:OI|CI)\))*)\(?(F|M|RX|R|WD)\)?", words)
    if match is None:
        raise Unsupported(words)
    if match[3] == "WD" and (node.folder or "(WD)" not in words):
        raise Unsupported(f"{words}: a single right stands in brackets, and is kept for a file only")
    if node.folder and set(re.findall(r"OI|CI", match[2])) != {"OI", "CI"}:
        raise Unsupported(f"{words}: a grant on a folder that its files do not inherit")
    return _sid(machine, match[1]), match[3]


def _sid(machine: Machine, who: str) -> str:
    return who[1:] if who.startswith("*") else WELL_KNOWN.get(who) or machine.account(who).sid


def _listing(machine: Machine, node: Node) -> str:
    names = {sid: name for name, sid in WELL_KNOWN.items()}
    rows = []
    for sid, rights, inherited in [
        *((sid, rights, "") for sid, rights in node.grants.items()),
        *((sid, rights, "(I)") for sid, rights in _inherited(node).items()),
    ]:
        account = machine.accounts.get(sid)
        who = account.full_name if account else names.get(sid, sid)
        rows.append(f"{who}:{inherited}{'(OI)(CI)' if node.folder else ''}({rights})")
    indent = " " * (len(node.path) + 1)
    return f"{node.path} " + f"\n{indent}".join(rows) + "\n"


PROGRAMS = {"icacls.exe": icacls}
