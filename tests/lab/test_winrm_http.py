"""WinRM as far as http.sys and its logins go: what is offered, refused, sealed, and cut."""

import base64
import http.client
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
from pypsrp.encryption import WinRMEncryption
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.shell import Process, WinRS
from ssh import machine
from winrm_laptop import AUTHORITY, PASSWORD, USER, serve

from pyinfra_wsl.lab.winrm.settings import Settings, SettingsError

IDENTIFY = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/'
    b'wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/></s:Body></s:Envelope>'
)
BASIC = {"Authorization": f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"}


def post(served, body=b"", path="/wsman", method="POST", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", served.winrm.ports["http"], timeout=10)
    connection.request(method, path, body, {"Content-Length": str(len(body)), **headers})
    answer = connection.getresponse()
    return answer, answer.read()


def offered(answer):
    return [value for name, value in answer.getheaders() if name == "WWW-Authenticate"]


def test_who_has_not_logged_in_is_told_the_schemes_one_in_each_line():
    def story(served):
        answer, body = post(served)
        assert (answer.status, body, answer.getheader("Server")) == (401, b"", "Microsoft-HTTPAPI/2.0")
        assert offered(answer) == ["Negotiate", "Kerberos"]
        assert answer.getheader("Date")

    serve(story)


def test_basic_is_offered_over_https_alone():
    def story(served):
        assert offered(post(served)[0]) == ["Negotiate", "Kerberos"]
        assert post(served, **BASIC)[0].status == 401
        with served.client(tls=True, auth="basic") as client:
            assert client.execute_cmd("hostname")[0] == "LT-SSH\r\n"

    serve(story, schemes=["Negotiate", "Kerberos", "Basic"])


def test_basic_is_asked_for_with_every_request():
    def story(served):
        line = http.client.HTTPConnection("127.0.0.1", served.winrm.ports["http"], timeout=10)
        for headers, status in ((BASIC, 200), ({}, 401), (BASIC, 200)):
            line.request("POST", "/wsman", IDENTIFY, headers)
            answer = line.getresponse()
            answer.read()
            assert answer.status == status

    serve(story, schemes=["Basic"], allow_unencrypted=True)


def test_basic_that_is_off_is_refused():
    def story(served):
        with served.client(tls=True, auth="basic") as client, pytest.raises(AuthenticationError):
            client.execute_cmd("hostname")

    serve(story)


def test_the_first_401_may_end_its_connection():
    def story(served):
        assert post(served)[0].getheader("Connection") == "close"
        with served.client() as client:
            assert client.execute_cmd("hostname")[2] == 0

    serve(story, first_401_closes=True)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("auth", ["negotiate", "ntlm"])
def test_ntlm_opens_over_both(tls, auth):
    def story(served):
        with served.client(tls=tls, auth=auth) as client:
            assert client.execute_cmd("whoami")[0] == "lt-ssh\\fleet-admin\r\n"

    serve(story)


def test_a_body_may_be_sealed_over_https_too():
    def story(served):
        with served.client(tls=True, encryption="always") as client:
            assert client.execute_cmd("hostname")[2] == 0

    serve(story)


@pytest.mark.parametrize("name", [rf"LT-SSH\{USER}", rf".\{USER}", f"{USER}@lt-ssh"])
def test_an_account_is_named_in_any_form(name):
    def story(served):
        with served.client(username=name) as client:
            assert client.execute_cmd("hostname")[2] == 0

    serve(story)


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}, {"username": r"CORP\fleet-admin"}])
def test_others_stay_outside(wrong):
    def story(served):
        for tls in (False, True):
            with served.client(tls=tls, **wrong) as client, pytest.raises(AuthenticationError):
                client.execute_cmd("hostname")

    serve(story)


def test_a_laptop_without_ntlm_offers_negotiate_and_refuses():
    def story(served):
        assert offered(post(served)[0]) == ["Negotiate", "Kerberos"]
        with served.client() as client, pytest.raises(AuthenticationError):
            client.execute_cmd("hostname")

    serve(story, ntlm=False)


def test_a_clients_certificate_opens():
    def story(served):
        pair = AUTHORITY.for_person(USER)
        file = served.ca.with_name("client.pem")
        file.write_bytes(pair.key_pem + pair.pem)
        keys = {"certificate_pem": str(file), "certificate_key_pem": str(file)}
        with served.client(tls=True, auth="certificate", **keys) as client:
            assert client.execute_cmd("whoami")[0] == "lt-ssh\\fleet-admin\r\n"

    serve(story, schemes=["Negotiate", "Certificate"])


def test_a_login_may_have_to_be_bound_to_the_certificate():
    def story(served):
        with served.client(tls=True) as client:
            assert client.execute_cmd("hostname")[2] == 0
        with served.client(tls=True, negotiate_send_cbt=False) as client, pytest.raises(AuthenticationError):
            client.execute_cmd("hostname")

    serve(story, cbt="strict")


@pytest.mark.parametrize("status", [500, 401])
def test_a_body_that_is_not_sealed_is_refused_over_http(status):
    def story(served):
        with served.client(encryption="never") as client, pytest.raises((WinRMTransportError, AuthenticationError)) as refused:
            client.execute_cmd("hostname")
        assert getattr(refused.value, "code", 401) == status

    serve(story, plain_refusal=status)


def test_a_body_may_come_unsealed_where_that_is_allowed():
    def story(served):
        with served.client(encryption="never") as client:
            assert client.execute_cmd("hostname")[2] == 0

    serve(story, allow_unencrypted=True)


def test_what_is_sealed_for_another_connection_is_a_bad_request_with_nothing_in_it():
    """Which pypsrp meets when its connection was closed meanwhile: it seals with what the old one agreed upon."""

    def story(served):
        with served.client() as client:
            client.execute_cmd("hostname")
            served.now(served.winrm.drop)
            for _ in range(2):
                with pytest.raises(WinRMTransportError) as refused:
                    client.execute_cmd("hostname")
                assert (refused.value.code, refused.value.response_text) == (400, "")
            client.wsman.transport.encryption = None  # a new login needs a new connection: this one is logged in, and out of step
            client.wsman.transport.session.close()
            assert client.execute_cmd("hostname")[0] == "LT-SSH\r\n"

    serve(story)


def test_what_does_not_open_is_a_bad_request_and_the_login_stays():
    def story(served):
        with served.client() as client:
            client.execute_cmd("hostname")
            transport = client.wsman.transport
            content = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
            bad = transport.session.post(
                transport.endpoint, b"--Encrypted Boundary\r\n", headers={"Content-Type": content}, timeout=9
            )
            assert (bad.status_code, bad.content) == (400, b"")
            assert client.execute_cmd("hostname")[0] == "LT-SSH\r\n"

    serve(story)


def test_sealed_answers_have_the_shape_that_the_protocol_asks_for():
    def story(served):
        kinds = []
        with served.client() as client:
            client.execute_cmd("hostname")
            client.wsman.transport.session.hooks["response"].append(lambda r, **_: kinds.append(r.headers.get("Content-Type")))
            client.execute_cmd("hostname")
        sealed = {kind for kind in kinds if kind}
        protocol = WinRMEncryption.SPNEGO
        assert sealed == {f'multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary"'}

    serve(story)


def test_an_idle_connection_is_closed_and_its_shell_lives_on():
    def story(served):
        idle = socket.create_connection(("127.0.0.1", served.winrm.ports["http"]), timeout=10)
        with served.wsman(tls=True) as wsman:
            shell = WinRS(wsman)
            shell.open()
            assert idle.recv(1) == b""
            time.sleep(0.3)
            process = Process(shell, "hostname")
            process.invoke()
            assert process.stdout == b"LT-SSH\r\n"

    serve(story, pace=0.002)


def test_only_one_path_and_one_method_are_served():
    def story(served):
        assert post(served, path="/")[0].status == 404
        assert post(served, path="/wsman?PSVersion=5.1")[0].status == 401
        assert post(served, method="GET")[0].status == 405

    serve(story)


def test_who_asks_what_this_is_need_not_log_in():
    def story(served):
        answer, body = post(served, IDENTIFY, WSMANIDENTIFY="unauthenticated")
        assert answer.status == 200
        assert b"<wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0<" in body
        known, told = post(served, IDENTIFY, **BASIC)
        assert known.status == 200
        assert b"OS: 10.0.26200 SP: 0.0 Stack: 3.0" in told

    serve(story, schemes=["Basic"], allow_unencrypted=True)


@pytest.mark.parametrize("body", [b"<broken", b"<a/>", b"\x00\xff"])
def test_what_is_no_message_is_a_fault(body):
    def story(served):
        answer, told = post(served, body, **BASIC)
        assert (answer.status, b"WSManFault" in told) == (500, True)

    serve(story, schemes=["Basic"], allow_unencrypted=True)


@pytest.mark.parametrize(
    "head",
    [b"nonsense\r\n\r\n", b"POST /wsman HTTP/1.1\r\nno colon\r\n\r\n", b"POST /wsman HTTP/1.1\r\nContent-Length: x\r\n\r\n"],
)
def test_what_is_no_request_is_refused_by_http_sys(head):
    def story(served):
        with socket.create_connection(("127.0.0.1", served.winrm.ports["http"]), timeout=10) as line:
            line.sendall(head)
            assert line.recv(100).startswith(b"HTTP/1.1 400 Bad Request\r\n")

    serve(story)


def test_a_request_without_a_length_is_refused():
    def story(served):
        with socket.create_connection(("127.0.0.1", served.winrm.ports["http"]), timeout=10) as line:
            line.sendall(b"POST /wsman HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 411 ")

    serve(story)


@pytest.mark.parametrize("kind", ["expired", "not-yet-valid", "foreign", "other-name"])
def test_a_certificate_that_is_not_as_it_should_be_is_seen(kind):
    words = {
        "expired": "expired",
        "not-yet-valid": "not yet valid",
        "foreign": "unable to get",
        "other-name": "IP address mismatch",
    }

    def story(served):
        with served.client(tls=True) as client, pytest.raises(requests.exceptions.SSLError, match=words[kind]):
            client.execute_cmd("hostname")

    serve(story, certificate=kind)


def test_a_listener_that_is_off_refuses():
    def story(served):
        with served.client(tls=True, port=served.laptop.port) as client, pytest.raises(requests.exceptions.ConnectionError):
            client.execute_cmd("hostname")
        assert served.winrm.ports["https"] == 0

    serve(story, listeners=["http"])


@pytest.mark.parametrize("tls", [False, True])
def test_an_envelope_that_is_too_long_is_answered_with_413_and_nothing(tls):
    def story(served):
        with served.client(tls=tls) as client, pytest.raises(WinRMTransportError) as refused:
            client.execute_cmd("echo " + "x" * (110 << 10))
        assert (refused.value.code, refused.value.response_text) == (413, "")

    serve(story, quotas={"MaxEnvelopeSizekb": 100})


def test_the_laptops_own_clock_is_in_its_answers():
    def off():
        return machine(clock=lambda: datetime.now(UTC) - timedelta(minutes=10))

    def story(served):
        told = parsedate_to_datetime(post(served)[0].getheader("Date"))
        assert timedelta(minutes=9) < datetime.now(UTC) - told < timedelta(minutes=11)

    serve(story, off)


def test_tls_to_the_plain_port_and_the_other_way_round_end_in_nothing():
    def story(served):
        context = ssl.create_default_context()
        with socket.create_connection(("127.0.0.1", served.winrm.ports["http"]), timeout=0.3) as line, pytest.raises(OSError):  # noqa: PT011 - a timeout or an end
            context.wrap_socket(line, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", served.winrm.ports["https"]), timeout=10) as line:
            line.sendall(b"POST /wsman HTTP/1.1\r\n\r\n")
            assert b"HTTP" not in line.recv(100)

    serve(story)


def test_a_user_without_rights_is_denied_though_the_login_succeeds():
    def with_password():
        built = machine()
        built.account("alice").password = "of alice"
        return built

    def story(served):
        with served.client(username=r"CORP\alice", password="of alice") as client, pytest.raises(WSManFaultError) as refused:
            client.execute_cmd("hostname")
        assert refused.value.code == 5

    serve(story, with_password)


def test_a_local_administrator_has_no_rights_where_remote_uac_filters():
    def story(served):
        with served.client() as client, pytest.raises(WSManFaultError) as refused:
            client.execute_cmd("hostname")
        assert refused.value.code == 5

    serve(story, remote_uac=True)


def test_credssp_is_neither_offered_nor_taken_where_nobody_enabled_it():
    """Windows' service has it off by default (Microsoft, "Installation and configuration for Windows Remote Management")."""

    def story(served):
        answer, _body = post(served, Authorization="CredSSP MAA=")
        assert (answer.status, offered(answer)) == (401, ["Negotiate", "Kerberos"])

    serve(story)


def test_a_scenario_cannot_ask_for_credssp():
    with pytest.raises(SettingsError, match=r"winrm\.schemes: 'CredSSP' is not known"):
        Settings.of({"schemes": ["Negotiate", "CredSSP"]})
