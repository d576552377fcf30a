"""The lab's laptops as a pyinfra inventory: `fleet.yml` with the addresses and keys of the lab that runs here."""

from pathlib import Path

from pyinfra_wsl import inventory
from pyinfra_wsl.lab.range.state import State

_HERE = Path(__file__).resolve().parent
_state = State(_HERE.parent / ".lab").read()
if _state is None:
    raise SystemExit("The lab is not up. Start it with: pyinfra-wsl lab up")


def _over_ssh(one):
    return {"ssh_hostname": one["host"], "ssh_port": one["port"]}


def _over_winrm(one):
    """Say how the lab's laptop is reached over WinRM; only those whose transport in fleet.yml is psrp are."""
    if one is None:
        return {}
    told = {key: one[key] for key in ("user", "password", "ca")}
    return {f"psrp_{key}": value for key, value in {**told, "hostname": one["host"], "port": one["https"]}.items()}


globals().update(
    inventory.groups(
        _HERE / "fleet.yml",
        {name: {**_over_ssh(one), **_over_winrm(one.get("winrm"))} for name, one in _state["laptops"].items()},
        ssh_user=_state["user"],
        ssh_key=_state["key"],
        ssh_known_hosts_file=_state["known_hosts"],
        ssh_strict_host_key_checking="yes",
    )
)
