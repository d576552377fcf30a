"""A pool of runspaces: PowerShell's remoting protocol in a shell (MS-PSRP), on the server's half of psrpcore."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import psrpcore
from psrpcore import PSRPPayload, ServerPipeline, ServerRunspacePool, StreamType
from psrpcore.types import PSVersion, RunspacePoolState

from pyinfra_wsl.lab.agent import POWERSHELL
from pyinfra_wsl.lab.machine.account import Account
from pyinfra_wsl.lab.machine.machine import Machine
from pyinfra_wsl.lab.winrm import faults, script, soap
from pyinfra_wsl.lab.winrm.pipeline import MOST_INPUT, MOST_OBJECT, TOO_LARGE, TOO_MUCH, Pipeline, record
from pyinfra_wsl.lab.winrm.runspace import Runspace, ScriptError
from pyinfra_wsl.lab.winrm.settings import Settings
from pyinfra_wsl.lab.winrm.shell import PIECE, Command, Output, Shell, decoded, is_guid

_MEGABYTE = 1 << 20
_HEAD, _END = 21, 2
"""Bytes before what a fragment holds, and the flag of an object's last one (MS-PSRP 2.2.4)."""
_OWN_MEMORY = 58
"""Megabytes of a host process at rest, as recordings show."""


class _Work(Command):
    """A pipeline as a command of its shell."""

    def __init__(self, output: Output, pipeline: Pipeline) -> None:
        super().__init__(output)
        self.pipeline = pipeline


class PoolShell(Shell):
    """A pool; as many pipelines run at a time as it may have runspaces, others wait."""

    inputs, outputs, host = "stdin pr", "stdout", "wsmprovhost.exe"

    def __init__(self, machine: Machine, settings: Settings, message: soap.Message, account: Account, id: str) -> None:  # noqa: A002
        """Open it as its client asks; raises Fault."""
        creation = decoded(message.text("rsp:Shell/pwsh:creationXml"))
        super().__init__(machine, settings, message, account, id)
        versions = {"PSVersion": PSVersion(POWERSHELL), "PSEdition": "Desktop", "WSManStackVersion": PSVersion("3.0")}
        self.pool = ServerRunspacePool(application_private_data={"PSVersionTable": versions})
        self._spaces: list[Runspace] = []
        self._busy: set[int] = set()
        self._free = asyncio.Event()
        self._objects: dict[bytes, int] = {}
        self._take(creation, None)

    @property
    def works(self) -> list[_Work]:
        """Its pipelines."""
        return [one for one in self.commands.values() if isinstance(one, _Work)]

    def release(self) -> None:
        """Free what agents hold in its runspaces."""
        for space in self._spaces:
            space.close()

    def _take(self, data: bytes, work: _Work | None) -> None:
        """Take bytes of the protocol; ones that are none break the pool, as a real one does."""
        pipeline = work.pipeline.peer.pipeline_id if work else None
        self.pool.receive_data(PSRPPayload(data, StreamType.default, pipeline))
        try:
            while (event := self.pool.next_event()) is not None:
                self._happened(event)
        except (psrpcore.PSRPCoreError, ValueError, KeyError, AttributeError) as problem:
            self._break(problem)
        self.flush()

    def _break(self, problem: Exception) -> None:
        if self.pool.state == RunspacePoolState.Opened:
            said = f"The data of the client cannot be processed: {problem}"
            self.pool.set_broken(record(ScriptError(said, "PSRemotingDataStructureException")))

    def _happened(self, event: psrpcore.PSRPEvent[Any, Any]) -> None:
        if isinstance(event, psrpcore.CreatePipelineEvent):
            work = self._work(event.pipeline_id)
            if getattr(work.pipeline.peer.metadata, "is_nested", False) and self.pool.max_runspaces == 1 and self._busy:
                self._refuse_nested(work)
                return
            work.task = asyncio.get_running_loop().create_task(self._run(work))
        elif isinstance(event, psrpcore.PipelineInputEvent):
            self._work(event.pipeline_id).pipeline.feed(event.data)
        elif isinstance(event, psrpcore.EndOfPipelineInputEvent):
            self._work(event.pipeline_id).pipeline.feed(None, end=True)
        elif isinstance(event, psrpcore.GetAvailableRunspacesEvent):
            self.pool.runspace_availability_response(event.ci, self.pool.max_runspaces - len(self._busy))
        elif isinstance(event, psrpcore.SetMaxRunspacesEvent | psrpcore.SetMinRunspacesEvent):
            fits = self._fits(event)
            self.pool.runspace_availability_response(event.ci, fits)
            self._free.set()
        elif isinstance(event, psrpcore.ResetRunspaceStateEvent):
            self.pool.runspace_availability_response(event.ci, not self._busy)
            self._reset()

    def _refuse_nested(self, work: _Work) -> None:
        """Refuse what Windows would step through between the statements of the pipeline that runs, which nothing here can.

        Where there is no such pipeline, or more than one runspace, a nested pipeline is one as any other
        (PowerShell's ServerRunspacePoolDriver.cs, HandleCreateAndInvokePowerShell).
        """
        self.machine.complaints.append(f"PSRP: a nested pipeline beside one that runs: {script.NONE}")
        self._refuse(work, f"lab: a nested pipeline: {script.NONE}")

    def _fits(self, event: psrpcore.SetMaxRunspacesEvent | psrpcore.SetMinRunspacesEvent) -> bool:
        """A pool has at least one runspace, and no more at least than at most."""
        if isinstance(event, psrpcore.SetMaxRunspacesEvent):
            return event.count >= max(1, self.pool.min_runspaces)
        return 1 <= event.count <= self.pool.max_runspaces

    def _reset(self) -> None:
        """Take the variables of scripts away; their functions stay (Microsoft, "Runspace.ResetRunspaceState")."""
        for space in self._spaces if not self._busy else ():
            space.reset = space.agent is not None

    def _work(self, pipeline: uuid.UUID) -> _Work:
        return next(one for one in self.works if one.pipeline.peer.pipeline_id == pipeline)

    async def _run(self, work: _Work) -> None:
        number = await self._space()
        try:
            await work.pipeline.run(self._spaces[number])
        finally:
            self._busy.discard(number)
            self._free.set()
        self._ended(work)

    async def _space(self) -> int:
        """Return the number of a runspace that is free, made where there may be one more; waits until there is one."""
        while True:
            for number in range(self.pool.max_runspaces):
                if number not in self._busy:
                    self._busy.add(number)
                    if number >= len(self._spaces):
                        self._spaces.append(Runspace(self.machine, self.token, self.process, self.settings.language_mode))
                    return number
            self._free.clear()
            await self._free.wait()

    def _ended(self, work: _Work) -> None:
        work.output.done = True
        self.bell.ring()

    def flush(self) -> None:
        """Put what was written where clients fetch it."""
        outputs = {one.pipeline.peer.pipeline_id: one.output for one in self.works}
        while (payload := self.pool.data_to_send(PIECE)) is not None:
            output = self.own if payload.pipeline_id is None else outputs.get(payload.pipeline_id)
            if output is not None:
                output.put("stdout", payload.data)
        self.bell.ring()

    def command(self, message: soap.Message) -> Command:
        """Begin a pipeline."""
        line = message.find("rsp:CommandLine")
        given = line.findtext("rsp:Arguments", "", soap.NAMES) if line is not None else ""
        if line is None or not given:
            raise faults.bad_parameter()
        id = line.get("CommandId") or str(uuid.uuid4()).upper()  # noqa: A001 - the protocol's word
        if not is_guid(id):
            raise faults.bad_id("command")
        peer = ServerPipeline(self.pool, uuid.UUID(id)) if id.upper() not in self.commands else None
        if peer is None:
            raise faults.same_command()
        work = _Work(Output(id), Pipeline(peer, self))
        try:
            self.added(work)
        except faults.Fault:
            peer.close()
            raise
        self.send(work, "stdin", decoded(given), end=False)
        return work

    def send(self, command: Command | None, stream: str, data: bytes, *, end: bool) -> None:  # noqa: ARG002 - PSRP has an end of its own
        """Take bytes of the protocol, of a pipeline or of the pool itself."""
        if stream not in ("stdin", "pr"):
            raise faults.no_stream(stream)
        work = command if isinstance(command, _Work) else None
        if work is not None and (refused := self._too_much(work, data)):
            self._refuse(work, refused)
            return
        if sum(one.pipeline.received for one in self.works) / _MEGABYTE + _OWN_MEMORY > self.settings.quotas.MaxMemoryPerShellMB:
            self.close()  # the host process dies of it (ansible issue 39327, winrm-fs issue 55)
            raise faults.aborted()
        # PowerShell finds a property in any case, psrpcore as it is written; pypsrp writes this one in capitals.
        self._take(data if work else data.replace(b'N="CI"', b'N="ci"'), work)

    def _too_much(self, work: _Work, data: bytes) -> str:
        """Return what is said of a pipeline's input that is too much as a whole, or as one object; "" for neither."""
        work.pipeline.received += len(data)
        for fragment in _fragments(data):
            size = self._objects.pop(fragment[:8], 0) + len(fragment) - _HEAD
            if size > MOST_OBJECT:
                return TOO_LARGE.format(size, MOST_OBJECT)
            if not fragment[16] & _END:
                self._objects[fragment[:8]] = size
        return TOO_MUCH.format(MOST_INPUT) if work.pipeline.received > MOST_INPUT else ""

    def _refuse(self, work: _Work, said: str) -> None:
        if work.task is not None:
            work.task.cancel()
        work.pipeline.refuse(ScriptError(said, "PSRemotingTransportException"))
        self._ended(work)

    def signal(self, command: Command, code: str) -> None:
        """Stop a pipeline and say so (``crtl_c``, as the protocol spells it), or close it: any other word (WSManPlugin.cs)."""
        assert isinstance(command, _Work)  # noqa: S101 - there are no others here
        if code.endswith("/crtl_c") and not command.output.done:
            if command.task is not None:
                command.task.cancel()
            command.pipeline.stop()
            self._ended(command)
        elif not code.endswith("/crtl_c"):
            self.forget(command)
            self.pool.pipeline_table.pop(command.pipeline.peer.pipeline_id, None)

    def connect(self, data: bytes) -> bytes:
        """Have another client: return what it is told."""
        self.pool.state = RunspacePoolState.Disconnected
        self.pool.connect()
        self.pool.prepare_message(self.pool.our_capability)  # psrpcore leaves that out here; Windows does not (recorded)
        self.pool.receive_data(PSRPPayload(data, StreamType.default, None))
        while self.pool.next_event() is not None:
            continue
        written = bytearray()
        while (payload := self.pool.data_to_send(PIECE)) is not None:
            written += payload.data
        told = _fragments(bytes(written))
        self.own.pieces.extendleft(("stdout", one) for one in reversed(told[2:]))
        self.bell.ring()
        return b"".join(told[:2])  # SESSION_CAPABILITY and RUNSPACEPOOL_INIT_DATA (MS-PSRP 3.1.5.4.29)


def _fragments(data: bytes) -> list[bytes]:
    """Cut bytes into the protocol's fragments (MS-PSRP 2.2.4)."""
    found = []
    while data:
        size = _HEAD + int.from_bytes(data[17:21], "big")
        found.append(data[:size])
        data = data[size:]
    return found
