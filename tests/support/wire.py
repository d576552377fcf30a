"""A laptop's side of a talk, as tests write it: what is asked, in words, and what is answered."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from pyinfra_wsl.core.call import Answer, Call
from pyinfra_wsl.core.talk import Later, Request, Restart, Run, Talk, Upload, drive

RUN = Run(
    id="7f3a", holder="ada@control", agent=b"# agent", process=4242, account=r"LT-1\fleet-admin", now="2026-11-21T10:00:00+00:00"
)
ABSENT = Answer(True, {"exists": False})
DONE = Answer(True, {})
DENIED = Answer(False, {}, "access_denied", "Access to the registry key is denied.")


QUESTION = ("--list --running --quiet", "--list --verbose")
"""What is asked of wsl.exe right before something is ended; unless a test says otherwise nothing is in the way."""


def ran(exit_code: int | None = 0, stdout: bytes | str = b"", stderr: bytes | str = b"", *, timed_out: bool = False) -> Answer:
    """Return the answer to a program that ended."""
    streams = {
        name: base64.b64encode(data.encode() if isinstance(data, str) else data).decode()
        for name, data in (("stdout", stdout), ("stderr", stderr))
    }
    return Answer(True, {"exit_code": exit_code, "timed_out": timed_out, "seconds": 1.5, **streams})


def key(values: Mapping[str, Any] | None = None, keys: Mapping[str, Mapping[str, Any]] | None = None) -> Answer:
    """Return the answer to a registry key: numbers are DWORDs, bytes Binary, lists MultiString, texts String."""
    return Answer(True, {"exists": True, **subkey(values, keys)})


def subkey(values: Mapping[str, Any] | None = None, keys: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return a key as it lies within another one's answer."""
    return {"values": {name: _value(data) for name, data in (values or {}).items()}, "keys": dict(keys or {})}


def _value(data: Any) -> dict[str, Any]:
    if isinstance(data, bytes):
        return {"type": "Binary", "data": base64.b64encode(data).decode()}
    kind = "DWord" if isinstance(data, int) else "MultiString" if isinstance(data, list) else "String"
    return {"type": kind, "data": data}


def objects(*fields: Mapping[str, Any]) -> Answer:
    """Return the answer to ``cim.get``."""
    return Answer(True, {"objects": list(fields)})


def contents(data: bytes, sha256: str = "") -> Answer:
    """Return the answer to a file that was read."""
    return Answer(True, {"exists": True, "size": len(data), "sha256": sha256, "data": base64.b64encode(data).decode()})


def words(asked: Call | Upload | Restart) -> str:
    """Return what is asked as one line: the verb, then its fields; ``upload`` and ``restart`` are verbs here."""
    if isinstance(asked, Upload):
        return f"upload {asked.source} {asked.path} {asked.sha256}"
    if isinstance(asked, Restart):
        return f"restart {asked.timeout}"
    fields = dict(asked.fields)
    arguments = fields.pop("arguments", [])
    return " ".join([asked.verb, *(str(value) for value in fields.values()), *arguments])


Scripted = Answer | list[Answer]


class Wire:
    """A laptop that answers as it is told.

    Args:
        script: by a part of what is asked (`words`), the answer; of a list one after the other, the last one again and again.
            The first part that fits counts. What fits none is done without a word, but no program is run.

    """

    def __init__(self, script: Mapping[str, Scripted] | None = None) -> None:
        """Begin with nothing asked."""
        self.script: dict[str, Scripted] = {
            part: list(answer) if isinstance(answer, list) else answer for part, answer in (script or {}).items()
        }
        for part in QUESTION:
            self.script.setdefault(part, ran(0))
        self.asked: list[str] = []
        self.requests = 0

    def drive(self, talk: Talk[Any]) -> Any:
        """Carry a talk to its end and return its result."""
        return drive(talk, self._serve)

    def _serve(self, asked: Request | Upload | Restart | Later) -> list[Answer]:
        self.requests += 1
        if isinstance(asked, Later):
            for one in asked.calls:
                self._answer(one)
            self.requests -= 1  # it travels with another one
            return []
        if isinstance(asked, Request):
            found: list[Answer] = []
            for one in asked.calls:
                failed = not asked.keep_going and any(not answer.ok for answer in found)
                found.append(Answer(False, {}, "skipped", "an earlier call failed") if failed else self._answer(one))
            return found
        answer = self._answer(asked)
        return [] if isinstance(asked, Restart) and answer is DONE else [answer]

    def _answer(self, asked: Call | Upload | Restart) -> Answer:
        line = words(asked)
        self.asked.append(line)
        for part, answer in self.script.items():
            if part in line:
                return answer if isinstance(answer, Answer) else answer.pop(0) if len(answer) > 1 else answer[0]
        assert not line.startswith("run "), f"nobody said what this program answers: {line}"
        return DONE

    def said(self, part: str) -> list[str]:
        """Return what was asked and holds a part."""
        return [line for line in self.asked if part in line]
