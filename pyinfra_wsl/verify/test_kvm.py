"""KVM on Linux hosts, as the kernel and the files have it."""

import pytest

_EXTENSIONS = {"vmx": "kvm_intel", "svm": "kvm_amd"}


def _module(linux):
    """Return the module that drives this processor, by its extension; of ARM64's kernel KVM is a part."""
    flags = linux.file("/proc/cpuinfo").content_string.split()
    return next((module for extension, module in _EXTENSIONS.items() if extension in flags), "kvm")


def _built_in(linux, module):
    return not linux.file(f"/sys/module/{module}/initstate").exists


@pytest.mark.settings("state")
def test_the_vendors_module_is_loaded_now_and_at_each_start(linux, setting):
    assert setting.value == "present"
    module = _module(linux)
    assert linux.file(f"/sys/module/{module}").is_directory
    assert _built_in(linux, module) or linux.run("grep -rqx %s /etc/modules-load.d", module).rc == 0


@pytest.mark.settings("state")
def test_dev_kvm_is_a_device_that_can_be_opened(linux, setting):
    assert setting.value == "present"
    assert linux.run("test -c /dev/kvm && exec 3<>/dev/kvm").rc == 0


@pytest.mark.settings("nested")
def test_nesting_is_live_and_configured_as_declared(linux, setting):
    module = _module(linux)
    if module == "kvm":
        assert linux.file("/proc/cmdline").contains("kvm-arm.mode=nested") is setting.value
        return
    live = linux.file(f"/sys/module/{module}/parameters/nested").content_string.strip()
    assert (live in ("1", "Y")) is setting.value
    if _built_in(linux, module):
        return
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


@pytest.mark.settings("libvirt")
def test_libvirt_answers_at_its_socket_and_its_network_runs_and_starts_with_the_host(linux, setting):
    assert setting.value is True
    sockets = ("libvirtd.socket", "virtqemud.socket")
    assert any(linux.service(name).is_running and linux.service(name).is_enabled for name in sockets)
    said = linux.check_output("LC_ALL=C virsh -c qemu:///system net-info default")
    values = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in said.splitlines())}
    assert (values["Active"], values["Autostart"], values["Persistent"]) == ("yes", "yes", "yes")
    users = set(setting.beside.get("users") or ())
    assert {name for name in users if "libvirt" in linux.user(name).groups} == users


@pytest.mark.settings("checks")
def test_the_checkers_find_nothing(linux, setting):
    assert setting.value is True
    assert "FAIL" not in linux.run("virt-host-validate qemu").stdout
    assert not linux.exists("kvm-ok") or linux.run("kvm-ok").rc == 0
