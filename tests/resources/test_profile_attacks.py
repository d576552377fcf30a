"""What lies in a person's profile is theirs: read and written with their rights, or through no link of theirs at all."""

import pytest
from support.lab_laptop import LabLaptop
from support.laptops import wanted

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.core.talk import Request
from pyinfra_wsl.core.windows.laptop import Target
from pyinfra_wsl.lab.machine.account import SYSTEM
from pyinfra_wsl.lab.wsl import wsl
from pyinfra_wsl.resources.docker_integration import plan as docker_integration
from pyinfra_wsl.resources.docker_integration.resource import RESOURCE as DOCKER
from pyinfra_wsl.resources.wslconfig import plan as wslconfig
from pyinfra_wsl.resources.wslconfig import state as wslconfig_state
from pyinfra_wsl.resources.wslconfig.resource import RESOURCE as WSLCONFIG
from tests.lab.wsl_laptop import archive as rootfs

SECRET = r"C:\Windows\System32\config\SECRET"
FILE = r"C:\Users\alice\.wslconfig"
DOCKER_FOLDER = r"C:\Users\alice\AppData\Roaming\Docker"
WAYS = ("symbolic link", "second name")


@pytest.fixture
def lab():
    lab = LabLaptop("Ubuntu")
    wsl.register(lab.machine, lab.alice, "Ubuntu", rootfs(), uid=1000)
    files = lab.machine.files
    files.write(SECRET, b"[wsl2]\nkernelCommandLine=hunter2\n")
    node = files.stat(SECRET)
    node.inherits, node.grants = False, {SYSTEM: "F", "S-1-5-32-544": "F"}
    return lab


def alice(lab):
    return lab.token(lab.alice)


def log_off(lab):
    lab.target = Target(r"CORP\alice", ("Ubuntu",))
    lab.machine.log_off(lab.alice)


def lead(lab, way, path, target):
    files = lab.machine.files
    if way == "second name":
        files.hard_link(path, target, alice(lab))
    else:
        files.symlink(path, target, alice(lab), developer=True)


def memory(lab):
    return wslconfig.plan(wanted(WSLCONFIG, {"wslconfig": {"wsl2": {"memory": "4GB"}}}), lab.look())


def integration(lab):
    want = {"docker_integration": {}, "wsl_distros": {"Ubuntu": {"docker_integration": True}}}
    return docker_integration.plan(wanted(DOCKER, want), lab.look())


def requests_of(lab, planned):
    """Carry a plan out; return what was asked, whole, and what it failed with."""
    asked, failed = "", ""
    for step in planned.steps:
        try:
            for one in lab.asked_by(step.does(lab.next_run)):
                asked += repr(one)
        except StepError as error:
            failed = str(error)
    return asked, failed


@pytest.mark.parametrize("way", WAYS)
def test_while_they_are_logged_on_their_link_shows_us_nothing_that_they_may_not_read(lab, way):
    lead(lab, way, FILE, SECRET)
    planned = memory(lab)
    assert not planned.steps
    (failure,) = planned.failures
    assert "could not be read" in failure.cause
    assert "hunter2" not in repr(lab.look())


@pytest.mark.parametrize("way", WAYS)
def test_while_they_are_away_no_link_is_followed_and_it_is_said(lab, way):
    lead(lab, way, FILE, SECRET)
    log_off(lab)
    planned = memory(lab)
    assert not planned.steps
    (waits,) = planned.deferred
    assert waits.waits_for == "user logon"
    assert FILE in waits.reason
    assert "plain file" in waits.reason
    assert "hunter2" not in repr(lab.look())


def test_a_file_exchanged_for_a_link_after_the_look_is_not_written_through(lab):
    lab.machine.files.write(FILE, b"[wsl2]\nmemory=8GB\n")
    log_off(lab)
    planned = memory(lab)
    lab.machine.files.remove(FILE)
    lab.machine.files.write(r"C:\Windows\prey", b"[wsl2]\nmemory=8GB\n")
    lead(lab, "symbolic link", FILE, r"C:\Windows\prey")
    _asked, failed = requests_of(lab, planned)
    assert "a link is there" in failed
    assert "Next: let that user log on" in failed
    assert lab.machine.files.read(r"C:\Windows\prey") == b"[wsl2]\nmemory=8GB\n"


def test_a_link_that_they_made_to_a_file_of_theirs_stays_and_leads_to_what_is_declared(lab):
    files = lab.machine.files
    files.write(r"C:\Users\alice\dotfiles\wslconfig", b"[wsl2]\nmemory=8GB\n", alice(lab))
    lead(lab, "symbolic link", FILE, r"C:\Users\alice\dotfiles\wslconfig")
    lab.carry_out(memory(lab))
    assert files.stat(FILE).link
    assert b"memory=4GB" in files.read(r"C:\Users\alice\dotfiles\wslconfig")
    assert not memory(lab).steps


def test_a_plain_file_of_somebody_who_is_away_is_written_as_ever(lab):
    lab.machine.files.write(FILE, b"[wsl2]\nmemory=8GB\n")
    log_off(lab)
    lab.carry_out(memory(lab))
    assert b"memory=4GB" in lab.machine.files.read(FILE)


def test_what_they_own_is_written_by_no_program_of_an_administrator_while_they_are_there(lab):
    asked = []
    lab.machine.files.write(FILE, b"[wsl2]\nmemory=8GB\n")
    lab.docker()
    for planned in (memory(lab), integration(lab)):
        for step in planned.steps:
            asked += [one for one in lab.asked_by(step.does(lab.next_run)) if isinstance(one, Request)]
    paths = [str(call.fields.get("path", "")) for one in asked for call in one.calls]
    assert paths
    assert not [path for path in paths if path.startswith(lab.alice.profile)]


def test_their_folder_made_a_junction_lets_nothing_be_made_elsewhere(lab):
    lab.docker()
    files = lab.machine.files
    for one in list(files.list(DOCKER_FOLDER)):
        files.remove(one.path)
    planned = integration(lab)
    assert planned.steps
    files.make(r"C:\Windows\prey")
    files.link(DOCKER_FOLDER, r"C:\Windows\prey", alice(lab))
    _asked, failed = requests_of(lab, planned)
    assert failed
    assert not files.list(r"C:\Windows\prey")


def test_their_folder_made_a_junction_while_they_are_away_is_said(lab):
    lab.docker()
    files = lab.machine.files
    for one in list(files.list(DOCKER_FOLDER)):
        files.remove(one.path)
    files.make(r"C:\Windows\prey")
    files.link(DOCKER_FOLDER, r"C:\Windows\prey", alice(lab))
    log_off(lab)
    planned = integration(lab)
    assert not planned.steps
    assert [one.waits_for for one in planned.deferred] == ["user logon"]
    assert DOCKER_FOLDER in planned.deferred[0].reason


def test_a_link_makes_the_file_unknown_and_not_absent():
    state = wslconfig_state.read({"file": Answer(False, {}, "link", "a link is there: C:\\x")})
    assert (state.exists, state.link) == (None, "a link is there: C:\\x")
