"""Who is let in over WinRM, and what is told of who is not: passwords, certificates, rights, endpoints, languages."""

import pytest
from cryptography.hazmat.primitives import serialization
from winrm_lab import AUTHORITY, USER, name_of, refused

from pyinfra_wsl.agent.channel import AgentError, AgentRefusedError

WAYS = pytest.mark.parametrize("scheme", ["https", "http"])


@pytest.fixture(scope="module")
def laptop(over_winrm):
    """Return a laptop on which nothing is set."""
    return over_winrm


@WAYS
def test_a_wrong_password_is_refused_and_not_shown(laptop, scheme):
    told = refused(laptop, scheme, password="staple-9")
    assert told.stage == "logon"
    assert f"127.0.0.1:{laptop.winrm.ports[scheme]} refuses user fleet-admin. Next: check the password" in told.failure.said
    assert "staple-9" not in told.failure.said


def test_basic_is_refused_where_it_is_off(laptop):
    assert refused(laptop, auth="basic").stage == "logon"


def test_basic_works_where_somebody_turned_it_on(own):
    laptop = own(schemes=["Negotiate", "Basic"])
    channel = laptop.channel(auth="basic")
    assert name_of(channel) == "LT-1"
    channel.close()


def client(tmp_path, passphrase=None, name=USER):
    """Write a client's certificate and its key, encrypted where there is a passphrase; return the options that name them."""
    pair = AUTHORITY.for_person(name)
    secret = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    key = pair.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    (tmp_path / "client.pem").write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "client.key").write_bytes(key)
    files = {"certificate": str(tmp_path / "client.pem"), "certificate_key": str(tmp_path / "client.key")}
    return {"auth": "certificate", "user": None, "password": passphrase, **files}


@pytest.mark.parametrize("passphrase", [None, "staple-9"])
def test_a_clients_certificate_logs_on_where_the_laptop_maps_it(own, tmp_path, passphrase):
    channel = own(schemes=["Negotiate", "Certificate"]).channel(**client(tmp_path, passphrase))
    assert (channel.hello.user, name_of(channel)) == ("fleet-admin", "LT-1")
    channel.close()


def test_a_clients_certificate_that_nobody_maps_is_refused(own, tmp_path):
    told = refused(own(schemes=["Negotiate", "Certificate"]), **client(tmp_path, name="nobody"))
    assert told.stage == "logon"


def test_a_clients_key_with_another_passphrase_is_this_machines_fault(own, tmp_path):
    told = refused(own(schemes=["Negotiate", "Certificate"]), **client(tmp_path, "staple-9") | {"password": "other"})
    assert told.stage == "key"
    assert "password_from says where the key's password comes from" in told.failure.remedy
    assert "staple-9" not in told.failure.said


def test_ntlm_that_is_off_is_refused(own):
    assert refused(own(ntlm=False), "http", auth="ntlm").stage == "logon"


CERTIFICATES = {
    "expired": "expired (from ", "not-yet-valid": "is not valid yet", "foreign": "is foreign", "other-name": "for another name",
}  # fmt: skip


@pytest.mark.parametrize("certificate", CERTIFICATES)
def test_a_certificate_that_is_not_to_be_trusted_is_told_apart(own, certificate):
    told = refused(own(certificate=certificate))
    assert told.stage == "known host"
    assert CERTIFICATES[certificate] in told.failure.cause


def test_an_administrator_without_rights_over_the_network_is_told_so(own):
    told = refused(own(remote_uac=True))
    assert told.stage == "logon"
    assert "access is denied" in told.failure.cause
    assert "docs/connect.md" in told.failure.remedy


def test_an_endpoint_that_is_not_there_is_told_so(laptop):
    assert "has no endpoint PowerShell.7" in refused(laptop, configuration="PowerShell.7").failure.cause


def test_a_strict_laptop_sees_that_the_logon_belongs_to_this_connection(own):
    laptop = own(cbt="strict")
    channel = laptop.channel(auth="ntlm")
    assert name_of(channel) == "LT-1"
    channel.close()


def test_a_session_without_the_whole_language_is_refused(own):
    with pytest.raises(AgentRefusedError, match="PowerShell runs in NoLanguage mode") as refused:
        own(language_mode="NoLanguage").channel()
    assert refused.value.failure.code == "language_mode"  # and is no connection that broke off, which may be tried again


def test_a_session_that_policy_holds_to_a_part_of_the_language_is_refused(laptop):
    laptop.do(lambda: setattr(laptop.machine.faults, "constrained_language", True))
    try:
        with pytest.raises(AgentRefusedError, match="PowerShell runs in ConstrainedLanguage mode"):
            laptop.channel()
    finally:
        laptop.do(lambda: setattr(laptop.machine.faults, "constrained_language", False))


def test_a_session_of_32_bits_is_refused(laptop):
    """Windows has one beside the other: System32 is another folder there, and so are %ProgramFiles% and our lock in it."""
    with pytest.raises(AgentError, match=r"PowerShell runs with 32 bits here.* Next: take the endpoint Microsoft\.PowerShell"):
        laptop.channel(configuration="Microsoft.PowerShell32")
    assert laptop.shells == []
