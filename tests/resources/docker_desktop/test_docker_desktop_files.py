"""What Docker Desktop's engines are told, and what an administrator says to all people: on a simulated laptop."""

import json

import pytest
from support.docker_settings import POLICY, SHARED, only_failure, plan, read
from support.lab_laptop import LabLaptop


@pytest.fixture
def lab_laptop():
    lab_laptop = LabLaptop()
    lab_laptop.docker()
    return lab_laptop


# --- engines ---


def test_a_daemon_json_is_merged_deeply_and_keeps_its_layout(lab_laptop):
    path = r"C:\Users\alice\.docker\daemon.json"
    lab_laptop.machine.files.write(path, b'{\n    "builder": {\n        "gc": {"enabled": true}\n    }\n}\n')
    want = {"linux": {"builder": {"gc": {"defaultKeepStorage": "20GB"}}, "debug": True}}
    planned = plan(lab_laptop, daemon=want)
    assert "daemon.json builder" in planned.steps[0].sentence
    lab_laptop.carry_out(planned)
    assert read(lab_laptop, path) == {"builder": {"gc": {"enabled": True, "defaultKeepStorage": "20GB"}}, "debug": True}
    assert b'\n    "builder"' in lab_laptop.machine.files.read(path)
    assert plan(lab_laptop, daemon=want).steps == ()


def test_both_engines_have_files_of_their_own(lab_laptop):
    want = {"linux": {"debug": True}, "windows": {"exec-opts": ["isolation=process"]}}
    lab_laptop.carry_out(plan(lab_laptop, daemon=want))
    folder = r"C:\Users\alice\.docker"
    assert read(lab_laptop, rf"{folder}\windows-daemon.json") == want["windows"]
    assert read(lab_laptop, rf"{folder}\daemon.json") == want["linux"]


def test_half_a_daemon_json_is_told_and_left(lab_laptop):
    path = r"C:\Users\alice\.docker\daemon.json"
    lab_laptop.machine.files.write(path, b'{"debug": ')
    assert "daemon.json is not JSON" in only_failure(plan(lab_laptop, daemon={"linux": {"debug": True}}))
    assert not plan(lab_laptop, settings={"AutoStart": False}).failures


# --- what an administrator says ---


LOCK = {"analyticsEnabled": {"locked": True, "value": False}, "proxy": {"locked": True, "mode": "manual", "http": "http://p"},
        "linuxVM": {"wslEngineEnabled": {"locked": True, "value": True}}}  # fmt: skip


def test_an_administrators_file_is_written_without_a_byte_order_mark_and_with_its_version(lab_laptop):
    planned = plan(lab_laptop, admin_settings=LOCK)
    assert planned.steps[0].sentence.startswith("admin-settings.json configurationFileVersion: unset → 2")
    lab_laptop.carry_out(planned)
    data = lab_laptop.machine.files.read(rf"{SHARED}\admin-settings.json")
    assert json.loads(data.decode("utf-8")) == {"configurationFileVersion": 2, **LOCK}
    assert plan(lab_laptop, admin_settings=LOCK).steps == ()


def test_other_keys_of_an_administrators_file_stay(lab_laptop):
    path = rf"{SHARED}\admin-settings.json"
    lab_laptop.machine.files.write(
        path, b'\xef\xbb\xbf{"configurationFileVersion": 2, "blockDockerLoad": {"locked": true, "value": true}}'
    )
    lab_laptop.carry_out(plan(lab_laptop, admin_settings={"disableUpdate": {"locked": True, "value": True}}))
    assert list(read(lab_laptop, path)) == ["configurationFileVersion", "blockDockerLoad", "disableUpdate"]


def test_a_damaged_administrators_file_is_told_and_left(lab_laptop):
    lab_laptop.machine.files.write(rf"{SHARED}\admin-settings.json", b"{nonsense")
    assert "admin-settings.json is not JSON" in only_failure(plan(lab_laptop, admin_settings=LOCK))


@pytest.mark.parametrize(
    ("name", "value", "locked"),
    [
        ("AnalyticsEnabled", True, True),
        ("AnalyticsEnabled", False, False),
        ("ProxyHTTPMode", "system", True),
        ("OverrideProxyHTTPS", "http://q", False),
        ("AutoStart", True, False),
    ],
)
def test_a_value_that_the_organisation_locks_is_told_on_the_declared_setting(lab_laptop, name, value, locked):
    lab_laptop.machine.files.write(rf"{SHARED}\admin-settings.json", json.dumps(LOCK).encode())
    planned = plan(lab_laptop, settings={name: value, "UseResourceSaver": False})
    assert [f"settings.{name} is" in one.cause and "locked by the organisation" in one.cause for one in planned.foreseen] == (
        [True] if locked else []
    )
    assert "UseResourceSaver" in planned.steps[0].sentence  # what is not locked goes on
    assert (name in planned.steps[0].sentence) is (not locked and name != "AnalyticsEnabled") or name == "AnalyticsEnabled"


def test_organisations_are_demanded_by_the_registry(lab_laptop):
    lab_laptop.carry_out(plan(lab_laptop, allowed_orgs=["acme", "corp"]))
    assert lab_laptop.machine.registry.get(POLICY, "allowedOrgs") == ["acme", "corp"]
    assert plan(lab_laptop, allowed_orgs=["acme", "corp"]).steps == ()


def test_an_older_one_reads_them_from_its_file(lab_laptop):
    lab_laptop.docker("4.30.0")
    lab_laptop.carry_out(plan(lab_laptop, allowed_orgs=["acme"]))
    assert read(lab_laptop, rf"{SHARED}\registry.json") == {"allowedOrgs": ["acme"]}


def test_a_file_that_names_others_is_told(lab_laptop):
    lab_laptop.machine.files.write(rf"{SHARED}\registry.json", b'{"allowedOrgs": ["other"]}')
    assert any("registry.json names other" in one for one in plan(lab_laptop, allowed_orgs=["acme"]).warnings)


def test_no_organisation_is_demanded_where_none_is_declared(lab_laptop):
    assert plan(lab_laptop, allowed_orgs=[]).steps == ()
    lab_laptop.carry_out(plan(lab_laptop, allowed_orgs=["acme"]))
    (step,) = plan(lab_laptop, allowed_orgs=[]).steps
    assert (step.sentence, step.note) == ("allowedOrgs of Docker Desktop: acme → none", "nobody is to sign in for them")
    lab_laptop.carry_out(plan(lab_laptop, allowed_orgs=[]))
    assert lab_laptop.machine.registry.get(POLICY, "allowedOrgs", None) is None
    assert plan(lab_laptop, allowed_orgs=[]).steps == ()
