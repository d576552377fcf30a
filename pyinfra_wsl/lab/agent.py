"""The agent of a simulated laptop: the protocol of ``agent/agent.ps1`` over a `Machine`, line by line as the real one has it.

The contract cases in ``tests/agent`` hold both together. What a verb does is in `verbs`; here are requests, errors and greeting.
"""

from __future__ import annotations

import json
from typing import Any

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.registry import RegistryDeniedError
from pyinfra_wsl.lab.machine.start import StartError
from pyinfra_wsl.lab.verbs.agent_process import AgentProcess, Message
from pyinfra_wsl.lab.verbs.binding import CallFailedError, bind

POWERSHELL = "5.1.26100.7019"

_KINDS = {
    **dict.fromkeys((2, 3, 267), "not_found"),
    **dict.fromkeys((5, 740, 1223), "access_denied"),
    **dict.fromkeys((32, 33), "in_use"),
    **dict.fromkeys((80, 183), "exists"),
    39: "disk_full",
    112: "disk_full",
    123: "bad_call",
    145: "not_empty",
}
"""What the agent calls a Win32 error; 123 comes as an ArgumentException from .NET Framework."""


class Agent(AgentProcess):
    """An agent that greets and answers requests."""

    def hello(self) -> Message:
        """Return the greeting."""
        account = self.token.account
        return {
            "hello": {
                "protocol": 1,
                "powershell": POWERSHELL,
                "user": account.name,
                "domain": account.domain,
                "computer": self.machine.name.upper(),
                "bits": 32 if "syswow64" in self.process.exe.lower() else 64,
                "culture": self.machine.culture,
                "process": self.process.pid,
            }
        }

    async def answer(self, line: str) -> Message:
        """Answer one request."""
        self.request = None
        try:
            message = json.loads(line)
            self.request = message["id"]
            calls = message["calls"]
            if calls is None:
                raise ValueError("no calls")
        except (ValueError, KeyError, TypeError) as problem:
            return {"id": self.request, "error": {"kind": "bad_request", "message": str(problem)}}
        results: list[Message] = []
        failed = False
        for self.index, call in enumerate(calls if isinstance(calls, list) else [calls]):
            skip = failed and not message.get("keep_going")
            results.append(_failure("skipped", "an earlier call failed") if skip else await self.call(call))
            failed = failed or not results[-1]["ok"]
        return {"id": self.request, "results": results}

    async def call(self, call: Any) -> Message:
        """Answer one call."""
        try:
            function, fields = bind(call)
            return {"ok": True, "value": await function(self, **fields)}
        except CallFailedError as failure:
            return _failure(failure.kind, str(failure), failure.type)
        except (FileError, StartError) as failure:
            words = text.message(self.machine.culture, failure.code)
            return _failure(_KINDS.get(failure.code, "failed"), words, "System.ComponentModel.Win32Exception", failure.code)
        except RegistryDeniedError:
            return _failure("access_denied", text.message(self.machine.culture, 5), "System.UnauthorizedAccessException", 5)


def _failure(kind: str, message: str, of_type: str = "", code: int = 0) -> Message:
    error: Message = {"kind": kind, "message": message}
    if of_type:
        hresult = 0x80070000 | code if code else 0x80131500
        error |= {"type": of_type, "hresult": f"0x{hresult:08X}", "line": 1}
    return {"ok": False, "error": error}
