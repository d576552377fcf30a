"""The lab's laptops as a pyinfra inventory: `fleet.yml` with the addresses and keys of the lab that runs here."""

import json
import os
from pathlib import Path

from pyinfra_wsl import inventory

_HERE = Path(__file__).resolve().parent
_STATE = _HERE.parent / ".lab" / "lab.json"


def _lab() -> dict:
    """Read what `pyinfra-wsl lab up` wrote, if the lab still runs."""
    try:
        state = json.loads(_STATE.read_text())
        os.kill(state["pid"], 0)
    except (OSError, ValueError, KeyError):
        raise SystemExit("The lab is not up. Start it with: pyinfra-wsl lab up") from None
    return state


_state = _lab()
globals().update(
    inventory.groups(
        _HERE / "fleet.yml",
        {name: {"ssh_hostname": one["host"], "ssh_port": one["port"]} for name, one in _state["laptops"].items()},
        ssh_user=_state["user"],
        ssh_key=_state["key"],
        ssh_known_hosts_file=_state["known_hosts"],
        ssh_strict_host_key_checking="yes",
    )
)
