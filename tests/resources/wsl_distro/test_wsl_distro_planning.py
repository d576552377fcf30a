"""What is planned for one distribution, and what is refused."""

import pytest
from support.distros import HOME, OTHER, SHA, WANT, WSL1_ON, distro, only_failure, plan, sentences, state
from support.laptops import CORRECT_IT, laptop, refusal, refused, wanted

from pyinfra_wsl.core import show
from pyinfra_wsl.resources.wsl_conf.state import Conf
from pyinfra_wsl.resources.wsl_distro import plan as planning
from pyinfra_wsl.resources.wsl_distro.resource import RESOURCE
from pyinfra_wsl.resources.wsl_distro.state import Marker, Record


def test_one_that_is_missing_is_imported_and_set_up():
    planned = plan(WANT | {"default": True, "default_user": "dev", "export_to": r"D:\u.tar"})
    assert sentences(planned) == [
        "import Ubuntu as WSL 2 from ubuntu-24.04.tar.gz",
        "default distribution: none → Ubuntu",
        "default user of Ubuntu: root → dev",
        r"export Ubuntu to D:\u.tar",
    ]
    assert planned.steps[0].note == rf"into {HOME}\Ubuntu of CORP\alice"


def test_one_that_is_as_declared_is_left_alone():
    have = state(distro(default_uid=1000, record=Record(SHA, "", "dev", 1000, r"D:\u.tar")), default="Ubuntu")
    want = {"default": True, "default_user": "dev", "version": 2, "location": rf"{HOME}\ubuntu\\", "export_to": r"d:\u.tar"}
    planned = plan(WANT | want, have)
    assert planned.steps == planned.failures == planned.deferred == planned.warnings == ()
    assert planned.noop == rf"Ubuntu is WSL 2 in {HOME}\Ubuntu"


def test_names_are_compared_without_regard_to_case():
    assert not plan(WANT, state(distro("UBUNTU"))).steps


def test_the_default_version_of_the_user_counts_where_none_is_declared():
    planned = plan(WANT, state(default_version=1), windows_feature=WSL1_ON)
    assert sentences(planned) == ["import Ubuntu as WSL 1 from ubuntu-24.04.tar.gz"]


def test_a_disk_is_wsl_2_whatever_the_default_version_is():
    planned = plan({"source": "u.vhdx", "sha256": SHA}, state(default_version=1))
    assert sentences(planned) == ["import Ubuntu as WSL 2 from u.vhdx"]


@pytest.mark.parametrize(
    ("changed", "fields", "sentence"),
    [
        ({"default": True}, {}, "default distribution: Debian → Ubuntu"),
        ({"default_user": "dev"}, {"default_uid": 1001}, "default user of Ubuntu: number 1001 → dev"),
        ({"default_user": "root"}, {"default_uid": 1000}, "default user of Ubuntu: number 1000 → root"),
        ({"location": r"D:\WSL\Ubuntu"}, {}, rf"move Ubuntu: {HOME}\Ubuntu → D:\WSL\Ubuntu"),
        ({"location": r"%USERPROFILE%/u"}, {}, rf"move Ubuntu: {HOME}\Ubuntu → C:\Users\alice\u"),
        ({"version": 2}, {"version": 1}, "convert Ubuntu from WSL 1 to 2"),
        ({"version": 1}, {}, "convert Ubuntu from WSL 2 to 1"),
        ({"export_to": r"D:\u.tar.gz"}, {}, r"export Ubuntu to D:\u.tar.gz"),
    ],
)
def test_each_setting_that_differs_is_one_step(changed, fields, sentence):
    planned = plan(WANT | changed, state(distro(**fields), distro("Debian"), default="Debian"), windows_feature=WSL1_ON)
    assert sentences(planned) == [sentence]
    assert not planned.failures


def test_root_is_number_zero_without_a_record():
    assert not plan(WANT | {"default_user": "root"}, state(distro(default_uid=0))).steps


def test_a_default_user_that_was_changed_by_hand_is_set_again():
    have = state(distro(default_uid=1001, record=Record(SHA, "", "dev", 1000)))
    assert sentences(plan(WANT | {"default_user": "dev"}, have)) == ["default user of Ubuntu: number 1001 → dev"]


def test_a_default_user_of_wsl_conf_is_as_good():
    conf = {"Ubuntu": Conf(True, values={"user.default": "dev"})}
    assert not plan(WANT | {"default_user": "dev"}, state(distro()), confs=conf).steps


def test_another_default_user_of_wsl_conf_is_warned_of():
    conf = {"Ubuntu": Conf(True, values={"user.default": "eve"})}
    (warning,) = plan(WANT | {"default_user": "dev"}, state(distro()), confs=conf).warnings
    assert "eve" in warning


def test_two_declared_default_users_contradict_each_other():
    found = refusal(
        RESOURCE, {"wsl_distros": {"Ubuntu": WANT | {"default_user": "dev", "wsl_conf": {"user": {"default": "eve"}}}}}
    )
    assert found.cause == "wsl_distros.Ubuntu.default_user: 'dev' contradicts wsl_conf.user.default, which is 'eve'"
    assert found.remedy == "keep one"


# --- the image ---


def test_another_image_than_declared_is_reported_and_kept():
    planned = plan(WANT, state(distro(record=Record(OTHER))))
    assert not planned.steps
    assert OTHER in planned.warnings[0]
    assert "allow_data_loss" in planned.warnings[0]


def test_another_image_is_replaced_with_consent_after_an_export():
    planned = plan(WANT | {"allow_data_loss": True}, state(distro(record=Record(OTHER))))
    assert sentences(planned) == [
        rf"export Ubuntu to {HOME}\Ubuntu-<time>.tar, then unregister it",
        "import Ubuntu as WSL 2 from ubuntu-24.04.tar.gz",
    ]


def test_one_that_we_did_not_import_is_kept_even_with_consent():
    planned = plan(WANT | {"allow_data_loss": True}, state(distro(record=Record())))
    assert not planned.steps
    assert "not imported by us" in planned.warnings[0]


def test_nothing_is_said_of_the_image_where_none_is_declared():
    assert plan({}, state(distro(record=Record()))).warnings == ()


# --- absent ---


def test_absent_without_consent_is_refused():
    failure = only_failure(plan({"state": "absent"}, state(distro())))
    assert "allow_data_loss: true" in failure.remedy


@pytest.mark.parametrize(
    "export", [rf"{HOME}\Ubuntu\u.tar", rf"{HOME.upper()}\UBUNTU\rootfs\u.tar", rf"{HOME}\x\..\Ubuntu\u.tar"]
)
def test_an_export_that_would_go_with_it_is_refused(export):
    for want in ({"state": "absent"}, {"sha256": OTHER, "source": "new.tar"}):
        failure = only_failure(plan({**want, "allow_data_loss": True, "export_to": export}, state(distro())))
        assert "goes with it" in failure.cause


def test_a_stream_of_a_file_is_no_path():
    only_failure(plan(WANT | {"location": r"C:\Users\alice\w:y"}))


@pytest.mark.parametrize("location", [rf"{HOME}\x\..\Ubuntu", rf"{HOME}\\Ubuntu", rf"{HOME}\.\Ubuntu\\"])
def test_another_spelling_of_its_folder_is_its_folder(location):
    assert plan(WANT | {"location": location}, state(distro())).steps == ()


def test_absent_with_consent_is_exported_and_unregistered():
    planned = plan({"state": "absent", "allow_data_loss": True}, state(distro()))
    assert sentences(planned) == [rf"export Ubuntu to {HOME}\Ubuntu-<time>.tar, then unregister it"]


def test_the_export_before_a_removal_goes_where_it_is_declared():
    planned = plan({"state": "absent", "allow_data_loss": True, "export_to": r"D:\backup\ubuntu.tar"}, state(distro()))
    assert sentences(planned) == [r"export Ubuntu to D:\backup\Ubuntu-<time>.tar, then unregister it"]


def test_a_store_distribution_is_not_exported_into_its_package():
    folder = r"C:\Users\alice\AppData\Local\Packages\Canonical\LocalState"
    have = state(distro(package="Canonical.Ubuntu_79rhkp1fndgsc", folder=folder))
    planned = plan({"state": "absent", "allow_data_loss": True}, have)
    assert sentences(planned) == [rf"export Ubuntu to {HOME}\Ubuntu-<time>.tar, then unregister it"]


def test_absent_and_not_there_is_nothing_to_do():
    planned = plan({"state": "absent"})
    assert not planned.steps
    assert planned.noop == "Ubuntu is not there"


# --- broken off ---


def test_a_half_import_of_ours_is_cleared_and_made_again():
    have = state(distro(state=3), imports={"ubuntu": Marker(SHA, "", rf"{HOME}\Ubuntu", rf"{HOME}\Ubuntu\ext4.vhdx")})
    assert sentences(plan(WANT, have)) == [
        "unregister what is left of Ubuntu, half installed",
        "import Ubuntu as WSL 2 from ubuntu-24.04.tar.gz",
    ]


@pytest.mark.parametrize(("number", "word"), [(3, "installing"), (4, "uninstalling")])
def test_a_half_import_of_somebody_else_is_not_touched(number, word):
    failure = only_failure(plan(WANT, state(distro(state=number))))
    assert word in failure.cause
    assert "wsl --unregister Ubuntu" in failure.remedy


def test_a_half_import_of_somebody_else_is_cleared_with_consent():
    assert len(plan(WANT | {"allow_data_loss": True}, state(distro(state=3))).steps) == 2


def test_a_half_import_of_ours_that_is_to_be_absent_is_cleared():
    have = state(distro(state=3), imports={"ubuntu": Marker(SHA, data=rf"{HOME}\Ubuntu\ext4.vhdx")})
    assert sentences(plan({"state": "absent"}, have)) == ["unregister what is left of Ubuntu, half installed"]


def test_an_import_that_ended_after_we_were_cut_off_is_completed():
    have = state(
        distro(record=Record()), imports={"ubuntu": Marker(SHA, "u.tar.gz", rf"{HOME}\Ubuntu", rf"{HOME}\Ubuntu\ext4.vhdx")}
    )
    planned = plan(WANT, have)
    assert sentences(planned) == ["complete the import of Ubuntu that was cut off"]
    assert not planned.warnings


def test_a_marker_of_another_folder_does_not_make_somebodys_distribution_ours():
    have = state(distro(record=Record()), imports={"ubuntu": Marker(SHA, "u.tar.gz", r"D:\Ubuntu")})
    planned = plan(WANT, have)
    assert not planned.steps
    assert "not imported by us" in planned.warnings[0]


# --- bad input ---


@pytest.mark.parametrize("name", ["Ubuntu 24", "", "a/b", "-x", "Legacy", "ü", "x" * 257])
def test_a_name_that_wsl_refuses_is_refused_before(name):
    found = refusal(RESOURCE, {"wsl_distros": {name: WANT}})
    assert found.cause.startswith(f"wsl_distros.{show.name(name)}: ")
    assert "is not a name that WSL accepts; write up to 256 letters, digits, . _ and -" in found.cause


@pytest.mark.parametrize("name", ["docker-desktop", "Docker-Desktop-Data"])
def test_the_distributions_of_docker_desktop_are_not_ours(name):
    found = refusal(RESOURCE, {"wsl_distros": {name: {"state": "absent", "allow_data_loss": True}}})
    assert found.cause == f"wsl_distros.{name}: belongs to Docker Desktop, which makes and removes it"
    assert found.remedy == "take it out"


@pytest.mark.parametrize(
    ("want", "cause", "remedy"),
    [
        ({"source": "u.tar"}, "sha256: is missing", "learn it with: sha256sum 'u.tar'"),
        ({"sha256": SHA}, "source: is missing, though sha256 is declared", "add source, or remove sha256"),
        (WANT | {"sha256": "12ab"}, "sha256: '12ab' is not a SHA-256; write its 64 hexadecimal digits", ""),
        (WANT | {"default_user": "dev'; rm -rf /"}, "default_user: 'dev'; rm -rf /' is not a Linux user name; write", ""),
        (WANT | {"location": "wsl"}, "location: 'wsl' is not a whole path on a Windows drive; write it like D:\\wsl\\ubuntu", ""),
        (
            WANT | {"location": r"%NOSUCH%\wsl"},
            "location: %NOSUCH% is no variable that is known here",
            "write one of %USERPROFILE%, %LOCALAPPDATA%, %SystemDrive%, or a whole path",
        ),
        (WANT | {"location": 'D:\\a"b'}, "location: 'D:\\a\"b' is not a whole path on a Windows drive", ""),
        (
            WANT | {"export_to": r"D:\u.vhdx"},
            r"export_to: 'D:\u.vhdx' is not an archive on a Windows drive; write a path that",
            "",
        ),
        (
            {"source": "u.vhdx", "sha256": SHA, "version": 1},
            "version: a virtual disk runs as version 2 only",
            "write version: 2, or take a tar archive",
        ),
        (
            WANT | {"format": "vhd", "version": 1},
            "version: a virtual disk runs as version 2 only",
            "write version: 2, or take a tar archive",
        ),
        (WANT | {"version": 3}, "version: 3 is not one of 1, 2", ""),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(want, cause, remedy):
    found = refusal(RESOURCE, {"wsl_distros": {"Ubuntu": want}})
    assert found.cause.startswith(f"wsl_distros.Ubuntu.{cause}")
    assert found.remedy == (remedy or CORRECT_IT)


def test_one_that_is_not_there_needs_a_source_and_one_that_is_there_does_not():
    assert not refused(RESOURCE, {"wsl_distros": {"Ubuntu": {}}})
    assert "no source" in only_failure(plan({})).cause
    assert not plan({}, state(distro())).failures


@pytest.mark.parametrize(
    ("key", "path", "why"),
    [
        ("location", "D:\\", "is a whole drive, and no file or folder of one"),
        ("export_to", r"D:\x%y\u.tar", "holds %, which is no part of a path here"),
    ],
)
def test_a_path_that_is_none_once_its_variables_are_filled_in_is_refused(key, path, why):
    assert only_failure(plan(WANT | {key: path})).cause == f"{key} '{path}' {why}"


@pytest.mark.parametrize("number", [0, 2, 5, 6, 99])
@pytest.mark.parametrize("want", [WANT | {"allow_data_loss": True}, {"state": "absent", "allow_data_loss": True}])
def test_a_state_that_wsl_leaves_behind_nowhere_is_no_half_one_whatever_may_be_lost(number, want):
    failure = only_failure(plan(want, state(distro(state=number))))
    assert f"State {number}" in failure.cause


def test_two_distributions_cannot_share_a_folder():
    failure = only_failure(plan(WANT | {"location": r"D:\wsl"}, state(distro("Debian", folder=r"d:\WSL"))))
    assert failure.code == "ERROR_FILE_EXISTS"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, rf"{HOME}\Debian"),
        ({"location": r"%USERPROFILE%\w\x"}, r"C:\Users\alice\w\x"),
        ({"location": r"C:\Users\alice\w\x"}, r"%UserProfile%\w\y\..\X"),
    ],
)
def test_what_an_earlier_import_will_take_is_foreseen_whatever_its_spelling(first, second):
    debian = wanted(RESOURCE, {"wsl_distros": {"Debian": WANT | first}})
    after = planning.forecast(laptop(wsl_distro=state()), debian)
    ubuntu = wanted(RESOURCE, {"wsl_distros": {"Ubuntu": WANT | {"location": second}}})
    failure = only_failure(planning.plan(ubuntu, after))
    assert failure.code == "ERROR_FILE_EXISTS"
    assert "is the folder of Debian" in failure.cause


def test_wsl_1_cannot_be_moved():
    failure = only_failure(plan(WANT | {"location": r"D:\wsl"}, state(distro(version=1))))
    assert failure.code == "E_NOTIMPL"
