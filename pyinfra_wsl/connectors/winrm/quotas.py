"""WinRM's quotas: which fault means which, by its number, and the command that shows it on the laptop.

Numbers: wsmerror.h of the Windows SDK. Names: Microsoft, "Quota Management for Remote Shells", and the endpoints' own below
``WSMan:\\localhost\\Plugin\\microsoft.powershell\\Quotas``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_SHELLS = "winrm get winrm/config/winrs"
_SERVICE = "winrm get winrm/config/service"
_CONFIG = "winrm get winrm/config"
_PLUGIN = "winrm enumerate winrm/config/plugin"


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota: its name, what there is too much of, and the command that shows its value."""

    name: str
    what: str
    command: str


ENVELOPE = Quota("MaxEnvelopeSizekb", "a message is larger than the laptop takes", _CONFIG)
MEMORY = Quota("MaxMemoryPerShellMB", "the session has no memory left", _SHELLS)
OF_CODE: Mapping[int, Quota] = {
    0x803381A5: Quota("MaxShellsPerUser", "the account has too many sessions open", _SHELLS),
    0x803381A6: Quota("MaxConcurrentOperationsPerUser", "the account has too many operations under way", _SERVICE),
    0x803381A7: Quota("MaxConcurrentOperationsPerUser", "the account asks for too much at once", _SERVICE),
    0x803381A8: Quota("MaxConnections", "the laptop's WinRM has too much to do", _SERVICE),
    0x803381AB: Quota("MaxConcurrentUsers", "too many accounts have sessions open", _SHELLS),
    0x803381E4: Quota("MaxShellsPerUser", "the account has too many sessions of this endpoint open", _PLUGIN),
    0x803381E5: Quota("MaxConcurrentUsers", "too many accounts have sessions of this endpoint open", _PLUGIN),
    0x803381E6: Quota("MaxShells", "too many sessions of this endpoint are open", _PLUGIN),
    0x803381E7: Quota("MaxConcurrentOperations", "too many operations of this endpoint are under way", _PLUGIN),
    0x803381E8: Quota(
        "MaxConcurrentOperationsPerUser", "the account has too many operations of this endpoint under way", _PLUGIN
    ),
    0x803381E9: Quota("MaxConcurrentCommandsPerShell", "the session has too many commands under way", _PLUGIN),
    0x803381EA: Quota("MaxProcessesPerShell", "the endpoint's quotas leave too little to work with", _PLUGIN),
    0x80338048: ENVELOPE,
    0x80338049: ENVELOPE,
    0x803381F2: Quota("MaxIdleTimeoutms", "the session may not stay open for as long as this one asks", _PLUGIN),
}
_OF_WORDS = (
    (re.compile(r"concurrent shells", re.I), OF_CODE[0x803381A5]),
    (re.compile(r"concurrent commands per shell", re.I), OF_CODE[0x803381E9]),
    (re.compile(r"concurrent operations", re.I), OF_CODE[0x803381A6]),
    (
        re.compile(r"deserialized object size.{0,300}exceed", re.I | re.S),
        Quota("PSMaximumReceivedObjectSizeMB", "one object is larger than the endpoint takes", _PLUGIN),
    ),
    (
        re.compile(r"total data received from the remote client exceed", re.I),
        Quota("PSMaximumReceivedDataSizePerCommandMB", "a pipeline was sent more than the endpoint takes", _PLUGIN),
    ),
    (re.compile(r"paging file is too small|OutOfMemory", re.I), MEMORY),
)
_CODE = re.compile(r"0x(80338[0-9a-f]{3})\b|\b(21508\d{5})\b", re.IGNORECASE)


def named(code: object, words: str) -> Quota | None:
    """Return the quota of a fault; None where it is none.

    Args:
        code: its number, or what stands in its place: quotas come in a form in which some readers find no number.
        words: its text, in which a number may stand, or English words of old servers.

    """
    if isinstance(code, int) and code in OF_CODE:
        return OF_CODE[code]
    for found in _CODE.finditer(words[:4000]):
        if quota := OF_CODE.get(int(found[1], 16) if found[1] else int(found[2])):
            return quota
    return next((quota for sign, quota in _OF_WORDS if sign.search(words[:4000])), None)
