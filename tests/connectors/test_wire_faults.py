"""Whatever goes wrong between us and a laptop is that laptop's failure: one line, and never the end of the fleet's run.

pyinfra contains OSError and SSHException to the host on which they happen; anything else ends the run of all.
"""

import contextlib
import inspect
import socket

import paramiko
import paramiko.ssh_exception
import pytest
from paramiko import SSHException
from pyinfra.api.command import StringCommand
from pyinfra.facts.files import File
from reached import load

from pyinfra_wsl import registry
from pyinfra_wsl.agent.channel import AgentError
from pyinfra_wsl.connectors.command import LookCommand, StepCommand
from pyinfra_wsl.core import call
from pyinfra_wsl.core.plan import Step
from pyinfra_wsl.core.talk import ask
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.report.journal import journal

ARGUMENTS = {
    "BadAuthenticationType": ("no", ["publickey"]),
    "PartialAuthentication": (["password"],),
    "ChannelException": (2, "connect failed"),
    "BadHostKeyException": ("laptop", paramiko.RSAKey.generate(1024), paramiko.RSAKey.generate(1024)),
    "ProxyCommandFailure": ("nc", "gone"),
    "NoValidConnectionsError": ({("127.0.0.1", 22): OSError("no")},),
    "CouldNotCanonicalize": ("no",),
}


def errors():
    known = [one for module in (paramiko.ssh_exception, socket) for _, one in inspect.getmembers(module, inspect.isclass)]
    wire = {one for one in known if issubclass(one, SSHException | OSError)} | {EOFError, ConnectionResetError, BrokenPipeError}
    return [one(*ARGUMENTS.get(one.__name__, ("the cable was pulled",))) for one in sorted(wire, key=lambda one: one.__name__)]


ERRORS = pytest.mark.parametrize("error", errors(), ids=lambda one: type(one).__name__)
PLACES = pytest.mark.parametrize("place", ["send", "recv", "exec_command"])


def fail(error):
    def raising(*_args, **_kwargs):
        raise error

    return raising


@pytest.fixture(scope="module")
def pulled(rehearsal):
    """Return one host for all the errors; its session goes on after each."""
    one = load(rehearsal)["LT-DONE"]
    one.connect(raise_exceptions=True)
    yield one
    one.connector.disconnect()


def look():
    return LookCommand(resources(), Target("console"), registry.of("wsl"), 0.0)


def change():
    return StepCommand("wsl", Step("change it", lambda _run: nothing()))


def nothing():
    yield from ask(call.run("hostname.exe"))


def carried_out(connector, command):
    succeeded, output = connector.run_shell_command(command)
    assert not output.stdout
    return succeeded, output.stderr


@ERRORS
@PLACES
def test_an_error_of_the_wire_fails_the_step_with_one_line(pulled, monkeypatch, error, place):
    one = pulled
    journal(one).failures.clear()
    for command in (look(), change()):
        one.connector.session.close()
        with monkeypatch.context() as patch:
            patch.setattr(paramiko.Channel, place, fail(error))
            succeeded, said = carried_out(one.connector, command)
        assert not succeeded
        assert len(said.splitlines()) == 1
        assert " Next: " in said
    assert [resource for resource, _ in journal(one).failures] == ["wsl", "wsl"]
    assert one.connector.run_shell_command(StringCommand("hostname"))[0]


@ERRORS
def test_an_error_of_the_wire_under_pyinfras_own_work_is_one_that_pyinfra_contains(pulled, monkeypatch, error):
    one = pulled
    one.connector.session.ask([call.run("hostname.exe")])
    with monkeypatch.context() as patch:
        patch.setattr(paramiko.Channel, "recv", fail(error))
        for work in (
            lambda: one.connector.run_shell_command(StringCommand("hostname")),
            lambda: one.connector.run_shell_command(StringCommand(str(File().command("C:\\x")))),
            lambda: one.connector.put_file(__file__, "C:\\x"),
            lambda: one.connector.get_file("C:\\x", "/dev/null"),
        ):
            with pytest.raises((OSError, SSHException)):
                work()


@ERRORS
def test_an_error_while_a_channel_is_opened_is_the_laptops(pulled, monkeypatch, error):
    one = pulled
    one.connector.session.close()
    with monkeypatch.context() as patch:
        patch.setattr(paramiko.Transport, "open_session", fail(error))
        succeeded, said = carried_out(one.connector, look())
    assert not succeeded
    assert " Next: " in said


HOLLOW = {
    "nothing": {},
    "null": None,
    "text": "no",
    "list": [1, "a"],
    "wrong types": {"exists": 1, "values": [], "keys": "x", "objects": {"a": 1}, "data": 7, "stdout": [], "exit_code": "x"},
    "deeper": {"exists": True, "values": {"a": None}, "keys": {"b": None}, "objects": [None, 1], "data": "%", "stdout": "%"},
}


@pytest.mark.parametrize("value", HOLLOW.values(), ids=HOLLOW)
@pytest.mark.parametrize("ok", [True, False, "yes"])
def test_answers_that_mean_nothing_are_no_answers(pulled, monkeypatch, value, ok):
    one = pulled
    channel, sizes = one.connector.session.channel, []
    monkeypatch.setattr(channel._wire, "write", lambda data: sizes.append(data.count(b'"verb"')))
    monkeypatch.setattr(
        channel, "_receive", lambda _timeout: {"id": channel._last, "results": [{"ok": ok, "value": value}] * sizes[-1]}
    )
    for command in (look(), change()):
        one.connector.run_shell_command(command)  # whether it fails or knows nothing: it raises nothing
    for work in (
        lambda: one.connector.run_shell_command(StringCommand("hostname")),
        lambda: one.connector.run_shell_command(StringCommand(str(File().command("C:\\x")))),
        lambda: one.connector.get_file("C:\\x", "/dev/null"),
    ):
        with contextlib.suppress(OSError, SSHException):
            work()


def test_what_is_no_agent_is_told_so(host, rehearsal):
    machine = rehearsal.stage.machine("LT-DONE")
    one = host()
    one.connector.session.ask([call.run("hostname.exe")])
    machine.faults.garbage_answers = 1
    with pytest.raises(AgentError, match=r"what answers is not our agent: .*Loading personal and system profiles"):
        one.connector.session.ask([call.run("hostname.exe")])
    assert one.connector.session.ask([call.run("hostname.exe")])[0].ok


def test_constrained_language_mode_is_told_with_what_to_do(host, rehearsal):
    machine = rehearsal.stage.machine("LT-EN")
    machine.faults.constrained_language = True
    try:
        succeeded, said = carried_out(host("LT-EN").connector, look())
    finally:
        machine.faults.constrained_language = False
    assert not succeeded
    assert "PowerShell runs in ConstrainedLanguage mode here" in said
    assert "Next: ask who owns the App Control (WDAC) or AppLocker policy" in said
