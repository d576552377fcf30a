r"""How wsl.exe is called, and where the installed package says that it is (msipackage/package.wix.in)."""

from __future__ import annotations

from pyinfra_wsl.core import call
from pyinfra_wsl.core.call import Call

MSI = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Lxss\MSI"
INBOX = r"%SystemRoot%\System32\wsl.exe"


def command(exe: str, *arguments: str, timeout: float = 120.0, live: bool = False) -> Call:
    """Return a call of wsl.exe with its texts in UTF-8 (src/windows/common/WslClient.cpp: ``WSL_UTF8``)."""
    return call.run(exe, *arguments, timeout=timeout, environment={"WSL_UTF8": "1"}, live=live)
