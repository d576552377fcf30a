"""certutil.exe, to look with (Microsoft, "certutil"; layout from knowledge of Windows)."""

from __future__ import annotations

import hashlib

from pyinfra_wsl.lab.machine import text
from pyinfra_wsl.lab.machine.files import FileError
from pyinfra_wsl.lab.machine.program import Invocation, Unsupported


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


PROGRAMS = {"certutil.exe": certutil}
