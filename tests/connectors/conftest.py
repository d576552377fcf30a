"""Laptops of a lab, reached in this process as pyinfra reaches them: pyinfra's hosts, our connector, paramiko, real SSH."""

import atexit
from contextlib import ExitStack

import pytest
from pyinfra.api.command import StringCommand
from reached import load
from winrm_lab import lab

from pyinfra_wsl.report import end


@pytest.fixture(scope="session", autouse=True)
def _no_report():
    """A test run is no run of pyinfra: nothing is told of it at its end."""
    yield
    atexit.unregister(end._report)


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    """Return a lab with three laptops."""
    return make_stage(LT_DONE="converged", LT_ZH="fresh-zh", LT_EN="fresh-en")


@pytest.fixture
def host(rehearsal):
    """Return a function that makes pyinfra's host of a laptop, as a run of its own would; all hang up at the end."""
    made = []

    def make(name="LT-DONE", *, connect=True, lab=None, override=None, **data):
        found = load(lab or rehearsal)[name]
        found.connector.data.update(data)
        found.state.inventory.override_data.update(override or {})
        made.append(found)
        if connect:
            found.connect(raise_exceptions=True)
        return found

    yield make
    for one in made:
        one.connector.disconnect()


@pytest.fixture
def session(host):
    """Return a session with LT-DONE."""
    return host().connector.session


@pytest.fixture
def machine(rehearsal):
    """Return LT-DONE from inside."""
    return rehearsal.stage.machine("LT-DONE")


@pytest.fixture
def shell(host):
    """Return a function that runs a command as ``pyinfra exec`` does: whether it succeeded, its output, its errors."""

    def run(text, laptop="LT-DONE", **arguments):
        succeeded, output = host(laptop).connector.run_shell_command(StringCommand(text), **arguments)
        return succeeded, output.stdout, output.stderr

    return run


@pytest.fixture(scope="module")
def over_winrm(tmp_path_factory):
    """Return a laptop that listens for WinRM, on which nothing is set."""
    with lab(tmp_path_factory.mktemp("winrm")) as made:
        yield made


@pytest.fixture
def own(tmp_path):
    """Return a function that makes a laptop that listens for WinRM with settings."""
    with ExitStack() as made:
        yield lambda **told: made.enter_context(lab(tmp_path, **told))
