"""What resources of Linux hosts share; scripts run in real shells."""

import dataclasses
import fcntl
import hashlib
import json
import os
import subprocess
import sys

import pytest
from support.looks import look
from support.states import revive

from pyinfra_wsl.core.acts import Shell, refuse, write
from pyinfra_wsl.core.failure import Failure
from pyinfra_wsl.core.linux.errors import explain
from pyinfra_wsl.core.linux.host import PRELUDE, Os, Part, as_user, join, names, parts, read_os, same
from pyinfra_wsl.core.linux.packages import fetch, install_file, release, verify, wait_for_apt
from pyinfra_wsl.core.resource import plain
from pyinfra_wsl.resources.docker_engine.state import State as EngineState
from pyinfra_wsl.resources.docker_engine.state import Unit
from pyinfra_wsl.resources.kvm.checks import Check
from pyinfra_wsl.resources.kvm.device import Device
from pyinfra_wsl.resources.kvm.state import State

SHELLS = pytest.mark.parametrize("shell", ["dash", "bash"])


def run(shell, line):
    return subprocess.run([shell, "-c", line], capture_output=True, text=True, check=False)


def refused(done, act):
    """Return what a script means that has ended with one of its own refusals."""
    assert done.returncode == 1
    return explain("a step", done.stderr.splitlines(), act.refusals)


def test_sections_are_taken_apart_and_a_banner_is_dropped():
    assert parts(look(kernel="6.1.0", device=(1, "no\nsuch"))) == {"kernel": Part(0, "6.1.0"), "device": Part(1, "no\nsuch")}


def test_a_file_cannot_pass_for_a_section():
    assert parts("@file 0\n|@root 0\n|yes") == {"file": Part(0, "@root 0\nyes")}


UBUNTU = 'NAME="Ubuntu"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 24.04.3 LTS"'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble'


def test_os_release_is_read():
    assert read_os(UBUNTU) == Os("ubuntu", ("debian",), "24.04", "noble", "Ubuntu 24.04.3 LTS")
    assert read_os(MINT).codename == "noble"
    assert read_os("# nothing\n").name == "an unknown Linux"
    assert read_os("PRETTY_NAME=Bob's Linux\nID='bob'").name == "Bob's Linux"


@pytest.mark.parametrize(
    ("system", "manager"),
    [(Os("debian"), "apt"), (Os("linuxmint", ("ubuntu",)), "apt"), (Os("rocky", ("rhel", "fedora")), "dnf"), (Os("void"), None)],
)
def test_the_package_manager_follows_from_the_family(system, manager):
    assert system.packages == manager


@SHELLS
def test_a_file_is_written_whole_with_its_mode(shell, tmp_path):
    path, text = tmp_path / "a folder" / "x.json", "it's $HOME `x` \\n ü\n"
    assert run(shell, write(str(path), text, "0640").line).returncode == 0
    assert path.read_text() == text
    assert path.stat().st_mode & 0o777 == 0o640


@SHELLS
def test_a_file_that_its_check_refuses_leaves_the_old_one_and_nothing_else(shell, tmp_path):
    path = tmp_path / "daemon.json"
    path.write_text("old")
    assert run(shell, write(str(path), "new", check=Shell('grep -q old "$t"')).line).returncode == 1
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@SHELLS
def test_a_full_disk_is_said_and_leaves_the_old_file(shell, tmp_path):
    # A limit on the size of files stands in for the full disk: it needs no root. The test hosts fill a real one.
    path = tmp_path / "x.conf"
    path.write_text("old")
    done = run(shell, f"trap '' XFSZ; ulimit -f 1; {write(str(path), 'a' * 100_000).line}")
    assert done.returncode == 1
    assert "write error" in done.stderr
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@SHELLS
def test_a_download_is_kept_only_with_the_right_digest(shell, tmp_path):
    source, place = tmp_path / "source", tmp_path / "cache" / "x.deb"
    source.write_bytes(b"package")
    act = fetch(f"file://{source}", "0" * 64, str(place))
    assert refused(run(shell, act.line), act).cause == f"file://{source} does not have the SHA-256 {'0' * 64}; it was deleted"
    assert list(place.parent.iterdir()) == []
    assert run(shell, fetch(f"file://{source}", hashlib.sha256(b"package").hexdigest(), str(place)).line).returncode == 0
    assert place.read_bytes() == b"package"


@SHELLS
def test_an_upload_with_another_digest_is_deleted_and_said(shell, tmp_path):
    (tmp_path / "x.deb.part").write_bytes(b"tampered")
    act = verify("docker.deb", "0" * 64, str(tmp_path / "x.deb"))
    failure = refused(run(shell, act.line), act)
    assert failure.cause.startswith("docker.deb does not have the SHA-256 0000")
    assert failure.remedy == "correct package.source or package.sha256"
    assert list(tmp_path.iterdir()) == []


@SHELLS
def test_a_file_whose_check_refuses_it_says_why(shell, tmp_path):
    dislike = Shell(f'{{ said=$(cat "$t"); {refuse("no", "$said")}; }}', {"no": Failure("I refuse {said}", "write another")})
    act = write(str(tmp_path / "x"), "this & that", check=dislike)
    assert refused(run(shell, act.line), act) == Failure("I refuse this & that", "write another")
    assert not (tmp_path / "x").exists()


@SHELLS
def test_nobody_waits_for_an_apt_that_is_free(shell):
    done = run(shell, wait_for_apt(5).line)
    assert (done.returncode, done.stderr) == (0, "")


@SHELLS
def test_who_holds_apt_is_named_after_the_wait(shell, tmp_path):
    lock = tmp_path / "lock-frontend"
    with lock.open("w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        act = wait_for_apt(1)
        failure = refused(run(shell, act.line.replace("/var/lib/dpkg/lock-frontend", str(lock))), act)
    assert failure.cause.startswith("apt is held by ")
    assert failure.cause.endswith(f"(process {os.getpid()}, {lock}) since 1 seconds")
    assert failure.remedy.startswith("wait")
    assert failure.code == "locked"


@SHELLS
def test_an_apt_that_becomes_free_is_waited_for(shell, tmp_path):
    lock = tmp_path / "lock-frontend"
    holder = f"import fcntl,time; f = open({str(lock)!r}, 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); time.sleep(1)"
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        done = run(shell, wait_for_apt(20).line.replace("/var/lib/dpkg/lock-frontend", str(lock)))
    assert (done.returncode, done.stderr) == (0, "")
    assert ": waiting" in done.stdout


def test_the_file_of_a_package_is_installed_by_each_manager():
    assert install_file("apt", "/c/x.deb", "", 60).endswith("-o DPkg::Lock::Timeout=60 install /c/x.deb")
    assert install_file("dnf", "/c/x.rpm", "docker-desktop", 60) == "dnf remove -y docker-desktop && dnf install -y /c/x.rpm"
    assert install_file("pacman", "/c/x.zst", "", 60) == "pacman -U --noconfirm /c/x.zst"


@pytest.mark.parametrize("version", ["5:28.5.1-1~debian.12~bookworm", "28.5.1-1.fc42", "28.5.1"])
def test_the_release_is_what_people_call_the_version(version):
    assert release(version) == "28.5.1"


@pytest.mark.parametrize(("have", "equal"), [("a\nb", True), ("a\nb\n\n", True), ("a", False), (None, False)])
def test_files_are_compared_without_their_last_line_ends(have, equal):
    assert same(have, "a\nb\n") is equal


@pytest.mark.parametrize(
    "state",
    [
        State(
            os=Os("debian"),
            device=Device("root", "kvm", "660"),
            users={"ada": ("kvm",), "bob": None},
            checks=(Check("a", "b", "c"),),
        ),
        State(device=None, members=()),
        EngineState(units={"docker.service": Unit(True, True)}, daemon={"log-opts": {"max-size": "1m"}}, key=("A",)),
    ],
)
def test_a_state_survives_the_way_through_a_fact(state):
    assert plain(state) == dataclasses.asdict(state)
    assert revive(type(state), json.loads(json.dumps(plain(state)))) == state


def test_names_come_as_a_list_or_from_the_command_line_as_one_text():
    assert names(["ada", "bob"]) == names("ada,bob") == ["ada", "bob"]
    assert names("ada") == ["ada"]
    assert names(()) == []


KNOWN = {"HOME", "USER", "LOGNAME", "SHELL", "LANG", "PATH", "XDG_RUNTIME_DIR"}
SHELLS_OWN = {"PWD", "SHLVL", "_", "OLDPWD"}
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else; run as root")


def environment(shell, line):
    done = subprocess.run(
        [shell, "-c", f"TOKEN=hunter2 SUDO_USER=ada HOME=/root; export TOKEN SUDO_USER HOME; {line}"],
        capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], "AWS_SECRET": "hunter2"},
    )  # fmt: skip
    assert "hunter2" not in done.stdout
    return dict(row.split("=", 1) for row in done.stdout.splitlines())


@AS_ROOT
@SHELLS
@pytest.mark.parametrize("way", ["look", "change"])
def test_what_runs_as_a_user_is_given_nothing_of_roots_environment(shell, way):
    if way == "look":
        found = environment(shell, f"{PRELUDE}\nas_them daemon env")
    else:
        found = environment(shell, as_user("daemon", 1, "/usr/sbin", Shell("env")).line)
    assert KNOWN <= set(found) <= KNOWN | SHELLS_OWN | {"DBUS_SESSION_BUS_ADDRESS"}
    assert (found["HOME"], found["USER"], found["XDG_RUNTIME_DIR"]) == ("/usr/sbin", "daemon", "/run/user/1")
    assert "root" not in found["PATH"]


@AS_ROOT
@pytest.mark.parametrize("line", [f"{PRELUDE}\nas_them daemon sh -c id", as_user("daemon", 1, "/usr/sbin", Shell("id")).line])
def test_it_runs_with_the_users_rights(line):
    done = run("dash", line)
    assert done.stdout.startswith("uid=1(daemon)"), done


def test_the_environment_is_emptied_before_the_user_is_changed():
    """Whose a process is may read its environment, be it for a moment."""
    for line in (PRELUDE[PRELUDE.index("as_them() {") :], as_user("ada", 1000, "/home/ada", Shell("id")).line):
        assert line.index("env -i ") < line.index("runuser -u ")
    assert PRELUDE.count("runuser") == 1, "and by one way only"


def test_who_is_unknown_runs_nothing():
    done = run("dash", f"{PRELUDE}\nas_them nobody-of-this-name echo ran")
    assert (done.returncode, done.stdout) == (1, "")


@SHELLS
def test_groups_are_printed_one_a_line_whatever_their_names(shell):
    fake = "id() { case $1 in -u) echo 1;; -Gnz) printf 'ada\\0domain users\\0docker users\\0';; esac; }\n"
    done = run(shell, f"{PRELUDE}{fake}part user:ada groups_of ada")
    assert parts(done.stdout)["user:ada"].lines == ["ada", "domain users", "docker users"]
    assert run(shell, f"{PRELUDE}groups_of nobody-of-this-name").returncode == 1


FAKE_HOST = """getent() { echo "docker:x:99:"; }; grep() { [ "$3" != /etc/group ] || LOCAL; }
gpasswd() { echo "gpasswd $*"; }; usermod() { echo "usermod: user '$4' does not exist in /etc/passwd"; return 6; }
"""


@SHELLS
def test_a_directorys_user_joins_a_group_of_the_host(shell):
    done = run(shell, FAKE_HOST.replace("LOCAL", "true") + join("ada", "docker").line)
    assert (done.returncode, done.stdout) == (0, "gpasswd --add ada docker\n")


@SHELLS
def test_a_group_that_is_a_directorys_is_said(shell):
    act = join("ada", "docker")
    failure = refused(run(shell, FAKE_HOST.replace("LOCAL", "false") + act.line), act)
    assert failure.cause == "the group docker is in a directory, such as LDAP, and not in this host's /etc/group"
    assert "let ada join it there" in failure.remedy
