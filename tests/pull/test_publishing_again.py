"""Publishing twice at once, and over what is no longer as it was published."""

import errno
import hashlib
import shutil
import subprocess
import sys

import pytest

from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.pull import lock
from pyinfra_wsl.pull.accept import OK, REFUSED
from pyinfra_wsl.pull.publish import images


def test_a_place_without_locks_is_not_waited_for(at, monkeypatch):
    """As some shares are: nobody holds it, so that nobody would ever let go of it."""

    def refuse(*_arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    at.publish()
    with monkeypatch.context() as patched:
        patched.setattr(lock.os, "lockf", refuse)
        with pytest.raises(StepError, match="cannot be written: No locks available"):
            at.publish()
    assert at.publish().serial == 2


def test_only_one_publishes_at_a_time(at):
    at.publish()
    before = (at.public / "latest").read_bytes()
    with lock.held(at.public / ".publishing", "bundle of somebody else"):
        words = [
            sys.executable,
            "-m",
            "pyinfra_wsl",
            "bundle",
            at.folder / "fleet.yml",
            "--key",
            at.keys / "a",
            "--out",
            at.public,
        ]
        done = subprocess.run(words, check=False, capture_output=True)
    assert (done.returncode, b"somebody else publishes" in done.stderr) == (1, True), done
    assert (at.public / "latest").read_bytes() == before
    assert at.publish().serial == 2


@pytest.mark.parametrize("data", [b"", b"[]\n{}", None])
def test_what_was_damaged_in_the_folder_is_whole_after_the_next_bundle(at, data):
    path = at.public / at.publish().slice_path("LT-1")
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)
    assert at.fetch().source == REFUSED
    at.publish()
    assert at.fetch().source == OK


DATA = b"an image"


def with_image(at, content=DATA):
    (at.folder / "disk.tar").write_bytes(content)
    at.publish(f"hosts: {{LT-1: {{wsl_distros: {{U: {{source: disk.tar, sha256: {hashlib.sha256(DATA).hexdigest()}}}}}}}}}")
    return next((at.public / "images").rglob("disk.tar"))


def test_a_file_that_was_changed_in_the_folder_is_published_anew(at):
    there = with_image(at)
    there.write_bytes(b"no image")
    assert with_image(at).read_bytes() == DATA


def test_a_file_that_changes_while_it_is_published_is_not(at, monkeypatch):
    def copy(source, part):
        part.write_bytes(source.read_bytes() + b"more")

    monkeypatch.setattr(images.shutil, "copyfile", copy)
    with pytest.raises(StepError, match="changes while"):
        with_image(at)
    assert not (at.public / "latest").exists()


def test_what_a_killed_publisher_has_left_goes_with_the_next_bundle(at):
    made = at.publish()
    left = [
        at.public / ".latest.0123abcd",
        at.public / "slices" / f".{'0' * 32}" / "x",
        at.public / made.folder / ".names.0123abcd",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    at.publish("hosts: {LT-1: {}}")
    assert [path.exists() for path in left] == [False] * 3
    assert (at.public / made.folder).is_dir()


def test_a_folder_without_trust_stays_as_it_is(at):
    shutil.rmtree(at.public)
    with pytest.raises(StepError, match="has no trust"):
        at.publish()
    assert not at.public.exists()


def test_a_file_that_was_changed_after_the_fleet_file_was_read_is_not_signed(tmp_path):
    (tmp_path / "disk.tar").write_bytes(b"somebody else's")
    declared = {"source": str(tmp_path / "disk.tar"), "sha256": hashlib.sha256(DATA).hexdigest()}
    with pytest.raises(StepError, match="not the declared file any more") as caught:
        images.Images(tmp_path / "public").of({"os": "windows", "wsl_distros": {"U": declared}})
    assert "disk.tar" in caught.value.cause
    (tmp_path / "disk.tar").write_bytes(DATA)
    found = images.Images(tmp_path / "public").of(
        {"os": "windows", "wsl_distros": {"U": {**declared, "sha256": declared["sha256"].upper()}}}
    )
    assert found["wsl_distros"]["U"]["sha256"] == declared["sha256"]


def test_no_key_is_a_root_key_and_signs_bundles(at, call):
    words = ("trust", "init", at.folder / "new", "--fleet", "corp", "--root", at.keys / "a", "--signing")
    assert "is a root key, and signs bundles" in call(*words, at.keys / "a", code=1)
    assert not (at.folder / "new" / "trust").exists()
    call(*words, at.keys / "b")
