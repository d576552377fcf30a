"""The programs inside a distribution that our product and its tests call."""

import hashlib

import pytest
from wsl_laptop import archive, laptop

from pyinfra_wsl.lab.wsl.distro import Entry, LinuxError, Tree


@pytest.fixture
def here():
    here = laptop()
    here.register("D", root=archive(home__dev__note=b"hello\n"))
    return here


def run(here, *words, user="root", stdin=b""):
    return here.wsl("-d", "D", "-u", user, "-e", *words, stdin=stdin)


def test_a_file_is_written_kept_and_read(here):
    assert run(here, "tee", "/etc/wsl.conf", stdin=b"[boot]\n").stdout == b"[boot]\n"
    here.wsl("--shutdown")
    assert run(here, "cat", "/etc/wsl.conf").stdout == b"[boot]\n"
    assert run(here, "sha256sum", "/etc/wsl.conf").stdout.split()[0].decode() == hashlib.sha256(b"[boot]\n").hexdigest()


def test_a_file_is_replaced_the_careful_way(here):
    assert run(here, "cp", "-p", "/home/dev/note", "/home/dev/note.bak").code == 0
    run(here, "tee", "/home/dev/note.new", stdin=b"new")
    assert run(here, "mv", "-f", "/home/dev/note.new", "/home/dev/note").code == 0
    assert run(here, "cat", "/home/dev/note", "/home/dev/note.bak").stdout == b"newhello\n"
    assert run(here, "test", "-e", "/home/dev/note.new").code == 1


@pytest.mark.parametrize(
    ("words", "code", "err"),
    [
        (["cat", "/none"], 1, b"cat: /none: No such file or directory\n"),
        (["cat", "/etc"], 1, b"cat: /etc: Is a directory\n"),
        (["tee", "/none/x"], 1, b"tee: /none/x: No such file or directory\n"),
        (["rm", "/none"], 1, b"rm: cannot remove '/none': No such file or directory\n"),
        (["rm", "-f", "/none"], 0, b""),
        (["mkdir", "/etc"], 1, b"mkdir: cannot create directory '/etc': File exists\n"),
        (["mkdir", "-p", "/etc/a/b"], 0, b""),
        (["id", "-u", "nobody"], 1, "id: ‘nobody’: no such user\n".encode()),
        (["getent", "passwd", "nobody"], 2, b""),
        (["test", "-f", "/etc/passwd"], 0, b""),
        (["test", "-x", "/etc/passwd"], 1, b""),
        (["test", "-x", "/bin/sh"], 0, b""),
        (["test", "-d", "/etc"], 0, b""),
    ],
)
def test_exit_codes_and_messages(here, words, code, err):
    outcome = run(here, *words)
    assert (outcome.code, outcome.stderr) == (code, err)


def test_only_root_writes_what_is_roots(here):
    outcome = run(here, "tee", "/etc/wsl.conf", user="dev", stdin=b"x")
    assert (outcome.code, outcome.stderr) == (1, b"tee: /etc/wsl.conf: Permission denied\n")
    assert run(here, "test", "-e", "/etc/wsl.conf").code == 1


def test_useradd_makes_a_user_once(here):
    assert run(here, "useradd", "-m", "-s", "/bin/bash", "eve").code == 0
    assert run(here, "id", "-u", "eve").stdout == b"1001\n"
    assert run(here, "getent", "passwd", "eve").stdout == b"eve:x:1001:1001::/home/eve:/bin/bash\n"
    assert run(here, "id", "-un", user="eve").stdout == b"eve\n"
    assert run(here, "useradd", "eve").code == 9
    assert run(here, "useradd", "mallory", user="dev").code == 1


def test_paths_are_followed_through_links():
    tree = Tree()
    tree.make("/run")
    tree.entries["/var"] = Entry("folder", 0o755)
    tree.link("/var/run", "/run")
    tree.link("/loop", "loop")
    assert tree.real("/var/run/x") == "/run/x"
    with pytest.raises(LinuxError, match="symbolic links"):
        tree.real("/loop")


def test_plain_words_need_no_real_shell(here):
    assert here.run_line("-d D -- id -u").stdout == b"0\n"
    assert here.run_line("-d D id -un").stdout == b"root\n"
    assert here.run_line("-d D --cd /etc -- cat os-release").code == 0
