"""Who is at the other end: host keys, passwords, laptops that are off, a default shell that is PowerShell."""

import contextlib
import socket
import threading
import time

import asyncssh
import pytest
from pyinfra.api.exceptions import ConnectError
from reached import restarted

from pyinfra_wsl.connectors.session import SNAPSHOT_TTL
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.output import Output
from pyinfra_wsl.core.talk import Restart
from pyinfra_wsl.data import schema

BANNERS = [
    b"SSH-1.0-\x1b]0;EVIL\x07\r\n",
    b"\x1b[2J\x9b\xff" * 9 + b"\n",
    b"SSH-2.0-x\r\n" + b"\xff" * 40_000,
]


def known_hosts(tmp_path, rehearsal, key):
    path = tmp_path / "known_hosts"
    port = rehearsal.state()["laptops"]["LT-DONE"]["port"]
    path.write_text(f"[127.0.0.1]:{port} {key}\n" if key else "")
    return str(path)


def test_a_host_key_that_nobody_has_seen_is_refused(host, rehearsal, tmp_path):
    one = host(connect=False, ssh_known_hosts_file=known_hosts(tmp_path, rehearsal, ""))
    with pytest.raises(ConnectError, match=r"the host key of 127\.0\.0\.1:\d+ is not in known_hosts\. Next: verify the key"):
        one.connector.connect()


def test_a_host_key_that_changed_is_refused(host, rehearsal, tmp_path):
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    one = host(connect=False, ssh_known_hosts_file=known_hosts(tmp_path, rehearsal, other))
    with pytest.raises(ConnectError, match=r"is not the known one\. Next: find out why"):
        one.connector.connect()


def test_a_password_signs_in(host):
    assert host(ssh_key=None, ssh_password="correct horse", ssh_allow_agent=False, ssh_look_for_keys=False).connected


def test_a_wrong_password_is_refused_and_not_shown(host):
    one = host(connect=False, ssh_key=None, ssh_password="staple-9", ssh_allow_agent=False, ssh_look_for_keys=False)
    with pytest.raises(ConnectError, match=r"refuses user fleet-admin\. Next: check key or password") as caught:
        one.connector.connect()
    assert "staple-9" not in str(caught.value)


def test_a_port_where_nothing_listens_is_said_so(host):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        one = host(connect=False, ssh_port=free.getsockname()[1])
    with pytest.raises(ConnectError, match=r"no SSH server on 127\.0\.0\.1:\d+\. Next: "):
        one.connector.connect()


NO_PORTS = [
    (70000, "70000"),
    (-1, "-1"),
    ("ssh", "ssh"),
    ("2" * 9000, "2222"),
    ("22\x1b[2J", r"22\x1b"),
    ([22], "list"),
    (22.5, "22.5"),
]


@pytest.mark.parametrize(("port", "shown"), NO_PORTS, ids=[shown for _, shown in NO_PORTS])
def test_a_port_that_is_none_is_that_hosts_failure(host, port, shown):
    one = host(connect=False)
    one.connector.data["ssh_port"] = port  # of an inventory without a fleet file, which holds no form
    with pytest.raises(ConnectError, match=r"is no port\. Next: give ssh_port a number from 1 to 65535") as caught:
        one.connector.connect()
    assert shown in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_a_name_that_nobody_knows_is_said_so(host):
    one = host(connect=False, ssh_hostname="laptop.invalid")
    with pytest.raises(ConnectError, match=r"the name laptop\.invalid:\d+ is unknown\. Next: check the address"):
        one.connector.connect()


def test_a_server_that_says_nothing_is_given_up(host):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        one = host(connect=False, ssh_port=mute.getsockname()[1])
        one.connector.data["ssh_paramiko_connect_kwargs"] = {"banner_timeout": 0.5}
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1:\d+.*Next: "):
            one.connector.connect()


@pytest.mark.parametrize("banner", BANNERS)
@pytest.mark.parametrize("drip", [False, True], ids=["at once", "dripping without end"])
def test_what_a_hostile_server_says_is_no_order_and_ends_in_time(host, banner, drip):
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as hostile:
        serving = threading.Thread(target=serve, args=(hostile, banner, drip, ended))
        serving.start()
        one = host(connect=False, ssh_port=hostile.getsockname()[1])
        one.state.config.CONNECT_TIMEOUT = 1
        begun = time.monotonic()
        try:
            with pytest.raises(ConnectError, match=r"127\.0\.0\.1:\d+.*Next: ") as caught:
                one.connector.connect()
        finally:
            ended.set()
            serving.join()
    assert str(caught.value).isprintable()
    assert time.monotonic() - begun < 10
    assert one.connector.client is None, "nothing goes on reading"


def serve(server, banner, drip, ended):
    connection, _address = server.accept()
    with connection, contextlib.suppress(OSError):
        connection.sendall(banner)
        while not ended.wait(0.005) and drip:
            connection.sendall(b"\x1b")
        ended.wait(3)


def test_a_connection_that_broke_is_made_anew_with_the_next_request(host, rehearsal):
    session = host().connector.session
    session.ask([call.run("hostname.exe")])
    rehearsal.stage.do(rehearsal.stage.laptop("LT-DONE").drop)
    with pytest.raises(ConnectionError, match="broke off"):
        session.ask([call.run("hostname.exe")])
    assert Output.of(session.ask([call.run("hostname.exe")])[0]).ok
    assert session.processes == 2


def test_a_restart_is_waited_for(host, rehearsal):
    assert restarted(host("LT-EN").connector.session, rehearsal.stage.machine("LT-EN")) == (1, 1, 2)


def test_a_restart_that_does_not_come_is_not_waited_for_forever(session):
    with pytest.raises(StepError, match=r"was told to restart and does not\. Next: look at its screen"):
        session.converse(iter([Restart(0.4)]))


def test_powershell_as_the_default_shell_of_sshd_makes_no_difference(make_stage, host):
    lab = make_stage(default_shell="powershell", LT_PS="fresh-en")
    session = host("LT-PS", lab=lab).connector.session
    assert Output.of(session.ask([call.run("hostname.exe")])[0]).text().strip() == "LT-PS"


def test_what_was_seen_is_believed_for_as_long_as_the_page_says():
    assert schema("fleet")["$defs"]["values"]["properties"]["snapshot_ttl"]["default"] == SNAPSHOT_TTL
