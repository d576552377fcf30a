"""Ansible's own ways over WinRM, ``psrp`` and ``winrm``; where there is an Ansible: on the PATH, or named by ANSIBLE."""

import json
import os
import shutil
import subprocess

import pytest
from winrm_laptop import PASSWORD, USER, serve

ANSIBLE = os.environ.get("ANSIBLE") or shutil.which("ansible")
pytestmark = pytest.mark.skipif(not ANSIBLE, reason="no Ansible with pypsrp and pywinrm is on the PATH, and ANSIBLE names none")


def hosts(served):
    """Return an inventory in which one laptop is reached in every way that the lab offers."""
    told = {"ansible_host": "127.0.0.1", "ansible_user": USER, "ansible_password": PASSWORD, "ansible_shell_type": "powershell"}
    ports = served.winrm.ports
    psrp = told | {"ansible_connection": "psrp", "ansible_psrp_ignore_proxy": True, "ansible_psrp_ca_cert": str(served.ca)}
    winrm = told | {
        "ansible_connection": "winrm",
        "ansible_winrm_transport": "ntlm",
        "ansible_winrm_ca_trust_path": str(served.ca),
    }
    found = {}
    for scheme in ("http", "https"):
        found[f"psrp_{scheme}"] = psrp | {
            "ansible_port": ports[scheme],
            "ansible_psrp_protocol": scheme,
            "ansible_psrp_auth": "ntlm",
        }
        found[f"winrm_{scheme}"] = winrm | {"ansible_port": ports[scheme], "ansible_winrm_scheme": scheme}
    return {"all": {"hosts": found}}


def run(served, folder, command):
    file = folder / "inventory.json"
    file.write_text(json.dumps(hosts(served)))
    words = [ANSIBLE, "-i", str(file), "all", "-m", "raw", "-a", command]
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(folder)}
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False).stdout


def test_each_way_runs_a_command_and_tells_its_exit_code(tmp_path):
    def story(served):
        said = run(served, tmp_path, "hostname")
        assert said.count("CHANGED | rc=0") == 4, said
        assert said.count("LT-SSH") == 4
        assert run(served, tmp_path, 'cmd.exe /c "exit 3"').count("FAILED | rc=3") == 4

    assert serve(story).machine.complaints == []
