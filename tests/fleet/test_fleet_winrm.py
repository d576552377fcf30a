"""How a fleet file says that a laptop is reached over WinRM, and what of it is refused."""

import pytest

from pyinfra_wsl import fleet, inventory

GOOD = {
    "a ticket": "{transport: psrp, user: ada@CORP.EXAMPLE, auth: kerberos, ca: ca.pem}",
    "a password": "{transport: psrp, user: ada, password_from: {env: P}}",
    "sealed": "{transport: psrp, user: ada, scheme: http, auth: ntlm, password_from: {env: P}}",
    "a certificate": "{transport: psrp, auth: certificate, certificate: a.pem, certificate_key: a.key}",
    "through a proxy": "{transport: psrp, proxy: 'http://proxy.example:3128'}",
    "what SSH needs is inherited": "{transport: psrp, key: ~/k, known_hosts: known, host_keys: known}",
}
BAD = {
    "{transport: psrp, scheme: http, auth: basic, user: a, password_from: prompt}": "would send the password in the clear",
    "{transport: psrp, scheme: http, auth: certificate, certificate: a, certificate_key: b}": "send the commands in the clear",
    "{transport: psrp, scheme: http, proxy: 'http://p:1'}": "which a proxy breaks",
    "{transport: psrp, proxy: 'http://a:b@p:1'}": "connection.proxy",
    "{transport: psrp, proxy: p}": "connection.proxy: 'p' is not a proxy; write http://proxy.corp.example:3128",
    "{transport: psrp, auth: basic}": "a logon by basic needs a password",
    "{transport: psrp, auth: ntlm, password_from: prompt}": "a logon by ntlm needs an account",
    "{transport: psrp, auth: certificate, certificate: a}": "needs certificate and certificate_key",
    "{transport: psrp, certificate: a, certificate_key: b}": "means nothing with auth negotiate",
    "{transport: psrp, port: 22}": "22 is the port of SSH",
    "{transport: psrp, sudo: true}": "is of Linux hosts",
    "{transport: psrp, configuration: 'a b'}": "is not an endpoint's name",
    "{transport: psrp, configuration: microsoft.powershell32}": "has 32 bits, to which Windows shows other programs",
    "{transport: psrp, ca: ~nobody-here/ca.pem}": "connection.ca",
    "{transport: psrp, password: x}": "secrets do not belong here",
    "{transport: winrm}": "connection.transport",
    "{auth: kerberos}": "means nothing over SSH",
    "{ca: ca.pem}": "means nothing over SSH",
    "{scheme: https}": "means nothing over SSH",
    "{proxy: 'http://p:1'}": "means nothing over SSH",
}


def written(tmp_path, connection, more=""):
    path = tmp_path / "fleet.yml"
    path.write_text(f"hosts:\n  LT-1:\n    connection: {connection}\n{more}")
    return path


@pytest.mark.parametrize("case", GOOD)
def test_a_way_that_is_safe_is_taken(tmp_path, case, monkeypatch):
    monkeypatch.setenv("P", "staple-9")
    (machine,) = inventory.hosts(written(tmp_path, GOOD[case]))
    name, data = machine
    assert name == "@psrp/LT-1"
    assert data["psrp_hostname"] == "LT-1"
    assert not [key for key in data if key.startswith("ssh_")], "what is SSH's own means nothing here"
    assert "staple-9" not in str(machine)


@pytest.mark.parametrize("connection", BAD)
def test_what_is_no_way_or_no_safe_one_is_refused_with_the_next_step(tmp_path, connection):
    with pytest.raises(fleet.FleetError) as caught:
        fleet.load(written(tmp_path, connection))
    assert BAD[connection] in str(caught.value)
    assert "fleet.yml:3" in str(caught.value)


def test_linux_hosts_are_not_reached_so(tmp_path):
    with pytest.raises(fleet.FleetError, match="psrp leads to Windows only; write transport: ssh"):
        fleet.load(written(tmp_path, "{transport: psrp}", "    os: linux\n"))


@pytest.mark.parametrize("address", ["fe80::1%eth0", "[fe80::1]", "lt_1..example", "a&b", "10.0.0.5#x"])
def test_an_address_that_none_is_over_winrm_is_refused_with_its_line(tmp_path, address):
    with pytest.raises(fleet.FleetError) as caught:
        fleet.load(written(tmp_path, "{transport: psrp}", f"    address: '{address}'\n"))
    assert f"fleet.yml:4: hosts.LT-1.address: '{address}' is no address over WinRM; write a DNS name" in str(caught.value)


def test_a_name_that_is_no_address_over_winrm_needs_one(tmp_path):
    path = tmp_path / "fleet.yml"
    path.write_text("hosts:\n  LT..1:\n    connection: {transport: psrp}\n")
    with pytest.raises(fleet.FleetError, match=r"fleet\.yml:2: .*LT\.\.1.*is no address over WinRM; write a DNS name"):
        fleet.load(path)
    path.write_text("hosts:\n  LT..1:\n    address: lt-1.example\n    connection: {transport: psrp}\n")
    assert fleet.load(path).host("LT..1")


def test_a_zone_is_an_address_over_ssh(tmp_path):
    found = fleet.load(written(tmp_path, "{user: ada}", "    address: 'fe80::1%eth0'\n"))
    assert found.host("LT-1").data["address"] == "fe80::1%eth0"


def test_ssh_stays_the_default(tmp_path):
    (machine,) = inventory.hosts(written(tmp_path, "{user: ada}"))
    assert machine[0] == "@winssh/LT-1"


def test_every_word_reaches_the_connector(tmp_path, monkeypatch):
    monkeypatch.setenv("P", "x")
    words = "address: 10.0.0.5\n"
    path = written(
        tmp_path,
        "{transport: psrp, user: ada, port: 7, auth: certificate, certificate: a.pem, certificate_key: a.key, ca: ca.pem,"
        " proxy: 'http://p:1', configuration: PowerShell.7, password_from: {env: P}}",
        f"    {words}",
    )
    ((_, data),) = inventory.hosts(path)
    told = {key.removeprefix("psrp_"): value for key, value in data.items() if key.startswith("psrp_")}
    assert told.pop("password").reveal() == "x"
    assert told == {
        "hostname": "10.0.0.5", "user": "ada", "port": 7, "auth": "certificate", "certificate": str(tmp_path / "a.pem"),
        "certificate_key": str(tmp_path / "a.key"), "ca": str(tmp_path / "ca.pem"), "proxy": "http://p:1",
        "configuration": "PowerShell.7",
    }  # fmt: skip


def test_validate_notes_files_that_are_not_here_and_those_of_the_used_transport_only(tmp_path):
    path = written(
        tmp_path, "{transport: psrp, auth: certificate, ca: ca.pem, certificate: a.pem, certificate_key: ., key: gone}"
    )
    (tmp_path / "a.pem").write_text("x")
    found = fleet.load(path)
    errors, notes = fleet.keys(found, found.hosts.values())
    assert errors == []
    assert [note.split(": ", 1)[1].split(" (looked")[0] for note in notes] == [
        "note: connection.ca: 'ca.pem' is not there",
        "note: connection.certificate_key: '.' is no file; put the PEM file there, or correct the path",
    ]
