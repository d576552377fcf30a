"""A secret in any argument of any operation: refused before the host is asked, and shown nowhere."""

import inspect
import json
import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyinfra.api import Config, Inventory, State
from pyinfra.api.connect import connect_all
from pyinfra.api.operation import add_op
from pyinfra.api.operations import run_ops
from pyinfra.api.state import StateStage

import pyinfra_wsl.operations
from pyinfra_wsl.report.journal import journal
from pyinfra_wsl.report.results import document

CARRIERS = ["ada:{}@h", "https://ada:{}@h/b.tar", "https://h/b.tar?a={}", "https://h/b.tar#{}", r"\\ada:{}@server\s\b.tar",
            "smb://ada:{}@server/s", "ftp://ada:{}@h/b.tar", "https://ada:{}%40h/b.tar", "https:/ada:{}@h/b.tar"]  # fmt: skip
SHAPES = (lambda one: one, lambda one: {"a": {"b": one}}, lambda one: {one: "x"}, lambda one: [one])


def operations():
    for name in pyinfra_wsl.operations.__all__:
        module = getattr(pyinfra_wsl.operations, name)
        for public in module.__all__:
            yield f"{name}.{public}", getattr(module, public)


ARGUMENTS = [
    pytest.param(operation, argument, id=f"{name} {argument}")
    for name, operation in operations()
    for argument in inspect.signature(operation._inner).parameters
]


@pytest.fixture
def told(monkeypatch, caplog):
    """Return a function that runs an operation as a dry run and a run do, and returns all that is said and noted of it."""
    monkeypatch.setattr("pyinfra_wsl.edge.converge.report_at_end", lambda _state: None)
    caplog.set_level(logging.DEBUG)

    def run(operation, arguments):
        caplog.clear()
        state = State(Inventory((["@local"], {})), Config(DIFF=True))
        state.current_stage = StateStage.Prepare
        connect_all(state)
        (host,) = state.inventory
        state.fail_hosts = lambda _hosts: None
        host.connector.run_shell_command = lambda *_arguments, **_more: pytest.fail("the host was asked")
        add_op(state, operation, name="an operation", **arguments)
        state.current_stage = StateStage.Execute
        run_ops(state)
        notes = journal(host)
        assert notes.failures
        return f"{caplog.text}\n{notes}\n{json.dumps(document(host.name, {}, notes, {}), default=str)}"

    return run


@pytest.mark.parametrize(("operation", "argument"), ARGUMENTS)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shape=st.sampled_from(SHAPES),
    text=st.tuples(st.sampled_from(CARRIERS), st.from_regex(r"hunter[a-z0-9]{2,12}", fullmatch=True)),
)
def test_a_secret_in_an_argument_is_refused_and_never_shown(told, operation, argument, shape, text):
    form, secret = text
    parameters = inspect.signature(operation._inner).parameters.items()
    needed = {name: "x" for name, one in parameters if one.default is inspect.Parameter.empty}
    assert secret not in told(operation, needed | {argument: shape(form.format(secret))})
