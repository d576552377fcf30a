"""net.exe and certutil.exe, to look with (Microsoft, "net user", "certutil"; layouts from knowledge of Windows)."""

from __future__ import annotations

import hashlib

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported

UNKNOWN_USER = 2221
"""NERR_UserNotFound (lmerr.h); net.exe ends with 2 all the same."""

UNKNOWN_GROUP = 1376
"""ERROR_NO_SUCH_ALIAS (winerror.h)."""


async def net(inv: Invocation) -> int:
    """Show a local account: ``user NAME``; a group that is not there: ``localgroup NAME``."""
    if len(inv.arguments) == 2 and inv.arguments[0].lower() == "localgroup":
        await inv.err(f"System error {UNKNOWN_GROUP} has occurred.\n\nThe specified local group does not exist.\n\n")
        return 2
    if len(inv.arguments) != 2 or inv.arguments[0].lower() != "user" or inv.arguments[1].startswith("/"):
        raise Unsupported(" ".join(inv.arguments))
    wanted, machine = inv.arguments[1].lower(), inv.machine
    local = (one for one in machine.accounts.values() if one.domain.lower() == machine.name.lower())
    account = next((one for one in local if one.name.lower() == wanted), None)
    if account is None:
        await inv.err(f"The user name could not be found.\n\nMore help is available by typing NET HELPMSG {UNKNOWN_USER}.\n\n")
        return 2
    await inv.out(f"User name                    {account.name}\nAccount active               Yes\n\n")
    await inv.out("The command completed successfully.\n\n")
    return 0


async def certutil(inv: Invocation) -> int:
    """Print the digest of a file: ``-hashfile FILE SHA256``."""
    words = inv.arguments
    if len(words) != 3 or words[0].lower() != "-hashfile" or words[2].upper() not in ("MD5", "SHA1", "SHA256"):
        raise Unsupported(" ".join(words))
    files, path = inv.machine.files, inv.path(words[1])
    try:
        digest = files.digest(path, inv.token)
        digest = (
            digest if words[2].upper() == "SHA256" else hashlib.new(words[2].lower(), files.read(path, inv.token)).hexdigest()
        )
    except FileError as problem:
        code = 0x80070000 | problem.code
        await inv.out(f"CertUtil: -hashfile command FAILED: 0x{code:x} (WIN32: {problem.code})\n")
        await inv.out(f"CertUtil: {text.message(inv.machine.culture, problem.code)}\n")
        return code - (1 << 32)
    await inv.out(f"{words[2].upper()} hash of {words[1]}:\n{digest}\nCertUtil: -hashfile command completed successfully.\n")
    return 0


PROGRAMS = {"net.exe": net, "certutil.exe": certutil}
