"""The lab's laptops as a pyinfra inventory: `fleet.yml` with the addresses and keys of the lab that runs here."""

from pathlib import Path

from pyinfra_wsl import inventory
from pyinfra_wsl.lab.range.state import State, addresses

_HERE = Path(__file__).resolve().parent
_state = State(_HERE.parent / ".lab").read()
if _state is None:
    raise SystemExit("The lab is not up. Start it with: pyinfra-wsl lab up")


globals().update(
    inventory.groups(
        _HERE / "fleet.yml",
        addresses(_state),
        ssh_user=_state["user"],
        ssh_key=_state["key"],
        ssh_known_hosts_file=_state["known_hosts"],
        ssh_strict_host_key_checking="yes",
    )
)
