"""What the same laptops cost plain pyinfra: eight shell commands over its own SSH connector, as facts ask them one by one.

It is installed into an environment of its own: beside our package it would be as quick as that makes it.
"""

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from ansible import CHECKS
from place import Cost, measure


def install(folder: Path) -> Path:
    """Return the command ``pyinfra`` of an environment made below a folder, of the version that runs here."""
    home = folder / "plain"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    wanted = [f"{name}=={metadata.version(name)}" for name in ("pyinfra", "paramiko")]
    subprocess.run([home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    return home / "bin" / "pyinfra"


def run(folder: Path, command: Path) -> Cost:
    """Run the checks over the lab of a folder; return what they cost."""
    lab = json.loads((folder / ".lab" / "lab.json").read_text())
    common = {"ssh_user": lab["user"], "ssh_key": lab["key"], "ssh_known_hosts_file": lab["known_hosts"]}
    hosts = [(name, {"ssh_hostname": one["host"], "ssh_port": one["port"], **common}) for name, one in lab["laptops"].items()]
    (folder / "plain_inventory.py").write_text(f"laptops = {hosts!r}\n")
    # Its commands are for a POSIX shell: the one word that a laptop runs as it is goes in quotes of its own.
    checks = [f"server.shell(commands=[{one!r}], _ignore_errors=True)" for one in CHECKS]
    lines = ["from pyinfra.operations import server", *checks]
    (folder / "plain_deploy.py").write_text("\n".join(lines) + "\n")
    cost = measure(folder, command, "plain_inventory.py", "plain_deploy.py", "-y")
    if cost.code not in (0, 1):
        sys.exit(f"pyinfra ended with {cost.code}")
    return cost
