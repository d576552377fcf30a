"""What the registry and a session tell about distributions."""

import pytest
from support.laptops import ALICE
from support.wire import ABSENT, key, ran, subkey

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.resources.wsl_distro import state as wsl_distro

UBUNTU = "{11111111-1111-1111-1111-111111111111}"
LEGACY = "{22222222-2222-2222-2222-222222222222}"
FOLDER = r"C:\Users\alice\AppData\Local\wsl\Ubuntu-24.04"
SOUND = {"State": 1, "DistributionName": "Ubuntu-24.04", "BasePath": rf"\\?\{FOLDER}", "Flags": 15, "Version": 2,
         "DefaultUid": 1000, "VhdFileName": "ext4.vhdx", "Flavor": "ubuntu", "OsVersion": "24.04"}  # fmt: skip


def read(registrations, values=None, ours=ABSENT, **more):
    keys = {guid: subkey(fields) for guid, fields in registrations.items()}
    return wsl_distro.read({"hive": key(), "lxss": key(values, keys), "ours": ours, **more}, ALICE)


def test_a_registration_is_read_with_its_version_from_the_flags():
    distro = read({UBUNTU: SOUND}).distros["Ubuntu-24.04"]
    assert (distro.version, distro.state, distro.default_uid) == (2, 1, 1000)
    assert distro.folder == FOLDER
    assert distro.fault == ""


def test_wsl_1_has_flags_without_eight_whatever_its_file_system_version_says():
    distros = read({UBUNTU: SOUND | {"Flags": 7}, LEGACY: {"State": 1, "DistributionName": "old", "BasePath": r"C:\old"}}).distros
    assert [distro.version for distro in distros.values()] == [1, 1]


def test_names_are_found_in_any_case():
    assert read({UBUNTU: SOUND}).find("ubuntu-24.04").guid == UBUNTU
    assert read({UBUNTU: SOUND}).find("ubuntu") is None


def test_the_default_is_a_name_and_a_dangling_one_is_none():
    assert read({UBUNTU: SOUND}, {"DefaultDistribution": UBUNTU.upper()}).default == "Ubuntu-24.04"
    assert read({UBUNTU: SOUND}, {"DefaultDistribution": LEGACY}).default is None


@pytest.mark.parametrize(("values", "version"), [({}, 2), ({"DefaultVersion": 1}, 1), ({"DefaultVersion": 2}, 2)])
def test_without_a_value_the_default_version_is_two(values, version):
    assert read({}, values).default_version == version


def test_a_user_without_any_key_of_wsl_has_no_distributions():
    state = wsl_distro.read({"hive": key(), "lxss": ABSENT, "ours": ABSENT}, ALICE)
    assert state.distros == {}
    assert state.default is None


@pytest.mark.parametrize(
    "answers",
    [{}, {"hive": ABSENT, "lxss": ABSENT, "ours": ABSENT}, {"hive": key(), "lxss": Answer(False, {}, "access_denied", "no")}],
)
def test_a_registry_that_is_not_there_or_not_read_is_unknown_not_empty(answers):
    assert wsl_distro.read(answers, ALICE).distros is None


def test_without_a_user_nothing_is_known():
    assert wsl_distro.read({"hive": key(), "lxss": key(), "ours": ABSENT}, None) == wsl_distro.State()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"DistributionName": "u", "State": 1}, "u: no BasePath"),
        ({"DistributionName": "u", "State": "1", "BasePath": r"C:\u"}, "u: State is a String instead of a DWord"),
        ({"State": 1, "BasePath": r"C:\u"}, f"{UBUNTU}: no DistributionName"),
        ({"DistributionName": "u", "BasePath": r"C:\u", "Flags": ["x"]}, "u: Flags is a MultiString instead of a DWord"),
    ],
)
def test_a_broken_registration_is_named_with_what_is_wrong(values, fault):
    assert read({UBUNTU: values}).faults == (fault,)


def test_running_ones_are_names_and_none_is_not_unknown():
    assert read({UBUNTU: SOUND}, running=ran(0, "Ubuntu-24.04\r\nDebian\r\n")).running == ("Ubuntu-24.04", "Debian")
    assert read({UBUNTU: SOUND}, running=ran(0, "")).running == ()


@pytest.mark.parametrize("answer", [ran(0xFFFFFFFF, "no running distributions"), Answer(False, {}, "task", "nobody answers")])
def test_minus_one_for_none_as_well_as_for_a_failure_tells_nothing(answer):
    state = read({UBUNTU: SOUND}, running=answer)
    assert state.running is None
    assert state.runs("Ubuntu-24.04") is None


def test_text_in_utf_16_is_read_too():
    answer = ran(0, "Ubuntu-24.04\r\n".encode("utf-16-le"))
    assert read({UBUNTU: SOUND}, running=answer).runs("ubuntu-24.04") is True


def test_our_records_and_markers_are_read_for_this_user_only():
    record = subkey({"Sha256": "AB" * 32, "Source": "u.wsl", "DefaultUser": "dev", "DefaultUid": 1000, "ExportedTo": r"D:\u.tar"})
    marker = subkey({"Sha256": "cd" * 32, "Source": "h.tar", "Folder": r"C:\half"})
    ours = key(
        {},
        {
            "Distros": subkey({}, {UBUNTU.upper(): record}),
            "Imports": subkey({}, {ALICE.sid: subkey({}, {"Half": marker}), "S-1-5-21-0": subkey({}, {"Other": marker})}),
        },
    )
    state = read({UBUNTU: SOUND}, ours=ours)
    assert state.distros["Ubuntu-24.04"].record == wsl_distro.Record("ab" * 32, "u.wsl", "dev", 1000, r"D:\u.tar")
    assert state.imports == {"half": wsl_distro.Marker("cd" * 32, "h.tar", r"C:\half")}
