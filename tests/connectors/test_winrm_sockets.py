"""Whatever stands at the port, pypsrp raises something, and a person reads one line with a next step; real sockets, no laptop."""

import socket
import time

import pytest
from cryptography.x509 import load_pem_x509_certificate
from winrm_socket import HOLD, RESET, Scripted, certificate, fault, http, quota

from pyinfra_wsl.connectors.session import ClosedError
from pyinfra_wsl.connectors.winrm import transport
from pyinfra_wsl.connectors.winrm.certificate import refused as why_refused
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.runspace import Runspace

BASIC = {"auth": "basic", "user": "fleet-admin", "password": "staple-9"}
NEGOTIATE = "WWW-Authenticate: Negotiate"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a certificate with its key, which vouches for itself."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(transport, "_SLACK", 0.3)
    monkeypatch.setattr("pyinfra_wsl.connectors.winrm.runspace._OPEN", 0.3)


def refused(port, **more):
    """Open a session where none can be had, and return what is told."""
    with pytest.raises(BrokenError) as caught:
        Runspace(Options("127.0.0.1", port, seconds=1, **{**BASIC, **more}))
    told = caught.value.told
    assert isinstance(caught.value, OSError), "the only kind that pyinfra contains to the host"
    assert " Next: " in str(caught.value)
    assert "staple-9" not in str(caught.value)
    assert str(caught.value).isprintable()
    return told


def tried(made, *answers, last=None, **more):
    """Ask over TLS, or without it where messages are encrypted by the logon."""
    sealed = more.get("scheme") == "http"
    with Scripted(*answers, last=last, certificate=None if sealed else made) as server:
        return refused(server.port, **({} if sealed else {"ca": str(made)}), **more)


NOBODY = {"auth": "negotiate", "user": None, "password": None}
SEALED = {"auth": "ntlm", "scheme": "http"}
CASES = {
    "reset": ([RESET], {}, "port", "broke off"),
    "no answer": ([HOLD], {}, "port", "does not answer any more"),
    "closed without a word": ([http(200, b"", "Connection: close")], {}, "PowerShell", "does not speak as WinRM does"),
    "a banner of another service": ([b"220 smtp.example ESMTP\r\n"], {}, "port", "broke off"),
    "a body that stalls": ([http(200, b"<a", length=500)], {}, "port", "does not answer any more"),
    "a body cut short": ([http(200, b"<a", "Connection: close", length=500)], {}, "port", "broke off"),
    "a chunk cut short": (
        [b"HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nff\r\n<a"], {}, "port", "broke off"
    ),
    "wrong password": ([http(401, b"", 'WWW-Authenticate: Basic realm="WSMAN"')], {}, "logon", "refuses user fleet-admin"),
    "no scheme of ours": ([http(401, b"", 'WWW-Authenticate: Basic realm="WSMAN"')], SEALED, "logon", "offers no logon by ntlm"),
    "no scheme at all": ([http(401)], SEALED, "logon", "offers no logon by ntlm"),
    "another scheme than ours": ([http(401, b"", "WWW-Authenticate: Kerberos")], SEALED, "logon", "offers a logon by Kerberos"),
    "a token that is none": (
        [http(401, b"", NEGOTIATE), http(401, b"", NEGOTIATE + " YWJj")], SEALED, "logon", "the logon to 127.0.0.1:"
    ),
    "no logon asked for": ([http(200)], SEALED, "logon", "asks for no logon"),
    "a logon with a text without an end": ([http(401, b"x", NEGOTIATE, length=10**9)], SEALED, "PowerShell", "more than a"),
    "gssapi missing": ([http(401, b"", NEGOTIATE)], SEALED | {"auth": "kerberos"}, "logon", "Next: "),
    "neither ticket nor password": (
        [http(401, b"", NEGOTIATE)], SEALED | NOBODY, "logon", "neither a"
    ),
    "400": ([http(400)], {}, "logon", "cannot read what it was sent"),
    "403": ([http(403)], {}, "logon", "lets nobody in"),
    "404": ([http(404)], {}, "port", "has no WinRM"),
    "405": ([http(405)], {}, "port", "is no WinRM"),
    "411": ([http(411)], {}, "port", "is no WinRM"),
    "413": ([http(413)], {}, "PowerShell", "MaxEnvelopeSizekb"),
    "418": ([http(418)], {}, "port", "HTTP status 418"),
    "502": ([http(502)], {}, "port", "does not reach it"),
    "503": ([http(503)], {}, "port", "starts or stops"),
    "500 without a word": ([http(500)], {}, "PowerShell", "refuses the request without a reason"),
    "500 that is no XML": ([http(500, b"oops")], {}, "PowerShell", "refuses the request without a reason"),
    "500 with a page": ([http(500, b"<html><body>oops</body></html>")], {}, "port", "is no WinRM"),
    "200 without XML": ([http(200, b"hello")], {}, "PowerShell", "(ParseError)"),
    "200 to another question": ([http(200, b"<a/>")], {}, "PowerShell", "(WinRMError)"),
    "302": ([http(302, b"", "Location: http://127.0.0.1:1/elsewhere")], {}, "port", "it leads elsewhere"),
    "more than a message may hold": ([http(200, b"x" * (transport.LARGEST + 1))], {}, "PowerShell", "more than a message"),
    "access denied": ([http(500, fault(5, "Access is denied."))], {}, "logon", "access is denied"),
    "no such endpoint": ([http(500, fault(2150858811))], {}, "PowerShell", "has no endpoint Microsoft.PowerShell"),
    "the session is gone": ([http(500, fault(2150858843))], {}, "PowerShell", "the session on"),
    "WinRM stopped": ([http(500, fault(995))], {}, "PowerShell", "was stopped or restarted"),
    "no remote shell by policy": ([http(500, fault(2150859229))], {}, "PowerShell", "AllowRemoteShellAccess"),
    "not done in time": ([http(500, fault(2150858793))], {}, "PowerShell", "did not do it in its time"),
    "a fault that nobody knows": ([http(500, fault(2150858999))], {}, "PowerShell", "helpmsg 0x803380F7"),
    "a quota": ([http(500, quota(2150859173))], {}, "PowerShell", "winrm get winrm/config/winrs"),
    "a quota of the endpoint": ([http(500, quota(0x803381E4))], {}, "PowerShell", "winrm enumerate winrm/config/plugin"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_whatever_stands_at_the_port_is_told_in_one_line(made, case):
    answers, more, stage, words = CASES[case]
    told = tried(made, *answers, last=answers[-1], **more)
    assert words in f"{told.failure.said} Next: "
    assert told.stage == stage


def test_a_port_where_nothing_listens_is_told_apart():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = refused(port)
    assert (told.stage, told.closed, told.answered) == ("port", True, False)
    with pytest.raises(ClosedError):
        Runspace(Options("127.0.0.1", port, seconds=1, **BASIC))


def test_a_name_that_nobody_knows_is_told_so():
    with pytest.raises(BrokenError, match=r"the name laptop\.invalid:5986 is unknown\. Next: check the address"):
        Runspace(Options("laptop.invalid", 5986, seconds=1, **BASIC))


def tls(made, **more):
    with Scripted(http(404), certificate=made) as server:
        return refused(server.port, scheme="https", **more)


def test_a_certificate_that_is_known_is_taken(tmp_path):
    made = certificate(tmp_path)
    assert tls(made, ca=str(made)).stage == "port", "and then the server has no WinRM"


def test_a_certificate_that_nobody_vouches_for_is_foreign(tmp_path):
    told = tls(certificate(tmp_path))
    assert told.stage == "known host"
    assert "is foreign: this machine knows nobody who vouches for it, signed by LT-1, SHA-256 " in told.failure.cause
    assert told.answered


def test_a_certificate_of_the_same_name_with_another_key_has_changed(tmp_path):
    known = certificate(tmp_path)
    told = tls(certificate(tmp_path), ca=str(known))
    assert "is not the known one, SHA-256 " in told.failure.cause
    assert "find out why it changed" in told.failure.remedy


def test_a_certificate_by_others_is_foreign_to_a_companys_own(tmp_path):
    known = certificate(tmp_path, name="other.example", common="Other CA")
    told = tls(certificate(tmp_path), ca=str(known))
    assert f"is foreign: {known} knows nobody who vouches" in told.failure.cause


def test_a_certificate_that_expired_is_told_with_its_dates(tmp_path):
    made = certificate(tmp_path, days=(-9, -2))
    told = tls(made, ca=str(made))
    assert "expired (from 20" in told.failure.cause


def test_a_certificate_that_is_not_valid_yet_is_told(tmp_path):
    made = certificate(tmp_path, days=(2, 9))
    assert "is not valid yet" in tls(made, ca=str(made)).failure.cause


def test_a_certificate_for_another_name_says_for_which(tmp_path):
    made = certificate(tmp_path, name="lt-2.example")
    told = tls(made, ca=str(made))
    assert told.failure.cause.endswith("is for another name: lt-2.example")


UNKNOWN_VERSION = (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07")
SPOILT = {
    "a name that is no UTF-8": (b"\x0c\x04LT-1", b"\x0c\x04\xff\xff\xff\xff"),
    "names of a kind that nobody reads": (b"\x87\x04\x7f\x00\x00\x01", b"\xa5\x04\x7f\x00\x00\x01"),
    "its names twice": (b"\x55\x1d\x13", b"\x55\x1d\x11"),
}


def test_a_certificate_of_a_version_that_nobody_knows_is_no_end_of_the_run_of_others(tmp_path):
    made = certificate(tmp_path, spoilt=UNKNOWN_VERSION)
    assert "knows nobody who vouches for it" in tls(made).failure.cause


@pytest.mark.parametrize("code", [10, 18, 23, 62])
@pytest.mark.parametrize("case", SPOILT)
def test_what_cannot_be_read_of_a_certificate_is_left_out(tmp_path, case, code):
    shown, known = certificate(tmp_path, spoilt=SPOILT[case]), certificate(tmp_path)
    options = Options("127.0.0.1", 5986, ca=str(known))
    assert "certificate of 127.0.0.1:5986" in why_refused(options, code, load_pem_x509_certificate(shown.read_bytes())).cause


def test_a_file_of_trusted_certificates_that_holds_none_is_told(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    told = tls(certificate(tmp_path), ca=str(tmp_path / "ca.pem"))
    assert "Next: " in told.failure.said


def test_http_where_tls_is_expected_is_told():
    with Scripted(last=http(400)) as server:
        told = refused(server.port, auth="ntlm")
    assert told.stage == "port"
    assert "whether it speaks https at this port" in told.failure.remedy


def test_a_proxy_that_is_not_there_is_told():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{free.getsockname()[1]}"
    told = refused(5986, scheme="https", auth="ntlm", proxy=proxy)
    assert f"the proxy {proxy} does not lead to 127.0.0.1:5986" in told.failure.cause


def test_a_proxy_that_wants_a_password_is_told():
    with Scripted(last=http(407, b"", "Proxy-Authenticate: Basic")) as server:
        told = refused(5986, scheme="https", auth="ntlm", proxy=f"http://127.0.0.1:{server.port}")
    assert "does not lead to" in told.failure.cause


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(made, monkeypatch, variable):
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert "has no WinRM" in tried(made, http(404)).failure.cause


def test_a_password_of_somebodys_netrc_is_not_sent(made, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login them password their-own\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with Scripted(last=http(404), certificate=made) as server:
        refused(server.port, ca=str(made), auth="certificate", certificate=str(made), certificate_key=str(made), password=None)
        assert b"secprofile/https/mutual" in server.requests[0]
        assert b"Basic" not in server.requests[0]


def test_nothing_is_sent_twice_that_may_have_been_done(made):
    with Scripted(RESET, last=http(404), certificate=made) as server:
        refused(server.port, ca=str(made))
        assert len(server.requests) == 1


def test_who_waits_has_deadlines_of_our_own(made):
    """pypsrp alone waits 294 s."""
    begun = time.monotonic()
    tried(made, HOLD)
    assert time.monotonic() - begun < 5


def test_what_would_go_in_the_clear_is_not_even_begun():
    with Scripted(last=http(200)) as server:
        refused(server.port, scheme="http")
        assert server.requests == []
