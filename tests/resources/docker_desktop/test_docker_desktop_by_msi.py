"""Installations by an MSI: found by their product code, told from those by the EXE, removed by Windows Installer alone."""

import hashlib
from dataclasses import replace

import pytest
from support.docker import (
    CODE,
    EXE,
    FOLDER,
    MSI,
    NONE,
    NOT_LISTED,
    OWN,
    UNINSTALL,
    failure,
    installed,
    listed,
    plan,
    sentence,
    waits,
)
from support.lab_laptop import LabLaptop
from support.laptops import ALICE, laptop, wanted
from support.wire import ABSENT, DENIED, RUN, Wire, key, objects, ran

from pyinfra_wsl.core.call import Answer
from pyinfra_wsl.core.failure import StepError
from pyinfra_wsl.lab.docker_desktop import package, places
from pyinfra_wsl.resources.docker_desktop import answering, remove
from pyinfra_wsl.resources.docker_desktop import plan as planning
from pyinfra_wsl.resources.docker_desktop import state as docker_desktop
from pyinfra_wsl.resources.docker_desktop.installed import Installation
from pyinfra_wsl.resources.docker_desktop.resource import RESOURCE

PRODUCT = {"DisplayName": "Docker Desktop", "DisplayVersion": "4.86.0.236216", "Publisher": "Docker Inc.", "WindowsInstaller": 1}
BY_EXE = {"DisplayVersion": "4.80.0", "UninstallString": rf'"{FOLDER}\Docker Desktop Installer.exe" "uninstall"'}
BY_MSI = Installation("all_users", "4.86.0", FOLDER, "msi", CODE)
NOTHING = {
    "machine": ABSENT, "products": NOT_LISTED, "products_32": NOT_LISTED,
    "own": ABSENT, "own_root": ABSENT, "own_products": NOT_LISTED, "hive": key({}),
}  # fmt: skip


def read(**answers):
    return docker_desktop.read({**NOTHING, **answers}, ALICE)


def read_all(answers):
    """Read in two turns, as a look does: what is asked depends on what was found."""
    first = read(**answers)
    return first, dict(first.products)


@pytest.mark.parametrize("search", ["products", "products_32"])
def test_an_msi_is_found_by_its_code_in_both_views(search):
    first, asked = read_all({search: listed(CODE)})
    assert [one.rpartition("\\")[2] for one in asked.values()] == [CODE]
    assert ("WOW6432Node" in next(iter(asked.values()))) is (search == "products_32")
    assert first.installations == (Installation("all_users", "", FOLDER, "msi", CODE),)  # its version is asked next
    found = read(**{search: listed(CODE), f"{search}_0": key(PRODUCT)})
    assert (found.installations, found.machine_known) == ((BY_MSI,), True)


def test_a_persons_own_msi_is_found_in_their_hive():
    root = rf"HKEY_USERS\{ALICE.sid}\{UNINSTALL}"
    mine = {"own_products": listed(CODE, root=root), "own_products_0": key(PRODUCT)}
    found = read(**mine)
    assert found.installations == (Installation("user", "4.86.0", OWN, "msi", CODE),)
    assert found.products == {"own_products_0": rf"{ALICE.hive}\{UNINSTALL}\{CODE}"}


def test_the_exes_own_key_is_read_once_and_is_no_msi():
    found = read(machine=key(BY_EXE), products=listed("Docker Desktop"))
    assert found.installations == (Installation("all_users", "4.80.0", FOLDER),)
    assert found.products == {}


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (BY_EXE, ["exe", "msi"]),
        ({"DisplayVersion": "4.86.0"}, ["msi"]),
        ({"DisplayVersion": "4.86.0", "UninstallString": f"MsiExec.exe /X{CODE}"}, ["msi"]),
    ],
)
def test_both_at_once_are_told_unless_the_key_is_the_msis_own(values, kinds):
    found = read(machine=key(values), products=listed("Docker Desktop", CODE), products_1=key(PRODUCT))
    assert [one.kind for one in found.installations] == kinds


@pytest.mark.parametrize(
    "answer",
    [
        {"products_0": key(PRODUCT | {"Publisher": "Contoso IT"})},
        {"products_0": ABSENT},
    ],
)
def test_what_is_another_makers_or_gone_is_none(answer):
    assert read(products=listed(CODE), **answer).installations == ()


GARBAGE = [
    ran(0, "\0" * 5000), ran(0, "HKEY_LOCAL_MACHINE\\" + "\\" * 9000), ran(0, b"\xff\xfe\x00\xd8"), ran(0, "x" * 70_000),
    ran(0, f"HKEY_LOCAL_MACHINE\\{UNINSTALL}\\..\\..\\{CODE}\r\n"), ran(0, f"HKEY_LOCAL_MACHINE\\{UNINSTALL}\\{'n' * 300}\r\n"),
]  # fmt: skip


@pytest.mark.parametrize("answer", GARBAGE)
def test_what_is_no_list_of_keys_is_nothing_to_ask(answer):
    found = read(products=answer)
    assert (found.installations, dict(found.products)) == ((), {})


def test_a_thousand_keys_of_that_name_are_not_all_asked():
    assert len(read(products=listed(*(f"{{{number:08}}}" for number in range(1000)))).products) <= 8


@pytest.mark.parametrize(
    "values",
    [
        {"DisplayVersion": 4, "InstallLocation": ["x"], "Publisher": 7},
        {"DisplayVersion": "4" * 5000, "InstallLocation": "C" * 5000},
    ],
)
def test_odd_values_are_unknown(values):
    (found,) = read(products=listed(CODE), products_0=key(values)).installations
    assert (found.version, found.folder) == ("", FOLDER)


@pytest.mark.parametrize(
    "answer",
    [ran(1, "", "ERROR: denied"), ran(1), ran(None, "x", timed_out=True), ran(5, "x"), Answer(False, {}, "timeout", "no")],
)
def test_a_search_that_failed_is_not_nothing(answer):
    assert read(products=answer).installed is None
    assert read(own_products=answer, own_root=key({})).installed is None
    assert read(products_32=answer, machine=DENIED).installed is None
    assert read(machine=key(BY_EXE), products=answer).installed is True


def test_while_its_user_is_logged_off_the_version_of_an_msi_is_waited_for():
    unread = read(products=listed(CODE), processes=objects())
    away = replace(ALICE, logged_on=False)
    assert waits(package=MSI, have=unread, user=away).waits_for == "user logon"
    assert failure(package=MSI, have=unread).code == "version"


def test_what_a_wedged_docker_desktop_is_asked_leaves_time_for_the_rest_of_the_session():
    calls = docker_desktop.probe_session(FOLDER) | answering.probe_plugins(FOLDER)
    assert sum(one.fields["timeout"] for one in calls.values()) <= 160


# --- from one kind to the other ---


def test_an_msi_is_upgraded_by_an_msi():
    assert sentence(package=MSI, have=installed("4.80.0", kind="msi")) == (
        "Docker Desktop: 4.80.0 for all users → 4.86.0 or later for all users"
    )


def test_one_as_declared_is_left_alone_whoever_has_installed_it():
    assert plan(MSI, have=installed("4.86.0")).noop == plan(EXE, have=installed("4.86.0", kind="msi")).noop


def test_the_exe_is_not_put_over_an_msi():
    told = failure(package=EXE, have=installed("4.80.0", kind="msi"))
    assert (told.code, "allow_data_loss: true" in told.remedy) == ("msi_data", True)


def test_another_scope_is_not_gone_over_to_from_an_msi():
    changed = EXE | {"scope": "user", "change_scope": True}
    assert failure(package=changed, have=installed("4.86.0", kind="msi")).code == "msi_data"


def test_an_msi_is_put_over_the_exe_by_consent_which_takes_that_one_away_first_and_keeps_its_data():
    told = failure(package=MSI, have=installed("4.80.0"))
    assert (told.code, "change_installer: true" in told.remedy) == ("installer_kind", True)
    (step,) = plan(MSI | {"change_installer": True}, have=installed("4.80.0")).steps
    assert step.sentence == "Docker Desktop: 4.80.0 for all users by its EXE → 4.86.0 or later for all users by an MSI"
    wire = Wire(
        {
            "upload": Answer(True, {"exists": True}), "Installer.exe": ran(0), "msiexec.exe": ran(0), "file.state": THERE,
            "file.read C:\\Users\\": ABSENT, f"query HKLM\\{UNINSTALL}": [NOT_LISTED, listed(CODE)], "reg.exe": NOT_LISTED,
            rf"{UNINSTALL}\Docker Desktop": ABSENT, rf"{UNINSTALL}\{CODE}": key(PRODUCT),
            "com.docker.service": key({"Start": 3}), "icacls.exe": ran(0),
        }
    )  # fmt: skip
    wire.drive(step.does(RUN))
    lines = "\n".join(wire.asked)
    assert lines.index("uninstall -keep-data") < lines.index("msiexec.exe")


THERE = Answer(True, {"exists": True, "size": 9, "sha256": EXE["sha256"]})
TWICE = replace(NONE, installations=(Installation("all_users", "4.80.0", FOLDER), BY_MSI))


def test_twice_installed_is_told_and_not_changed():
    words = "Docker Desktop is installed twice: 4.80.0 by its EXE and 4.86.0 by an MSI"
    told = failure(package=EXE, have=TWICE)
    assert (told.code, words in told.cause) == ("twice", True)
    both = replace(TWICE, installations=(replace(TWICE.installations[0], version="4.86.0"), BY_MSI))
    fits = plan(EXE, have=both)
    assert (fits.steps, fits.failures) == ((), ())
    assert any("installed twice" in one for one in fits.warnings)


# --- removed ---


def removal(have, **more):
    return remove.plan(wanted(RESOURCE, {"docker_desktop": {"state": "absent", **more}}), laptop(docker_desktop=have))


def test_an_msi_is_not_removed_without_consent_to_lose_data():
    (told,) = removal(installed("4.86.0", kind="msi")).failures
    assert (told.code, "allow_data_loss: true" in told.remedy) == ("msi_data", True)


@pytest.mark.parametrize(("exit_code", "restart"), [(0, False), (3010, True), (1641, True), (1605, False)])
def test_an_msi_is_removed_by_its_product_code_and_what_is_there_counts(exit_code, restart):
    (step,) = removal(installed("4.86.0", kind="msi"), allow_data_loss=True).steps
    wire = Wire({"msiexec.exe": ran(exit_code), "reg.exe": NOT_LISTED, "Uninstall": ABSENT})
    wire.drive(step.does(RUN))
    (line,) = wire.said("msiexec.exe")
    assert line.endswith(f"/x {CODE} /norestart /qn")
    assert bool(wire.said(r"registry.write HKLM\SOFTWARE\pyinfra-wsl\Restart docker")) is restart
    assert not wire.said("Installer.exe")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"msiexec.exe": ran(0), "reg.exe": listed(CODE)}, "could not be removed: exit code 0"),
        ({"msiexec.exe": ran(1602), "reg.exe": listed(CODE)}, "the installation was cancelled"),
        ({"msiexec.exe": ran(0), "reg.exe": ran(1, "", "denied")}, "could not be removed"),
    ],
)
def test_an_msi_that_is_still_listed_is_not_removed(answers, words):
    (step,) = removal(installed("4.86.0", kind="msi"), allow_data_loss=True).steps
    with pytest.raises(StepError, match=words):
        Wire({**answers, rf"{UNINSTALL}\{CODE}": key(PRODUCT), "Uninstall": ABSENT}).drive(step.does(RUN))


def test_windows_installer_does_one_thing_at_a_time():
    (step,) = removal(installed("4.86.0", kind="msi"), allow_data_loss=True).steps
    wire = Wire({"msiexec.exe": [ran(1618), ran(0)], "reg.exe": NOT_LISTED, "Uninstall": ABSENT})
    wire.drive(step.does(RUN))
    assert len(wire.said("msiexec.exe")) == 2


# --- on a laptop of the lab, whose MSI is listed as Windows Installer lists it ---


def msi(folder, number):
    path = folder / f"DockerDesktop-{number}.msi"
    path.write_bytes(package.make(number, "amd64", "msi"))
    return {"installer": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "version": number}


def converge(lab, declared):
    planned = planning.plan(wanted(RESOURCE, {"docker_desktop": {"package": declared}}), lab.look())
    assert planned.foreseen == ()
    lab.carry_out(planned)
    return planned


def take_away(lab, **more):
    return remove.plan(wanted(RESOURCE, {"docker_desktop": {"state": "absent", **more}}), lab.look())


def test_on_a_laptop_an_msi_is_installed_recognised_upgraded_and_removed(tmp_path):
    lab = LabLaptop()
    converge(lab, msi(tmp_path, "4.80.0"))
    (one,) = lab.look().of(docker_desktop.State).installations
    assert (one.scope, one.version, one.kind, bool(one.code)) == ("all_users", "4.80.0", "msi", True)
    assert not lab.machine.registry.exists(rf"HKLM\{UNINSTALL}\Docker Desktop")
    assert converge(lab, msi(tmp_path, "4.80.0")).steps == ()
    assert converge(lab, msi(tmp_path, "4.86.0")).steps
    (newer,) = lab.look().of(docker_desktop.State).installations
    assert (newer.version, newer.code == one.code) == ("4.86.0", False)
    assert take_away(lab).failures
    lab.carry_out(take_away(lab, allow_data_loss=True))
    assert places.installations(lab.machine) == []
    assert lab.look().of(docker_desktop.State).installed is False


def test_on_a_laptop_the_exe_is_replaced_by_an_msi_and_what_it_held_stays(tmp_path):
    lab = LabLaptop()
    lab.docker("4.80.0")
    store = r"C:\Users\alice\AppData\Roaming\Docker\settings-store.json"
    assert lab.machine.files.exists(store)
    converge(lab, msi(tmp_path, "4.86.0") | {"change_installer": True})
    assert [one.kind for one in lab.look().of(docker_desktop.State).installations] == ["msi"]
    assert lab.machine.files.exists(store)


@pytest.mark.parametrize("culture", ["en-US", "de-DE", "zh-CN"])
def test_on_a_laptop_of_any_language_nothing_is_nothing(culture):
    assert LabLaptop(culture=culture).look().of(docker_desktop.State).installed is False


def test_a_person_who_lists_an_msi_as_their_own_is_asked_one_request_more():
    lab = LabLaptop()
    lab.look()
    usual = lab.requests
    root = rf"HKU\{lab.alice.sid}\{UNINSTALL}\{CODE}"
    for name, value in PRODUCT.items():
        lab.machine.registry.set(root, name, "DWord" if isinstance(value, int) else "String", value)
    (mine,) = lab.look().of(docker_desktop.State).installations
    assert (mine.scope, mine.version, mine.kind) == ("user", "4.86.0", "msi")
    assert lab.requests == 2 * usual + 1


@pytest.mark.parametrize("kind", ["exe", "msi"])
def test_on_a_laptop_a_folder_that_a_plain_user_made_is_given_to_the_administrators(tmp_path, kind):
    """Since 4.57 Docker's installer refuses a folder for all people that no elevated account owns."""
    lab = LabLaptop()
    folder = lab.machine.files.make(r"C:\ProgramData\DockerDesktop")
    folder.owner = lab.alice.sid
    path = tmp_path / f"DockerDesktop.{kind}"
    path.write_bytes(package.make("4.86.0", "amd64", kind))
    source = {"installer": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    converge(lab, source)
    assert folder.owner == "S-1-5-32-544"
    assert [one.version for one in places.installations(lab.machine)] == ["4.86.0"]
