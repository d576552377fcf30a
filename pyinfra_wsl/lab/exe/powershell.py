"""powershell.exe and conhost.exe: what starts the agent, or one plain program. There is no interpreter: more is a loud error.

How sshd calls a default shell that is PowerShell (``-c "…"``): Microsoft, "OpenSSH Server configuration for Windows".
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re

from pyinfra_wsl import agent as shipped
from pyinfra_wsl.lab.agent import Agent
from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.command_line import arguments
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.start import StartError, start
from pyinfra_wsl.lab.verbs.agent_process import line

SWITCHES = {"-nologo", "-noprofile", "-noninteractive"}
NONE = "the lab has no PowerShell: no cmdlets, no scripts; only the agent's own command line, and one plain program"
_COMMAND = re.compile(r"(?:^|\s)[-/]c(?:o(?:m(?:m(?:a(?:nd?)?)?)?)?)?(?=\s|$)", re.IGNORECASE)
"""The switch -Command, which may be cut anywhere (Microsoft, "about_PowerShell_exe"); what follows is the command."""
_OPERATORS = re.compile(r"[;|&<>]+|.*;|[{}$@(].*")
"""Words of a command that make it more than a plain program."""

GARBAGE = b"Loading personal and system profiles took 1894ms.\r\n"
"""What a profile that prints puts where an answer belongs."""


async def powershell(inv: Invocation) -> int:
    """Start the agent: as the bootstrap does, from file to file, or by way of a default shell."""
    options = _options(inv.arguments)
    if "-c" in options:
        return await _default_shell(inv)
    encoded = options.get("-encodedcommand")
    if encoded is not None and encoded != shipped.command_line().rpartition(" ")[2]:
        return await _plain(inv, _decoded(encoded))
    if encoded is None and "-file" not in options:
        raise Unsupported(NONE)
    if options.get("-executionpolicy", "").lower() != "bypass":
        raise Unsupported("without -ExecutionPolicy Bypass Windows refuses scripts")
    return await (_from_file(inv, options) if encoded is None else _bootstrap(inv))


def _options(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = list(given)
    while rest:
        name = rest.pop(0).lower()
        if _COMMAND.fullmatch(name):
            return {**found, "-c": " ".join(rest)}
        if name in SWITCHES:
            continue
        if name not in ("-executionpolicy", "-encodedcommand", "-file", "-request", "-reply") or not rest:
            raise Unsupported(f"{name}: {NONE}")
        found[name] = rest.pop(0)
    return found


async def _default_shell(inv: Invocation) -> int:
    """Carry out one plain program, as PowerShell does with a command that is no cmdlet."""
    switch = _COMMAND.search(inv.command_line)
    raw = inv.command_line[switch.end() :].strip() if switch else ""
    return await _plain(inv, raw.removeprefix('"').removesuffix('"') if raw[:1] == raw[-1:] == '"' else raw)


def _decoded(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-16-le").strip()
    except ValueError:
        raise Unsupported(f"the encoded command is none: {NONE}") from None


async def _plain(inv: Invocation, raw: str) -> int:
    words = arguments(raw)
    if not words:
        raise Unsupported(f"{inv.command_line}: {NONE}")
    if more := next((word for word in words if _OPERATORS.fullmatch(word)), ""):
        raise Unsupported(f"{more} in '{raw}': {NONE}")
    try:
        child = start(
            inv.machine, inv.token, words[0], words[1:], stdin=inv.stdin, folder=inv.folder, parent=inv.process.pid,
            stdout=inv.stdout, stderr=inv.stderr, lines=inv.input,
        )  # fmt: skip
    except StartError:
        raise Unsupported(f"{words[0]}: {NONE}") from None
    return await child.ended()


async def _bootstrap(inv: Invocation) -> int:
    if inv.machine.faults.constrained_language:
        await inv.out(b'{"refused":"ConstrainedLanguage"}\r\n')
        return 3
    if inv.input is None:
        raise Unsupported("the bootstrap needs an input that stays open")
    try:
        source = base64.b64decode(await inv.input.readline())
    except binascii.Error:
        source = b""
    if source != shipped.source():
        raise Unsupported("the first line is not the agent that is shipped")
    agent = Agent(inv.machine, inv.token, inv.process, inv.stdout, inv.folder, inv.environment)
    try:
        await inv.out(line(agent.hello()))
        while request := await inv.input.readline():
            await _say(inv, await answered(agent, request))
    finally:
        agent.close()
    return 0


async def answered(agent: Agent, request: bytes) -> bytes:
    """Return what a request is answered, as far as it is what the agent says."""
    answer = line(await agent.answer(request.decode("ascii", "replace")))
    if agent.machine.faults.garbage_answers > 0:
        agent.machine.faults.garbage_answers -= 1
        return GARBAGE
    lie = agent.machine.faults.lie
    return lie(answer) if lie else answer


async def _say(inv: Invocation, answer: bytes) -> None:
    await asyncio.sleep(inv.machine.faults.late)
    if not inv.machine.faults.drip:
        await inv.out(answer)
        return
    for one in answer:
        await inv.out(bytes([one]))
        await asyncio.sleep(inv.machine.faults.drip)


async def _from_file(inv: Invocation, options: dict[str, str]) -> int:
    files = inv.machine.files
    if inv.machine.faults.constrained_language:
        await inv.err("Cannot invoke method. Method invocation is supported only on core types in this language mode.\n")
        return 1
    if files.read(inv.path(options["-file"]), inv.token) != shipped.source():
        raise Unsupported(f"{options['-file']} is not the agent that is shipped")
    request = inv.path(options["-request"])
    try:
        reply = files.opened(inv.path(options["-reply"]), inv.token)
        files.fill(reply, b" ")
    except FileError as problem:
        await inv.err(f"{text.message(inv.machine.culture, problem.code)}\n")
        return 1
    agent = Agent(inv.machine, inv.token, inv.process, None, inv.folder, inv.environment)
    try:
        answer = await agent.answer(files.read(request, inv.token).decode("utf-8"))
    finally:
        agent.close()
    said, lie = line(answer), inv.machine.faults.lie_as_user
    files.fill(reply, b" " + (lie(said) if lie else said))
    return 0


async def conhost(inv: Invocation) -> int:
    """Run a program in a console without a window: ``--headless PROGRAM …`` (not documented by Microsoft)."""
    if inv.arguments[:1] != ["--headless"] or len(inv.arguments) < 2:
        raise Unsupported(" ".join(inv.arguments))
    exe, _, rest = inv.command_line.partition("--headless ")[2].strip().partition(" ")
    child = start(inv.machine, inv.token, exe, rest, folder=inv.folder, parent=inv.process.pid)
    return await child.ended()


PROGRAMS = {"powershell.exe": powershell, "conhost.exe": conhost}
