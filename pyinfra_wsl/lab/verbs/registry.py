"""The verbs ``registry.read``, ``registry.write`` and ``registry.remove``."""

from __future__ import annotations

import base64
from typing import Any

from pyinfra_wsl.lab.machine.registry import KINDS, RegistryDeniedError, rooted
from pyinfra_wsl.lab.verbs.agent_process import AgentProcess
from pyinfra_wsl.lab.verbs.binding import CallFailedError, anything, depth, filled, switch, text, unbase64, verb

HIVES = ("HKLM", "HKCU", "HKU", "HKCR")
_RANGES = {"DWord": 2**32, "QWord": 2**64}


def kind(value: Any) -> str:
    """Read a RegistryValueKind."""
    names = {name.lower(): name for name in KINDS}
    if str(value).lower() not in names:
        raise ValueError(f'Cannot convert value "{value}" to type "Microsoft.Win32.RegistryValueKind".')
    return names[str(value).lower()]


@verb("registry.read", key=filled, depth=depth)
async def read(agent: AgentProcess, key: str, depth: int = 0) -> dict[str, Any]:
    """Read a key, as agent.ps1 does."""
    path = _path(agent, key)
    if not agent.machine.registry.exists(path, agent.token):
        return {"exists": False}
    return {"exists": True, **_read(agent, path, depth)}


@verb("registry.write", key=filled, name=text, type=kind, data=anything)
async def write(agent: AgentProcess, *, key: str, name: str, type: str, data: Any) -> dict[str, Any]:  # noqa: A002 - fields of the call
    """Write a value, as agent.ps1 does."""
    path = _path(agent, key)
    agent.machine.registry.set(path, name, type, _data(type, data), agent.token)
    return {}


@verb("registry.remove", key=filled, name=text, tree=switch)
async def remove(agent: AgentProcess, key: str, name: str | None = None, tree: bool = False) -> dict[str, Any]:
    """Remove a value or a tree, as agent.ps1 does."""
    if tree == (name is not None):
        raise CallFailedError("bad_call", "either the name of a value, or tree")
    path = _path(agent, key)
    if "\\" not in key.rstrip("\\"):
        raise CallFailedError("bad_call", "a whole hive is not removed")
    if tree:
        agent.machine.registry.remove_tree(path, agent.token)
    else:
        agent.machine.registry.remove_value(path, name or "", agent.token)
    return {}


def _path(agent: AgentProcess, key: str) -> str:
    hive = key.partition("\\")[0]
    if hive.upper() not in HIVES:
        raise CallFailedError("bad_call", f"no such hive: {hive}")
    return rooted(key, agent.token.account)


def _read(agent: AgentProcess, path: str, levels: int) -> dict[str, Any]:
    registry = agent.machine.registry
    keys: dict[str, Any] = {}
    for name in registry.keys(path, agent.token) if levels > 0 else []:
        try:
            keys[name] = _read(agent, f"{path}\\{name}", levels - 1)
        except RegistryDeniedError:
            keys[name] = {"error": {"kind": "access_denied", "message": "Requested registry access is not allowed."}}
    values = {name: _value(of_kind, data) for name, (of_kind, data) in registry.values(path, agent.token).items()}
    return {"values": values, "keys": keys}


def _value(of_kind: str, data: Any) -> dict[str, Any]:
    if isinstance(data, (bytes, bytearray)):
        field = "data" if of_kind in ("Binary", "None") else "raw"
        return {"type": of_kind, "data": None, field: base64.b64encode(data).decode()}
    return {"type": of_kind, "data": data}


def _data(of_kind: str, data: Any) -> Any:
    if of_kind in _RANGES:
        return _whole(data, _RANGES[of_kind])
    if of_kind == "MultiString":
        return [str(item) for item in (data if isinstance(data, list) else [data])]
    if of_kind in ("Binary", "None"):
        return unbase64(str(data))
    return " ".join(map(str, data)) if isinstance(data, list) else str(data)


def _whole(data: Any, end: int) -> int:
    """Cast as PowerShell does to an unsigned number: decimal or 0x text too, never out of range."""
    try:
        value = int(data, 0) if isinstance(data, str) else round(data)
    except (ValueError, TypeError):
        value = -1
    if not 0 <= value < end:
        raise CallFailedError("bad_call", f'Cannot convert value "{data}" to an unsigned number.', "System.InvalidCastException")
    return value
