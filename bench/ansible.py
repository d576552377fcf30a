"""What the same laptops cost Ansible: a playbook of eight `raw` checks, the least that asks about as much as we do.

ansible-core is installed into an environment of its own. It reaches Windows by `raw` alone over this lab's SSH, since its Windows
modules need a PowerShell at the other end; its connections are OpenSSH's, kept by ControlPersist, whose masters leave the process
and are not counted. So this is a lower bound for Ansible.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from place import Cost, measure

VERSION = "ansible-core>=2.17,<3"
CHECKS = (
    "wsl.exe --version",
    "wsl.exe --status",
    "dism.exe /Online /Get-FeatureInfo /FeatureName:VirtualMachinePlatform",
    "bcdedit /enum {current}",
    r"reg query HKLM\SYSTEM\CurrentControlSet\Services\WSLService",
    r"reg query HKCU\Software\Microsoft\Windows\CurrentVersion\Lxss",
    r"type C:\Users\alice\.wslconfig",
    "hostname",
)


def install(folder: Path) -> Path:
    """Return the command ``ansible-playbook`` of an environment made below a folder."""
    home = folder / "ansible"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    subprocess.run([home / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", VERSION], check=True)
    return home / "bin" / "ansible-playbook"


def run(folder: Path, playbook: Path, forks: int) -> Cost:
    """Run the checks over the lab of a folder; return what they cost."""
    lab = json.loads((folder / ".lab" / "lab.json").read_text())
    sockets = Path(tempfile.mkdtemp(prefix="cp-"))  # a socket's path is short
    common = f"-o UserKnownHostsFile={lab['known_hosts']} -o ControlMaster=auto -o ControlPersist=60s -o ControlPath={sockets}/%C"
    hosts = {
        name: {"ansible_host": one["host"], "ansible_port": one["port"], "ansible_user": lab["user"],
               "ansible_ssh_private_key_file": lab["key"], "ansible_ssh_common_args": common}
        for name, one in lab["laptops"].items()
    }  # fmt: skip
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    tasks = [{"raw": check, "changed_when": False, "failed_when": False} for check in CHECKS]
    (folder / "checks.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
    environment = {"ANSIBLE_HOME": str(folder / "home"), "ANSIBLE_HOST_KEY_CHECKING": "True", "LC_ALL": "C.UTF-8"}
    try:
        cost = measure(folder, playbook, "-i", "hosts.yml", "--forks", forks, "checks.yml", environment=environment)
    finally:
        for one in sockets.iterdir():
            subprocess.run(["ssh", "-o", f"ControlPath={one}", "-O", "exit", "lab"], check=False, capture_output=True)
        shutil.rmtree(sockets, ignore_errors=True)
    if cost.code:
        sys.exit(f"ansible-playbook ended with {cost.code}")
    return cost
