"""Files that are published beside the slices: under names that every address and disk can hold, and that lead nowhere else."""

import hashlib
from pathlib import Path

import pytest
from server import of_folder, serving

from pyinfra_wsl.pull import images
from pyinfra_wsl.pull.fetch import Place
from pyinfra_wsl.pull.form.fields import is_name

DATA = b"image"
DIGEST = hashlib.sha256(DATA).hexdigest()


def source(data):
    return data["wsl_distros"]["A"]["source"]


NAMES = {
    "Übung 24 (neu) #1%41.tar": "bung_24_neu_1_41.tar", "a b.tar.gz": "a_b.tar.gz", "-x.tar": "x.tar", "..tar": "tar",
    "日本語": "file",    "%2e%2e%2f.tar": "2e_2e_2f.tar", f"{'x' * 200}.tar": f"{'x' * 96}.tar", "plain.tar": "plain.tar",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_published_and_fetched_whatever_it_is_called(at, name):
    (at.folder / name).write_bytes(DATA)
    at.publish(f"hosts: {{LT-1: {{wsl_distros: {{A: {{source: '{name}', sha256: {DIGEST}}}}}}}}}")
    with serving(of_folder(at.public)) as server:
        at.set(source=f"http://127.0.0.1:{server.server_port}")
        got = at.fetch()
        there = Path(source(images.placed(got.held.slice.data, got.place, at.home)))
    assert (there.read_bytes(), there) == (DATA, at.home / "images" / DIGEST / NAMES[name])
    assert is_name(there.name)


def test_a_file_that_is_needed_no_more_is_not_kept(at):
    """The first is some gigabytes, and each of the next ones too."""
    for number in range(3):
        data = b"image %d" % number
        (at.folder / "a.tar").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        at.publish(f"hosts: {{LT-1: {{wsl_distros: {{A: {{source: a.tar, sha256: {digest}}}}}}}}}")
        got = at.fetch()
        images.placed(got.held.slice.data, got.place, at.home)
        assert [path.name for path in (at.home / "images").iterdir()] == [digest]
    images.placed(got.held.slice.data, got.place, at.home, bring=False)
    assert [path.name for path in (at.home / "images").iterdir()] == [digest]


@pytest.mark.parametrize(
    ("path", "digest"),
    [(f"images/{DIGEST}/../../evil", DIGEST), (f"images/{DIGEST}/..\\..\\evil", DIGEST), (f"images/{DIGEST}/C:\\evil", DIGEST),
     (f"images/{DIGEST}/C:evil", DIGEST), (f"images/{DIGEST}/", DIGEST), ("../secret", DIGEST), (f"images/{DIGEST}/a", "../../x"),
     (f"images/{DIGEST}/a", "0" * 64), (f"images/{DIGEST}/a\n", DIGEST), (f"images/{DIGEST}/.evil", DIGEST)],
)  # fmt: skip
def test_a_slice_names_no_place_to_write_to_or_to_read_from(at, path, digest):
    """Whoever may sign says what a laptop becomes, and neither overwrites nor reads a file of it by that."""
    (at.public / "images").mkdir(parents=True)
    for spelled in (path, path.replace("\\", "/")):
        place = (at.public / spelled).resolve()
        if at.folder in place.parents and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(DATA)
    data = {"os": "windows", "wsl_distros": {"A": {"source": f"bundle:{path}", "sha256": digest}}}
    before = sorted(at.home.rglob("*"))
    assert source(images.placed(data, Place(str(at.public), at.settings), at.home)) == f"bundle:{path}"
    assert sorted(at.home.rglob("*")) == before
