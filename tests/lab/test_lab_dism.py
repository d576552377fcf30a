"""dism.exe: lists, changes, exit codes, languages."""

import pytest
from lab_laptop import LabLaptop, text

ENABLE = ("/English", "/Online", "/Enable-Feature", "/NoRestart")
LIST = ("/English", "/Online", "/Get-Features", "/Format:Table")


@pytest.fixture
def laptop():
    return LabLaptop()


def dism(laptop, *words, **options):
    return laptop.run("dism.exe", *words, **options)


def table(outcome, encoding="cp437"):
    rows = [line.split("|") for line in text(outcome, encoding).splitlines() if line.count("|") == 1]
    return {name.strip(): state.strip() for name, state in rows}


def code(outcome):
    return outcome.code & 0xFFFFFFFF


def test_the_table_names_every_feature_with_its_state(laptop):
    found = table(dism(laptop, *LIST))
    assert found["VirtualMachinePlatform"] == "Disabled"
    assert found["NetFx3"] == "Disabled with Payload Removed"
    assert "Microsoft-Hyper-V-All" in found


def test_several_features_are_enabled_at_once_and_wait_for_the_restart(laptop):
    names = ("/FeatureName:VirtualMachinePlatform", "/FeatureName:Microsoft-Windows-Subsystem-Linux")
    outcome = dism(laptop, *ENABLE, *names)
    assert outcome.code == 3010
    assert "100.0%" in text(outcome)
    assert {table(dism(laptop, *LIST))[name.partition(":")[2]] for name in names} == {"Enable Pending"}


def test_what_is_on_already_is_success(laptop):
    laptop.machine.features.set_state("VirtualMachinePlatform", "Enabled")
    assert dism(laptop, *ENABLE, "/FeatureName:virtualmachineplatform").code == 0


def test_parents_come_along_only_with_all(laptop):
    name = "/FeatureName:Microsoft-Hyper-V-Hypervisor"
    refused = dism(laptop, *ENABLE, name)
    assert refused.code == 50
    assert "Microsoft-Hyper-V-All" in text(refused)
    assert dism(laptop, *ENABLE, "/All", name).code == 3010
    assert laptop.machine.features.state("Microsoft-Hyper-V") == "Enable Pending"


def test_an_unknown_feature_changes_nothing(laptop):
    assert code(dism(laptop, *ENABLE, "/FeatureName:VirtualMachinePlatform", "/FeatureName:Nonsense")) == 0x800F080C
    assert laptop.machine.features.state("VirtualMachinePlatform") == "Disabled"


def test_without_elevation_nothing_is_told(laptop):
    outcome = dism(laptop, *LIST, token=laptop.user)
    assert outcome.code == 740
    assert not table(outcome)


def test_removed_files_come_from_windows_update_or_not_at_all(laptop):
    assert code(dism(laptop, *ENABLE, "/FeatureName:NetFx3")) == 0x800F081F
    laptop.machine.internet["https://windowsupdate.microsoft.com/"] = b""
    assert dism(laptop, *ENABLE, "/FeatureName:NetFx3").code == 0


def test_a_full_disk_is_an_error(laptop):
    laptop.machine.files.free_bytes = 1000
    assert code(dism(laptop, *ENABLE, "/FeatureName:VirtualMachinePlatform")) == 0x80070070
    assert laptop.machine.features.state("VirtualMachinePlatform") == "Disabled"


def test_turning_off_waits_for_the_restart_too(laptop):
    laptop.machine.features.set_state("VirtualMachinePlatform", "Enabled")
    outcome = dism(laptop, "/English", "/Online", "/Disable-Feature", "/FeatureName:VirtualMachinePlatform", "/NoRestart")
    assert outcome.code == 3010
    assert laptop.machine.features.state("VirtualMachinePlatform") == "Disable Pending"


@pytest.mark.parametrize(("culture", "encoding", "word"), [("zh-CN", "gbk", "已禁用"), ("de-DE", "cp850", "Deaktiviert")])
def test_without_english_it_speaks_windows_language(culture, encoding, word):
    laptop = LabLaptop(culture=culture)
    assert table(dism(laptop, *LIST[1:]), encoding)["VirtualMachinePlatform"] == word
    assert table(dism(laptop, *LIST))["VirtualMachinePlatform"] == "Disabled"


def test_a_restart_without_being_asked_is_loud(laptop):
    dism(laptop, "/English", "/Online", "/Enable-Feature", "/FeatureName:VirtualMachinePlatform")
    assert laptop.machine.complaints


def test_one_feature_is_described(laptop):
    outcome = dism(laptop, "/English", "/Online", "/Get-FeatureInfo", "/FeatureName:VirtualMachinePlatform")
    assert "State : Disabled\n" in text(outcome)
    assert "Restart Required : Possible\n" in text(outcome)
