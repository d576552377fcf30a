"""wsl.exe --mount: its arguments only (src/windows/common/WslClient.cpp); no laptop of the lab has a second disk."""

from __future__ import annotations

from pyinfra_wsl.lab.exe import wsl_arguments
from pyinfra_wsl.lab.exe.wsl_arguments import Option
from pyinfra_wsl.lab.exe.wsl_console import Client
from pyinfra_wsl.lab.machine.program import Unsupported
from pyinfra_wsl.lab.wsl.errors import WslError

OPTIONS = {
    "bare": Option(("--bare",)),
    "vhd": Option(("--vhd",)),
    "options": Option(("--options", "-o"), str),
    "partition": Option(("--partition", "-p"), wsl_arguments.integer),
    "type": Option(("--type", "-t"), str),
    "name": Option(("--name", "-n"), str),
}


async def mount(_client: Client, line: str) -> int:
    """Refuse wrong arguments as WSL does; what is left is not simulated."""
    found = wsl_arguments.parse(line, OPTIONS, ("disk",))
    if not found.get("disk"):
        raise WslError("WSL_E_INVALID_USAGE")
    raise Unsupported(f"--mount {found['disk']}")
