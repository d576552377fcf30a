"""shutdown.exe: restart the laptop, with or without the last user's session, after a while, or not at all.

Options and the default of 30 seconds: Microsoft, "shutdown". ``/g`` signs the last interactive user in again and locks, if
Windows' setting "automatically sign in and lock last interactive user" is on (Microsoft, "Winlogon automatic restart
sign-on").
"""

from __future__ import annotations

import asyncio
import re

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

STOPPING = 0.2
"""Real seconds between the order and the first connection that drops: services are told first."""


async def shutdown(inv: Invocation) -> int:
    """Order a restart, or take the order back."""
    options = _options(inv.arguments)
    if not inv.elevated:
        await inv.err(f"{text.message(inv.machine.culture, 5)}(5)\n")
        return 5
    if "/a" in options:
        return await _abort(inv)
    pending = inv.machine.pending_shutdown
    if pending is not None and not pending.done():
        await inv.err("A system shutdown has already been scheduled.(1190)\n")
        return 1190
    inv.machine.pending_shutdown = inv.machine.background(_restart(inv, float(options.get("/t", "30")), again="/g" in options))
    return 0


def _options(arguments: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = [word if word.startswith("/") else re.sub("^-", "/", word) for word in arguments]
    while rest:
        name = rest.pop(0).lower()
        if name in ("/t", "/c", "/d") and rest:
            found[name] = rest.pop(0)
        elif name in ("/r", "/g", "/a", "/f"):
            found[name] = ""
        else:
            raise Unsupported(name)
    if sum(name in found for name in ("/r", "/g", "/a")) != 1 or not found.get("/t", "0").isdigit():
        raise Unsupported(" ".join(arguments))
    return found


async def _abort(inv: Invocation) -> int:
    pending = inv.machine.pending_shutdown
    if pending is None or pending.done():
        await inv.err("Unable to abort the system shutdown because no shutdown was in progress.(1116)\n")
        return 1116
    pending.cancel()
    return 0


async def _restart(inv: Invocation, seconds: float, *, again: bool) -> None:
    await inv.machine.sleep(seconds)
    await asyncio.sleep(STOPPING)
    await inv.machine.reboot(restart_apps=again)


PROGRAMS = {"shutdown.exe": shutdown}
