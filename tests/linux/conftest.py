"""Test hosts for the tests of the Linux roles, and how many of them a run uses."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hosts.container import Container
from hosts.contents import desktop, stand_ins
from hosts.guest import Guest
from hosts.host import Host
from hosts.packages import Repository, build
from hosts.place import CONTAINER_TOOLS, GUEST_TOOLS, lacking
from hosts.trees import RELEASES

from .fleet import Fleet

FEW = ["bookworm"]
LONGEST = 1200  # seconds for a test: an emulated machine starts for minutes where others are at work


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--test-hosts``."""
    parser.addoption("--test-hosts", choices=("few", "all"), default="few", help="few: Debian 12; all: Debian 11, 12 and 13")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line("markers", "vm: needs a virtual machine, emulated by QEMU")
    config.addinivalue_line("markers", "thorough: takes long in a virtual machine; runs with --test-hosts all")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give ours time; mark every test that uses a virtual machine, and leave what takes long to the run of all test hosts."""
    few = config.getoption("--test-hosts", "few") == "few"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST))
        if {"guest", "make_guest"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.vm)
        if few and item.get_closest_marker("thorough"):
            item.add_marker(
                pytest.mark.skip(reason="takes long in an emulated machine: make test-linux, or --test-hosts all, runs it")
            )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``suite`` on each chosen Debian."""
    if "suite" in metafunc.fixturenames:
        suites = list(RELEASES) if metafunc.config.getoption("--test-hosts", "few") == "all" else FEW
        metafunc.parametrize("suite", suites, scope="module")


def _needs(tools: dict[str, str]) -> None:
    if why := lacking(tools):
        pytest.skip(why)


@pytest.fixture(scope="module")
def make_container() -> Iterator[Callable[..., Container]]:
    """Return a function that starts a container; it ends with the module."""
    _needs(CONTAINER_TOOLS)
    started: list[Host] = []

    def make(name: str, suite: str, **options: object) -> Container:
        container = Container(name, suite, **options)  # type: ignore[arg-type]
        started.append(container)
        container.start()
        return container

    yield make
    for host in started:
        host.stop()


@pytest.fixture(scope="module")
def make_guest() -> Iterator[Callable[..., Guest]]:
    """Return a function that starts a virtual machine; it ends with the module."""
    _needs(GUEST_TOOLS)
    started: list[Host] = []

    def make(name: str, **options: bool) -> Guest:
        guest = Guest(name, **options)
        started.append(guest)
        guest.start()
        return guest

    yield make
    for host in started:
        host.stop()


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Docker's repository with stand-ins for its packages."""
    _needs(CONTAINER_TOOLS)
    made = Repository(tmp_path_factory.mktemp("docker"), stand_ins())
    yield made
    made.close()


@pytest.fixture(scope="session")
def desktop_package(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """Return a function that builds Docker Desktop's package, a stand-in, and returns its declaration."""
    _needs(CONTAINER_TOOLS)

    def make(version: str) -> dict[str, str]:
        path = build(desktop(version), tmp_path_factory.mktemp("desktop"))
        return {"source": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}

    return make


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that makes a folder for a fleet file."""
    return lambda: tmp_path_factory.mktemp("fleet")


@pytest.fixture(scope="module")
def fleet_of(folder: Callable[[], Path]) -> Callable[..., Fleet]:
    """Return a function that makes the fleet of one host: what is declared, and as whom to connect."""

    def make(host: Host, user: str = "root", **declared: object) -> Fleet:
        return Fleet(folder(), host, dict(declared), user)

    return make
