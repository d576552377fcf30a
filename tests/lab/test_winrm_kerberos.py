"""Kerberos over WinRM, with a KDC of Debian's: where krb5kdc, kadmin.local and the library gssapi are there."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gevent
import pytest
from pypsrp.client import Client
from pypsrp.exceptions import AuthenticationError
from ssh import machine
from winrm_laptop import alice_may, serve

from pyinfra_wsl.agent.channel import Channel
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.runspace import Runspace
from pyinfra_wsl.connectors.winrm.wire import RunspaceWire

KDC = shutil.which("krb5kdc")
pytestmark = pytest.mark.skipif(
    not (KDC and shutil.which("kadmin.local") and importlib.util.find_spec("gssapi") and importlib.util.find_spec("krb5")),
    reason="there is no krb5kdc with kadmin.local on the PATH (Debian: krb5-kdc), or no gssapi and krb5 of Python",
)
REALM = "CORP.EXAMPLE"
CONFIG = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 rdns = false
 dns_canonicalize_hostname = false
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = {realm}
"""
OWN = """[kdcdefaults]
 kdc_ports = {port}
 kdc_tcp_ports = {port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
 }}
[dbmodules]
 db_module_dir = {plugins}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def keytab(tmp_path_factory):
    """Return the keytab of localhost, whose KDC runs meanwhile and knows alice."""
    folder, port = tmp_path_factory.mktemp("kdc"), free_port()
    plugins = next(Path(KDC).parents[1].glob("lib/*/krb5/plugins/kdb"))
    told = {"realm": REALM, "port": port, "folder": folder, "plugins": plugins}
    (folder / "krb5.conf").write_text(CONFIG.format(**told))
    (folder / "kdc.conf").write_text(OWN.format(**told))
    own = {"KRB5_CONFIG": str(folder / "krb5.conf"), "KRB5_KDC_PROFILE": str(folder / "kdc.conf"), "KRB5CCNAME": f"{folder}/cc"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        subprocess.run(["kdb5_util", "create", "-s", "-P", "of the lab", "-r", REALM], check=True, capture_output=True)
        for words in (
            "addprinc -pw secret alice",
            "addprinc -randkey host/localhost",
            f"ktadd -k {folder}/keytab host/localhost",
        ):
            subprocess.run(["kadmin.local", "-q", words], check=True, capture_output=True)
        kdc = subprocess.Popen([KDC, "-n"], env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        patch.setenv("KDC_OF_TESTS", str(kdc.pid))
        yield str(folder / "keytab")
        kdc.terminate()
        kdc.wait()


def client(served, tls, auth="kerberos"):
    told = served.options(tls=tls, auth=auth, username=f"alice@{REALM}", password="secret")
    return Client("localhost", **told)


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("auth", ["kerberos", "negotiate"])
def test_a_ticket_opens_where_ntlm_is_off(keytab, tls, auth):
    def story(served):
        with client(served, tls, auth) as one:
            assert one.execute_cmd("whoami")[0] == "corp\\alice\r\n"

    serve(story, alice_may, keytab=keytab, ntlm=False)


def test_a_clock_that_is_ten_minutes_off_makes_tickets_worthless(keytab):
    def off():
        return machine(clock=lambda: datetime.now(UTC) - timedelta(minutes=10))

    def story(served):
        with client(served, tls=True) as one, pytest.raises(AuthenticationError):
            one.execute_cmd("whoami")

    serve(story, off, keytab=keytab)


def test_a_laptop_without_a_keytab_refuses_tickets(keytab):
    def story(served):
        with client(served, tls=True) as one, pytest.raises(AuthenticationError):
            one.execute_cmd("whoami")

    assert keytab
    serve(story, alice_may)


# --- our own connector ------------------------------------------------------------------------------------------------


def ours(served, scheme, **more):
    told = {"user": f"alice@{REALM}", "password": "secret", "auth": "kerberos", "ca": str(served.ca), "seconds": 2, **more}
    return Options("localhost", served.winrm.ports[scheme], scheme=scheme, **told)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("ticket", [False, True], ids=["a password", "a ticket of kinit"])
def test_our_connector_logs_on_by_kerberos(keytab, scheme, ticket):
    def story(served):
        alone = {"user": None, "password": None} if ticket else {}
        channel = Channel(RunspaceWire(Runspace(ours(served, scheme, **alone))))
        assert channel.hello.user == "alice"
        channel.close()

    if ticket:
        subprocess.run(["kinit", "alice"], input=b"secret\n", check=True, capture_output=True)
    serve(story, alice_may, keytab=keytab, ntlm=False)


def test_our_connector_says_what_may_be_wrong_where_a_ticket_is_refused(keytab):
    def off():
        return machine(clock=lambda: datetime.now(UTC) - timedelta(minutes=10))

    def story(served):
        with pytest.raises(BrokenError, match="refuses user alice") as caught:
            Runspace(ours(served, "https"))
        assert caught.value.told.stage == "logon"

    serve(story, off, keytab=keytab)


def test_a_kdc_that_is_slow_holds_up_nobody_else(keytab):
    """It answers only once another greenlet has had its turn; a call of C that blocked all would wait for it in vain."""
    kdc = int(os.environ["KDC_OF_TESTS"])

    def story(served):
        os.kill(kdc, signal.SIGSTOP)
        gevent.spawn_later(0.5, os.kill, kdc, signal.SIGCONT)
        try:
            channel = Channel(RunspaceWire(Runspace(ours(served, "https", seconds=20))))
        finally:
            os.kill(kdc, signal.SIGCONT)
        assert channel.hello.user == "alice"
        channel.close()

    serve(story, alice_may, keytab=keytab, ntlm=False)
