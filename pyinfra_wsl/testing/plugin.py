"""A pytest plugin: ``--inventory`` names the fleet, and every declared setting of every host becomes a test.

A test that takes ``laptop`` and ``setting`` runs once for each setting of the resource that its module is named after, as
``test_wsl_distro.py`` is for ``wsl_distro``, or that ``pytest.mark.resource`` names; with
``@pytest.mark.settings("default_user")`` only for those of that name. Where a host declares ``user: every``, a setting of what is
a person's becomes a test for each of them, which is named after them; who they are is asked of the laptop for that. A test that
takes ``linux`` and ``setting`` does the same for Linux hosts, over testinfra's own SSH.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

import pytest
import testinfra
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from testinfra.host import Host as Laptop

from pyinfra_wsl import registry
from pyinfra_wsl.connectors.windows import WindowsConnector
from pyinfra_wsl.core.escape import escape
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.resource import Setting
from pyinfra_wsl.core.windows.people import Person
from pyinfra_wsl.core.windows.whose import EVERY
from pyinfra_wsl.fleet.declared import settings
from pyinfra_wsl.registry import RegistryError
from pyinfra_wsl.testing import backend, inventory
from pyinfra_wsl.testing.linux import linux_host

_NO_FLEET = pytest.mark.skip(reason="no fleet to verify: pyinfra-wsl verify inventory/lab.py")
_UNREACHED = pytest.StashKey[dict[str, str]]()
_HOSTS = pytest.StashKey[dict[str, Host]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--inventory`` and ``--limit``."""
    group = parser.getgroup("pyinfra-wsl")
    group.addoption("--inventory", help="pyinfra inventory whose hosts are verified")
    group.addoption(
        "--limit",
        action="append",
        default=[],
        metavar="HOST",
        help="verify only this host, or hosts of this pattern; may be repeated",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the inventory."""
    config.addinivalue_line("markers", "settings(*names): run only for settings of these names")
    config.addinivalue_line("markers", "resource(name): run for settings of this resource, whatever the module's name")
    path, limit = config.getoption("--inventory"), config.getoption("--limit")
    try:
        hosts = inventory.load(path) if path else {}
    except FileNotFoundError as error:
        raise pytest.UsageError(f"{error}. Next: name an inventory, such as inventory/laptops.py") from None
    except inventory.InventoryError as error:
        raise pytest.UsageError(str(error)) from None
    if unknown := [one for one in limit if not any(fnmatch(name, one) for name in hosts)]:
        raise pytest.UsageError(f"no such host in the inventory: {', '.join(unknown)}")
    config.stash[_HOSTS] = {name: host for name, host in hosts.items() if not limit or any(fnmatch(name, one) for one in limit)}
    backend.HOSTS.update({name: host for name, host in hosts.items() if isinstance(host.connector, WindowsConnector)})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each declared setting of the module's resource."""
    fixture = next((name for name in _KINDS if {name, "setting"} <= set(metafunc.fixturenames)), None)
    if fixture is None:
        return
    if not metafunc.config.getoption("--inventory"):
        metafunc.parametrize((fixture, "setting"), [pytest.param(None, None, marks=_NO_FLEET, id="no fleet")], indirect=[fixture])
        return
    resource = _resource(metafunc)
    marker = metafunc.definition.get_closest_marker("settings")
    found = _pairs({name: host for name, host in metafunc.config.stash[_HOSTS].items() if _KINDS[fixture](host)}, resource)
    wanted = [pair for pair in found if marker is None or pair[1].path[-1] in marker.args]
    pairs = [(whose, setting) for name, setting in wanted for whose in _whose(metafunc.config, name, setting)]
    ids = [f"{whose}: {setting}" for whose, setting in pairs]
    metafunc.parametrize((fixture, "setting"), pairs, ids=ids, indirect=[fixture])


@dataclass(frozen=True)
class Whose:
    """A host, and the person on it for whom a setting is looked up; None for the host's own user."""

    name: str
    person: Person | None = None

    def __str__(self) -> str:
        """Return how a test is named after it."""
        return f"{self.name}: {self.person.account}" if self.person else self.name


def _whose(config: pytest.Config, name: str, setting: Setting) -> list[Whose]:
    """Return for whom a setting of a host is looked up: for each person where ``every`` is declared and it is a person's.

    A laptop that is not reached has one test of each setting, which says so.
    """
    host = config.stash[_HOSTS][name]
    if host.data.get("user") != EVERY or getattr(registry.of(setting.resource), "whose", "") != "user" or not _is_laptop(host):
        return [Whose(name)]
    if _lost(config, name):
        return [Whose(name)]
    try:
        people = testinfra.get_host(f"{backend.WinSSHBackend.NAME}://{name}").backend.people
    except (ConnectError, OSError, StepError) as error:
        config.stash[_UNREACHED][name] = escape(f"who uses {name} could not be seen: {error}")
        people = ()
    return [Whose(name, one) for one in people] or [Whose(name)]


def _resource(metafunc: pytest.Metafunc) -> str:
    """Return the resource that a module looks up: as its marker says, else as its name does."""
    marker = metafunc.definition.get_closest_marker("resource")
    return str(marker.args[0]) if marker else metafunc.module.__name__.rpartition("test_")[2]


def _pairs(hosts: dict[str, Host], resource: str) -> Iterator[tuple[str, Setting]]:
    for name, host in hosts.items():
        try:
            declared = list(settings(host.data.dict()))
        except RegistryError as error:
            raise pytest.UsageError(str(error)) from error
        for setting in declared:
            if setting.resource == resource:
                yield name, setting


def _is_laptop(host: Host) -> bool:
    return isinstance(host.connector, WindowsConnector)


def _is_linux(host: Host) -> bool:
    return bool(host.data.get("os") == "linux")


_KINDS = {"laptop": _is_laptop, "linux": _is_linux}
"""The fixture that a test takes, and the hosts for which it is made."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of settings that no host declares."""
    idle = [item for item in items if item.name.endswith("[NOTSET]") or "NOTSET" in item.name]
    if idle:
        config.hook.pytest_deselected(items=idle)
        items[:] = [item for item in items if item not in idle]


@pytest.fixture(scope="session")
def laptop(request: pytest.FixtureRequest) -> Laptop:
    """Return the laptop as testinfra's host; ``laptop.backend.run_as_user`` runs a command as its user."""
    whose: Whose = request.param
    if lost := _lost(request.config, whose.name):
        pytest.fail(lost, pytrace=False)
    if whose.person and whose.person.unknown:
        pytest.skip(f"it is not known whether {whose.person.account} uses WSL or Docker Desktop: {whose.person.unknown}")
    person = {"person": whose.person.sid} if whose.person else {}
    return testinfra.get_host(f"{backend.WinSSHBackend.NAME}://{whose.name}", **person)


def _lost(config: pytest.Config, name: str) -> str:
    """Connect a laptop, once, and return why it is not reached: then each of its settings fails in one line, without a call."""
    known, host = config.stash.setdefault(_UNREACHED, {}), config.stash[_HOSTS][name]
    if name not in known:
        known[name] = ""
        try:
            if not host.connected:
                host.connect(raise_exceptions=True)
        except ConnectError as error:
            known[name] = escape(f"{name} could not be looked at: {error}")
    return known[name]


@pytest.fixture(scope="session")
def linux(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Laptop:
    """Return the Linux host as testinfra's host: ``file``, ``package``, ``service``, ``user`` and ``run``, as root."""
    return linux_host(pytestconfig.stash[_HOSTS][request.param.name])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say in one line what a lost or refused connection is: where our programs were then helps nobody."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, ConnectError | ConnectionError):
        report.longrepr = escape(f"could not be looked at: {call.excinfo.value}")
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Hang up."""
    for host in config.stash.get(_HOSTS, {}).values():
        if host.connected:
            host.disconnect()
