"""libvirt beside KVM: packages, sockets, network and group, by distribution."""

import dataclasses
import os
import subprocess

import pytest
from support.kvm_host import READY
from support.looks import look

from pyinfra_wsl.core.acts import Packages
from pyinfra_wsl.core.linux.host import PRELUDE, Os, parts
from pyinfra_wsl.edge.converge import render
from pyinfra_wsl.resources.kvm import libvirt
from pyinfra_wsl.resources.kvm.libvirt import Libvirt
from pyinfra_wsl.resources.kvm.plan import Want, plan

UP = ("loaded", "active", "enabled")
IDLE = ("loaded", "inactive", "enabled")
OFF = ("loaded", "inactive", "disabled")
GONE = ("not-found", "inactive")
TOOLS = ("virsh", "dnsmasq")
NETWORK = ("defined", "autostart", "active", "known")
ONE = Libvirt({"libvirtd.socket": UP, "libvirtd.service": IDLE}, NETWORK)
MODULAR = Libvirt(
    {
        "libvirtd.socket": OFF,
        "libvirtd.service": OFF,
        "virtqemud.socket": UP,
        "virtqemud.service": IDLE,
        "virtnetworkd.socket": UP,
        "virtnetworkd.service": IDLE,
    },
    NETWORK,
)
BARE = Libvirt({f"{name}.{kind}": GONE for name in ("libvirtd", "virtqemud") for kind in ("socket", "service")})
WANT = Want(nested=True, users=("ada",), libvirt=True)
FEDORA = Os("fedora", (), "43", "", "Fedora Linux 43")


def planned(have, want=WANT, system=READY.os, **different):
    fields = {"libvirt": have, "programs": TOOLS, "users": {"ada": ("ada", "kvm", "libvirt")}, "os": system} | different
    return plan(want, dataclasses.replace(READY, **fields), render)


def sentences(*arguments, **different):
    found = planned(*arguments, **different)
    assert found.failures == ()
    return [step.sentence for step in found.steps]


@pytest.mark.parametrize(("have", "system"), [(ONE, READY.os), (MODULAR, FEDORA)])
def test_what_is_as_declared_is_left_alone(have, system):
    assert sentences(have, system=system) == []


def test_libvirt_that_is_not_declared_is_not_looked_after():
    assert sentences(BARE, Want(nested=True, users=("ada",)), programs=(), users={"ada": ("kvm",)}) == []


def test_debian_gets_libvirtd_its_network_and_its_members():
    assert sentences(BARE, programs=(), users={"ada": ("kvm",)}) == [
        "install libvirt-daemon-system, libvirt-clients, libvirt-daemon-config-network, dnsmasq-base",
        "libvirtd.socket runs and starts with the host",
        "libvirtd.service starts with the host",
        "define libvirt's network default",
        "libvirt's network default starts with the host",
        "libvirt's network default runs",
        "ada joins the group libvirt: its members may do what root may",
    ]


@pytest.mark.parametrize(
    ("system", "daemons"),
    [
        (Os("debian", (), "13"), ("libvirtd",)),
        (Os("ubuntu", ("debian",), "24.04"), ("libvirtd",)),
        (Os("rhel", ("fedora",), "8.10"), ("libvirtd",)),
        (Os("rhel", ("fedora",), "10.1"), ("virtqemud", "virtnetworkd")),
        (FEDORA, ("virtqemud", "virtnetworkd")),
        (Os("arch"), ("virtqemud", "virtnetworkd")),
    ],
)
def test_a_distribution_has_one_daemon_or_one_for_each_driver(system, daemons):
    assert libvirt.daemons(BARE, system) == daemons


def test_a_host_that_uses_the_one_daemon_keeps_it_where_the_others_are_there_too():
    both = Libvirt({"libvirtd.socket": UP, "libvirtd.service": IDLE, "virtqemud.socket": OFF}, NETWORK)
    assert libvirt.daemons(both, FEDORA) == ("libvirtd",)
    assert libvirt.daemons(MODULAR, READY.os) == ("virtqemud", "virtnetworkd")


@pytest.mark.parametrize(("system", "package"), [(FEDORA, "libvirt-daemon-kvm"), (Os("arch"), "libvirt")])
def test_the_packages_have_their_distributions_names(system, package):
    step = planned(BARE, system=system, programs=()).steps[0]
    assert isinstance(step.does[0], Packages)
    assert step.does[0].names[0] == package
    assert len(set(step.does[0].names)) == len(step.does[0].names)


@pytest.mark.parametrize(
    ("units", "network", "repaired"),
    [
        ({"libvirtd.socket": IDLE}, NETWORK, "libvirtd.socket runs and starts with the host"),
        ({"libvirtd.socket": ("loaded", "active", "disabled")}, NETWORK, "libvirtd.socket runs and starts with the host"),
        ({"libvirtd.service": OFF}, NETWORK, "libvirtd.service starts with the host"),
        ({}, ("autostart", "active", "known"), "define libvirt's network default"),
        ({}, ("defined", "active", "known"), "libvirt's network default starts with the host"),
        ({}, ("defined", "autostart", "known"), "libvirt's network default runs"),
    ],
)
def test_each_drift_is_repaired_alone(units, network, repaired):
    assert sentences(Libvirt({**ONE.units, **units}, network)) == [repaired]


def test_a_member_who_left_comes_back():
    assert sentences(ONE, users={"ada": ("kvm",)}) == ["ada joins the group libvirt: its members may do what root may"]


@pytest.mark.parametrize("unit", ["libvirtd.socket", "libvirtd.service"])
def test_a_masked_unit_is_somebodys_rule(unit):
    found = planned(Libvirt({**ONE.units, unit: ("masked", "inactive", "masked")}, NETWORK))
    assert found.steps == ()
    assert f"{unit} is masked" in found.failures[0].cause


def look_at(folder, status="", bridge="lo", defined=True):
    for name in ("networks/autostart", "run", "template"):
        (folder / name).mkdir(parents=True)
    if defined:
        (folder / "networks/default.xml").write_text("<network/>")
        (folder / "networks/autostart/default.xml").symlink_to("../default.xml")
    if status:
        (folder / "run/default.xml").write_text(status.format(bridge=bridge))
    script = (PRELUDE + libvirt.SCRIPT).replace("/etc/libvirt/qemu/networks", f"{folder}/networks")
    script = script.replace("/run/libvirt/network", f"{folder}/run").replace("/usr/share/libvirt/networks", f"{folder}/template")
    printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env=os.environ).stdout
    found = parts(printed)
    return libvirt.read(found["libvirt_units"], found["libvirt_network"])


STATUS = """<networkstatus>
  <network>
    <name>default</name>
    <bridge name='{bridge}' stp='on' delay='0'/>
  </network>
</networkstatus>
"""


@pytest.mark.parametrize(
    ("arguments", "network"),
    [
        ({"status": STATUS}, ("defined", "autostart", "active", "known")),
        ({"status": STATUS, "bridge": "gone0"}, ("defined", "autostart", "known")),
        ({}, ("defined", "autostart", "known")),
        ({"defined": False}, ()),
    ],
    ids=["runs", "bridge is gone", "stopped", "nothing"],
)
def test_the_network_is_seen_without_waking_the_daemon(tmp_path, arguments, network):
    assert look_at(tmp_path, **arguments).network == network


VIRSH = """#!/bin/sh
case "$*" in *net-list*) ;; *) printf "error: Failed to start network\\nerror: is already in use by eth0\\n" >&2; exit 1;; esac
"""


def test_why_virsh_could_not_is_told(tmp_path):
    (tmp_path / "virsh").write_text(VIRSH)
    (tmp_path / "virsh").chmod(0o755)
    (step,) = planned(Libvirt(ONE.units, ("defined", "autostart", "known"))).steps
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-c", step.does[0].line], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "@refused network error: Failed to start network error: is already in use by eth0" in done.stderr


def test_units_are_read_by_name():
    found = parts(
        look(libvirt_units="libvirtd.socket loaded active enabled\nvirtqemud.socket not-found inactive", libvirt_network="")
    )
    have = libvirt.read(found["libvirt_units"], found["libvirt_network"])
    assert have.has("libvirtd.socket", "active", "enabled")
    assert not have.has("virtqemud.socket", "loaded")
    assert not have.has("virtnetworkd.socket", "loaded")
