"""The verbs ``file.…``; all or nothing in writing, exclusive in locking, as ``agent/agent.ps1`` has them."""

from __future__ import annotations

import asyncio
import base64
import fnmatch
import time
from typing import Any

from pyinfra_wsl.lab.machine import pipes
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.node import NEW_FILE, Node
from pyinfra_wsl.lab.verbs.agent_process import AgentProcess
from pyinfra_wsl.lab.verbs.binding import CallFailedError, anything, filled, integer, number, switch, text, unbase64, verb

LONG_PATHS = r"HKLM\SYSTEM\CurrentControlSet\Control\FileSystem"
_LONGEST_FILE, _LONGEST_FOLDER = 259, 247
_HOPS = 32
_TEMPORARY = 37  # characters that the name of a file has more while it is written: a dot, a GUID, ``.tmp``


def _entry(agent: AgentProcess, path: str) -> Node | None:
    """Return what is at a path, None for anything else, as File.Exists and Directory.Exists do: also for one that is too long.

    A pipe looks like a file.
    """
    if agent.full(path).lower().startswith(pipes.ROOT):
        return _pipes(agent, agent.full(path)[len(pipes.ROOT) :])
    try:
        return agent.machine.files.find(_full(agent, path))
    except FileError:
        return None


def _full(agent: AgentProcess, path: str, more: int = 0, *, folder: bool = False) -> str:
    """Return a path as .NET takes it; raises FileError ``too_long``, .NET's PathTooLongException.

    The manifest of Windows PowerShell lifts the limit where the registry does (PowerShell/PowerShell#17197). PowerShell 7 has no
    such limit; the agent of the lab is Windows PowerShell. (Microsoft, "Maximum Path Length Limitation".)
    """
    full = agent.full(path)
    lifted = agent.machine.registry.get(LONG_PATHS, "LongPathsEnabled", 0) == 1 or full.startswith("\\\\?\\")
    if not lifted and len(full) + more > (_LONGEST_FOLDER if folder else _LONGEST_FILE):
        raise FileError("too_long", full)
    return full


def _pipes(agent: AgentProcess, name: str) -> Node | None:
    names, moment = agent.machine.pipes.names(), agent.machine.booted_at
    if not name:
        return Node(pipes.ROOT, None, moment, {one.lower(): Node(one, None, moment) for one in names})
    found = next((one for one in names if one.lower() == name.lower()), None)
    return Node(f"{pipes.ROOT}{found}", None, moment) if found else None


def _describe(node: Node) -> dict[str, Any]:
    modified = node.modified.isoformat().replace("+00:00", "Z")
    size = None if node.folder else node.size
    return {"name": node.name, "folder": node.folder, "link": node.reparse, "size": size, "modified": modified}


@verb("file.state", path=filled, hash=switch)
async def state(agent: AgentProcess, path: str, hash: bool = False) -> dict[str, Any]:  # noqa: A002 - a field of the call
    """Look at a path, as agent.ps1 does."""
    node = _entry(agent, path)
    if node is None:
        return {"exists": False}
    digest = {"sha256": agent.machine.files.digest(node.path, agent.token)} if hash and not node.folder else {}
    return {"exists": True, "path": node.path, **_describe(node), **digest}


@verb("file.list", path=filled, pattern=text)
async def list_(agent: AgentProcess, path: str, pattern: str = "*") -> dict[str, Any]:
    """List a folder, as agent.ps1 does."""
    node = _entry(agent, path)
    if node is None or not node.folder:
        return {"exists": False, "entries": []}
    pipe = node.name == pipes.ROOT and node.children is not None
    nodes = list((node.children or {}).values()) if pipe else agent.machine.files.list(node.path, agent.token)
    return {
        "exists": True,
        "entries": [_describe(one) for one in nodes if fnmatch.fnmatchcase(one.name.lower(), pattern.lower())],
    }


@verb("file.read", path=filled, offset=integer, limit=integer, within=text)
async def read(agent: AgentProcess, path: str, offset: int = 0, limit: int = 1 << 20, within: str = "") -> dict[str, Any]:
    """Read a piece of a file, as agent.ps1 does."""
    _confirm_plain(agent, path, within)
    node = _entry(agent, path)
    if node is None or node.folder:
        return {"exists": False}
    piece = agent.machine.files.read(node.path, agent.token, slice(max(offset, 0), max(offset, 0) + max(limit, 0)))
    if offset < 0 or limit < 0:
        raise CallFailedError("bad_call", "Non-negative number required.", "System.ArgumentOutOfRangeException")
    size = agent.machine.files.opens(node.path).size
    digest = agent.machine.files.digest(node.path, agent.token) if offset == 0 and size <= limit else None
    modified, data = _describe(node)["modified"], base64.b64encode(piece).decode()
    return {"exists": True, "path": node.path, "size": size, "modified": modified, "sha256": digest, "data": data}


@verb("file.write", path=filled, data=text, expected=anything, backup=text, within=text)
async def write(
    agent: AgentProcess, *, path: str, data: str, expected: Any = None, backup: str = "", within: str = ""
) -> dict[str, Any]:
    """Write a file whole or not at all, as agent.ps1 does."""
    files, full, content = agent.machine.files, _full(agent, path), unbase64(data)
    _confirm_plain(agent, path, within)
    if files.is_dir(full):
        raise CallFailedError("exists", f"a folder is there: {full}")
    full = _full(agent, _resolved(agent, full))
    folder = files.make(_full(agent, full.replace("/", "\\").rpartition("\\")[0], folder=True), agent.token)
    node = _entry(agent, full)
    found = files.digest(full, agent.token) if node is not None else ""
    if expected is not None and str(expected).lower() != found:
        raise CallFailedError("changed", f"the file is not what it was: {full}")
    _full(agent, full, _TEMPORARY)
    if not folder.allowed(agent.token, NEW_FILE):  # what is new comes beside the old, and takes its place
        raise FileError("access_denied", full)
    if found and backup:
        files.write(_full(agent, backup), files.read(full, agent.token), agent.token)
    # File.Replace, but for a file with several names File.WriteAllBytes; for a new one File.Move.
    put = files.replace if node is not None and node.names == 1 else files.write
    put(full, content, agent.token)
    return {}


@verb("file.append", path=filled, offset=integer, data=text)
async def append(agent: AgentProcess, path: str, offset: int, data: str) -> dict[str, Any]:
    """Add one piece of an upload, as agent.ps1 does."""
    files, full, piece = agent.machine.files, _full(agent, path), unbase64(data)
    size = files.append(full, b"", agent.token)
    if size != offset:
        raise CallFailedError("changed", f"the file has {size} bytes, the piece begins at {offset}")
    return {"size": files.append(full, piece, agent.token)}


@verb("file.move", path=filled, to=filled)
async def move(agent: AgentProcess, path: str, to: str) -> dict[str, Any]:
    """Move a file or folder, as agent.ps1 does."""
    agent.machine.files.move(_full(agent, path), _full(agent, to), agent.token)
    return {}


@verb("file.remove", path=filled, tree=switch)
async def remove(agent: AgentProcess, path: str, tree: bool = False) -> dict[str, Any]:
    """Remove a file, link or folder, as agent.ps1 does."""
    node = _entry(agent, path)
    if node is not None:
        agent.machine.files.remove(agent.full(path), agent.token, tree=tree)
    return {"existed": node is not None}


@verb("file.wait", path=filled, timeout=number, gone=switch, line=switch, begin=number)
async def wait(
    agent: AgentProcess, *, path: str, timeout: float, gone: bool = False, line: bool = False, begin: float = 0.0
) -> dict[str, Any]:
    """Wait until a path is there or gone, or ends with a whole line, as agent.ps1 does."""
    begun = time.monotonic()
    while True:
        node = _entry(agent, path)
        state = _whole_line(agent, node) if line else (node is None) == gone
        seconds = time.monotonic() - begun
        if state:
            return {"seconds": round(seconds, 3)}
        if state is None and 0 < begin <= seconds:
            raise CallFailedError("not_begun", f"nothing came within {begin:g} s: {path}")
        if seconds >= timeout:
            raise CallFailedError("timeout", f"waited {timeout:g} s for {path}")
        await asyncio.sleep(0.02)


def _whole_line(agent: AgentProcess, node: Node | None) -> bool | None:
    """Whether a file ends with a whole line; None while nothing is in it."""
    if node is None:
        raise CallFailedError("not_found", "the file in which a line was to come is gone")
    if node.reparse:
        raise CallFailedError("link", f"a link is there: {node.path}")
    try:
        data = agent.machine.files.read(node.path, agent.token)
    except FileError as problem:
        if problem.kind != "in_use":
            raise
        return False
    return data.endswith(b"\n") if data else None


def _confirm_plain(agent: AgentProcess, path: str, within: str) -> None:
    """Refuse what leads elsewhere from a folder down, as agent.ps1 does."""
    if not within:
        return
    full, floor = _full(agent, path), _full(agent, within).rstrip("\\")
    if not full.lower().startswith(f"{floor.lower()}\\"):
        raise CallFailedError("bad_call", f"{full} is not within {floor}")
    if link := agent.machine.files.leads_elsewhere(full, floor):
        raise CallFailedError("link", f"a link is there: {link}")


def _resolved(agent: AgentProcess, path: str) -> str:
    """Return what a symbolic link to a file leads to, at last."""
    for _ in range(_HOPS):
        node = _entry(agent, path)
        if node is None or node.folder or not node.link:
            return path
        path = node.link
    raise CallFailedError("link", f"a link without an end is there: {path}")


@verb("file.lock", path=filled, holder=filled, timeout=number)
async def lock(agent: AgentProcess, path: str, holder: str, timeout: float = 0.0) -> dict[str, Any]:
    """Hold a file until the agent ends, as agent.ps1 does."""
    files, full, begin = agent.machine.files, _full(agent, path), time.monotonic()
    files.make(full.rpartition("\\")[0], agent.token)
    while full not in agent.locks:
        try:
            files.append(full, b"", agent.token)
            agent.locks[full] = files.stat(full)
            agent.locks[full].open_by = f"process {agent.process.pid}"
        except FileError as problem:
            if problem.kind != "in_use":
                raise
            if time.monotonic() - begin >= timeout:
                raise CallFailedError("in_use", files.text(f"{full}.holder") or full) from None
            await asyncio.sleep(0.05)
    files.write(f"{full}.holder", holder.encode(), agent.token)
    return {"seconds": round(time.monotonic() - begin, 3)}
