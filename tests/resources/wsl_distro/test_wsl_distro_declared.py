"""What may be declared of a distribution: with an image or without one, and what is refused before a laptop is asked."""

import pytest
from support.distros import HOME, SHA, WSL1_ON, distro, only_failure, plan, sentences, state
from support.laptops import laptop, refusal, refused, wanted

from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.importing import suffix
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import Record

FOREIGN = {"record": Record()}


def declared(**fields):
    return {"wsl_distros": {"CentOS8": fields}}


def test_one_that_is_there_needs_no_image_to_be_converted_and_made_the_default():
    have = state(distro("CentOS8", version=1, **FOREIGN), distro("Debian"), default="Debian")
    want = wanted(RESOURCE, declared(version=2, default=True, default_user="ada", location=r"D:\wsl\c"))
    planned = planning.plan(want, laptop(wsl_distro=have, windows_feature=WSL1_ON))
    assert sentences(planned) == [
        "convert CentOS8 from WSL 1 to 2",
        rf"move CentOS8: {HOME}\CentOS8 → D:\wsl\c",
        "default distribution: Debian → CentOS8",
        "default user of CentOS8: root → ada",
    ]
    assert planned.warnings == planned.failures == ()


def test_without_an_image_one_that_is_missing_is_a_failure_with_the_way_out():
    failure = only_failure(plan({"version": 2}))
    assert failure.cause == "Ubuntu is not there, and no source is declared to import it from"
    assert failure.remedy == "declare its source and sha256, or install Ubuntu by hand"


def test_what_would_describe_an_image_that_is_not_declared_is_refused():
    assert refusal(RESOURCE, declared(format="tar")).cause.startswith("wsl_distros.CentOS8.format: says what source is")


@pytest.mark.parametrize("version", [3, 0, -1, 1.5, "2", True, [2]])
def test_a_version_that_wsl_does_not_have_is_refused(version):
    assert refusal(RESOURCE, declared(version=version)).cause.startswith("wsl_distros.CentOS8.version: ")


def test_a_version_that_came_as_a_fraction_is_the_number():
    assert repr(wanted(RESOURCE, declared(version=2.0)).version) == "2"


@pytest.mark.parametrize("version", [{}, {"version": 1}, {"version": 2}])
@pytest.mark.parametrize(
    "source",
    [
        "https://[x",
        "https://[x/u.tar",
        "https://[::g]/u.tar",
        "https://x:99999999/",
        "https://x:99999999/u.tar",
        "https://x:0/u.tar",
        "https://x:abc/u.tar",
        "https:///u.tar",
        "https://x",
        "https://./u.tar",
        "https://x..y/u.tar",
        "https://-x/u.tar",
        "https://300.1.1.1/u.tar",
        r"https://x\y/u.tar",
        "https://x/u v.tar",
    ],
)
def test_what_is_no_address_is_refused_before_a_laptop_is_asked(source, version):
    found = refusal(RESOURCE, declared(source=source, sha256=SHA, **version))
    assert found.cause.startswith("wsl_distros.CentOS8.source: ")
    assert found.cause.endswith("is no address") or "is no port" in found.cause


@pytest.mark.parametrize(
    "source",
    [
        "https://images.example.org/u.tar",
        "HTTPS://h:8443/u.tar",
        "https://[2001:db8::1]:443/u.tar",
        "https://10.0.0.1/u.tar",
        "https://bücher.example/u.tar",
        "https://host_1.example./u.tar",
    ],
)
def test_an_address_is_taken(source):
    assert not refused(RESOURCE, declared(source=source, sha256=SHA))


@pytest.mark.parametrize(
    ("source", "kind", "has"),
    [
        ("x.img", "vhd", ".vhdx"),
        ("x", "vhd", ".vhdx"),
        ("x.tar.gz", "vhd", ".vhdx"),
        ("x.VHD", "vhd", ""),
        ("x.vhdx", "vhd", ""),
        ("x.vhdx", "tar", ".tar"),
        ("https://h/x.vhd?v=1", "tar", ".tar"),
        ("x.tar.xz", "tar", ""),
        ("x", "tar", ""),
    ],
)
def test_on_the_laptop_an_image_is_called_what_it_is_declared_to_be(source, kind, has):
    want = wanted(RESOURCE, declared(source=source, sha256=SHA, format=kind))
    assert suffix(want.source, want.disk) == has


def test_a_disk_of_another_suffix_is_imported_to_where_wsl_copies_it():
    (step,) = plan({"source": "x.img", "sha256": SHA, "format": "vhd"}).steps
    assert step.free == (rf"{HOME}\Ubuntu\ext4.vhdx",)


def test_one_is_not_moved_into_the_folder_of_another():
    failure = only_failure(plan({"location": rf"{HOME}\DEBIAN"}, state(distro(), distro("Debian"))))
    assert failure.cause == rf"{HOME}\DEBIAN is the folder of Debian"


def test_two_in_one_folder_are_refused():
    found = refusal(RESOURCE, {"wsl_distros": {"A": {"location": r"D:\wsl\a"}, "B": {"location": "d:/wsl/x/../A"}}})
    assert found.cause == "wsl_distros.B.location: is the location of A too"


@pytest.mark.parametrize("name", [".", "..", "...", "a.", "con", "NUL.x", "x" * 256])
def test_a_name_that_no_folder_has_needs_a_location_to_be_imported(name):
    image = {"source": "https://example.com/x.tar", "sha256": SHA}
    failure = refusal(RESOURCE, {"wsl_distros": {name: image}})
    assert failure.cause.startswith(f"wsl_distros.{name[:40]}")
    assert "Windows has no folder" in failure.cause
    assert not refused(RESOURCE, {"wsl_distros": {name: image | {"location": r"D:\wsl\x"}}})
    assert not refused(RESOURCE, {"wsl_distros": {name: {"default": True}}})
