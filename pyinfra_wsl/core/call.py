"""What can be asked of the agent, and what it answers: one constructor per verb, one class for every answer.

The fields are those of the verb's function in ``agent/agent.ps1``; the contract cases in ``tests/agent`` hold both together.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyinfra_wsl.core.escape import escape

_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_LONGEST = 1000  # characters of an error's message
_SILENT = "it does not say why"
_LONGEST_CALL = 86_400  # seconds
_KEPT = 2000  # characters of a call's text that is kept with it

VERBS = frozenset(
    {"run", "registry.read", "registry.write", "registry.remove", "file.state", "file.list", "file.read", "file.write",
     "file.append", "file.move", "file.remove", "file.wait", "file.lock", "cim.get"}
)  # fmt: skip
"""What the agent can be asked."""


def _writer() -> Callable[[Any, int], Iterable[str]]:
    """Return what writes JSON in pieces: as ``json.dumps(…, allow_nan=False)``, which makes a writer anew for each text."""
    strict = json.JSONEncoder(allow_nan=False, check_circular=False)
    if (maker := getattr(json.encoder, "c_make_encoder", None)) is None:
        return lambda value, _level: strict.iterencode(value)
    made: Callable[[Any, int], Iterable[str]] = maker(
        None, strict.default, json.encoder.encode_basestring_ascii, None, ": ", ", ", False, False, False
    )
    return made


_pieces = _writer()


class Base64(str):
    """Text that stands in JSON as it is: a piece of a file is long, and looking at each letter took longer than all else."""

    __slots__ = ()


@dataclass(slots=True)
class Call:
    """One verb of the agent with its fields, as JSON has them; changed by nobody, since its text is made once."""

    verb: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    _written: str = field(default="", init=False, repr=False, compare=False)

    @property
    def text(self) -> str:
        """The message as JSON, made once: it is asked for where the call is checked, and where it is sent.

        That of a file is not kept, since all laptops of a fleet may wait for their answers at the same time.

        Raises:
            TypeError, ValueError, RecursionError: it is no JSON.

        """
        if self._written:
            return self._written
        message = {"verb": self.verb, **self.fields}
        if type(data := message.get("data")) is Base64:
            del message["data"]
            rest = "".join(_pieces(message, 0))
            text = f'{rest[:-1]}, "data": "{data}"}}'
        else:
            text = "".join(_pieces(message, 0))
        if len(text) <= _KEPT:
            self._written = text
        return text

    @property
    def fault(self) -> str:
        """Why the agent cannot be asked this, with which the whole request would be lost; empty where it can."""
        if self.verb not in VERBS:
            return f"{self.verb!r}, which is no verb of the agent"
        try:
            _ = self._written or self.text
        except (TypeError, ValueError, RecursionError) as error:
            return f"{self.verb} with what is no JSON ({error})"
        seconds = self.fields.get("timeout", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds <= _LONGEST_CALL:
            return f"{self.verb} with a timeout of {seconds!r} s"
        return ""


def request(calls: Sequence[Call], *, keep_going: bool, number: int = 1) -> bytes:
    """Return calls that travel together as the line in which an agent takes them, without its end.

    Args:
        calls: what is asked, in order.
        keep_going: whether the rest is answered after a failure.
        number: of the request, which its answer repeats.

    """
    written = ", ".join([one._written or one.text for one in calls])
    return f'{{"id": {number}, "calls": [{written}], "keep_going": {"true" if keep_going else "false"}}}'.encode("ascii")


class CallError(Exception):
    """A call was answered with an error.

    Args:
        kind: the agent's word for it: ``not_found``, ``access_denied``, ``in_use``, ``disk_full``, ``timeout``, …
        message: what Windows said, in Windows' language.

    """

    def __init__(self, kind: str, message: str) -> None:
        """Keep the fields; the text is built from them."""
        super().__init__(f"{kind}: {escape(message)}")
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent answered to one call: a value, or an error's kind and message."""

    ok: bool
    value: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    message: str = ""

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Answer:
        """Read one element of ``results``; anything else than the protocol's form becomes an error of kind ``garbage``."""
        if message.get("ok") is True and isinstance(value := message.get("value"), dict):
            return cls(True, value)
        error = message.get("error")
        if isinstance(error, dict):
            kind, words = error.get("kind"), error.get("message")
            named = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else "failed"
            return cls(False, {}, named, _words(words) if isinstance(words, str) else _SILENT)
        return cls(False, {}, "garbage", "the answer has neither a value nor an error")

    def need(self) -> Mapping[str, Any]:
        """Return the value, or raise `CallError`."""
        if not self.ok:
            raise CallError(self.kind, self.message)
        return self.value

    @property
    def remedy(self) -> str:
        """The next step of a person where it failed and we know it; empty for what a machine answered."""
        return "" if self.ok else str(self.value.get("remedy") or "")

    @property
    def exists(self) -> bool:
        """Whether the thing asked for is there; False for an error too."""
        return bool(self.ok and self.value.get("exists"))

    @property
    def data(self) -> bytes:
        """The bytes of a file that was read; empty where there is none."""
        return unbase64(self.value.get("data")) if self.ok else b""

    @property
    def sha256(self) -> str:
        """The SHA-256 of a file that was asked for it, or read as a whole, in lower case; empty where there is none."""
        return str(self.value.get("sha256") or "") if self.ok else ""


def _words(said: str) -> str:
    """Return what Windows said of an error: without NULs, which say nothing, and no more than anybody reads; never nothing."""
    return said.replace("\0", "").strip()[:_LONGEST] or _SILENT


def unbase64(text: Any) -> bytes:
    """Return the bytes that an answer holds in base64, none for None; raises TypeError or ValueError where it is none."""
    if text is not None and not isinstance(text, str):
        raise TypeError(f"{type(text).__name__} where base64 belongs")
    return binascii.a2b_base64(text, strict_mode=True) if text else b""


def _call(verb: str, fields: dict[str, Any], **more: Any) -> Call:
    """Leave out what is None of `more`: the agent has its own defaults."""
    for name, value in more.items():
        if value is not None:
            fields[name] = value
    return Call(verb, fields)


def run(
    exe: str,
    *arguments: str,
    timeout: float = 600.0,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
    live: bool = False,
    limit: int | None = None,
) -> Call:
    """Run a program; ``%VARIABLES%`` in `exe` and `folder` are expanded on the laptop.

    Args:
        exe: path or name of the program.
        arguments: its arguments, each passed on as it is.
        timeout: seconds until the program and its children are killed.
        stdin: bytes for its standard input.
        environment: variables to set beside the inherited ones.
        folder: working folder.
        live: stream the output while the program runs.
        limit: bytes of each stream that are kept (the agent's own default: 4 MiB).

    """
    return _call(
        "run",
        {"exe": exe, "arguments": list(arguments), "timeout": timeout},
        stdin=None if stdin is None else base64.b64encode(stdin).decode(),
        environment=None if environment is None else dict(environment),
        folder=folder,
        live=live or None,
        limit=limit,
    )


def registry_read(key: str, depth: int = 0) -> Call:
    r"""Read a key such as ``HKLM\SOFTWARE\X`` with its values, and its subkeys `depth` levels deep (0 to 20)."""
    return Call("registry.read", {"key": key, "depth": depth})


def registry_write(key: str, name: str, kind: str, data: Any) -> Call:
    """Write a value; `kind` is .NET's word: String, ExpandString, DWord, QWord, MultiString, Binary (base64)."""
    return _call("registry.write", {"key": key, "name": name, "type": kind}, data=data)


def registry_remove(key: str, name: str | None = None, *, tree: bool | None = None) -> Call:
    """Remove one value by name, or a key with all below it (`tree`); absent is fine."""
    return _call("registry.remove", {"key": key}, name=name, tree=tree)


def file_state(path: str, *, digest: bool = False) -> Call:
    """Ask whether a file or folder is there, its size and times, and its SHA-256 if `digest`."""
    return Call("file.state", {"path": path, "hash": True} if digest else {"path": path})


def file_list(path: str, pattern: str | None = None) -> Call:
    """List a folder; `pattern` as PowerShell's -like."""
    return Call("file.list", {"path": path} if pattern is None else {"path": path, "pattern": pattern})


def file_read(path: str, offset: int | None = None, limit: int | None = None, *, within: str | None = None) -> Call:
    """Read a file (at most 1 MiB unless told), its size and time, and its SHA-256 where that is the whole of it.

    Args:
        path: which file.
        offset: the byte to begin with.
        limit: bytes at most.
        within: a folder that somebody else may change: from there on no link is followed, and the error is ``link``.

    """
    return _call("file.read", {"path": path}, offset=offset, limit=limit, within=within)


def file_write(
    path: str, data: bytes, *, expected: str | None = None, backup: str | None = None, within: str | None = None
) -> Call:
    """Write a file whole or not at all; a file that is a link to another, or has several names, stays so.

    Args:
        path: where; missing folders are made.
        data: the bytes.
        expected: SHA-256 of what must be there now, ``""`` for nothing; else the error is ``changed``.
        backup: path to which the old file is moved.
        within: a folder that somebody else may change: from there on no link is followed, and the error is ``link``.

    """
    encoded = Base64(base64.b64encode(data), "ascii")
    return _call("file.write", {"path": path, "data": encoded}, expected=expected, backup=backup, within=within)


def file_append(path: str, offset: int, data: bytes) -> Call:
    """Add one piece of an upload; the file must end at `offset`, else the error is ``changed``."""
    return Call("file.append", {"path": path, "offset": offset, "data": Base64(base64.b64encode(data), "ascii")})


def file_move(path: str, to: str) -> Call:
    """Move a file or folder on one drive; `to` must not exist."""
    return Call("file.move", {"path": path, "to": to})


def file_remove(path: str, *, tree: bool | None = None) -> Call:
    """Remove a file, a link or a folder (with all in it if `tree`); absent is fine."""
    return Call("file.remove", {"path": path} if tree is None else {"path": path, "tree": tree})


def file_wait(
    path: str, timeout: float, *, gone: bool | None = None, line: bool | None = None, begin: float | None = None
) -> Call:
    """Wait up to `timeout` seconds until a path is there, or gone.

    Args:
        path: for what.
        timeout: seconds.
        gone: until it is gone.
        line: until the file, which is there, ends with a whole line; no link is followed, and one that is gone is ``not_found``.
        begin: seconds after which a file that is still empty is the error ``not_begun``.

    """
    return _call("file.wait", {"path": path, "timeout": timeout}, gone=gone, line=line, begin=begin)


def file_lock(path: str, holder: str, timeout: float | None = None) -> Call:
    """Hold a lock file until the agent ends; ``in_use`` names the holder of a lock that is taken."""
    return _call("file.lock", {"path": path, "holder": holder}, timeout=timeout)


def cim_get(
    class_name: str,
    properties: Sequence[str] = (),
    *,
    where: str | None = None,
    method: str | None = None,
    namespace: str | None = None,
) -> Call:
    """Read CIM objects: chosen properties, a WQL condition, a method to call on each (its result is ``returns``)."""
    more: dict[str, Any] = {"properties": list(properties) or None, "filter": where}
    return _call("cim.get", {"class": class_name}, **more, method=method, namespace=namespace)
