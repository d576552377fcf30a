"""schtasks.exe: tasks from XML, run in the session of the user whom they name.

Sources: Microsoft, "schtasks commands" and the Task Scheduler schema. A task with ``InteractiveToken`` runs only while its
user is logged on; that ``/Run`` reports success all the same is from knowledge of Windows, not verified here.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.account import Account, Token
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.start import StartError, start

NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
KNOWN = {
    *("Task", "RegistrationInfo", "Description", "Triggers", "Principals", "Principal", "UserId", "LogonType", "RunLevel"),
    *("Settings", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "ExecutionTimeLimit", "MultipleInstancesPolicy"),
    *("AllowStartOnDemand", "Enabled", "Hidden", "Priority", "Actions", "Exec", "Command", "Arguments", "WorkingDirectory"),
}

STOPPED = "The Task Scheduler service is not running."
"""SCHED_E_SERVICE_NOT_RUNNING (Microsoft, "Task Scheduler error and success constants"; ``ITaskService::Connect``)."""


@dataclass(frozen=True, slots=True)
class Task:
    """A registered task: who, what, how long at most (seconds, 0 for ever)."""

    name: str
    user: str
    elevated: bool
    command: str
    arguments: str
    limit: float


async def schtasks(inv: Invocation) -> int:
    """Create, run, delete or query a task, where the service runs."""
    return await (_asked(inv) if inv.machine.services.running("Schedule") else _fail(inv, STOPPED))


async def _asked(inv: Invocation) -> int:
    verb, options = _options(inv.arguments)
    name = "\\" + options.get("/tn", "").lstrip("\\")
    if verb == "/create":
        return await _create(inv, name, options)
    if verb == "/query":
        return await _query(inv, name, everything="/tn" not in options)
    task = inv.machine.tasks.get(name.lower())
    if task is None:
        return await _fail(inv, text.message(inv.machine.culture, 2))
    if not inv.elevated and inv.account.sid != _account(inv.machine, task).sid:
        return await _fail(inv, text.message(inv.machine.culture, 5))
    if verb == "/run":
        _run(inv.machine, task)
        return await _succeed(inv, f'Attempted to run the scheduled task "{name}".')
    del inv.machine.tasks[name.lower()]
    return await _succeed(inv, f'The scheduled task "{name}" was successfully deleted.')


def _options(arguments: list[str]) -> tuple[str, dict[str, str]]:
    verb, *rest = [word if index else word.lower() for index, word in enumerate(arguments)] or [""]
    if verb not in ("/create", "/run", "/delete", "/query"):
        raise Unsupported(verb)
    found: dict[str, str] = {}
    while rest:
        name = rest.pop(0).lower()
        if name in ("/tn", "/xml") and rest:
            found[name] = rest.pop(0)
        elif name == "/f":
            found[name] = ""
        else:
            raise Unsupported(f"{verb} {name}")
    if verb == "/delete" and "/f" not in found:
        raise Unsupported("/delete without /F asks a question")
    return verb, found


async def _succeed(inv: Invocation, words: str) -> int:
    await inv.out(f"SUCCESS: {words}\n")
    return 0


async def _fail(inv: Invocation, words: str) -> int:
    await inv.err(f"ERROR: {words}\n")
    return 1


async def _create(inv: Invocation, name: str, options: dict[str, str]) -> int:
    if not inv.elevated:
        return await _fail(inv, text.message(inv.machine.culture, 5))
    if "/xml" not in options:
        raise Unsupported("/create without /XML")
    if name.lower() in inv.machine.tasks and "/f" not in options:
        return await _fail(inv, text.message(inv.machine.culture, 183))
    path = inv.path(options["/xml"])
    if not inv.machine.files.exists(path):
        return await _fail(inv, text.message(inv.machine.culture, 2))
    task = read_task(name, inv.machine.files.read(path, inv.token))
    try:
        _account(inv.machine, task)
    except KeyError:
        return await _fail(inv, "No mapping between account names and security IDs was done.")
    inv.machine.tasks[name.lower()] = task
    return await _succeed(inv, f'The scheduled task "{name}" has successfully been created.')


def read_task(name: str, data: bytes) -> Task:
    """Read a task's XML, which says UTF-16 of itself and must be it."""
    root = Xml.fromstring(data.decode("utf-16").encode("utf-16"))  # noqa: S314 - the lab's own engineer wrote it
    unknown = {element.tag.removeprefix(NAMESPACE) for element in root.iter()} - KNOWN
    if unknown:
        raise Unsupported(f"task element {', '.join(sorted(unknown))}")

    def of(path: str) -> str:
        return (root.findtext("/".join(NAMESPACE + part for part in path.split("/"))) or "").strip()

    if of("Principals/Principal/LogonType") != "InteractiveToken":
        raise Unsupported(f"LogonType {of('Principals/Principal/LogonType')}")
    return Task(
        name,
        of("Principals/Principal/UserId"),
        of("Principals/Principal/RunLevel") == "HighestAvailable",
        of("Actions/Exec/Command"),
        of("Actions/Exec/Arguments"),
        _seconds(of("Settings/ExecutionTimeLimit")),
    )


def _seconds(duration: str) -> float:
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", duration or "PT72H")
    if match is None:
        raise Unsupported(f"ExecutionTimeLimit {duration}")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds


def _account(machine: Machine, task: Task) -> Account:
    return machine.account(task.user)


def _run(machine: Machine, task: Task) -> None:
    """Start it in the user's session; without one it stays ready and nothing happens."""
    account = _account(machine, task)
    if not account.logged_on:
        return
    token = Token(account, task.elevated and account.admin, account.session)
    try:
        process = start(machine, token, task.command, task.arguments, folder=r"C:\Windows\System32")
    except StartError:
        return  # the task's history tells it, schtasks does not

    async def limit() -> None:
        await asyncio.wait({process.task} if process.task else set(), timeout=task.limit or None)
        if process.task and not process.task.done():
            machine.processes.kill(process)

    machine.background(limit())


async def _query(inv: Invocation, name: str, *, everything: bool) -> int:
    tasks = [task for key, task in sorted(inv.machine.tasks.items()) if everything or key == name.lower()]
    if not tasks:
        return await _fail(inv, text.message(inv.machine.culture, 2))
    rows = [f"{task.name:40} {'N/A':22} Ready" for task in tasks]
    await inv.out("\n".join(["", f"{'TaskName':40} {'Next Run Time':22} Status", f"{'=' * 40} {'=' * 22} {'=' * 15}", *rows, ""]))
    return 0


PROGRAMS = {"schtasks.exe": schtasks}
