"""The lab's images: the ones that are committed are the ones that are made."""

import io
import tarfile
from pathlib import Path

import pytest

from pyinfra_wsl import fleet
from pyinfra_wsl.lab.docker_desktop import package
from pyinfra_wsl.lab.range import images
from pyinfra_wsl.lab.wsl import installer

FOLDER = Path(__file__).resolve().parent.parent / "inventory" / "images"


@pytest.mark.parametrize("name", images.ARCHIVES)
def test_a_committed_archive_holds_what_is_made(name):
    make, _, unpack = images.ARCHIVES[name]
    assert unpack((FOLDER / name).read_bytes()) == make()


@pytest.mark.parametrize("name", images.ARCHIVES)
def test_an_archive_is_the_same_at_each_making_and_holds_a_root_file_system(name):
    make, pack, unpack = images.ARCHIVES[name]
    assert pack(make()) == pack(make())
    with tarfile.open(fileobj=io.BytesIO(unpack(pack(make())))) as archive:
        assert {"etc/os-release", "etc/passwd", "etc/group", "bin/sh"} <= set(archive.getnames())
        assert b"dev:x:1000:" in archive.extractfile("etc/passwd").read()


@pytest.mark.parametrize("name", images.INSTALLERS)
def test_a_committed_installer_is_the_one_that_is_made(name):
    assert (FOLDER / name).read_bytes() == images.INSTALLERS[name]()


def test_installers_say_what_they_install():
    assert installer.read(images.INSTALLERS["wsl.2.6.1.0.x64.msi"]())["version"] == "2.6.1.0"
    found = {name: package.read(make()) for name, make in images.INSTALLERS.items() if name.startswith("docker-desktop.")}
    assert {name: f"docker-desktop.{one.version}.{one.architecture}.{one.kind}" for name, one in found.items()} == {
        name: name for name in found
    }


def test_nothing_else_is_committed(tmp_path):
    assert {file.name for file in images.write(tmp_path)} == {file.name for file in FOLDER.iterdir()}


def test_a_damaged_image_is_made_again_and_a_right_one_kept(tmp_path):
    images.write(tmp_path)
    damaged, kept = tmp_path / "ubuntu-24.04.tar.gz", tmp_path / "debian-12.tar.xz"
    whole, time = damaged.read_bytes(), kept.stat().st_mtime_ns
    damaged.write_bytes(whole[:100])
    images.write(tmp_path)
    assert damaged.read_bytes() == whole
    assert kept.stat().st_mtime_ns == time


def test_the_labs_fleet_names_these_images():
    found = fleet.load(FOLDER.parent / "fleet.yml")
    assert len(found.hosts) == 16
