"""Facts of hosts that say what nobody thought of: the host fails, and the run of the others goes on."""

from dataclasses import replace

import pytest
from pyinfra.api import Config, Inventory, State
from pyinfra.api.exceptions import FactProcessError
from pyinfra.context import ctx_host, ctx_state

from pyinfra_wsl import facts, registry
from pyinfra_wsl.core.windows.laptop import Laptop, Target
from pyinfra_wsl.edge import guard, windows
from pyinfra_wsl.edge.laptop import View
from pyinfra_wsl.report.journal import journal

ERRORS = [ValueError("\x1b[2J"), OverflowError("1e999"), RecursionError("deep"), MemoryError(), StopIteration(), AssertionError()]
VIEWS = [one for one in vars(facts).values() if isinstance(one, type) and issubclass(one, View) and one is not View]


@pytest.fixture
def host():
    state = State(Inventory((["@local"], {})), Config())
    with ctx_state.use(state), ctx_host.use(next(iter(state.inventory))):
        yield next(iter(state.inventory))


def raising(error):
    def work(*_anything):
        raise error

    return work


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_what_cannot_be_shown_fails_the_host(host, error, caplog):
    assert guard.shown("wsl", raising(error)) is None
    assert host in host.state.failed_hosts
    ((resource, failure),) = journal(host).failures
    assert resource == "wsl"
    assert failure.cause == "wsl: what was answered does not have the form that it should have"
    assert failure.said.isprintable()
    assert failure.remedy
    assert not any("\x1b[2J" in record.message for record in caplog.records)


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_what_cannot_be_read_is_an_error_that_pyinfra_contains(error):
    with pytest.raises(FactProcessError) as caught:
        guard.read(raising(error), ["a"])
    assert caught.value.__cause__ is None, "pyinfra would print it as it is"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("view", VIEWS, ids=lambda one: one.__name__)
def test_a_view_of_a_laptop_is_guarded(host, view):
    """A state that is not there, as where another resource's reading left it out."""
    assert view().process_data(Laptop(Target(), None, None)) is None
    assert host in host.state.failed_hosts


@pytest.mark.parametrize("view", VIEWS, ids=lambda one: one.__name__)
def test_what_could_not_be_read_is_not_shown_as_if_it_were_nothing(host, view):
    resource = view.resource
    seen = Laptop(Target(), None, None, {resource.state: object()}, {resource.name: "KeyError: 'x'"})
    assert view().process_data(seen) is None
    assert host in host.state.failed_hosts
    ((_resource, failure),) = journal(host).failures
    assert "KeyError" not in failure.said


def test_the_machines_own_fact_is_guarded(host, monkeypatch):
    monkeypatch.setattr("pyinfra_wsl.edge.machine.plain", raising(RecursionError()))
    assert facts.Windows().process_data(Laptop(Target(), None, None)) is None
    assert host in host.state.failed_hosts


@pytest.mark.parametrize("fact", [facts.Kvm, facts.DockerEngine, facts.DockerDesktopLinux])
def test_a_linux_hosts_fact_is_guarded(fact, monkeypatch):
    monkeypatch.setattr(f"{fact.__module__}.read", raising(OverflowError("10**400")))
    with pytest.raises(FactProcessError, match="what was answered does not have the form that it should have"):
        fact().process(["a"])


@pytest.mark.usefixtures("host")
def test_a_forecast_that_breaks_is_told_and_ends_nothing(monkeypatch, caplog):
    caplog.set_level("INFO", logger="pyinfra")
    monkeypatch.setattr(windows, "WindowsConnector", object)
    seen = Laptop(Target(), None, None)
    windows.foresee(raising(ZeroDivisionError()))
    windows.foresee(lambda laptop: laptop)
    assert windows._foreseen(seen) == replace(seen, foreseen=True)
    assert windows._foreseen(seen).foreseen
    assert caplog.text.count("what follows is said of the laptop as it is now") == 1


def test_every_fact_is_in_this_test():
    of_windows = {one.name for one in registry.found() if one.system == "windows"}
    assert {one.resource.name for one in VIEWS} == of_windows
