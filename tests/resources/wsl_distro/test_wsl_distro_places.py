"""Where distributions and their exports may lie: what is refused from the declaration, from the laptop, and by whom."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.distros import SHA, WANT, distro, only_failure, plan, sentences, state
from support.laptops import laptop, refused, wanted

from pyinfra_wsl.core.windows.user import User
from pyinfra_wsl.resources.wsl_distro import places
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.rules import check
from pyinfra_wsl.resources.wsl_distro.want import Want

GONE = {"state": "absent", "allow_data_loss": True}
TAR = r"D:\backup\u.tar"


def problems(**distros):
    return [(problem.path[1:], problem.message) for problem in check({"wsl_distros": distros})]


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ({"export_to": TAR}, {"export_to": r"d:/BACKUP/.\x\..\U.tar"}, "is the export of a too"),
        ({"export_to": r"%LOCALAPPDATA%\u.tar"}, {"export_to": r"%UserProfile%/AppData\Local\u.TAR"}, "is the export of a too"),
        ({"location": r"D:\wsl"}, {"export_to": r"d:\WSL\u.tar"}, "lies in a's location, and an export belongs outside"),
        ({"location": r"D:\x.tar"}, {"export_to": r"D:/X.tar"}, "lies in a's location"),
        ({"location": r"D:\wsl"}, GONE | {"export_to": r"d:\wsl\y\u.tar"}, "lies in a's location"),
        ({}, {"export_to": r"%localappdata%\wsl\A\u.tar"}, "lies in a's location"),
        ({}, {"export_to": r"%LOCALAPPDATA%\wsl\b\u.tar"}, "lies in its own location"),
        ({"export_to": r"D:\x.tar"}, {"location": r"D:\x.tar\wsl"}, "lies in a's export_to, which is a file"),
        ({"location": r"D:\wsl"}, {"location": r"d:/wsl/"}, "is the location of a too"),
        ({"location": r"%LOCALAPPDATA%\wsl\b"}, {}, "is the location of a too"),
        ({"location": r"D:\wsl"}, {"location": r"D:\WSL\temp\b"}, "lies in what WSL deletes when a is unregistered"),
        ({"location": r"D:\wsl"}, {"location": r"D:\wsl\rootfs"}, "lies in what WSL deletes when a is unregistered"),
    ],
)
def test_what_gets_into_each_others_way_is_told_from_the_declaration(a, b, message):
    ((path, said),) = problems(a=a, b=b)
    assert path[0] == "b"
    assert path[1] in ("export_to", "location")
    assert message in said


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"export_to": TAR}, {"export_to": r"D:\backup\v.tar"}),
        (GONE | {"export_to": TAR}, GONE | {"export_to": TAR}),
        (GONE | {"export_to": TAR}, {"export_to": TAR}),
        ({"location": r"D:\wsl"}, {"location": r"D:\wsl\b"}),
        ({"location": r"D:\wsl"}, {"export_to": r"D:\wsl2\u.tar"}),
        ({}, {}),
        ({"location": r"D:\temp"}, {"location": r"D:\x\temp"}),
    ],
    ids=str,
)
def test_what_is_beside_each_other_is_no_problem(a, b):
    assert problems(a=a, b=b) == []


SPELLINGS = st.sampled_from([r"D:\w\a.tar", "d:/W/A.TAR", r"D:\w\.\a.tar", r"D:\x\..\w\a.tar", r"D:\\w\\a.tar"])


@settings(max_examples=60, deadline=None)
@given(one=SPELLINGS, other=SPELLINGS)
def test_no_spelling_hides_that_two_targets_are_one(one, other):
    assert problems(a={"export_to": one}, b={"export_to": other})
    assert problems(a={"location": one}, b={"export_to": other})


BAD = [
    r"D:\con\u.tar",
    r"D:\a.\u.tar",
    "D:\\a\u202eb\\u.tar",
    r"D:\a:b\u.tar",
    "D:\\" + "a" * 300 + ".tar",
    "D:" + r"\aaaaaaaaa" * 40 + ".tar",
]


@pytest.mark.parametrize("key", ["location", "export_to"])
@pytest.mark.parametrize("path", BAD, ids=ascii)
def test_what_windows_cannot_make_is_refused_at_the_door(key, path):
    (failure,) = refused(RESOURCE, {"wsl_distros": {"Ubuntu": {key: path}}})
    assert failure.cause.startswith(f"wsl_distros.Ubuntu.{key}: ")
    assert failure.cause.isprintable()
    assert "write a whole path" in failure.remedy


def test_a_variable_is_as_long_as_it_is_once_it_is_filled_in():
    path = r"%LOCALAPPDATA%\wsl" + r"\aaaaaaaaa" * 22
    assert not refused(RESOURCE, {"wsl_distros": {"Ubuntu": {"location": path}}})
    failure = only_failure(plan(WANT | {"location": path}))
    assert r"as C:\Users\alice\AppData\Local\wsl" in failure.cause
    assert "characters; Windows has room for 247 here" in failure.cause


@pytest.mark.parametrize(
    "profile", [r"C:\Users\al.", r"C:\Users\nul", "C:\\Users\\a\u202el", r"\\server\homes\alice", ""], ids=ascii
)
def test_a_profile_that_makes_no_path_is_refused_once_it_is_known(profile):
    located = Want("Ubuntu", location=r"%USERPROFILE%\w").located(User("S-1", "a", profile, logged_on=True, connected=False))
    assert "location '%USERPROFILE%\\w'" in located.cause


@pytest.mark.parametrize(
    "base",
    [
        *("C:/wsl/u", "C:\\", "wsl\\u", r"\\?\Volume{9b1c}\u", r"\\server\share\u", r"\\?\UNC\server\share\u"),
        *(r"C:\wsl\..\u", "C:u", r"%USERPROFILE%\u", r"C:\wsl\\u", r"C:\wsl\u."),
    ],
)
def test_where_a_folder_does_not_tell_what_is_beside_it_the_export_waits_for_a_place(base):
    have = read_back(base)
    failure = only_failure(plan(GONE, state(have)))
    assert "declare export_to" in failure.remedy
    replaced = plan({"source": "u.tar", "sha256": "cd" * 32, "allow_data_loss": True}, state(have))
    assert "declare export_to" in only_failure(replaced).remedy
    (sentence,) = sentences(plan(GONE | {"export_to": r"D:\backup\x.tar"}, state(have)))
    assert sentence.startswith(r"export Ubuntu to D:\backup\Ubuntu-")


@pytest.mark.parametrize("base", [r"C:\wsl\u", "C:\\wsl\\u\\", r"\\?\C:\wsl\u"])
def test_where_it_does_the_export_lies_beside_it(base):
    (sentence,) = sentences(plan(GONE, state(read_back(base))))
    assert sentence.startswith(r"export Ubuntu to C:\wsl\Ubuntu-")


def read_back(base):
    """Return a distribution whose BasePath is so, as the registry's answer is read."""
    values = {"BasePath": base, "DistributionName": "Ubuntu"}
    key = {"values": {name: {"type": "String", "data": data} for name, data in values.items()}}
    key["values"] |= {name: {"type": "DWord", "data": data} for name, data in {"State": 1, "Flags": 15}.items()}
    answers = {
        "hive": wsl_distro.Answer(True, {"exists": True}),
        "lxss": wsl_distro.Answer(True, {"exists": True, "keys": {"{1}": key}}),
        "ours": wsl_distro.Answer(True, {}),
    }
    found = wsl_distro.read(answers, laptop().user).find("Ubuntu")
    return distro(folder=found.folder)


DEBIAN = distro("Debian", folder=r"D:\wsl")


@pytest.mark.parametrize("below", ["rootfs", "Temp"])
@pytest.mark.parametrize("key", ["location", "export_to"])
def test_nothing_is_put_where_it_would_go_with_another_distribution(key, below):
    path = rf"d:/wsl/{below}/u.tar"
    assert "deleted when Debian is unregistered" in only_failure(plan(WANT | {key: path}, state(DEBIAN))).cause
    assert "deleted when Debian is unregistered" in only_failure(plan(WANT | {key: path}, state(DEBIAN, distro()))).cause


def test_nor_is_a_backup():
    have = state(DEBIAN, distro(folder=r"D:\wsl\rootfs\u"))
    assert "deleted when Debian is unregistered" in only_failure(plan(GONE, have)).cause
    assert places.goes_with(r"D:\wsl\rootfs", r"D:\wsl")
    assert not places.goes_with(r"D:\wsl\rootfs2", r"D:\wsl")


def test_an_export_beside_the_disk_of_another_one_is_kept_by_wsl():
    assert sentences(plan(WANT | {"export_to": r"D:\wsl\u.tar"}, state(DEBIAN, distro()))) == [r"export Ubuntu to D:\wsl\u.tar"]


def test_a_dry_run_notes_the_export_it_foresees():
    want = wanted(RESOURCE, {"wsl_distros": {"Ubuntu": WANT | {"export_to": TAR}}})
    for have in (state(), state(distro(record=wsl_distro.Record(SHA)))):
        after = planning.forecast(laptop(wsl_distro=have), want)
        assert after.of(wsl_distro.State).find("Ubuntu").record.exported_to == TAR
        assert not planning.plan(want, after).steps
