"""What the wire knows of its own end is what is told, once, with its own next step; and what it left behind is ended."""

import time

import gevent
import pytest
import requests
from pypsrp.shell import WinRS
from reached import load

from pyinfra_wsl import agent
from pyinfra_wsl.agent.channel import AgentError, Channel
from pyinfra_wsl.connectors.winrm import options, runspace, transport
from pyinfra_wsl.connectors.winrm.faults import BrokenError
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.runspace import Runspace
from pyinfra_wsl.core import call
from pyinfra_wsl.core.failure import LostError

HELLO = (
    f'{{"hello":{{"protocol":{agent.PROTOCOL},"powershell":"5.1","user":"a","domain":"b","computer":"c","bits":64,'
    '"culture":"en-US","process":1}}'
).encode()
CHANGED = LostError("the certificate of LT-1 is another one than before", "compare its fingerprint on the laptop")


class Wire:
    """Breaks with `error` at one of its uses: the source, the greeting, a request, its answer."""

    def __init__(self, at, error):
        self.at, self.error, self.reads = at, error, iter(("greeting", "answer"))
        self.writes = iter(("source", "request"))

    def _maybe(self, where):
        if where == self.at:
            raise self.error

    def write(self, _data):
        self._maybe(next(self.writes))

    def read_line(self, _timeout):
        if self.at == "source":
            return b""
        self._maybe(next(self.reads))
        return HELLO

    def last_words(self):
        return ""

    def close(self):
        pass


@pytest.mark.parametrize("at", ["source", "greeting", "request", "answer"])
def test_the_cause_of_a_lost_wire_is_told_once_with_its_own_next_step(at):
    with pytest.raises(AgentError) as caught:
        Channel(Wire(at, CHANGED)).ask([call.run("x.exe")])
    assert (caught.value.failure.cause, caught.value.failure.remedy) == (CHANGED.failure.cause, CHANGED.failure.remedy)


@pytest.mark.parametrize("at", ["greeting", "request", "answer"])
@pytest.mark.parametrize("error", [OSError("Socket is closed"), EOFError()])
def test_a_wire_that_knows_nothing_is_a_connection_that_broke_off(at, error):
    with pytest.raises(AgentError, match=r"^the connection broke off( \(Socket is closed\))?\. Next: run again"):
        Channel(Wire(at, error)).ask([call.run("x.exe")])


def test_a_laptop_that_answers_for_ever_and_never_opens_a_session_is_given_up(monkeypatch):
    monkeypatch.setattr(runspace, "_OPENED", 0.2)
    monkeypatch.setattr(WinRS, "open", lambda *_: None)

    def nothing(*_arguments, **_more):
        gevent.sleep(0.005)
        return None, 0, {"stdout": b""}

    monkeypatch.setattr(WinRS, "receive", nothing)
    begun = time.monotonic()
    with gevent.Timeout(20), pytest.raises(BrokenError, match=r"127\.0\.0\.1:1 does not answer any more"):
        Runspace(Options("127.0.0.1", 1, "a", "b"))
    assert time.monotonic() - begun < 10


@pytest.fixture(scope="module")
def reached(make_stage):
    """Return a lab whose laptop is reached over WinRM."""
    way = {"transport": "psrp", "user": "fleet-admin"}
    return make_stage(lambda fleet: fleet["defaults"].update(connection=way), winrm={}, LT_DONE="converged")


def test_the_session_of_a_lost_connection_does_not_lock_the_next_run_out(reached, monkeypatch):
    def host():
        found = load(reached)["LT-DONE"]
        found.connect(raise_exceptions=True)
        return found

    one = host()
    one.connector.session.lock()
    with monkeypatch.context() as patch:

        def cut(*_arguments, **_more):
            raise requests.ConnectionError("Connection aborted")

        patch.setattr(transport.Transport, "_exchange", cut)
        with pytest.raises(AgentError, match="broke off"):
            one.connector.session.ask([call.run("hostname.exe")])
    one.connector.disconnect()
    service = reached.stage.laptop("LT-DONE").winrm.service
    assert reached.stage.do(lambda: dict(service.shells)) == {}
    two = host()
    two.connector.session.lock()
    two.connector.disconnect()


def test_a_file_that_is_gone_by_the_end_ends_nobody_elses_run(reached):
    one = load(reached)["LT-DONE"]
    one.connector._left.append(runspace.Left("0", "http://x"))
    one.connector.data["psrp_ca"] = "/nowhere.pem"
    one.connector.disconnect()
    assert one.connector._left == []


def test_what_is_left_on_a_laptop_that_is_gone_holds_nobody_up():
    begun = time.monotonic()
    runspace.end(Options("127.0.0.1", 1, "a", "b"), [runspace.Left("0", "http://x")])
    assert time.monotonic() - begun < runspace._LAST


@pytest.mark.parametrize("host", ["LT-1", "lt_1.corp.example.", "münchen.example", "10.1.2.3", "::1", "2001:db8::1"])
def test_names_and_addresses_of_laptops_are_taken(host):
    assert options.is_host(host)
