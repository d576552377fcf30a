"""tasklist.exe and taskkill.exe (Microsoft: "Windows commands"; layouts from knowledge of Windows)."""

from __future__ import annotations

from pyinfra_wsl.lab.machine.process import Process
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

NO_TASKS = "INFO: No tasks are running which match the specified criteria.\n"


def _matching(inv: Invocation, wanted: str) -> list[Process]:
    """Return the processes of a filter such as ``IMAGENAME eq explorer.exe``."""
    field, _, value = wanted.partition(" eq ")
    if field.upper() == "IMAGENAME":
        return [item for item in inv.machine.processes if item.name.lower() == value.lower()]
    if field.upper() == "USERNAME":
        whose = [(item, item.token.account) for item in inv.machine.processes]
        return [item for item, one in whose if value.lower() in {one.name.lower(), one.full_name.lower()}]
    if field.upper() == "PID":
        return [item for item in inv.machine.processes if str(item.pid) == value]
    raise Unsupported(f"/fi {wanted}")


async def tasklist(inv: Invocation) -> int:
    """List processes; each ``/fi FILTER`` must fit; ``/fo csv /nh``."""
    words = [word.lower() for word in inv.arguments]
    filters = [inv.arguments[at + 1] for at, word in enumerate(words[:-1]) if word == "/fi"]
    rest = [word for at, word in enumerate(words) if word != "/fi" and (at == 0 or words[at - 1] != "/fi")]
    if rest not in ([], ["/fo", "csv"], ["/fo", "csv", "/nh"], ["/nh"], ["/nh", "/fo", "csv"]):
        raise Unsupported(" ".join(inv.arguments))
    found = [item for item in inv.machine.processes if all(item in _matching(inv, one) for one in filters)]
    if not found:
        await inv.out(NO_TASKS)
        return 0
    sessions = {item.pid: "Services" if item.session == 0 else "Console" for item in found}
    if "csv" in rest:
        rows = [f'"{item.name}","{item.pid}","{sessions[item.pid]}","{item.session}","10,240 K"' for item in found]
        titles = [] if "/nh" in rest else ['"Image Name","PID","Session Name","Session#","Mem Usage"']
    else:
        rows = [f"{item.name:25.25} {item.pid:8} {sessions[item.pid]:16} {item.session:11} {'10,240 K':>12}" for item in found]
        rule = f"{'=' * 25} {'=' * 8} {'=' * 16} {'=' * 11} {'=' * 12}"
        titles = (
            [] if "/nh" in rest else ["", "Image Name                     PID Session Name        Session#    Mem Usage", rule]
        )
    await inv.out("\n".join([*titles, *rows, ""]))
    return 0


async def taskkill(inv: Invocation) -> int:
    """End processes by ``/PID`` or ``/IM``; with ``/T`` it makes no difference here, children end with their parents."""
    wanted: list[Process] = []
    asked = ""
    rest = list(inv.arguments)
    while rest:
        word = rest.pop(0).lower()
        if word in ("/pid", "/im") and rest:
            asked = rest.pop(0)
            wanted += _matching(inv, f"{'PID' if word == '/pid' else 'IMAGENAME'} eq {asked}")
        elif word not in ("/f", "/t"):
            raise Unsupported(word)
    if not wanted:
        await inv.err(f'ERROR: The process "{asked}" not found.\n')
        return 128
    for item in wanted:
        if not inv.elevated and item.sid != inv.account.sid:
            await inv.err(f"ERROR: The process with PID {item.pid} could not be terminated.\nReason: Access is denied.\n")
            return 1
        inv.machine.processes.kill(item)
        await inv.out(f'SUCCESS: The process "{item.name}" with PID {item.pid} has been terminated.\n')
    return 0


PROGRAMS = {"tasklist.exe": tasklist, "taskkill.exe": taskkill}
