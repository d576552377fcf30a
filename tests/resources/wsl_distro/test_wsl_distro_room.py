"""Room before an export, a move and a conversion: needed and there, by drive, and how somebody goes on all the same."""

from dataclasses import replace

import pytest
from support.laptops import laptop, wanted
from support.wire import contents

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.windows.outlook import Declared, Outlook, Size
from pyinfra_wsl.edge.laptop import resources
from pyinfra_wsl.resources.wsl_distro import presence
from pyinfra_wsl.resources.wsl_distro.plan import plan
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import Distro, Record, State

GB = 1 << 30
SHA, OTHER = "a" * 64, "b" * 64
IMAGE = {"source": "u.tar.gz", "sha256": SHA}
BOTH = {"features": {"VirtualMachinePlatform": "Enabled", "Microsoft-Windows-Subsystem-Linux": "Enabled"}}


def at(declared, *, c=100, d=100, sizes=None, despite=(), **distro):
    """Return the plan of a declared distribution U of 20 GB on C:, with so many GB free on the drives."""
    own = Distro("{1}", "U", 1, 2, r"C:\wsl\u", there=True, size=20 * GB, record=Record(SHA))
    have = State({"U": replace(own, **distro)} if distro.get("name", "U") else {}, default_version=2, running=())
    seen = laptop(wsl_distro=have, windows={"drives": {"C:": c * GB, "D:": d * GB}}, windows_feature=BOTH)
    values = {"wsl_distros": {"U": declared}}
    told = Declared(values, sizes or {}, frozenset(despite))
    obstacles = [one for resource in resources() for one in resource.foresee(told, seen)]
    return plan(wanted(RESOURCE, values), replace(seen, outlook=Outlook.of(told, obstacles)))


NEEDS = {
    "an export": ({"export_to": r"D:\u.tar"}, "export U to", "the export of U", "20.0 GB"),
    "an export in gzip": ({"export_to": r"D:\u.tar.gz"}, "export U to", "the export of U", "6826.7 MB"),
    "an export in xz": ({"export_to": r"D:\u.tar.xz"}, "export U to", "the export of U", "5120.0 MB"),
    "before it goes": (
        {"state": "absent", "allow_data_loss": True, "export_to": r"D:\old.tar.gz"},
        "then unregister it", "the export of U", "20.0 GB",
    ),
    "before another image": (
        {**IMAGE, "sha256": OTHER, "allow_data_loss": True, "export_to": r"D:\old.tar"},
        "then unregister it", "the export", "20.0 GB",
    ),
    "a move to another drive": ({"location": r"D:\wsl\u"}, "move U:", r"distribution U, moved to D:\wsl\u", "20.0 GB"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEEDS)
def test_what_does_not_fit_is_not_begun_and_says_what_is_needed_where(name):
    declared, step, whom, needed = NEEDS[name]
    assert any(step in one.sentence for one in at(declared).steps)
    full = at(declared, d=4)
    assert not any(step in one.sentence for one in full.steps)
    (failure,) = full.failures
    assert step in failure.cause
    bound = "at least" if "move" in name else "up to"
    assert f"drive D: is too full: it has 4096.0 MB free, and {bound}" in failure.cause
    assert failure.remedy.startswith(f"free {bound}")
    assert f"{needed} for {whom}" in failure.cause
    assert (failure.code, "proceed_despite: [disk_space]" in failure.remedy) == ("disk_space", True)
    assert any(step in one.sentence for one in at(declared, d=4, despite=["disk_space"]).steps)


def test_a_conversion_lies_beside_what_it_is_made_of():
    assert "20.0 GB for U as WSL 1, beside what it is now" in at({"version": 1}, c=4).failures[0].cause
    assert at({"version": 1}).steps
    assert at({"version": 2}, c=1, version=1, size=None).steps  # what a folder holds nobody knows
    assert "U as WSL 2" in at({"version": 2}, c=0, version=1, size=None).failures[0].cause


@pytest.mark.parametrize(
    "declared", [{"location": r"C:\other\u"}, {"export_to": r"D:\u.tar"}, {"location": r"D:\wsl\u"}, {"version": 1}]
)
def test_what_needs_no_room_or_is_not_known_is_no_hindrance(declared):
    known = "location" in declared and declared["location"].startswith("C:")
    assert at(declared, c=1, d=1, size=20 * GB if known else None).steps


def test_what_was_exported_already_needs_nothing():
    assert not at({"export_to": r"D:\u.tar"}, d=0, record=Record(SHA, exported_to=r"D:\u.tar")).failures


def test_the_export_of_what_is_only_imported_needs_its_image():
    declared = {**IMAGE, "export_to": r"D:\u.tar"}
    full = at(declared, d=1, sizes={"u.tar.gz": Size(GB, 3 * GB)}, name="")
    assert [one.sentence.split()[0] for one in full.steps] == ["import"]
    assert "3072.0 MB for the export of U" in full.failures[0].cause


ODD = Answer(True, {"exists": True, "size": "5"})


@pytest.mark.parametrize(("answer", "size"), [(contents(b"12345"), 5), (ODD, None), (None, None)])
def test_the_size_of_a_disk_is_what_its_file_has(answer, size):
    path = r"C:\wsl\u\ext4.vhdx"
    (name,) = presence.questions([path])
    assert presence.Seen(path, {} if answer is None else {name: answer}).size == size
