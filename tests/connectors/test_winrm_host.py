"""``@psrp/HOST`` as pyinfra uses it: commands, facts, files, restarts, and hosts that are not reached."""

import hashlib
import io
import sys
import time

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import ConnectError
from reached import restarted

from pyinfra_wsl.connectors.psrp import PsrpConnector
from pyinfra_wsl.core import call
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.report.journal import journal

LAPTOPS = {"LT_DONE": "converged", "LT_EN": "fresh-en"}


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    """Return a lab whose laptops are reached over WinRM."""
    way = {"transport": "psrp", "user": "fleet-admin"}
    return make_stage(lambda fleet: fleet["defaults"].update(connection=way), winrm={}, **LAPTOPS)


def test_the_fleet_file_leads_to_our_connector(host):
    assert isinstance(host(connect=False).connector, PsrpConnector)


def test_a_command_runs_in_cmd(host):
    done, output = host().connector.run_shell_command(StringCommand("hostname&echo a b"))
    assert (done, output.stdout_lines) == (True, ["LT-DONE", "a b "])


def test_a_file_is_brought_and_fetched_back(host):
    one, data = host(), bytes(range(256)) * 20_000  # 5 MB: in pieces, several of them under way
    back = io.BytesIO()
    assert one.put_file(io.BytesIO(data), r"C:\brought\it.bin")
    assert one.get_file(r"C:\brought\it.bin", back)
    assert hashlib.sha256(back.getvalue()).digest() == hashlib.sha256(data).digest()


def test_a_restart_is_waited_for(host, rehearsal):
    assert restarted(host("LT-EN").connector.session, rehearsal.stage.machine("LT-EN")) == (1, 1, 2)


def test_a_session_that_is_gone_is_opened_anew_with_the_next_request(host, rehearsal):
    one = host()
    session, winrm = one.connector.session, rehearsal.stage.laptop("LT-DONE").winrm
    session.ask([call.run("hostname.exe")])
    rehearsal.stage.do(winrm.restart_service)
    with pytest.raises(ConnectionError, match=r"Next: |broke off"):
        session.ask([call.run("hostname.exe")])
    deadline = time.monotonic() + 10
    while True:  # WinRM is not there again at once
        try:
            assert Output.of(session.ask([call.run("hostname.exe")])[0]).ok
            break
        except ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert session.processes == 2


def test_an_agent_that_never_greeted_leaves_its_session_to_nobody(host, rehearsal, monkeypatch):
    one = host()
    service = rehearsal.stage.laptop("LT-DONE").winrm.service
    with monkeypatch.context() as patch:
        patch.setattr("pyinfra_wsl.connectors.windows.Channel", lambda _wire: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            one.connector.session.ask([call.run("hostname.exe")])
    assert Output.of(one.connector.session.ask([call.run("hostname.exe")])[0]).ok
    one.connector.disconnect()
    assert rehearsal.stage.do(lambda: dict(service.shells)) == {}


def test_a_host_that_is_off_is_offline_and_one_that_lets_nobody_in_has_failed(host):
    off, shut = host(connect=False, psrp_port=1), host(connect=False, psrp_password="staple-9")
    for one, words in (
        (off, r"no WinRM on 127\.0\.0\.1:1\. Next: turn the laptop on, or see docs/connect\.md"),
        (shut, "refuses user fleet-admin"),
    ):
        with pytest.raises(ConnectError, match=words):
            one.connector.connect()
    assert journal(off).offline is not None
    assert [resource for resource, _ in journal(shut).failures] == ["connection"]


REFUSED = {
    "basic over http": ({"psrp_scheme": "http", "psrp_auth": "basic"}, "would send the password in the clear"),
    "certificate over http": ({"psrp_scheme": "http", "psrp_auth": "certificate"}, "would send the commands in the clear"),
    "no such logon": ({"psrp_auth": "digest"}, "psrp_auth is 'digest'"),
    "no such scheme": ({"psrp_scheme": "ftp"}, "psrp_scheme is 'ftp'"),
    "a proxy with a password": ({"psrp_proxy": "http://a:b@proxy:3128"}, "does not belong into its address"),
    "a proxy over http": ({"psrp_scheme": "http", "psrp_proxy": "http://proxy:3128"}, "which a proxy breaks"),
    "a proxy that is none": ({"psrp_proxy": "proxy:3128"}, "the address of the proxy is none"),
    "a certificate without its key": ({"psrp_auth": "certificate"}, "needs psrp_certificate and psrp_certificate_key"),
    "ntlm without a password": ({"psrp_auth": "ntlm", "psrp_password": None}, "a logon by ntlm needs a password"),
    "a password of nobody": ({"psrp_user": None}, "nobody whose it is"),
    "a file that is not there": ({"psrp_ca": "/nowhere.pem"}, "'/nowhere.pem' is not there"),
    "a file of no certificates": ({"psrp_ca": __file__}, "holds no certificates that can be trusted: it is no PEM"),
    "an account before the host": ({"psrp_hostname": "ada@127.0.0.1"}, "'ada@127.0.0.1' is not an address"),
    "a path behind the host": ({"psrp_hostname": "127.0.0.1/x"}, "'127.0.0.1/x' is not an address"),
    "a fragment behind the host": ({"psrp_hostname": "127.0.0.1#x"}, "'127.0.0.1#x' is not an address"),
    "a blank in the host": ({"psrp_hostname": "a b"}, "'a b' is not an address"),
    "an address in brackets": ({"psrp_hostname": "[::1]"}, "'[::1]' is not an address"),
    "an address with a zone": ({"psrp_hostname": "fe80::1%lo"}, "'fe80::1%lo' is not an address"),
    "a name without end": ({"psrp_hostname": "a" * 300}, "is not an address"),
    "no port": ({"psrp_port": 99999}, "99999 is not a port"),
    "a port below all": ({"psrp_port": -1}, "-1 is not a port"),
    "a port of thousands of digits": ({"psrp_port": "5" * 9000}, "is not a port"),
    "a list of ports": ({"psrp_port": [5986]}, "a list is not a port"),
    "a port that is no number": ({"psrp_port": "5986/tcp"}, "'5986/tcp' is not a port"),
    "a file of a user who is not here": ({"psrp_ca": "~nobody-here/ca.pem"}, "'~nobody-here/ca.pem' is not there"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_way_or_no_safe_one_is_refused_before_anything_is_sent(host, rehearsal, case):
    data, words = REFUSED[case]
    before = sum(rehearsal.stage.laptop("LT-DONE").winrm.counts.values())
    with pytest.raises(ConnectError) as caught:
        host(connect=False, **data).connector.connect()
    assert words in str(caught.value)
    assert " Next: " in str(caught.value)
    assert sum(rehearsal.stage.laptop("LT-DONE").winrm.counts.values()) == before


def test_the_words_of_pyinfras_command_line_hold_here_too(host):
    override = {"ssh_user": "ada", "ssh_password": "x", "ssh_port": 7}
    found = host(connect=False, override=override).connector.options
    assert (found.user, found.password, found.port) == ("ada", "x", 7)


def test_without_its_libraries_it_says_what_to_install(host, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyinfra_wsl.connectors.winrm.runspace", None)
    with pytest.raises(ConnectError, match=r"pip install 'pyinfra-wsl\[psrp\]'"):
        host(connect=False).connector.connect()
