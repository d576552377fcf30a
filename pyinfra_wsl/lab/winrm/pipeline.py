"""One pipeline of PowerShell's remoting: its commands, its input, what becomes of it (MS-PSRP 3.2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from psrpcore import Command as Cmdlet
from psrpcore import ServerPipeline
from psrpcore.types import (
    ErrorCategoryInfo,
    ErrorRecord,
    HostMethodIdentifier,
    NETException,
    PipelineState,
    PSInvocationState,
)

from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.winrm import script
from pyinfra_wsl.lab.winrm.runspace import Runspace, ScriptError

log = logging.getLogger(__name__)
MOST_INPUT = 50 << 20
"""Bytes of input that one pipeline may have (PowerShell's BaseTransportManager.cs, MaximumReceivedDataSize)."""
MOST_OBJECT = 10 << 20
"""Bytes of one object (the same, MaximumReceivedObjectSize)."""
TOO_LARGE = (
    "The current deserialized object size of the data received from the remote client exceeded the allowed maximum object size. "
    "The current deserialized object size is {0}. The allowed maximum object size is {1}."
)
TOO_MUCH = (
    "The total data received from the remote client exceeded allowed maximum. Allowed maximum is {0}. The data from the remote "
    "client is dropped."
)
_AUTOMATION = "System.Management.Automation"


class _Pool(Protocol):
    """What a pipeline needs of its pool."""

    def flush(self) -> None:
        """Put what was written where clients fetch it."""


@dataclass(eq=False)
class Pipeline:
    """A pipeline at work.

    Args:
        peer: psrpcore's half of it.
        pool: to which it belongs.
        received: bytes of its input.

    """

    peer: ServerPipeline
    pool: _Pool
    received: int = 0
    _objects: asyncio.Queue[tuple[Any, bool]] = field(default_factory=asyncio.Queue)

    def feed(self, value: Any, *, end: bool = False) -> None:
        """Take an object of input, or its end."""
        self._objects.put_nowait((value, end))

    @property
    def input(self) -> AsyncIterator[Any]:
        """Its input objects, as they come."""
        return self._input()

    async def _input(self) -> AsyncIterator[Any]:
        if getattr(self.peer.metadata, "no_input", True):
            return
        while True:
            value, end = await self._objects.get()
            if end:
                return
            yield value

    async def run(self, space: Runspace) -> None:
        """Be it, from its start to its end."""
        space.streams = self
        self.peer.start()
        self.pool.flush()
        try:
            await self._commands(space)
            self.peer.complete()
        except asyncio.CancelledError:
            raise
        except ScriptError as problem:
            self._fail(problem)
        except Unsupported as unknown:
            space.machine.complaints.append(f"PSRP: {unknown}")
            self._fail(ScriptError(f"lab: {unknown}"))
        except Exception as problem:
            log.exception("a pipeline failed")
            space.machine.complaints.append(f"PSRP: {problem!r}")
            self._fail(ScriptError(f"lab: a fault of the lab itself: {problem!r}"))
        finally:
            space.streams = None
            self.pool.flush()

    def stop(self) -> None:
        """Tell that it was stopped, also where it has waited for a runspace so far."""
        self._begun()
        if self.peer.state == PSInvocationState.Running:
            self.peer.stop()
            self.pool.flush()

    def refuse(self, problem: ScriptError) -> None:
        """Let it fail for what its client sent."""
        self._begun()
        self._fail(problem)
        self.pool.flush()

    def _begun(self) -> None:
        if self.peer.state == PSInvocationState.NotStarted:
            self.peer.start()

    def _fail(self, problem: ScriptError) -> None:
        if self.peer.state == PSInvocationState.Running:
            state = PipelineState(PipelineState=int(PSInvocationState.Failed))
            state.ExceptionAsErrorRecord = record(problem)
            self.peer.prepare_message(state)
            self.peer.state = PSInvocationState.Failed

    async def _commands(self, space: Runspace) -> None:
        statement: list[Cmdlet] = []
        for command in getattr(self.peer.metadata, "commands", ()):
            statement.append(command)
            if command.end_of_statement:
                await self._statement(statement, space)
                statement = []
        if statement:
            await self._statement(statement, space)

    async def _statement(self, commands: Sequence[Cmdlet], space: Runspace) -> None:
        first, streams = commands[0], _Rendered(self, commands[1:])
        values = [value for _, value in first.parameters]
        if first.is_script:
            await script.carry_out(first.command_text, space, streams)
        elif _name(first) == "invoke-expression":
            await script.carry_out(str(_parameter(first, "command")), space, streams)
        elif _name(first) == "new-item" and str(_parameter(first, "path")).lower() == "env:":
            space.environment[str(_parameter(first, "name"))] = str(_parameter(first, "value"))
        else:
            await script.program([first.command_text, *map(str, values)], space, streams)
        await streams.finish()

    async def out(self, value: Any) -> None:
        """Write an object."""
        self.peer.write_output(value)
        self.pool.flush()

    async def error(self, problem: ScriptError) -> None:
        """Write an error, and go on."""
        self.peer.write_error(_exception(problem), ErrorCategoryInfo(), fully_qualified_error_id=problem.identity)
        self.pool.flush()

    async def information(self, value: str) -> None:
        """Write a record of information."""
        if self.peer.state == PSInvocationState.Running:
            self.peer.write_information(value, "", user="", computer="", process_id=0, native_thread_id=0)
            self.pool.flush()

    async def set_should_exit(self, code: int) -> None:
        """Tell the client's host that the script wants to exit."""
        self.peer.host_call(HostMethodIdentifier.SetShouldExit, [code])
        self.pool.flush()


class _Rendered:
    """The streams of a statement whose output may go through ``Out-String`` or ``Out-Null``."""

    def __init__(self, pipeline: Pipeline, after: Sequence[Cmdlet]) -> None:
        names = {_name(one) for one in after}
        if unknown := names - {"out-string", "out-null", "out-default"}:
            raise Unsupported(f"| {min(unknown)}: {script.NONE}")
        self._pipeline, self._names, self._lines = pipeline, names, list[str]()
        self._stream = any(str(name).strip("-:").lower() == "stream" for one in after for name, _ in one.parameters)
        self.error, self.information = pipeline.error, pipeline.information
        self.set_should_exit = pipeline.set_should_exit

    @property
    def input(self) -> AsyncIterator[Any]:
        return self._pipeline.input

    async def out(self, value: Any) -> None:
        if "out-null" in self._names:
            return
        if "out-string" in self._names and not self._stream:
            self._lines.append(str(value))
        else:
            await self._pipeline.out(str(value) if "out-string" in self._names else value)

    async def finish(self) -> None:
        """Write what ``Out-String`` has collected."""
        if self._lines:
            await self._pipeline.out("".join(f"{one}\r\n" for one in self._lines))


def _name(command: Cmdlet) -> str:
    return command.command_text.lower()


def _parameter(command: Cmdlet, name: str) -> Any:
    found = [value for given, value in command.parameters if given is None or given.strip("-:").lower() == name]
    if not found:
        raise Unsupported(f"{command.command_text} without -{name}")
    return found[-1] if len(found) == 1 else next(value for given, value in command.parameters if given)


def _exception(problem: ScriptError) -> NETException:
    made = NETException(Message=str(problem), HResult=-2146233087)
    made.PSObject.type_names = [
        f"{_AUTOMATION}.{problem.kind}",
        f"{_AUTOMATION}.RuntimeException",
        "System.Exception",
        "System.Object",
    ]
    return made


def record(problem: ScriptError) -> ErrorRecord:
    """Return an error as the protocol has it."""
    category = ErrorCategoryInfo(Reason=problem.kind)
    return ErrorRecord(Exception=_exception(problem), CategoryInfo=category, FullyQualifiedErrorId=problem.identity)
