"""testinfra on a laptop: commands, what is refused, and testinfra's own modules by Windows' programs."""

import hashlib
import runpy

import pytest
import testinfra
from pyinfra.api.config import Config
from pyinfra.api.inventory import Inventory
from pyinfra.api.state import State

from pyinfra_wsl.lab.docker_desktop.app import DockerDesktop
from pyinfra_wsl.testing import backend


@pytest.fixture(scope="module")
def rehearsal(make_stage):
    return make_stage(LT_DONE="converged", LT_ZH="converged", LT_AWAY="user-logged-off", LT_LEAVES="converged")


@pytest.fixture(scope="module")
def machine(rehearsal):
    return rehearsal.stage.machine("LT-DONE")


@pytest.fixture(scope="module")
def machine_away(rehearsal):
    return rehearsal.stage.machine("LT-AWAY")


@pytest.fixture(scope="module")
def laptop(rehearsal):
    machines = runpy.run_path(str(rehearsal.folder / "inventory" / "lab.py"))["all"]
    state = State()
    state.init(Inventory((machines, {})), Config())
    backend.HOSTS.update({host.name: host for host in state.inventory})
    yield testinfra.get_host("winssh://LT-DONE")
    for host in state.inventory:
        host.disconnect()
    testinfra.host.Host._host_cache.clear()


@pytest.fixture
def write(machine, rehearsal):
    def write(path, data):
        rehearsal.stage.do(machine.files.write, path, data)
        return path

    return write


def names(machine, folder):
    return [node.name for node in machine.files.list(folder)]


@pytest.mark.parametrize(
    ("argument", "printed"),
    [("a>pwned.txt", '"a>pwned.txt"'), ("a&ver", '"a&ver"'), ("%USERNAME%", '"%USERNAME%"'), ("a|more", '"a|more"'), ("a", "a")],
)
def test_an_argument_is_nothing_but_an_argument(laptop, machine, argument, printed):
    before = names(machine, r"C:\Users\fleet-admin")
    said = laptop.run("echo %s", argument)
    assert said.stdout.strip() == printed
    assert names(machine, r"C:\Users\fleet-admin") == before
    assert not machine.complaints


def test_as_the_laptops_user_too(laptop, machine):
    home = machine.account("alice").profile
    before = names(machine, home)
    assert laptop.backend.run_as_user("echo %s", "a>pwned.txt").stdout.strip() == '"a>pwned.txt"'
    assert names(machine, home) == before


def test_a_key_of_the_users_own_registry(laptop):
    said = laptop.backend.registry(r"Software\Microsoft\Windows\CurrentVersion\Lxss", "/v", "DefaultDistribution")
    assert "REG_SZ" in said.stdout
    assert laptop.backend.registry(r"Software\Nothing").rc == 1


@pytest.mark.usefixtures("laptop")
def test_the_registry_of_somebody_who_is_logged_off_is_not_taken_for_an_empty_one(machine_away):
    away = testinfra.get_host("winssh://LT-AWAY", person=machine_away.account("CORP\\alice").sid)
    assert away.backend.registry(r"Software\Nothing").rc == 1  # which is known: their hive was looked into
    backend.HOSTS["LT-AWAY"].data.user = "CORP\\alice"
    named = testinfra.get_host("winssh://LT-AWAY")
    with pytest.raises(LookupError, match=r"CORP\\alice is logged off, and their registry is not loaded"):
        named.backend.registry(r"Software\Nothing")


@pytest.mark.usefixtures("laptop")
def test_the_registry_of_who_logs_off_after_the_first_look_is_not_taken_for_an_empty_one(rehearsal):
    """Windows takes it away with their session; a test of what must not be there would pass."""
    machine = rehearsal.stage.machine("LT-LEAVES")
    one = testinfra.get_host("winssh://LT-LEAVES")
    assert one.backend.user.within_reach
    assert one.backend.registry(r"Software\Nothing").rc == 1
    rehearsal.stage.do(machine.log_off, machine.account("alice"))
    with pytest.raises(LookupError, match=r"CORP\\alice is logged off, and their registry is not loaded"):
        one.backend.registry(r"Software\Nothing")
    asked = testinfra.get_host("winssh://LT-LEAVES", person=machine.account("alice").sid)
    assert asked.backend.registry(r"Software\Microsoft\Windows\CurrentVersion\Lxss").rc == 0  # in a copy of their hive


def test_what_cannot_be_quoted_is_refused_and_runs_nothing(laptop, rehearsal):
    before = rehearsal.stage.laptop("LT-DONE").served, laptop.backend.session.requests
    with pytest.raises(ValueError, match="no line holds a line's end"):
        laptop.run("echo %s", "a\nver")
    assert (rehearsal.stage.laptop("LT-DONE").served, laptop.backend.session.requests) == before


def test_sudo_is_refused_wherever_it_is_asked_for(laptop):
    with pytest.raises(NotImplementedError, match=r"Windows has no sudo\. Next: "):
        testinfra.get_host("winssh://LT-DONE", sudo=True)
    with pytest.raises(NotImplementedError, match="Windows has no sudo"):
        laptop.run("ver", sudo=True)
    with pytest.raises(NotImplementedError, match="Windows has no sudo"), laptop.sudo():
        laptop.run("ver")
    with pytest.raises(NotImplementedError, match="no such option: wait"):
        laptop.run("ver", wait=1)


def test_a_file(laptop, write):
    data = "zwei Wörter\r\nund mehr\r\n".encode()
    path = write(r"C:\Users\Public\100% a & (b)^.txt", data)
    file = laptop.file(path)
    assert (file.exists, file.is_file, file.is_directory, file.is_symlink, file.size) == (True, True, False, False, len(data))
    assert file.content == data
    assert file.content_string == "zwei Wörter\nund mehr\n"
    assert file.sha256sum == hashlib.sha256(data).hexdigest()
    assert file.md5sum == hashlib.md5(data, usedforsecurity=False).hexdigest()
    assert file.contains("^und")
    assert not file.contains("^mehr")


def test_a_folder_and_a_link(laptop, machine, rehearsal, write):
    write(r"C:\Users\Public\folder\a.txt", b"1")
    rehearsal.stage.do(machine.files.link, r"C:\Users\Public\way", r"C:\Users\Public\folder")
    folder = laptop.file("C:/Users/Public/folder")
    assert (folder.exists, folder.is_file, folder.is_directory, folder.is_symlink) == (True, False, True, False)
    assert folder.listdir() == ["a.txt"]
    assert laptop.file(r"C:\Users\Public\way").is_symlink


def test_a_file_that_is_not_there(laptop):
    file = laptop.file(r"C:\Users\Public\none")
    assert (file.exists, file.is_file, file.is_directory) == (False, False, False)
    with pytest.raises(FileNotFoundError):
        assert file.size
    for question in ("content", "sha256sum"):
        with pytest.raises(OSError, match="cannot be read"):
            getattr(file, question)
    with pytest.raises(ValueError, match="no path of Windows"):
        assert laptop.file("C:\\*").exists


@pytest.mark.parametrize("question", ["user", "uid", "group", "gid", "mode", "mtime", "linked_to", "is_pipe", "is_socket"])
def test_what_windows_does_not_tell_of_a_file_says_what_to_look_at(laptop, question):
    with pytest.raises(NotImplementedError, match="Next: "):
        getattr(laptop.file("C:\\Windows"), question)


@pytest.mark.parametrize(
    ("name", "exists", "running", "enabled"),
    [("WSLService", True, True, True), ("msiserver", True, False, False), ("nosuch", False, False, False)],
)
def test_a_service(laptop, name, exists, running, enabled):
    service = laptop.service(name)
    assert (service.exists, service.is_running, service.is_enabled) == (exists, running, enabled)


def test_a_user(laptop):
    assert laptop.user("fleet-admin").exists
    assert not laptop.user("nobody").exists
    assert laptop.user().name == "fleet-admin"
    with pytest.raises(NotImplementedError, match="account of a domain"):
        assert laptop.user("CORP\\alice").exists
    with pytest.raises(NotImplementedError, match=r"net\.exe user"):
        assert laptop.user("fleet-admin").groups


def test_a_package(laptop, machine, rehearsal):
    docker = machine.part(DockerDesktop)
    rehearsal.stage.do(docker.install, "4.46.0")
    assert laptop.package("Docker Desktop").is_installed
    assert laptop.package("docker desktop").version.startswith("4.46.0")
    assert not laptop.package("Nothing").is_installed
    with pytest.raises(LookupError, match="is not installed"):
        assert laptop.package("Nothing").version


def test_the_system_and_its_programs(laptop):
    assert laptop.system_info.type == "windows"
    assert laptop.system_info.release.startswith("10.0.2")
    assert laptop.system_info.arch == "AMD64"
    assert laptop.exists("reg.exe")
    assert not laptop.exists("nosuch")
    assert laptop.find_command("reg.exe") == r"C:\Windows\System32\reg.exe"


@pytest.mark.usefixtures("laptop")
def test_nothing_of_it_depends_on_the_display_language():
    chinese = testinfra.get_host("winssh://LT-ZH")
    assert not chinese.file(r"C:\none").exists
    assert chinese.service("WSLService").is_running
    assert not chinese.service("nosuch").exists
    assert not chinese.user("nosuch").exists
    with pytest.raises(OSError, match="cannot be read"):
        assert chinese.file(r"C:\none").sha256sum
