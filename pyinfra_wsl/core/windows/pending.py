r"""What is written on a laptop and not yet live: markers below ``HKLM\SOFTWARE\pyinfra-wsl\Pending\<SID>``.

A file says nothing of whether the running VM, or a running distribution, has read it. So what is written while one may run is
noted here, with the boot in which that was: after a restart of the laptop everything has been read anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Answer, Call

_KEY = r"HKLM\SOFTWARE\pyinfra-wsl\Pending"


def probe(sid: str) -> Call:
    """Return the call that reads all markers of a user."""
    return call.registry_read(f"{_KEY}\\{sid}")


def read(answer: Answer) -> Mapping[str, str] | None:
    """Return the markers by name; None while unknown."""
    if not answer.ok:
        return None
    values = answer.value.get("values") or {}
    return {str(name): str(value.get("data") or "") for name, value in values.items()}


def waits(marks: Mapping[str, str] | None, name: str, booted: str) -> bool:
    """Say whether something is written and not live.

    Args:
        marks: what `read` returned.
        name: of the file.
        booted: when the laptop started; empty while unknown.

    """
    found = (marks or {}).get(name, "")
    return bool(found) and (not booted or found.partition(" ")[2] == booted)


def write(sid: str, name: str, content: bytes, booted: str) -> Call:
    """Return the call that marks a file's new content as written and not yet live."""
    return call.registry_write(f"{_KEY}\\{sid}", name, "String", f"{hashlib.sha256(content).hexdigest()} {booted}")


def remove(sid: str, name: str) -> Call:
    """Return the call that takes a mark away."""
    return call.registry_remove(f"{_KEY}\\{sid}", name)


def remove_all(sid: str) -> Call:
    """Return the call that takes all of a user's marks away: their VM was stopped."""
    return call.registry_remove(f"{_KEY}\\{sid}", tree=True)
