"""What happens to a laptop while somebody works on it over WinRM."""

import time

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.shell import Process, WinRS
from winrm_laptop import serve

NO_SHELL = (995, 2150858843)


def happens(do, action="Command", number=1, **more):
    return {"happenings": [{"do": do, "action": action, "number": number, **more}]}


def ask(pool):
    return PowerShell(pool).add_script("'here'").invoke()


def twice(does, *words):
    """Ask again: the first answer may still arrive."""
    does(*words)
    does(*words)


def until(does):
    """Ask again until it succeeds: what was gone comes back."""
    end = time.monotonic() + 20
    while True:
        try:
            return does()
        except (requests.exceptions.RequestException, AuthenticationError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def fresh(served, **options):
    def does():
        with served.client(**options) as client:
            return client.execute_cmd("hostname")[0]

    return until(does)


@pytest.mark.parametrize("tls", [False, True])
def test_a_service_that_restarts_has_no_shells_any_more(tls):
    def story(served):
        wsman = served.wsman(tls=tls)
        pool = RunspacePool(wsman)
        pool.open()
        host = served.winrm.service.shells[pool.id].process
        served.now(served.winrm.restart_service)
        with pytest.raises((requests.exceptions.ConnectionError, WSManFaultError, WinRMTransportError)):
            ask(pool)
        assert host not in list(served.machine.processes)
        assert fresh(served, tls=tls) == "LT-SSH\r\n"
        with served.wsman(tls=tls) as wsman, pytest.raises(WSManFaultError) as gone:
            wsman.delete(pool.shell.resource_uri, selector_set=pool.shell._selector_set)
        assert gone.value.code == 2150858843

    serve(story)


def test_a_service_that_is_stopped_by_hand_listens_nowhere():
    def story(served):
        with served.wsman() as wsman, WinRS(wsman) as shell:
            process = Process(shell, "net stop winrm")
            with pytest.raises((requests.exceptions.ConnectionError, WSManFaultError)):
                process.invoke()
            shell.opened = False
        with served.client() as client, pytest.raises(requests.exceptions.ConnectionError):
            client.execute_cmd("hostname")
        served.now(lambda: served.machine.services.start("WinRM"))
        assert fresh(served) == "LT-SSH\r\n"

    serve(story)


@pytest.mark.parametrize("hands", ["killed", "happening"])
def test_a_runspace_that_was_killed_is_gone(hands):
    def story(served):
        with served.wsman(tls=True) as wsman:
            pool = RunspacePool(wsman)
            pool.open()
            if hands == "killed":
                host = served.winrm.service.shells[pool.id].process
                served.now(lambda: served.machine.processes.kill(host))
            with pytest.raises(WSManFaultError) as gone:
                ask(pool)
            assert gone.value.code in NO_SHELL
            assert not pool.is_alive()

    serve(story, **({} if hands == "killed" else happens("kill-runspace")))


def test_a_laptop_that_restarts_cuts_and_forgets_and_comes_back_at_its_ports():
    def story(served):
        ports = dict(served.winrm.ports)
        pool = RunspacePool(served.wsman(tls=True))
        pool.open()
        with pytest.raises((requests.exceptions.ConnectionError, WSManFaultError)):
            twice(ask, pool)
        while served.machine.boot_count < 2:
            time.sleep(0.02)
        assert fresh(served, tls=True) == "LT-SSH\r\n"
        assert served.winrm.ports == ports
        assert not served.winrm.service.shells

    serve(story, **happens("restart-laptop"))


def test_a_laptop_that_sleeps_is_silent_and_its_shells_are_there_when_it_wakes():
    def story(served):
        pool = RunspacePool(served.wsman())
        pool.open()
        pool.connection.transport.read_timeout = 0.3
        with pytest.raises((requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError)):
            ask(pool)
        pool.connection.transport.read_timeout = 10
        assert fresh(served) == "LT-SSH\r\n"
        pool.connection.transport.encryption = None
        pool.connection.transport.session.close()
        assert until(lambda: ask(pool)) == ["here"]

    serve(story, **happens("sleep", seconds=1.0))


def test_a_firewall_that_drops_answers_nothing():
    def story(served):
        shell = WinRS(served.wsman())
        shell.open()
        shell.wsman.transport.read_timeout = 0.3
        with pytest.raises((requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError)):
            shell.command("hostname", None)
        with served.client(connection_timeout=0.3) as client, pytest.raises(requests.exceptions.ConnectTimeout):
            client.execute_cmd("hostname")

    serve(story, **happens("drop-firewall", seconds=600.0))


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    ("do", "error"),
    [("cut-body", requests.exceptions.ChunkedEncodingError), ("reset", requests.exceptions.ConnectionError)],
)
def test_an_answer_that_is_cut(do, error, tls):
    def story(served):
        shell = WinRS(served.wsman(tls=tls))
        shell.open()
        with pytest.raises(error):
            shell.command("hostname", None)

    serve(story, **happens(do))


@pytest.mark.parametrize(("do", "status"), [("busy", 503), ("not-found", 404)])
def test_http_sys_answers_where_winrm_does_not_yet(do, status):
    def story(served):
        with served.client() as client, pytest.raises(WinRMTransportError) as refused:
            client.execute_cmd("hostname")
        assert refused.value.code == status

    serve(story, **happens(do, action="Create"))


def test_an_answer_that_is_no_soap():
    def story(served):
        with served.client(tls=True) as client, pytest.raises((WSManFaultError, WinRMTransportError)):
            client.execute_cmd("hostname")

    serve(story, **happens("garbage", action="Receive"))


def test_an_answer_that_comes_late_is_given_up():
    def story(served):
        with served.client(tls=True, read_timeout=0.3) as client, pytest.raises(requests.exceptions.ReadTimeout):
            client.execute_cmd("hostname")

    serve(story, **happens("silence", seconds=3.0))


@pytest.mark.parametrize("do", ["NTLM-off", "new-password"])
def test_a_login_that_is_not_valid_any_more(do):
    def story(served):
        with served.client() as client, pytest.raises((AuthenticationError, requests.exceptions.ConnectionError)):
            twice(client.execute_cmd, "hostname")
        with served.client() as client, pytest.raises(AuthenticationError):
            client.execute_cmd("hostname")

    serve(story, **happens(do))


def test_a_certificate_that_was_changed():
    def story(served):
        before = served.winrm._certificate().der
        with served.client(tls=True) as client, pytest.raises(requests.exceptions.ConnectionError):
            client.execute_cmd("hostname")
        assert fresh(served, tls=True) == "LT-SSH\r\n"
        assert served.winrm._certificate().der != before

    serve(story, **happens("new-certificate"))


def test_a_certificate_that_is_another_one_at_each_start_of_the_service():
    def story(served):
        before = served.winrm._certificate().der
        served.now(served.winrm.restart_service)
        assert fresh(served, tls=True) == "LT-SSH\r\n"
        assert served.winrm._certificate().der != before

    serve(story, certificate="changed")


def test_a_pulled_cable_cuts_connections_and_shells_live_on():
    def story(served):
        with served.wsman(tls=True) as wsman, RunspacePool(wsman) as pool:
            served.now(served.machine.drop_connections)
            assert until(lambda: ask(pool)) == ["here"]

    serve(story)


def test_two_administrators_at_once():
    def story(served):
        with served.wsman() as one, RunspacePool(one) as first, served.wsman(tls=True) as other, RunspacePool(other) as second:
            assert ask(first) == ask(second) == ["here"]
            assert len(served.winrm.service.shells) == 2

    serve(story)
