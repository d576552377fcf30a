"""KVM on Linux hosts, as the kernel and the files have it."""

import pytest


@pytest.mark.settings("state")
def test_the_vendors_module_is_loaded_now_and_at_each_start(linux, setting):
    assert setting.value == "present"
    module = "kvm_amd" if linux.file("/proc/cpuinfo").contains("AuthenticAMD") else "kvm_intel"
    assert linux.file(f"/sys/module/{module}").is_directory
    assert linux.run("grep -rqx %s /etc/modules-load.d", module).rc == 0


@pytest.mark.settings("state")
def test_dev_kvm_is_a_device_that_can_be_opened(linux, setting):
    assert setting.value == "present"
    assert linux.run("test -c /dev/kvm && exec 3<>/dev/kvm").rc == 0


@pytest.mark.settings("nested")
def test_nesting_is_live_and_configured_as_declared(linux, setting):
    module = "kvm_amd" if linux.file("/proc/cpuinfo").contains("AuthenticAMD") else "kvm_intel"
    live = linux.file(f"/sys/module/{module}/parameters/nested").content_string.strip()
    assert (live in ("1", "Y")) is setting.value
    said = [
        line.split()[-1]
        for line in linux.check_output("modprobe --showconfig").splitlines()
        if line.startswith(f"options {module} ")
    ]
    assert said[-1] == f"nested={int(setting.value)}"


@pytest.mark.settings("users")
def test_users_are_members_of_the_group_kvm(linux, setting):
    assert {name for name in setting.value if "kvm" in linux.user(name).groups} == set(setting.value)


@pytest.mark.settings("device_mode")
def test_dev_kvm_has_the_declared_mode(linux, setting):
    device = linux.file("/dev/kvm")
    assert (device.group, device.mode) == ("kvm", int(setting.value, 8))
