"""A file that many hosts name is looked at for each of them, and read again where it is another or has changed."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from pyinfra_wsl import sources

WHOLE = sources._wrong
RIGHT = hashlib.sha256(b"right").hexdigest()


@pytest.fixture
def asked(monkeypatch):
    """Return what was looked at whole."""
    found = []
    monkeypatch.setattr(sources, "_wrong", lambda *given: found.append(given) or WHOLE(*given))
    return found


def told(path, sha256=RIGHT, folder=Path("/nowhere")):
    holder = {"source": str(path), "sha256": sha256}
    found = [(one.path[-1], one.message) for one in sources.wrong([(("a", "source"), holder, "source")], folder)]
    now = WHOLE(str(path), folder, sha256)
    assert [one[1] for one in found] == ([] if now is None else [now[1]])
    return found[0][0] if found else None


def test_the_very_same_is_read_once_for_all(tmp_path, asked):
    file = tmp_path / "u.tar"
    file.write_bytes(b"right")
    assert [told(file) for _host in range(5)] == [None] * 5
    assert len(asked) == 1
    assert [told(file, "0" * 64) for _host in range(3)] == ["sha256"] * 3
    assert [told(file, None) for _host in range(3)] == [None] * 3
    assert len(asked) == 3


def test_whatever_becomes_of_it_is_seen_at_once(tmp_path, asked):
    file, other, link = tmp_path / "u.tar", tmp_path / "other.tar", tmp_path / "link.tar"
    file.write_bytes(b"right")
    other.write_bytes(b"wrong")
    link.symlink_to(file)
    assert (told(file), told(other), told(link)) == (None, "sha256", None)
    link.unlink()
    link.symlink_to(other)
    assert told(link) == "sha256"
    times = file.stat()
    file.write_bytes(b"wrong")  # as long as before
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns + 1))
    assert told(file) == "sha256"
    file.write_bytes(b"")
    assert told(file) == "source"
    file.unlink()
    assert told(file) == "source"
    file.mkdir()
    assert told(file) == "source"
    file.rmdir()
    other.rename(file)
    assert told(file) == "sha256"
    assert asked


def test_one_beside_the_fleet_file_is_that_of_its_folder(tmp_path, asked):
    for name, text in (("one", b"right"), ("two", b"wrong")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "u.tar").write_bytes(text)
    assert [told("u.tar", folder=tmp_path / name) for name in ("one", "two", "one")] == [None, "sha256", None]
    assert len(asked) == 3


@pytest.mark.parametrize("path", ["/a\0b", "/" + "a" * 5000, "/nowhere/at/all", "//", "/dev/null"])
def test_what_can_be_no_file_is_told_as_ever(path):
    assert told(path) == "source"


def test_a_read_that_failed_is_tried_again_for_the_next_host(tmp_path, monkeypatch):
    file, digest, tries = tmp_path / "u.tar", hashlib.file_digest, []
    file.write_bytes(b"right")

    def read(stream, kind):
        tries.append(kind)
        if len(tries) == 1:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return digest(stream, kind)

    monkeypatch.setattr(hashlib, "file_digest", read)
    named = [(("a", "source"), {"source": str(file), "sha256": RIGHT}, "source")]
    assert [len([*sources.wrong(named, Path("/"))]) for _host in range(3)] == [1, 0, 0]
    assert len(tries) == 2
