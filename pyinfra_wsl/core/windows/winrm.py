"""What holds of WinRM whoever uses it: its ports, its logons, and which of them say nothing in the clear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

Auth = Literal["negotiate", "kerberos", "ntlm", "certificate", "basic"]
Scheme = Literal["https", "http"]

PORTS: Mapping[Scheme, int] = {"https": 5986, "http": 5985}
"""Microsoft, "Installation and configuration for Windows Remote Management"."""
CONFIGURATION = "Microsoft.PowerShell"
"""The endpoint that Windows PowerShell 5.1 has by itself."""
NARROW = "Microsoft.PowerShell32"
"""The endpoint of 32 bits that is registered beside it, in which nothing of WSL can be looked at."""
SEALED: tuple[Auth, ...] = ("negotiate", "kerberos", "ntlm")
"""Logons whose keys encrypt each message, so that HTTP without TLS is no less secret (MS-WSMV 2.2.9.1)."""
PASSWORD: tuple[Auth, ...] = ("ntlm", "basic")
"""Logons that need a password; with the others a ticket in the cache, or a certificate, may stand for it."""

ADDRESS = "write a DNS name or an IP address without [] and %"
"""The next step where an address is none."""
_NAME = re.compile(r"\w[\w-]{0,62}(\.\w[\w-]{0,62})*\.?")
_LONGEST_NAME = 253


def is_host(text: str) -> bool:
    """Whether a text is the host of an address and nothing else; a zone (``fe80::1%eth0``) has no place in one.

    Args:
        text: a name or an IP address.

    """
    try:
        return "%" not in text and bool(ip_address(text))
    except ValueError:
        return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def insecure(scheme: str, auth: str, proxy: str | None) -> list[tuple[str, str]]:
    """Return what would be read or taken over on its way, each with the next step.

    Args:
        scheme: ``https`` or ``http``.
        auth: the way to log on.
        proxy: its address; None for none.

    """
    found = []
    if scheme == "http" and auth not in SEALED:
        what = "password" if auth == "basic" else "commands"
        found.append((f"a logon by {auth} over http would send the {what} in the clear", "use scheme https, or auth negotiate"))
    if proxy is None:
        return found
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return [*found, ("the address of the proxy is none", "write http://proxy.corp.example:3128")]
    if not usable or parts.path.strip("/") or parts.query or parts.fragment:
        found.append(("the address of the proxy is none", "write http://proxy.corp.example:3128"))
    elif parts.username is not None or parts.password is not None:
        found.append(("a proxy's password does not belong into its address", "use a proxy that asks this machine for none"))
    elif scheme == "http":
        found.append(("a logon over http is bound to its connection, which a proxy breaks", "use scheme https with a proxy"))
    return found
