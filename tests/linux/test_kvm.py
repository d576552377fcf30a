"""KVM on a real kernel: a virtual machine whose emulated processor has SVM, and hosts on which KVM is impossible."""

import pytest

from .fleet import assert_converged, assert_refused, assert_unchanged

MOST_COMMANDS = 15
DECLARED = {"nested": False, "users": ["ops"], "device_mode": "0660", "libvirt": True, "checks": True}
NESTED = "/sys/module/kvm_amd/parameters/nested"
MODULES = "/etc/modules-load.d/pyinfra-wsl-kvm.conf"
OPTIONS = "/etc/modprobe.d/zz-pyinfra-wsl-kvm.conf"
RULE = "/etc/udev/rules.d/99-pyinfra-wsl-kvm.rules"
DEVICE = "stat -c '%U %G %a' /dev/kvm"

# The least that is a guest: ioctl KVM_CREATE_VM (0xAE01) on /dev/kvm (Linux, Documentation/virt/kvm/api.rst), held open.
GUEST = "open my $kvm, '+<', '/dev/kvm' or die $!; ioctl($kvm, 0xAE01, 0) or die $!; print qq(runs\\n); sleep 600"


@pytest.fixture(scope="module")
def fleet(make_guest, fleet_of):
    """A virtual machine that was converged from nothing."""
    made = fleet_of(make_guest("kvm"), kvm=DECLARED)
    first = made.converge()
    assert_converged(first)
    assert first.changes
    return made


@pytest.fixture
def guest_inside(fleet):
    """A guest of the virtual machine, for the time of a test."""
    fleet.host.out(
        f'systemd-run --quiet --unit=inside perl -e "{GUEST.replace("$", chr(92) + "$")}"; sleep 1; systemctl is-active inside'
    )
    yield
    fleet.host.run("systemctl stop inside")


def test_a_bare_host_gets_kvm_as_declared(fleet):
    out = fleet.host.out
    assert out(f"cat {NESTED}") in ("0", "N")
    assert out(DEVICE) == "root kvm 660"
    assert "kvm" in out("id -Gn ops").split()
    assert "KVM acceleration can be used" in out("kvm-ok")
    assert out("exec 3<>/dev/kvm && echo opened", user="ops") == "opened"


def test_a_bare_host_gets_libvirt_with_its_network_for_its_members(fleet):
    assert fleet.host.out("virsh -c qemu:///system net-list --name", user="ops") == "default"
    assert fleet.host.out("ip -4 -o address show virbr0").split()[3].startswith("192.168.122.1/")


def test_a_second_run_changes_nothing_and_asks_at_most_fifteen_times(fleet):
    run = fleet.converge()
    assert_unchanged(run)
    assert len(run.commands) <= MOST_COMMANDS, run.commands


def test_drift_of_libvirt_is_repaired_by_the_next_run(fleet):
    off = "systemctl disable -q --now libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service"
    fleet.host.out(
        f"virsh -q net-destroy default && virsh -q net-autostart --disable default && {off} 2>&1; gpasswd -d ops libvirt"
    )
    run = fleet.converge()
    assert_converged(run)
    assert run.changes == [
        "libvirtd.socket runs and starts with the host",
        "libvirtd.service starts with the host",
        "libvirt's network default starts with the host",
        "libvirt's network default runs",
        "ops joins the group libvirt: its members may do what root may",
    ]


@pytest.mark.thorough
def test_a_masked_unit_of_libvirt_is_refused(fleet):
    fleet.host.out("systemctl stop libvirtd.socket libvirtd.service && systemctl mask --runtime -q libvirtd.service")
    assert_refused(fleet.converge(), "libvirtd.service is masked")
    fleet.host.out("systemctl unmask --runtime -q libvirtd.service && systemctl start libvirtd.socket")


def test_what_virt_host_validate_calls_a_fail_is_one(fleet):
    """What the checker looks for is taken away for a moment; the device itself is left alone."""
    fleet.host.out("rm /dev/net/tun")
    run = fleet.converge()
    fleet.host.out("mknod -m 666 /dev/net/tun c 10 200")
    assert_refused(run, "virt-host-validate: if device /dev/net/tun exists: FAIL", "Load the 'tun' module")


@pytest.mark.thorough
def test_the_groups_own_rights_are_seen_beside_an_access_control_list(fleet):
    fleet.host.out("chmod 600 /dev/kvm && setfacl -m u:ops:rw /dev/kvm && stat -c %a /dev/kvm | grep -qx 660")
    run = fleet.converge()
    assert_converged(run)
    assert run.changes == ["/dev/kvm root:kvm 0600 → root:kvm 0660"]
    assert "group::rw-" in fleet.host.out("getfacl -cp /dev/kvm")
    assert "user:ops:rw-" in fleet.host.out("getfacl -cp /dev/kvm")
    fleet.host.out("setfacl -b /dev/kvm && chmod 660 /dev/kvm")


def test_verification_with_testinfra_agrees(fleet):
    done = fleet.verify()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.thorough
def test_drift_of_files_group_and_device_is_repaired_by_the_next_run(fleet):
    fleet.host.out(f"rm {MODULES} {OPTIONS} {RULE}; gpasswd --delete ops kvm; chown root:root /dev/kvm; chmod 600 /dev/kvm")
    assert_converged(fleet.converge())
    assert "kvm_amd" in fleet.host.out(f"cat {MODULES}")
    assert "options kvm_amd nested=0" in fleet.host.out(f"cat {OPTIONS}")
    assert 'MODE="0660"' in fleet.host.out(f"cat {RULE}")
    assert "kvm" in fleet.host.out("id -Gn ops").split()
    assert fleet.host.out(DEVICE) == "root kvm 660"


@pytest.mark.thorough
def test_a_foreign_mode_of_dev_kvm_is_repaired_alone(fleet):
    fleet.host.out("chmod 666 /dev/kvm")
    run = fleet.converge()
    assert_converged(run)
    assert run.changes == ["/dev/kvm root:kvm 0666 → root:kvm 0660"]
    assert fleet.host.out(DEVICE) == "root kvm 660"


def test_modules_that_are_gone_and_nesting_that_was_switched_are_repaired(fleet):
    fleet.host.out("modprobe -r kvm_amd kvm")
    assert_converged(fleet.converge())
    assert fleet.host.out(DEVICE) == "root kvm 660"
    fleet.host.out("modprobe -r kvm_amd; modprobe kvm_amd nested=1")
    run = fleet.converge()
    assert_converged(run)
    assert run.changes == ["nested virtualization on → off"]
    assert fleet.host.out(f"cat {NESTED}") in ("0", "N")


@pytest.mark.thorough
def test_a_user_who_does_not_exist_is_refused(fleet):
    assert_refused(fleet.converge(kvm=DECLARED | {"users": ["ada"]}), "there is no user ada")


@pytest.mark.thorough
def test_a_blacklisted_module_is_refused_with_its_place(fleet):
    fleet.host.out("echo 'blacklist kvm_amd' > /etc/modprobe.d/local.conf; modprobe -r kvm_amd")
    assert_refused(fleet.converge(), "kvm_amd is blacklisted in /etc/modprobe.d/local.conf")
    assert fleet.host.run("test -d /sys/module/kvm_amd").returncode == 1
    fleet.host.out("rm /etc/modprobe.d/local.conf")
    assert_converged(fleet.converge())
    assert fleet.host.run("test -d /sys/module/kvm_amd").returncode == 0


@pytest.mark.thorough
def test_after_a_reboot_nothing_is_left_to_do(fleet):
    fleet.host.reboot()
    assert fleet.host.out(f"cat {NESTED}") in ("0", "N")
    assert fleet.host.out(DEVICE) == "root kvm 660"
    assert_unchanged(fleet.converge())


@pytest.mark.usefixtures("guest_inside")
def test_nesting_waits_while_a_guest_runs_and_is_switched_when_it_is_gone(fleet):
    on = DECLARED | {"nested": True}
    run = fleet.converge(kvm=on)
    assert run.exit == 0, run.output
    assert run.result["outcome"] == "deferred"
    assert len(run.deferred) == 1
    assert run.result["deferred"][0]["reason"].startswith("1 guest runs: perl (")
    assert fleet.host.out(f"cat {NESTED}") in ("0", "N")
    assert fleet.host.out("systemctl is-active inside") == "active"
    fleet.host.out("systemctl stop inside")
    assert_converged(fleet.converge(kvm=on))
    assert fleet.host.out(f"cat {NESTED}") in ("1", "Y")


@pytest.mark.thorough  # a second machine boots for it; what it is told: test_kvm_cause.py; that nothing is written: the next one
def test_a_virtual_machine_without_svm_is_told_what_its_host_must_do(make_guest, fleet_of):
    fleet = fleet_of(make_guest("no-svm", svm=False), kvm=DECLARED)
    assert_refused(fleet.converge(), "virtual machine (QEMU without KVM) without nested virtualization", "-cpu max,+svm")
    assert fleet.host.run(f"test -e {MODULES} || test -e {OPTIONS} || test -e {RULE}").returncode == 1


def test_a_container_is_told_that_its_kernel_is_not_its_own(make_container, fleet_of, suite):
    fleet = fleet_of(make_container(f"kvm-{suite}", suite, kvm=True), kvm=DECLARED)
    assert_refused(fleet.converge(), "container (systemd-nspawn)")
    assert fleet.host.run(f"test -e {MODULES} || test -e {OPTIONS} || test -e {RULE}").returncode == 1
