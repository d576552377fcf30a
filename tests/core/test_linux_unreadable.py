"""What stands at a file's place and cannot be read is not nothing: it would be written over."""

import os
import subprocess

import pytest

from pyinfra_wsl.core.acts import write
from pyinfra_wsl.core.formats import json_file
from pyinfra_wsl.core.linux.host import PRELUDE, parts

SHELLS = pytest.mark.parametrize("shell", ["dash", "bash"])
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else; run as root")
PROBLEM = (None, "it is no file, or it cannot be read")


def shown(shell, line):
    done = subprocess.run([shell, "-c", f"{PRELUDE}{line}"], capture_output=True, text=True, check=True, timeout=30)
    return json_file.read(parts(done.stdout)["f"].text)


@SHELLS
@pytest.mark.parametrize("made", ["mkdir", "mkfifo"])
def test_what_is_no_file_is_a_problem(shell, tmp_path, made):
    subprocess.run([made, tmp_path / "f"], check=True)
    assert shown(shell, f"whole f {tmp_path}/f") == PROBLEM


@SHELLS
def test_a_file_that_is_there_empty_or_not_is_read(shell, tmp_path):
    assert shown(shell, f"whole f {tmp_path}/f") == (None, "")
    (tmp_path / "f").write_text("")
    assert shown(shell, f"whole f {tmp_path}/f") == (None, "")
    (tmp_path / "f").write_text('{"debug": true}' + " " * 4000)
    assert shown(shell, f"whole f {tmp_path}/f") == ({"debug": True}, "")


@AS_ROOT
@SHELLS
def test_a_users_file_that_they_cannot_read_is_a_problem(shell):
    made = "cd $(mktemp -d) && chmod 755 . && echo '{\"debug\": true}' >f && chmod 600 f"
    assert shown(shell, f"{made}; theirs nobody f $PWD/f; rm -r $PWD") == PROBLEM
    assert shown(shell, f"{made}; chmod 644 f; theirs nobody f $PWD/f; rm -r $PWD") == ({"debug": True}, "")
    assert shown(shell, f"{made}; ln -s f g; theirs nobody f $PWD/g; rm -r $PWD") == (None, "")  # where they have no business


@AS_ROOT
@SHELLS
def test_a_users_file_that_did_not_come_in_time_is_a_problem(shell):
    late = "env() { return 124; }"  # as timeout(1) ends a program
    assert shown(shell, f"{late}; theirs nobody f /etc/hostname") == PROBLEM
    assert shown(shell, "theirs no-such-user f /etc/hostname") == (None, "")


@SHELLS
def test_nothing_is_written_into_a_folder_that_stands_in_the_place_of_the_file(shell, tmp_path):
    (tmp_path / "f").mkdir()
    done = subprocess.run([shell, "-c", write(f"{tmp_path}/f", "new").line], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "directory" in done.stderr
    assert [one.name for one in tmp_path.rglob("*")] == ["f"]
