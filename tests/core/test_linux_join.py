"""How a user joins a group: of /etc/passwd, of a directory, and where the group itself is in one."""

import os
import subprocess

import pytest

from pyinfra_wsl.core.linux.host import join


@pytest.fixture
def host(tmp_path):
    """Return a function that lets a user join the group kvm on a host with these files, and what was run there."""
    log = tmp_path / "log"
    log.touch()
    for name in ("usermod", "gpasswd", "groupadd"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{log}\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "getent").write_text(f'#!/bin/sh\ncat {tmp_path}/group {tmp_path}/directory | grep "^$2:"\n')
    (tmp_path / "getent").chmod(0o755)

    def act(user, *, users="root:x:0:0::/root:/bin/sh\n", group="", directory=""):
        for name, text in (("passwd", users), ("group", group), ("directory", directory)):
            (tmp_path / name).write_text(text)
        shell = join(user, "kvm")
        line = shell.line.replace("/etc/passwd", f"{tmp_path}/passwd").replace("/etc/group", f"{tmp_path}/group")
        path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, env=os.environ | path)
        return done, log.read_text().splitlines(), shell.refusals

    return act


@pytest.mark.parametrize("users", ["", "a.b:x:1000:1000::/home/ada:/bin/sh\n", "adab:x:1:1::/:/bin/sh\n"])
def test_a_user_of_the_host_or_of_a_directory_joins_by_gpasswd(host, users):
    done, ran, _ = host("a.b", users=users, group="kvm:x:106:\n")
    assert (done.returncode, ran) == (0, ["gpasswd --add a.b kvm"])


def test_a_group_of_a_directory_is_refused_by_name(host):
    done, ran, refusals = host("ada", group="kvm2:x:1:\n", directory="kvm:x:70001:\n")
    assert (done.returncode, ran) == (1, [])
    assert done.stderr.startswith("@refused directory")
    assert "/etc/group" in refusals["directory"].cause
