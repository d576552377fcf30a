"""A file is written where others can read it, and not where somebody has fixed what is there."""

import os
import stat
import subprocess

import pytest

from pyinfra_wsl.core.acts import write
from pyinfra_wsl.core.linux.errors import explain


def carry_out(shell, before="true", **environment):
    done = subprocess.run(
        ["dash", "-c", f"{before}; {shell.line}"], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    return explain("write", done.stderr.splitlines(), shell.refusals) if done.returncode else None


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", ["027", "077"])
def test_folders_of_what_all_may_read_are_open_whatever_the_umask(tmp_path, umask):
    assert carry_out(write(f"{tmp_path}/apt/keyrings/docker.asc", "key"), f"umask {umask}") is None
    assert [mode(tmp_path / one) for one in ("apt", "apt/keyrings", "apt/keyrings/docker.asc")] == [0o755, 0o755, 0o644]


@pytest.mark.parametrize("options", [{"mode": "0600"}, {"keep": True}])
def test_folders_of_what_is_somebodys_own_are_as_they_make_them(tmp_path, options):
    assert carry_out(write(f"{tmp_path}/.docker/config.json", "{}", **options), "umask 077") is None
    assert mode(tmp_path / ".docker") == 0o700


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o750)
    assert carry_out(write(f"{tmp_path}/f", "x")) is None
    assert mode(tmp_path) == 0o750


LSATTR = """#!/bin/sh
case $2 in *{fixed}) echo "----{letter}---------e------- $2" ;; *) echo "--------------e------- $2" ;; esac
"""


@pytest.mark.parametrize("letter", ["i", "a"])
@pytest.mark.parametrize("fixed", ["/daemon.json", "/ia"])
@pytest.mark.parametrize("keep", [True, False])
def test_what_is_fixed_is_left_and_said_with_the_way_out(tmp_path, letter, fixed, keep):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/lsattr").write_text(LSATTR.format(fixed=fixed, letter=letter))
    (tmp_path / "bin/lsattr").chmod(0o755)
    (tmp_path / "ia").mkdir()
    file = tmp_path / "ia/daemon.json"
    file.write_text("old")
    found = write(str(file), "new", keep=keep)
    failure = carry_out(found, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    place = file if fixed == "/daemon.json" else tmp_path / "ia"
    assert failure.cause.startswith(f"{place} (----{letter}---------e-------) is fixed by a file attribute")
    assert file.read_text() == "old"
    assert [one.name for one in (tmp_path / "ia").iterdir()] == ["daemon.json"]
    assert carry_out(write(f"{tmp_path}/other/f", "new"), PATH=f"{tmp_path}/bin:{os.environ['PATH']}") is None


def test_without_lsattr_a_file_is_written(tmp_path):
    assert carry_out(write(f"{tmp_path}/f", "new"), "lsattr() { return 127; }") is None
    assert (tmp_path / "f").read_text() == "new"
