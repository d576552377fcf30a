"""What a script means here. There is no interpreter: our agent, plain programs, a literal; anything else is a loud refusal."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from typing import Any

from pyinfra_wsl import agent as shipped
from pyinfra_wsl.lab.agent import POWERSHELL
from pyinfra_wsl.lab.exe.powershell import answered
from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.program import Sink, Unsupported
from pyinfra_wsl.lab.machine.start import StartError, start
from pyinfra_wsl.lab.verbs.agent_process import line
from pyinfra_wsl.lab.winrm.runspace import Runspace, ScriptError, Streams

NO_LANGUAGE = "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode."
NOT_KNOWN = (
    "The term '{0}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check the spelling of "
    "the name, or if a path was included, verify that the path is correct and try again."
)
NONE = "the lab has no PowerShell: no cmdlets, no scripts; only our own agent, plain programs and literals"
MODE = '"$($ExecutionContext.SessionState.LanguageMode)"'
_WORD = re.compile(r"""\s*(?:'((?:[^']|'')*)'|"((?:[^"`$]|`.)*)"|([^\s'"`$|&<>(){};@]+))""")
_CMDLET = re.compile(r"[A-Za-z]+-[A-Za-z]+")
_LITERAL = re.compile(r"""'((?:[^']|'')*)'|"([^"`$]*)"|(-?\d+)|(\$true|\$false)""", re.IGNORECASE)
_EXIT = re.compile(r"exit(?:\s+(\$LASTEXITCODE|\d+))?", re.IGNORECASE)
_SLEEP = re.compile(r"start-sleep\s+(?:-s(?:econds)?\s+)?([\d.]+)", re.IGNORECASE)


async def carry_out(source: str, space: Runspace, streams: Streams) -> None:
    """Carry out a script in a runspace; raises ScriptError, or Unsupported for what the lab does not have."""
    if space.mode == "NoLanguage":
        raise ScriptError(NO_LANGUAGE, "PSNotSupportedException", "ScriptsNotAllowed")
    script = _plain(source)
    for known, does in _OURS:
        if script == known():
            await does(space, streams)
            return
    for statement in statements(script):
        if not await _statement(statement, space, streams):
            return


def _plain(source: str) -> str:
    return source.replace("\r\n", "\n").strip()


async def _agent(space: Runspace, streams: Streams) -> None:
    """The agent and its requests in one pipeline, as ``runspace.ps1`` has it: its source, unless it is loaded, then requests."""
    if space.reset:
        raise Unsupported("a runspace that was reset has our agent's functions and not its variables")
    async for given in streams.input:
        if space.machine.faults.constrained_language:
            await streams.out('{"refused":"ConstrainedLanguage"}')
        elif space.agent is None:
            await streams.out(_said(line(_loaded(given, space))))
        else:
            await _request(given, space, streams)


def _loaded(given: Any, space: Runspace) -> dict[str, Any]:
    try:
        source = base64.b64decode(str(given))
    except binascii.Error:
        source = b""
    if source != shipped.source():
        raise Unsupported("the first object is not the agent that is shipped")
    return space.load().hello()


async def _request(given: Any, space: Runspace, streams: Streams) -> None:
    assert space.agent is not None  # noqa: S101 - whoever calls has looked
    answer = await answered(space.agent, str(given).encode("ascii", "replace"))
    wrong = space.machine.faults
    await asyncio.sleep(wrong.late + wrong.drip * len(answer))
    await streams.out(_said(answer))


def _said(answer: bytes) -> str:
    return answer.decode("utf-8", "replace").rstrip("\r\n")


async def _input(_space: Runspace, streams: Streams) -> None:
    async for given in streams.input:
        await streams.out(given)


async def _mode(space: Runspace, streams: Streams) -> None:
    await streams.out("ConstrainedLanguage" if space.machine.faults.constrained_language else space.mode)


async def _version(_space: Runspace, streams: Streams) -> None:
    await streams.out(POWERSHELL)


_OURS: tuple[tuple[Callable[[], str], Callable[[Runspace, Streams], Awaitable[None]]], ...] = (
    (lambda: _plain(shipped.pipeline_script()), _agent),
    (lambda: MODE, _mode),
    (lambda: "$input", _input),
    (lambda: "$PSVersionTable.PSVersion.ToString()", _version),
)


# --- plain statements --------------------------------------------------------------------------------------------


def statements(script: str) -> list[str]:
    """Split a script at ends of lines and semicolons outside of quotes."""
    parts = re.findall(r"""((?:'[^']*'|"[^"]*"|[^'"\n;])+)""", script)
    return [part.strip() for part in parts if part.strip() and not part.strip().startswith("#")]


async def _statement(told: str, space: Runspace, streams: Streams) -> bool:
    """Carry out one statement; returns whether the script goes on."""
    if leave := _EXIT.fullmatch(told):
        code = space.exit_code if (leave[1] or "").lower() == "$lastexitcode" else int(leave[1] or 0)
        await streams.set_should_exit(code)
        return False
    if pause := _SLEEP.fullmatch(told):
        await space.machine.sleep(float(pause[1]))
    elif literal := _LITERAL.fullmatch(told):
        await streams.out(_value(literal))
    else:
        words = _words(told)
        try:
            await program(words, space, streams)
        except ScriptError as problem:  # the statement ends, the script goes on
            await streams.error(problem)
    return True


def _value(literal: re.Match[str]) -> Any:
    if literal[3] is not None:
        return int(literal[3])
    if literal[4] is not None:
        return literal[4].lower() == "$true"
    return literal[1].replace("''", "'") if literal[1] is not None else literal[2]


def _words(told: str) -> list[str]:
    """Return program and arguments of a statement that is nothing else; raises Unsupported."""
    rest, words = told.removeprefix("&").strip(), []
    while rest:
        match = _WORD.match(rest)
        if match is None:
            raise Unsupported(f"{told}: {NONE}")
        single, double, bare = match.groups()
        words.append(
            single.replace("''", "'") if single is not None else re.sub(r"`(.)", r"\1", double or "") if bare is None else bare
        )
        rest = rest[match.end() :].lstrip()
    return words


async def program(words: list[str], space: Runspace, streams: Streams) -> None:
    """Run a program: its lines are objects, what it writes to stderr are errors; raises ScriptError where there is none."""
    out, err = _Lines(space, streams.out), _Lines(space, lambda said: streams.error(ScriptError(said, "NativeCommandError")))
    try:
        child = start(
            space.machine, space.token, words[0], words[1:], environment=space.environment, folder=space.folder,
            parent=space.process.pid, stdout=out.take, stderr=err.take,
        )  # fmt: skip
    except StartError as problem:
        raise _not_started(words[0], problem, space) from None
    space.exit_code = await child.ended()
    await out.rest()
    await err.rest()


def _not_started(name: str, problem: StartError, space: Runspace) -> Exception:
    if problem.code == 2:
        known = _CMDLET.fullmatch(name)
        return Unsupported(f"{name}: {NONE}") if known else ScriptError(NOT_KNOWN.format(name), "CommandNotFoundException")
    said = text.message(space.machine.culture, problem.code) if problem.code in text.MESSAGES else f"error {problem.code}"
    return ScriptError(f"Program '{name}' failed to run: {said}", "ApplicationFailedException", "NativeCommandFailed")


class _Lines:
    """Cuts output into lines, decoded as the console's code page."""

    def __init__(self, space: Runspace, write: Callable[[str], Awaitable[None]]) -> None:
        self._codec, self._write, self._kept = text.encoding(space.machine.culture), write, b""

    @property
    def take(self) -> Sink:
        async def taken(data: bytes) -> None:
            *lines, self._kept = (self._kept + data).split(b"\n")
            for one in lines:
                await self._write(one.rstrip(b"\r").decode(self._codec, "replace"))

        return taken

    async def rest(self) -> None:
        if self._kept:
            kept, self._kept = self._kept, b""
            await self._write(kept.decode(self._codec, "replace"))
