"""How an adopted host is reached is what the fleet file says of it: over WinRM where it was WinRM, and never with a password."""

from types import SimpleNamespace

import pytest

from pyinfra_wsl import form
from pyinfra_wsl.connectors.psrp import PsrpConnector
from pyinfra_wsl.connectors.winssh import WinSSHConnector
from pyinfra_wsl.core.secret import Secret
from pyinfra_wsl.fleet import rules
from pyinfra_wsl.survey.adopt import _reached

OVER_SSH = {
    "ssh_hostname": "10.1.2.3",
    "ssh_port": "2222",
    "ssh_user": "ssh-admin",
    "ssh_key": "/k",
    "ssh_known_hosts_file": "/h",
}
BOTH = {
    **OVER_SSH,
    "ssh_strict_host_key_checking": "accept-new",
    "psrp_hostname": "lt-1.corp.example",
    "psrp_port": "5985",
    "psrp_user": "CORP\\ada",
    "psrp_password": Secret("horse"),
    "psrp_scheme": "http",
    "psrp_auth": "kerberos",
    "psrp_ca": None,
    "psrp_configuration": "Fleet",
    "user": "console",
}


def reached(connector, data):
    made = connector.__new__(connector)
    return _reached(SimpleNamespace(name="LT-1", data=data, connector=made))


def test_a_laptop_over_winrm_stays_one():
    found = reached(PsrpConnector, BOTH)
    assert found == {
        "address": "lt-1.corp.example",
        "connection": {
            "transport": "psrp",
            "user": "CORP\\ada",
            "port": 5985,
            "auth": "kerberos",
            "scheme": "http",
            "configuration": "Fleet",
        },
        "user": "console",
    }
    assert list(form.of_values({"connection": found["connection"]})) == list(rules.check(found, ())) == []


def test_a_laptop_by_ssh_stays_one():
    connection = reached(WinSSHConnector, BOTH)["connection"]
    assert connection == {"user": "ssh-admin", "port": 2222, "key": "/k", "known_hosts": "/h", "host_keys": "accept_new"}


@pytest.mark.parametrize("connector", [PsrpConnector, WinSSHConnector])
def test_no_password_is_written(connector):
    assert "horse" not in str(reached(connector, BOTH))
    assert "***" not in str(reached(connector, BOTH))


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_a_logon_that_needs_a_password_asks_for_it(auth):
    found = reached(PsrpConnector, {**BOTH, "psrp_auth": auth, "psrp_scheme": "https"})
    assert found["connection"]["password_from"] == "prompt"
    assert list(form.of_values({"connection": found["connection"]})) == list(rules.check(found, ())) == []
