"""net.exe: accounts, local groups, services (Microsoft: "net user", "net localgroup", "net start"; layouts from knowledge)."""

from __future__ import annotations

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.groups import Group
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.services import ALREADY_RUNS, NOT_STARTED, ServiceError

UNKNOWN_USER, UNKNOWN_GROUP, IN_GROUP, NOT_IN_GROUP = 2221, 1376, 1378, 1377
"""NERR_UserNotFound (lmerr.h), ERROR_NO_SUCH_ALIAS, ERROR_MEMBER_IN_ALIAS, ERROR_MEMBER_NOT_IN_ALIAS; net.exe ends with 2."""
HELP = {ALREADY_RUNS: 2182, NOT_STARTED: 3521, 1058: 3534}
"""The numbers of net.exe's own texts for errors of services."""
DONE = "The command completed successfully.\n\n"
LISTING = {
    "en": ("Alias name     ", "Comment        ", "Members", DONE),
    "de": ("Aliasname        ", "Beschreibung     ", "Mitglieder", "Der Befehl wurde erfolgreich ausgeführt.\n\n"),
    "zh": ("别名     ", "注释     ", "成员", "命令成功完成。\n\n"),
}
"""The words of a listing of a group in the languages of Windows (from knowledge, not verified here)."""


async def net(inv: Invocation) -> int:
    """Carry out ``user NAME``, ``localgroup …``, ``start NAME`` or ``stop NAME``."""
    verb, *rest = [word.lower() if at == 0 else word for at, word in enumerate(inv.arguments)] or [""]
    if verb == "user" and len(rest) == 1 and not rest[0].startswith("/"):
        return await _user(inv, rest[0].lower())
    if verb == "localgroup" and rest and not rest[0].startswith("/"):
        return await _group(inv, rest[0], rest[1:])
    if verb in ("start", "stop") and len(rest) == 1:
        return await _service(inv, verb, rest[0])
    raise Unsupported(" ".join(inv.arguments))


async def _fail(inv: Invocation, code: int, words: str = "") -> int:
    said = words or text.message(inv.machine.culture, code)
    await inv.err(f"{said}\n\nMore help is available by typing NET HELPMSG {code}.\n\n")
    return 2


async def _user(inv: Invocation, wanted: str) -> int:
    machine = inv.machine
    local = (one for one in machine.accounts.values() if one.domain.lower() == machine.name.lower())
    account = next((one for one in local if one.name.lower() == wanted), None)
    if account is None:
        return await _fail(inv, UNKNOWN_USER, "The user name could not be found.")
    await inv.out(f"User name                    {account.name}\nAccount active               Yes\n\n{DONE}")
    return 0


async def _group(inv: Invocation, name: str, rest: list[str]) -> int:
    group, words = inv.machine.groups.get(name), [word.lower() for word in rest]
    if words and not inv.elevated:
        await inv.err("System error 5 has occurred.\n\nAccess is denied.\n\n")
        return 2
    if words == ["/add"]:
        inv.machine.groups.create(name)
        await inv.out(DONE)
        return 0
    if group is None:
        return await _fail(inv, UNKNOWN_GROUP, "The specified local group does not exist.")
    if words == ["/delete"]:
        inv.machine.groups.remove(name)
    elif words[-1:] == ["/add"] or words[-1:] == ["/delete"]:
        return await _members(inv, group.members, rest[:-1], add=words[-1] == "/add")
    elif words:
        raise Unsupported(f"localgroup {name} {' '.join(rest)}")
    else:
        await inv.out(_listing(inv.machine, group))
        return 0
    await inv.out(DONE)
    return 0


def _listing(machine: Machine, group: Group) -> str:
    """Return a group with its members; the laptop's own accounts stand without its name."""
    name, comment, members, done = LISTING[text.language(machine.culture)]
    here = machine.name.upper()
    found = {sid: one.name if one.domain == here else one.full_name for sid, one in machine.accounts.items()}
    rows = "".join(f"{found.get(sid, sid)}\n" for sid in group.members)
    return f"{name}{group.name}\n{comment}{group.comment}\n\n{members}\n\n{'-' * 79}\n{rows}{done}"


async def _members(inv: Invocation, members: list[str], names: list[str], *, add: bool) -> int:
    for name in names:
        try:
            sid = inv.machine.account(name).sid
        except KeyError:
            return await _fail(inv, UNKNOWN_USER, f"There is no such global user or group: {name}.")
        if (sid in members) == add:
            words = "is already a member of" if add else "is not a member of"
            code = IN_GROUP if add else NOT_IN_GROUP
            await inv.err(f"System error {code} has occurred.\n\nThe specified account name {words} the group.\n\n")
            return 2
        (members.append if add else members.remove)(sid)
    await inv.out(DONE)
    return 0


async def _service(inv: Invocation, verb: str, name: str) -> int:
    if not inv.elevated:
        await inv.err("System error 5 has occurred.\n\nAccess is denied.\n\n")
        return 2
    try:
        (inv.machine.services.start if verb == "start" else inv.machine.services.stop)(name)
    except ServiceError as error:
        return await _fail(inv, HELP.get(error.code, error.code), f"The {name} service could not be {verb}ed.")
    await inv.out(f"The {name} service was {'started' if verb == 'start' else 'stopped'} successfully.\n\n")
    return 0


PROGRAMS = {"net.exe": net}
