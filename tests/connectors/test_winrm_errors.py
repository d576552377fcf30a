"""No error of requests, urllib3, pyspnego, psrpcore or pypsrp, and none of Python's that they let out, reaches pyinfra as it is.

pyinfra contains OSError to the host on which it happens; anything else ends the run of all. That is tried with every class of
errors that these libraries have, wherever one can be raised.
"""

import inspect
import struct
import xml.etree.ElementTree as ET

import psrpcore
import pypsrp.exceptions
import pytest
import requests.exceptions
import spnego.exceptions
import urllib3.exceptions
from pypsrp.complex_objects import PSInvocationState, RunspacePoolState
from winrm_lab import lab

from pyinfra_wsl.agent.channel import AgentError
from pyinfra_wsl.connectors.winrm.faults import BrokenError, told
from pyinfra_wsl.connectors.winrm.options import Options
from pyinfra_wsl.connectors.winrm.runspace import Runspace
from pyinfra_wsl.connectors.winrm.transport import Transport
from pyinfra_wsl.core import call

ARGUMENTS = {
    "WinRMTransportError": ("http", 599, "no"),
    "WSManFaultError": (2150858999, "x", "Odd.", None, None, None),
    "InvalidRunspacePoolStateError": (RunspacePoolState.BROKEN, RunspacePoolState.OPENED, "do it"),
    "InvalidPipelineStateError": (PSInvocationState.FAILED, PSInvocationState.RUNNING, "do it"),
    "IncompleteRead": (1, 2),
    "MaxRetryError": (None, "/wsman", OSError("no")),
    "NewConnectionError": (None, "no"),
    "NameResolutionError": ("x", None, OSError("no")),
    "ReadTimeoutError": (None, "/wsman", "no"),
    "HostChangedError": (None, "/wsman", 3),
    "ResponseNotReady": (),
    "ProxyError": ("no", OSError("no")),
    "InvalidChunkLength": (None, b"x"),
    "HeaderParsingError": ([], b"x"),
    "JSONDecodeError": ("no", "x", 0),
    "LocationParseError": ("x",),
    "URLSchemeUnknown": ("x",),
    "PoolError": (None, "no"),
    "EmptyPoolError": (None, "no"),
    "FullPoolError": (None, "no"),
    "ClosedPoolError": (None, "no"),
    "RequestError": (None, "/wsman", "no"),
    "NTStatusException": (0xC000006D,),
}
LIBRARIES = (requests.exceptions, urllib3.exceptions, spnego.exceptions, pypsrp.exceptions, psrpcore)
PYTHONS = (
    *(
        kind("no")
        for kind in (ValueError, KeyError, struct.error, IndexError, AttributeError, TypeError, ET.ParseError, ImportError)
    ),
    *(kind("no") for kind in (RecursionError, AssertionError, OSError, EOFError, MemoryError, OverflowError, BrokenPipeError)),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "no"),
    KeyError(),
)


def made(kind):
    for arguments in (ARGUMENTS.get(kind.__name__, ("no",)), ("no",), (), ("no", "no"), (None, "no"), (1, "no", "no")):
        try:
            return kind(*arguments)
        except (TypeError, AttributeError, ValueError, KeyError):
            continue
    return kind.__new__(kind)


def errors():
    kinds = {one for module in LIBRARIES for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception)}
    ours = [made(one) for one in sorted(kinds, key=lambda one: (one.__module__, one.__name__)) if not issubclass(one, Warning)]
    return [*ours, *PYTHONS]


ERRORS = pytest.mark.parametrize("error", errors(), ids=lambda one: f"{type(one).__module__}.{type(one).__name__}")
OPTIONS = Options("lt-1.example", 5986, "ada", "staple-9")


@ERRORS
def test_each_has_a_cause_and_a_next_step(error):
    found = told(error, OPTIONS, look=lambda _options: None)
    assert found.failure.cause
    assert found.failure.remedy
    assert "staple-9" not in found.failure.said
    assert len(found.failure.said.splitlines()) == 1


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    with lab(tmp_path_factory.mktemp("winrm")) as one:
        yield one


def raising(error):
    def raises(*_arguments, **_more):
        raise error

    return raises


@ERRORS
def test_none_is_let_out_where_a_session_is_opened(laptop, monkeypatch, error):
    monkeypatch.setattr(Transport, "_exchange", raising(error))
    with pytest.raises(BrokenError):
        Runspace(laptop.options())


@ERRORS
def test_none_is_let_out_where_an_agent_is_asked(agent, monkeypatch, error):
    with monkeypatch.context() as patch:
        patch.setattr(Transport, "_exchange", raising(error))
        with pytest.raises(AgentError):
            agent.ask([call.run("hostname.exe")])
    agent.waiting = False
    agent._wire._lines.clear()


@ERRORS
def test_none_is_let_out_where_one_hangs_up(laptop, monkeypatch, error):
    first = Runspace(laptop.options())
    with monkeypatch.context() as patch:
        patch.setattr(Transport, "_exchange", raising(error))
        first.close()
    second = Runspace(laptop.options())
    second.delete(first.left)
    second.close()


@pytest.fixture(scope="module")
def agent(laptop):
    """Return one agent for all the errors: nothing of them is sent, so that it never learns of one."""
    channel = laptop.channel()
    yield channel
    channel.close()
