"""What the same laptops cost plain pyinfra: eight shell commands over its own SSH connector, as facts ask them one by one."""

import json
import sys
from pathlib import Path

from ansible import CHECKS
from place import BIN, Cost, measure


def run(folder: Path) -> Cost:
    """Run the checks over the lab of a folder; return what they cost."""
    lab = json.loads((folder / ".lab" / "lab.json").read_text())
    common = {"ssh_user": lab["user"], "ssh_key": lab["key"], "ssh_known_hosts_file": lab["known_hosts"]}
    hosts = [(name, {"ssh_hostname": one["host"], "ssh_port": one["port"], **common}) for name, one in lab["laptops"].items()]
    (folder / "plain_inventory.py").write_text(f"laptops = {hosts!r}\n")
    # Its commands are for a POSIX shell: the one word that a laptop runs as it is goes in quotes of its own.
    checks = [f"server.shell(commands=[{one!r}], _ignore_errors=True)" for one in CHECKS]
    lines = ["from pyinfra.operations import server", *checks]
    (folder / "plain_deploy.py").write_text("\n".join(lines) + "\n")
    cost = measure(folder, BIN / "pyinfra", "plain_inventory.py", "plain_deploy.py", "-y")
    if cost.code not in (0, 1):
        sys.exit(f"pyinfra ended with {cost.code}")
    return cost
