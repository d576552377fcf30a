"""A logon that waits for a KDC holds nobody else up: C knows nothing of gevent, and blocks whoever called it."""

import threading

import gevent
import pytest
import spnego
from pypsrp import negotiate
from winrm_lab import name_of

from pyinfra_wsl.connectors.winrm import aside

LONG = 20


class Context:
    """A context of a library in C, which blocks until its KDC answers; whoever is held up by it cannot let it answer."""

    complete = False

    def __init__(self, log, answers):
        self._log, self._answers = log, answers
        self._work("made")

    def _work(self, what):
        self._log.append((what, threading.get_ident()))
        assert self._answers(LONG), "the KDC was never asked to answer: all were held up"

    def step(self, in_token=None, *, channel_bindings=None):
        self._work("step")
        if in_token == b"bad":
            raise spnego.exceptions.InvalidTokenError(context_msg="no")
        return in_token or channel_bindings


@pytest.fixture
def log(monkeypatch):
    """Return what was asked of KDCs, and in which thread."""
    made = []
    monkeypatch.setattr(spnego, "client", lambda *_arguments, **more: Context(made, more["answers"]))
    return made


def at_once(_seconds):
    return True


@pytest.mark.parametrize("protocol", ["kerberos", "negotiate"])
def test_others_go_on_while_a_context_is_made_and_while_it_steps(log, protocol):
    answered = threading.Event()
    gevent.spawn_later(0.05, answered.set)  # which needs a turn while the KDC is waited for
    context = aside.client("ada", protocol=protocol, answers=answered.wait)
    answered.clear()
    gevent.spawn_later(0.05, answered.set)
    assert context.step(b"token") == b"token"
    assert context.step(channel_bindings=b"bound") == b"bound"
    assert [what for what, _thread in log] == ["made", "step", "step"]
    assert threading.get_ident() not in {thread for _what, thread in log}


def test_what_goes_wrong_aside_goes_wrong_here(log):
    assert log == []
    context = aside.client("ada", protocol="kerberos", answers=at_once)
    with pytest.raises(spnego.exceptions.InvalidTokenError):
        context.step(b"bad")


def test_several_logons_wait_beside_one_another(log):
    all_there = threading.Barrier(4)
    logons = [gevent.spawn(aside.client, "ada", protocol="kerberos", answers=lambda s: all_there.wait(s) >= 0) for _ in range(4)]
    gevent.joinall(logons, raise_error=True)
    assert len(log) == 4


def test_ntlm_asks_nobody_and_stays_here(log):
    aside.client("ada", protocol="ntlm", answers=at_once)
    assert [thread for _what, thread in log] == [threading.get_ident()]


def test_pypsrp_makes_its_contexts_so(over_winrm):
    channel = over_winrm.channel()
    assert negotiate.spnego.client is aside.client
    assert negotiate.spnego.ContextReq is spnego.ContextReq
    assert name_of(channel) == "LT-1"
    channel.close()
