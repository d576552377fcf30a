"""icacls.exe: grant rights on a file or folder, cut inheritance, give it to another owner.

Forms and texts: Microsoft, "icacls". Who made something may change its list, whatever it says ("Owner of a New Object").
"""

from __future__ import annotations

import re

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.node import Node, keep_rights
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.rights import CREATOR, KNOWN, SIMPLE

WELL_KNOWN = {
    "BUILTIN\\Administrators": "S-1-5-32-544",
    "NT AUTHORITY\\SYSTEM": "S-1-5-18",
    "BUILTIN\\Users": "S-1-5-32-545",
    "CREATOR OWNER": CREATOR,
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
    if node.lawless:  # what it says there is not known
        return await _fail(inv, node.path, 1)
    if not (inv.elevated if "/setowner" in inv.command_line.lower() else node.may_change_rights(inv.token)):
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
            if lower.endswith("d"):
                keep_rights(node)
            node.inherits = False
        elif lower == "/inheritance:e":
            node.inherits = True
        elif granting:
            sid, rights = _grant(machine, node, option)
            kept = "" if granting == "/grant:r" else node.grants.get(sid, "")
            node.grants[sid] = " ".join(dict.fromkeys([*kept.split(), rights]))
        elif lower not in ("/q", "/c"):
            raise Unsupported(option)


def _set_owner(machine: Machine, node: Node, options: list[str]) -> None:
    """Give it to another owner, with ``/t`` all below it too; an administrator may, whatever is granted (SeRestorePrivilege).

    ``/l`` is of a link itself and not of what it leads to; without it a link is not shown.
    """
    words = [option.lower() for option in options]
    if (
        words[0] != "/setowner"
        or len(words) < 2
        or set(words[2:]) - {"/t", "/c", "/q", "/l"}
        or (node.link and "/l" not in words)
    ):
        raise Unsupported(" ".join(options))
    sid = _sid(machine, options[1])
    left = [node]
    while left:
        one = left.pop()
        one.owner = sid
        left += (one.children or {}).values() if "/t" in words else []


def _grant(machine: Machine, node: Node, words: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\*?[^:]+):((?:\((?:OI|CI|IO|NP)\))*)(?:\(([A-Z,]+)\)|([A-Z]+))", words)
    if match is None or (match[2] and not node.folder) or not _known(match[3], match[4]):
        raise Unsupported(words)
    return _sid(machine, match[1]), f"{match[2]}({match[3] or match[4]})"


def _sid(machine: Machine, who: str) -> str:
    return who[1:] if who.startswith("*") else WELL_KNOWN.get(who) or machine.account(who).sid


def _known(brackets: str | None, bare: str | None) -> bool:
    """Whether rights are understood: single ones stand in brackets."""
    return bare in SIMPLE if brackets is None else set(brackets.split(",")) <= KNOWN


def _listing(machine: Machine, node: Node) -> str:
    names = {sid: name for name, sid in WELL_KNOWN.items()}
    rows = []
    for sid, entry, inherited in [
        *((sid, entry, "") for sid, words in node.grants.items() for entry in words.split()),
        *((sid, entry, "(I)") for sid, words in node.granted(inherited_only=True) for entry in words.split()),
    ]:
        account = machine.accounts.get(sid)
        who = account.full_name if account else names.get(sid, sid)
        spelled = entry if entry.startswith("(") else f"{'(OI)(CI)' if node.folder else ''}({entry})"
        rows.append(f"{who}:{inherited}{spelled}")
    indent = " " * (len(node.path) + 1)
    return f"{node.path} " + f"\n{indent}".join(rows) + "\n"


PROGRAMS = {"icacls.exe": icacls}
