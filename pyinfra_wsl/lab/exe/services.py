"""sc.exe (Microsoft: "sc query", "sc qc", "sc start", "sc stop", "sc config"; layouts from knowledge of Windows)."""

from __future__ import annotations

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported
from pyinfra_wsl.lab.machine.services import NO_SERVICE, ServiceError

STARTS = {2: "AUTO_START", 3: "DEMAND_START", 4: "DISABLED"}
WORDS = {"auto": 2, "demand": 3, "disabled": 4}
PAUSE = 0.5
"""Seconds of lab time that a service takes to start or stop."""


async def sc(inv: Invocation) -> int:
    """Show a service (``query``, ``qc``), start or stop it, or set how it starts (``config NAME start= auto``)."""
    verb, *rest = [word.lower() if at == 0 else word for at, word in enumerate(inv.arguments)] or [""]
    wanted = {"query": 1, "qc": 1, "start": 1, "stop": 1, "config": 3}
    if len(rest) != wanted.get(verb):
        raise Unsupported(" ".join(inv.arguments))
    if not inv.machine.services.exists(rest[0]):
        return await _fail(inv, "EnumQueryServicesStatus:OpenService" if verb == "query" else "OpenService", NO_SERVICE)
    if verb in ("start", "stop", "config") and not inv.elevated:
        return await _fail(inv, "OpenService", 5)
    if verb == "config":
        return await _config(inv, *rest)
    if verb in ("start", "stop"):
        return await _switch(inv, verb, rest[0])
    return await (_query if verb == "query" else _qc)(inv, rest[0])


async def _fail(inv: Invocation, what: str, code: int) -> int:
    await inv.out(f"[SC] {what} FAILED {code}:\n\n{text.message(inv.machine.culture, code)}\n\n")
    return code


async def _config(inv: Invocation, name: str, option: str, value: str) -> int:
    if option.lower() != "start=" or value.lower() not in WORDS:
        raise Unsupported(f"config {option} {value}")
    services = inv.machine.services
    services.changed.setdefault(name.lower(), services.running(name))
    inv.machine.registry.set(services.key(name), "Start", "DWord", WORDS[value.lower()])
    await inv.out("[SC] ChangeServiceConfig SUCCESS\n")
    return 0


async def _switch(inv: Invocation, verb: str, name: str) -> int:
    await inv.sleep(PAUSE)
    try:
        (inv.machine.services.start if verb == "start" else inv.machine.services.stop)(name)
    except ServiceError as error:
        return await _fail(inv, "StartService" if verb == "start" else "ControlService", error.code)
    await inv.out(
        f"\nSERVICE_NAME: {name}\n        STATE              : {'2  START_PENDING' if verb == 'start' else '1  STOPPED'}\n"
    )
    return 0


async def _query(inv: Invocation, name: str) -> int:
    state = "4  RUNNING" if inv.machine.services.running(name) else "1  STOPPED"
    await inv.out(f"\nSERVICE_NAME: {name}\n        TYPE               : 30  WIN32\n        STATE              : {state}\n")
    return 0


async def _qc(inv: Invocation, name: str) -> int:
    services = inv.machine.services
    start = services.start_type(name)
    await inv.out(
        f"[SC] QueryServiceConfig SUCCESS\n\nSERVICE_NAME: {name}\n        TYPE               : 10  WIN32_OWN_PROCESS\n"
        f"        START_TYPE         : {start}   {STARTS.get(start, 'BOOT_START')}\n"
        f"        BINARY_PATH_NAME   : {services.get(name, 'ImagePath', '')}\n"
        f"        SERVICE_START_NAME : {services.get(name, 'ObjectName', '')}\n"
    )
    return 0


PROGRAMS = {"sc.exe": sc}
